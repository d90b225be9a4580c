"""Mailings over the API: the same rows and the same services as the pages."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied

from accounts.models import Account, Contact
from core.api.filters import (
    FilterSet,
    OrderingFilter,
    VisibleIdListFilter,
    WordListFilter,
    filters,
)
from core.api.serializers import (
    ActionSerializer,
    NothingSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    person_columns,
    reference,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from engagement.models import (
    Mailing,
    MailingChannel,
    MailingRecipient,
    MailingState,
    NotReached,
    RecipientState,
)
from engagement.permissions import mailings as permissions
from engagement.selectors.mailings import counts_of
from engagement.services import mailings

TEXTS = ("subject_zh", "subject_en", "body_zh", "body_en")


class MailingFilter(FilterSet):
    state = WordListFilter(choices=MailingState.choices)
    channel = WordListFilter(choices=MailingChannel.choices)
    ordering = OrderingFilter(fields=["id", "number", "send_at", "created_at"])


class MailingSerializer(RecordSerializer):
    """A mailing (群发). `reached` and `sent` are of accounts the caller sees."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(MailingChannel.choices)
    state = serializers.ChoiceField(MailingState.choices)
    owner = RefField()
    released_by = RefField()
    subject_zh = serializers.CharField()
    subject_en = serializers.CharField()
    body_zh = serializers.CharField()
    body_en = serializers.CharField()
    reached = serializers.IntegerField()
    sent = serializers.IntegerField()
    send_at = serializers.DateTimeField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "name", "channel", "state", *TEXTS)
    moments = (
        "send_at",
        "released_at",
        "started_at",
        "finished_at",
        "created_at",
        "updated_at",
    )
    columns = (*plain, *moments, *person_columns("owner", "released_by"))

    def row(self, values):
        counts = self.context.get("counts", {}).get(values["id"], {})
        row = self.base(values)
        row |= {name: self.person(values, name) for name in ("owner", "released_by")}
        return row | {name: counts.get(name, 0) for name in ("reached", "sent")}


class MailingWriteSerializer(WriteSerializer):
    class Meta:
        model = Mailing
        fields = ["name", "channel", *TEXTS]


class MailingCreateSerializer(MailingWriteSerializer):
    contacts = VisibleField(queryset=Contact.objects.all(), many=True)

    class Meta(MailingWriteSerializer.Meta):
        fields = [*MailingWriteSerializer.Meta.fields, "contacts"]


class SendSerializer(ActionSerializer):
    send_at = serializers.DateTimeField(required=False)


class WhySerializer(ActionSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class MailingViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Mailings: write one, send it, release it, stop it."""

    noun = "mailing"
    queryset = Mailing.objects.none()
    serializer_class = MailingSerializer
    filterset_class = MailingFilter

    @property
    def write_serializer_class(self):
        return MailingWriteSerializer if self.detail else MailingCreateSerializer

    def get_queryset(self):
        rows = Mailing.objects.visible_to(self.request.user)
        return rows.select_related("owner", "unit").order_by("-pk")

    def lookups(self, rows) -> dict:
        return {"counts": counts_of([row["id"] for row in rows], self.request.user)}

    def make(self, *, contacts, **values):
        if not permissions.can_send(self.request.user):
            raise PermissionDenied
        chosen = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])
        return mailings.create_mailing(actor=self.request.user, contacts=chosen, **values)

    def change(self, mailing, values, version):
        mailings.update_mailing(
            mailing=mailing, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=MailingCreateSerializer, responses={201: MailingSerializer})
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    @extend_schema(request=MailingWriteSerializer)
    def partial_update(self, request, *args, **kwargs):
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(request=SendSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request, pk=None):
        return self.act(mailings.send, SendSerializer)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request, pk=None):
        return self.act(mailings.release, NothingSerializer)

    @extend_schema(request=WhySerializer)
    @action(detail=True, methods=["post"], url_path="take-back", url_name="take-back")
    def take_back(self, request, pk=None):
        return self.act(mailings.take_back, WhySerializer)

    @extend_schema(request=WhySerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request, pk=None):
        return self.act(mailings.stop, WhySerializer)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request, pk=None):
        return self.act(mailings.drop, NothingSerializer)


# ---------- who gets it ----------


class RecipientFilter(FilterSet):
    mailing = VisibleIdListFilter("mailing_id", model=Mailing)
    account = VisibleIdListFilter("account_id", model=Account)
    contact = VisibleIdListFilter("contact_id", model=Contact)
    state = WordListFilter(choices=RecipientState.choices)
    left_out = WordListFilter(choices=NotReached.choices)
    reached = filters.BooleanFilter(method="narrow_reached")
    ordering = OrderingFilter(fields=["id", "written_at", "ended_at"])

    def narrow_reached(self, rows, name, value):
        return rows.filter(left_out="") if value else rows.exclude(left_out="")


class MailingRecipientSerializer(RecordSerializer):
    """One contact of a mailing (群发对象): what became of the message, or why there is none."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    mailing = RefField()
    contact = RefField()
    account = RefField()
    language = serializers.CharField()
    left_out = serializers.ChoiceField(NotReached.choices, allow_blank=True)
    state = serializers.ChoiceField(RecipientState.choices)
    communication = serializers.IntegerField(allow_null=True)
    written_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    unsubscribed_at = serializers.DateTimeField(allow_null=True)

    plain = ("id", "version", "language", "left_out", "state")
    moments = ("written_at", "ended_at", "unsubscribed_at")
    columns = (
        *plain,
        *moments,
        "communication_id",
        "mailing_id",
        "mailing__name",
        "contact_id",
        "contact__name",
        "account_id",
        "account__name",
    )

    def row(self, values):
        row = self.base(values)
        row["communication"] = values["communication_id"]
        return row | {name: reference(values, name) for name in ("mailing", "contact", "account")}


class MailingRecipientViewSet(RecordViewSet):
    """Recipients of mailings; read only."""

    http_method_names = ["get", "head", "options"]
    noun = "recipient"
    queryset = MailingRecipient.objects.none()
    serializer_class = MailingRecipientSerializer
    filterset_class = RecipientFilter

    def get_queryset(self):
        return MailingRecipient.objects.visible_to(self.request.user).order_by("-pk")
