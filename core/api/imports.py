"""Imports over the API: send a file, look at the dry run, have it written, take it back."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.settings import api_settings

from core.api.filters import FilterSet, OrderingFilter, WordListFilter
from core.api.serializers import (
    ActionSerializer,
    RecordSerializer,
    RefField,
    moment,
    person_columns,
)
from core.api.viewsets import RecordViewSet
from core.importing import engine, services
from core.importing.fields import message_of
from core.importing.guard import FileRefused
from core.models import ImportBatch, ImportMode, ImportRow, ImportState

RIGHT = "import_data"


class ImportersOnly(BasePermission):
    """Only people with the right to import write here; others find an empty list."""

    message = _("You may not import data.")

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or request.user.has_right(RIGHT)


class ImportFilter(FilterSet):
    state = WordListFilter(choices=ImportState.choices)
    ordering = OrderingFilter(fields=["id", "created_at"])


class ImportSerializer(RecordSerializer):
    """An import (导入批次). `plan` counts the rows of the dry run, `done` those written."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(ImportState.choices)
    mode = serializers.ChoiceField(ImportMode.choices)
    file_name = serializers.CharField()
    rows = serializers.IntegerField()
    worked_off = serializers.IntegerField()
    plan = serializers.DictField(child=serializers.IntegerField())
    done = serializers.DictField(child=serializers.IntegerField())
    error = serializers.CharField()
    started_by = RefField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    columns = (
        "id",
        "version",
        "kind",
        "state",
        "mode",
        "file_name",
        "row_count",
        "done",
        "counts",
        "error",
        "created_at",
        "finished_at",
        *person_columns("started_by"),
    )

    def row(self, values):
        return {
            "id": values["id"],
            "version": values["version"],
            "kind": values["kind"],
            "state": values["state"],
            "mode": values["mode"],
            "file_name": values["file_name"],
            "rows": values["row_count"],
            "worked_off": values["done"],
            "plan": values["counts"].get("plan", {}),
            "done": values["counts"].get("done", {}),
            "error": values["error"],
            "started_by": self.person(values, "started_by"),
            "created_at": moment(values["created_at"]),
            "finished_at": moment(values["finished_at"]),
        }


class ImportLineSerializer(RecordSerializer):
    """A line of the file that needs a person, and why."""

    line = serializers.IntegerField()
    action = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())
    errors = serializers.ListField(child=serializers.DictField())

    columns = ("line", "action", "raw", "errors")

    def row(self, values):
        return {
            "line": values["line"],
            "action": values["action"],
            "values": values["raw"],
            "errors": [
                {"field": error.get("field") or "", "message": str(message_of(error))}
                for error in values["errors"]
                if "code" in error
            ],
        }


class UploadSerializer(ActionSerializer):
    kind = serializers.CharField(max_length=40)
    file = serializers.FileField(max_length=200)
    mode = serializers.ChoiceField(ImportMode.choices, required=False)
    encoding = serializers.CharField(max_length=20, required=False)
    sheet = serializers.CharField(max_length=120, required=False)
    mapping = serializers.CharField(
        max_length=80, required=False, help_text="Name of a saved or a shipped mapping."
    )


class NothingSerializer(ActionSerializer):
    pass


class ImportViewSet(RecordViewSet):
    """Imports that one started; those who see the whole company see all of them."""

    noun = "batch"
    queryset = ImportBatch.objects.none()
    serializer_class = ImportSerializer
    write_serializer_class = UploadSerializer
    filterset_class = ImportFilter
    parser_classes = [MultiPartParser, JSONParser]
    permission_classes = [*api_settings.DEFAULT_PERMISSION_CLASSES, ImportersOnly]

    def get_queryset(self):
        return (
            ImportBatch.objects.visible_to(self.request.user)
            .filter(kind__in=engine.importers())
            .order_by("-pk")
        )

    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses={201: ImportSerializer}
    )
    def create(self, request, *args, **kwargs):
        """Send a file. Nothing is written yet: call check, look, then commit."""
        values = self.sent(UploadSerializer)
        upload = values.pop("file")
        limit = engine.limits().megabytes
        if upload.size > limit * 1_000_000:
            raise FileRefused("too_big", limit=limit)
        batch = services.create_batch(
            file_name=upload.name, content=upload.read(), user=request.user, **values
        )
        return self.answer(batch, status=201)

    @extend_schema(responses=ImportLineSerializer(many=True), filters=False)
    @action(detail=True)
    def lines(self, request, pk=None):
        """Lines with errors or suspected duplicates."""
        rows = ImportRow.objects.filter(batch=self.get_object()).exclude(errors=[])
        page = self.paginate_queryset(rows.order_by("line").values(*ImportLineSerializer.columns))
        one = ImportLineSerializer(context=self.get_serializer_context())
        return self.get_paginated_response([one.row(line) for line in page])

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request, pk=None):
        """The dry run; large files are checked by a worker, so look at `state`."""
        return self._step(services.check_batch)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def commit(self, request, pk=None):
        """Write the rows without errors, in the background."""
        return self._step(services.commit_batch)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request, pk=None):
        """Take back what nobody touched since."""
        return self._step(services.undo_batch)

    def _step(self, service):
        batch = self.get_object()
        self.sent(NothingSerializer)
        service(batch=batch, user=self.request.user)
        return self.answer(batch)
