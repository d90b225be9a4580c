"""The archive over the API: what is filed, how long it is kept, prolonged and put away (R-ACC-38).

Documents and files are read under /documents/ and /attachments/; here stands how long they are
kept. A version is that of the keeping, 1 where nothing was set by hand yet.
"""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.models import Account
from core.api.filters import FilterSet, OrderingFilter, VisibleIdListFilter
from core.api.serializers import (
    ActionSerializer,
    RecordSerializer,
    RefField,
    moment,
    person_columns,
)
from core.api.viewsets import RecordViewSet
from core.models import in_language
from documents.models import Attachment, Document
from planning import archive, services
from planning.models import Retention

REASON = 300
KEPT = ("retention__version", "retention__keep_until", "retention__reason")


class FiledFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    ordering = OrderingFilter(fields=["id", "created_at"])


class FiledSerializer(RecordSerializer):
    """Something in the archive of an account; `keep_until` is the last day it is kept (null: it
    has no end), `is_past` whether that day is over."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    account = RefField()
    category = serializers.CharField(allow_null=True)
    category_name = serializers.CharField(allow_null=True)
    filed_at = serializers.DateTimeField(allow_null=True)
    keep_until = serializers.DateField(allow_null=True)
    is_past = serializers.BooleanField()
    reason = serializers.CharField()
    prolonged_by = RefField()

    shared = (
        "id",
        "account_id",
        "account__name",
        *KEPT,
        *person_columns("retention__prolonged_by"),
    )

    def filed(self, values, *, category, filed_at, name, within=False):
        until = archive.last_day(filed_at, category, values["retention__keep_until"], within=within)
        return {
            "id": values["id"],
            "version": values["retention__version"] or 1,
            "name": name,
            "account": {"id": values["account_id"], "name": values["account__name"]},
            "category": category.code if category else None,
            "category_name": category.name if category else None,
            "filed_at": moment(filed_at),
            "keep_until": until and until.isoformat(),
            "is_past": archive.is_past_today(until),
            "reason": values["retention__reason"] or "",
            "prolonged_by": self.person(values, "retention__prolonged_by"),
        }


class FiledDocumentSerializer(FiledSerializer):
    columns = (
        *FiledSerializer.shared,
        "number",
        "template__name_zh",
        "template__name_en",
        "template__kind",
        "completed_at",
    )

    def row(self, values):
        title = in_language(values["template__name_zh"], values["template__name_en"])
        return self.filed(
            values,
            category=self.context["categories"].get(values["template__kind"]),
            filed_at=values["completed_at"],
            name=f"{values['number']} {title}".strip(),
        )


class FiledFileSerializer(FiledSerializer):
    columns = (*FiledSerializer.shared, "name", "category_id", "created_at", "document_id", "field")

    def row(self, values):
        return self.filed(
            values,
            category=self.context["categories"].get(values["category_id"]),
            filed_at=values["created_at"],
            name=values["name"],
            within=bool(values["document_id"] or values["field"]),
        )


class ProlongSerializer(ActionSerializer):
    until = serializers.DateField()
    reason = serializers.CharField(max_length=REASON)


class PutAwaySerializer(ActionSerializer):
    reason = serializers.CharField(max_length=REASON)


class FiledViewSet(RecordViewSet):
    """What is filed with accounts one sees: keep it longer, or put it away in the end."""

    noun = "item"
    filterset_class = FiledFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self):
        rows = self.queryset.model.objects.visible_to(self.request.user).current()
        accounts = Account.objects.visible_to(self.request.user).values("pk")
        return rows.filter(account__in=accounts).order_by("-created_at", "-pk")

    def represent(self, record):
        """Where the keeping was changed meanwhile, it is what is kept that is shown."""
        if isinstance(record, Retention):
            record = record.document or record.attachment
        return super().represent(record)

    @extend_schema(request=ProlongSerializer)
    @action(detail=True, methods=["post"])
    def prolong(self, request, pk=None):
        """Keep it until a later day, with a reason."""
        return self.act(services.prolong, ProlongSerializer)

    @extend_schema(request=PutAwaySerializer, responses={204: None})
    @action(detail=True, methods=["post"], url_path="put-away")
    def put_away(self, request, pk=None):
        """Out of the archive once its time has ended. Nothing is deleted."""
        return self.act(services.put_away, PutAwaySerializer)


class FiledDocumentViewSet(FiledViewSet):
    queryset = Document.objects.none()
    serializer_class = FiledDocumentSerializer

    def lookups(self, rows):
        return {"categories": archive.categories_by_kind()}


class FiledFileViewSet(FiledViewSet):
    queryset = Attachment.objects.none()
    serializer_class = FiledFileSerializer

    def lookups(self, rows):
        return {"categories": archive.categories_among(row["category_id"] for row in rows)}
