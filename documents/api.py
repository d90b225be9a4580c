"""Documents and files over the API: the same rows and the same services as the pages."""

from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser

from accounts.api import label
from accounts.models import Account
from accounts.selectors import seen_among
from core.api.filters import (
    FilterSet,
    IdListFilter,
    OrderingFilter,
    SlugListFilter,
    VisibleIdListFilter,
    WordListFilter,
)
from core.api.serializers import (
    NothingSerializer,
    RecordSerializer,
    RefField,
    Strict,
    VisibleField,
    amount,
    moment,
    person_columns,
)
from core.api.versions import expected_version
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from core.exports import attachment as as_download
from documents import services
from documents.models import (
    ArchiveCategory,
    Attachment,
    Document,
    DocumentState,
    DocumentTemplate,
    FormKind,
)
from documents.services import attachments as files
from documents.views.talk import LOCKED


class DocumentFilter(FilterSet):
    state = WordListFilter(choices=DocumentState.choices)
    template = filters.CharFilter("template__code")
    kind = WordListFilter("template__kind", choices=FormKind.choices)
    account = VisibleIdListFilter("account_id", model=Account)
    owner = IdListFilter("owner_id")
    subject_type = filters.CharFilter("subject_type")
    subject_id = filters.NumberFilter("subject_id", min_value=0, max_value=2**62)
    archived = filters.BooleanFilter("archived_at", lookup_expr="isnull", exclude=True)
    updated_after = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    ordering = OrderingFilter(
        fields={
            "id": "id",
            "number": "number",
            "completeness": "completeness",
            "created_at": "created_at",
            "updated_at": "updated_at",
        }
    )


class DocumentSerializer(RecordSerializer):
    """A filled form (单据). `answers` are by field code, as documents.answers describes them."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    template = serializers.CharField(help_text="Code of the form.")
    form_version = serializers.IntegerField()
    state = serializers.ChoiceField(DocumentState.choices)
    subject_type = serializers.CharField()
    subject_id = serializers.IntegerField(allow_null=True)
    account = RefField(help_text="Null also where the account is hidden from you.")
    owner = RefField()
    completeness = serializers.IntegerField()
    score = serializers.DecimalField(5, 1, allow_null=True)
    answers = serializers.DictField()
    completed_at = serializers.DateTimeField(allow_null=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = (
        "id",
        "version",
        "number",
        "name",
        "state",
        "subject_type",
        "subject_id",
        "completeness",
        "answers",
    )
    moments = ("completed_at", "archived_at", "created_at", "updated_at")
    columns = (
        *plain,
        *moments,
        "score",
        "template__code",
        "form__number",
        "account_id",
        "account__id",
        "account__name",
        "account__short_name",
        *person_columns("owner"),
    )

    def row(self, values):
        row = self.base(values)
        seen = values["account_id"] in self.context["seen"]
        return row | {
            "score": amount(values["score"]),
            "template": values["template__code"],
            "form_version": values["form__number"],
            "account": label(values, "account__") if seen else None,
            "owner": self.person(values, "owner"),
        }


class DocumentCreateSerializer(Strict, serializers.Serializer):
    template = serializers.SlugRelatedField(
        slug_field="code", queryset=DocumentTemplate.objects.filter(is_active=True)
    )
    subject_type = serializers.CharField(max_length=40, required=False, default="")
    subject_id = serializers.IntegerField(
        min_value=0, max_value=2**62, required=False, allow_null=True, default=None
    )
    name = serializers.CharField(max_length=200, required=False, default="")
    answers = serializers.DictField(required=False, default=dict)


class AnswersSerializer(Strict, serializers.Serializer):
    answers = serializers.DictField()


class DocumentViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Filled forms. PATCH takes `answers` by field code; those not named stay."""

    noun = "document"
    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter

    @property
    def write_serializer_class(self):
        return AnswersSerializer if self.detail else DocumentCreateSerializer

    def get_queryset(self):
        return Document.objects.visible_to(self.request.user).order_by("-created_at", "-pk")

    def lookups(self, rows):
        return {"seen": seen_among(self.request.user, {row["account_id"] for row in rows})}

    def make(self, *, answers, **values):
        try:
            return services.start_document(actor=self.request.user, values=answers, **values)
        except services.InvalidAnswers as refused:
            raise ValidationError({"answers": refused.errors}) from refused

    def change(self, document, values, version):
        try:
            services.save_answers(
                document=document,
                values=values["answers"],
                actor=self.request.user,
                version=version,
            )
        except services.InvalidAnswers as refused:
            raise ValidationError({"answers": refused.errors}) from refused

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request, pk=None):
        """Close the document; refused with the list of what is missing."""
        document = self.get_object()
        self.sent(NothingSerializer)
        version = expected_version(request, required=False)
        try:
            services.complete_document(document=document, actor=request.user, version=version)
        except services.Incomplete as refused:
            told = [what for what, _link in refused.missing]
            raise ValidationError({"missing": told}) from refused
        return self.answer(document)


class AttachmentFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    document = IdListFilter("document_id")
    subject_type = filters.CharFilter("subject_type")
    subject_id = filters.NumberFilter("subject_id", min_value=0, max_value=2**62)
    category = SlugListFilter()
    ordering = OrderingFilter(fields={"id": "id", "created_at": "created_at", "size": "size"})


class AttachmentSerializer(RecordSerializer):
    """A file beside a record, or in a field of a document (附件)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    uuid = serializers.UUIDField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    category = serializers.CharField()
    is_confidential = serializers.BooleanField()
    subject_type = serializers.CharField()
    subject_id = serializers.IntegerField(allow_null=True)
    document = serializers.IntegerField(allow_null=True)
    field = serializers.CharField()
    uploaded_by = RefField()
    created_at = serializers.DateTimeField()

    columns = (
        "id",
        "uuid",
        "name",
        "media_type",
        "size",
        "category",
        "is_confidential",
        "subject_type",
        "subject_id",
        "document_id",
        "field",
        "created_at",
        *person_columns("uploaded_by"),
    )

    def row(self, values):
        plain = self.columns[:9]
        return {name: values[name] for name in plain} | {
            "version": 1,  # a file is never changed, only removed
            "uuid": str(values["uuid"]),
            "document": values["document_id"],
            "field": values["field"],
            "uploaded_by": self.person(values, "uploaded_by"),
            "created_at": moment(values["created_at"]),
        }


class AttachmentCreateSerializer(Strict, serializers.Serializer):
    file = serializers.FileField(max_length=300)
    document = VisibleField(queryset=Document.objects.all(), required=False)
    field = serializers.CharField(max_length=40, required=False, default="")
    subject_type = serializers.CharField(max_length=40, required=False, default="")
    subject_id = serializers.IntegerField(
        min_value=0, max_value=2**62, required=False, allow_null=True, default=None
    )
    category = serializers.SlugRelatedField(
        slug_field="code",
        queryset=ArchiveCategory.objects.all(),
        required=False,
        default=None,
    )
    is_confidential = serializers.BooleanField(required=False, default=False)


class AttachmentViewSet(CreateRecord, RecordViewSet):
    """Files. POST takes a form (multipart); `content` gives the file, always as a download."""

    noun = "attachment"
    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    write_serializer_class = AttachmentCreateSerializer
    filterset_class = AttachmentFilter
    parser_classes = [MultiPartParser, JSONParser]

    def get_queryset(self):
        rows = Attachment.objects.visible_to(self.request.user).current()
        return rows.order_by("-created_at", "-pk")

    def make(self, *, file, category, **values):
        code = category.code if category is not None else ""
        return files.attach(upload=file, actor=self.request.user, category=code, **values)

    @extend_schema(
        request={"multipart/form-data": AttachmentCreateSerializer},
        responses={201: AttachmentSerializer},
    )
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)}
    )
    @action(detail=True)
    def content(self, request, pk=None):
        """The file itself."""
        row = self.get_object()
        response = FileResponse(row.file.open("rb"), content_type="application/octet-stream")
        response["Content-Disposition"] = as_download(row.name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = LOCKED
        response["Cache-Control"] = "private, no-store"
        return response
