"""Visits over the API: the same rows and the same services as the pages."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.models import Account, AccountSite, Contact
from core.api.filters import (
    FilterSet,
    OrderingFilter,
    VisibleIdListFilter,
    WordListFilter,
    filters,
)
from core.api.serializers import (
    ActionSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    amount,
    person_columns,
    reference,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from engagement import services
from engagement.models import (
    FileCheck,
    NoLocation,
    Visit,
    VisitColleague,
    VisitContact,
    VisitKind,
    VisitRecord,
    VisitResult,
    VisitStatus,
)
from engagement.selectors import visits as selectors
from teams.models import User

RECORD = ("place", "topics", "needs", "opinions", "next_step", "result", "file_check")


class VisitFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    owner = filters.NumberFilter("owner_id")
    kind = WordListFilter(choices=VisitKind.choices)
    status = WordListFilter(choices=VisitStatus.choices)
    starts_from = filters.IsoDateTimeFilter("starts_at", lookup_expr="gte")
    starts_to = filters.IsoDateTimeFilter("starts_at", lookup_expr="lt")
    ordering = OrderingFilter(fields=["id", "number", "starts_at", "held_at", "created_at"])


class ParticipantSerializer(serializers.Serializer):
    """Somebody at a visit; `attended` is empty until the record says it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    level = serializers.CharField(required=False)
    attended = serializers.BooleanField(allow_null=True)


class VisitRecordSerializer(serializers.Serializer):
    place = serializers.CharField()
    topics = serializers.CharField()
    needs = serializers.CharField()
    opinions = serializers.CharField()
    next_step = serializers.CharField()
    result = serializers.ChoiceField(VisitResult.choices)
    file_check = serializers.ChoiceField(FileCheck.choices)


class VisitSerializer(RecordSerializer):
    """A visit to a customer (客户拜访)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(VisitKind.choices)
    status = serializers.ChoiceField(VisitStatus.choices)
    account = RefField()
    owner = RefField()
    site = RefField()
    purpose = serializers.CharField()
    agenda = serializers.CharField()
    place = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    budget = serializers.DecimalField(15, 2, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    held_at = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    contacts = ParticipantSerializer(many=True)
    colleagues = ParticipantSerializer(many=True)
    record = VisitRecordSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "kind", "status", "purpose", "agenda", "place", "reason")
    moments = ("starts_at", "ends_at", "held_at", "recorded_at", "created_at", "updated_at")
    columns = (
        *plain,
        *moments,
        "account_id",
        "account__name",
        "site_id",
        "site__name",
        "budget",
        "currency_id",
        *person_columns("owner"),
    )

    def row(self, values):
        row = self.base(values)
        row["account"] = reference(values, "account")
        row["site"] = reference(values, "site")
        row["owner"] = self.person(values, "owner")
        row["budget"] = amount(values["budget"])
        row["currency"] = values["currency_id"]
        for name in ("contacts", "colleagues"):
            row[name] = self.context[name].get(values["id"], [])
        row["record"] = self.context["records"].get(values["id"])
        return row


class VisitWriteSerializer(WriteSerializer):
    site = VisibleField(
        queryset=AccountSite.objects.all(), required=False, allow_null=True, default=None
    )
    contacts = VisibleField(queryset=Contact.objects.all(), many=True, required=False)
    colleagues = VisibleField(
        queryset=User.objects.filter(is_active=True), many=True, required=False
    )

    class Meta:
        model = Visit
        fields = [
            "purpose",
            "agenda",
            "kind",
            "site",
            "place",
            "budget",
            "currency",
            "contacts",
            "colleagues",
        ]


class VisitCreateSerializer(VisitWriteSerializer):
    account = VisibleField(queryset=Account.objects.all())
    owner = VisibleField(queryset=User.objects.filter(is_active=True), required=False)
    hand_in = serializers.BooleanField(required=False)

    class Meta(VisitWriteSerializer.Meta):
        fields = [
            "account",
            "owner",
            "starts_at",
            "ends_at",
            "hand_in",
            *VisitWriteSerializer.Meta.fields,
        ]


class VisitMoveSerializer(ActionSerializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(max_length=300)


class CancelSerializer(ActionSerializer):
    reason = serializers.CharField(max_length=300)


class CheckInSerializer(ActionSerializer):
    """Where the device says one is, or the place as typed."""

    latitude = serializers.DecimalField(9, 6, min_value=-90, max_value=90, required=False)
    longitude = serializers.DecimalField(9, 6, min_value=-180, max_value=180, required=False)
    accuracy = serializers.IntegerField(min_value=0, max_value=100_000_000, required=False)
    place = serializers.CharField(max_length=300, required=False, allow_blank=True)
    no_location = serializers.ChoiceField(NoLocation.choices, required=False)


class CommitmentSerializer(serializers.Serializer):
    what = serializers.CharField(max_length=250)
    who = VisibleField(queryset=User.objects.filter(is_active=True))
    due_on = serializers.DateField()


class RecordSerializerIn(ActionSerializer):
    """The record of a visit; `contacts` and `colleagues` are who was really there."""

    held_at = serializers.DateTimeField(required=False)
    contacts = VisibleField(queryset=Contact.objects.all(), many=True)
    colleagues = VisibleField(
        queryset=User.objects.filter(is_active=True), many=True, required=False
    )
    commitments = CommitmentSerializer(many=True, required=False)
    place = serializers.CharField(max_length=300)
    topics = serializers.CharField(max_length=8000)
    needs = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    opinions = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    next_step = serializers.CharField(max_length=2000)
    result = serializers.ChoiceField(VisitResult.choices)
    file_check = serializers.ChoiceField(FileCheck.choices)


class VisitViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Visits: plan, change, move, cancel, arrive, record. Their status follows the flow."""

    noun = "visit"
    queryset = Visit.objects.none()
    serializer_class = VisitSerializer
    filterset_class = VisitFilter
    steered = True

    @property
    def write_serializer_class(self):
        return VisitWriteSerializer if self.detail else VisitCreateSerializer

    def get_queryset(self):
        rows = selectors.visits_of(self.request.user)
        return rows.select_related("account__department").order_by("-starts_at", "-pk")

    def lookups(self, rows) -> dict:
        """Participants and records of all rows, one query a kind."""
        ids = [row["id"] for row in rows]
        contacts, colleagues = {}, {}
        for one in VisitContact.objects.filter(visit__in=ids).select_related("contact"):
            contacts.setdefault(one.visit_id, []).append(
                {
                    "id": one.contact_id,
                    "name": one.contact.name,
                    "level": one.level,
                    "attended": one.attended,
                }
            )
        for one in VisitColleague.objects.filter(visit__in=ids).select_related("user"):
            colleagues.setdefault(one.visit_id, []).append(
                {"id": one.user_id, "name": one.user.name, "attended": one.attended}
            )
        records = VisitRecord.objects.filter(visit__in=ids)
        return {
            "contacts": contacts,
            "colleagues": colleagues,
            "records": {
                one.visit_id: {name: getattr(one, name) for name in RECORD} for one in records
            },
        }

    def make(self, **values):
        return services.plan_visit(actor=self.request.user, **values)

    def change(self, visit, values, version):
        services.update_visit(visit=visit, values=values, actor=self.request.user, version=version)

    @extend_schema(request=VisitMoveSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request, pk=None):
        return self.act(services.move_visit, VisitMoveSerializer)

    @extend_schema(request=CancelSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        return self.act(services.cancel_visit, CancelSerializer)

    @extend_schema(request=ActionSerializer)
    @action(detail=True, methods=["post"], url_path="hand-in", url_name="hand-in")
    def hand_in(self, request, pk=None):
        return self.act(services.submit_plan, ActionSerializer)

    @extend_schema(request=CheckInSerializer)
    @action(detail=True, methods=["post"], url_path="check-in", url_name="check-in")
    def check_in(self, request, pk=None):
        return self.act(services.check_in, CheckInSerializer)

    @extend_schema(request=RecordSerializerIn)
    @action(detail=True, methods=["post"])
    def record(self, request, pk=None):
        return self.act(_record, RecordSerializerIn)


def _record(*, visit, actor, version=None, commitments=(), **values):
    """The body of the API as the service takes it."""
    more = {
        name: values.pop(name) for name in ("held_at", "contacts", "colleagues") if name in values
    }
    lines = [(one["what"], one["who"], one["due_on"]) for one in commitments]
    services.record_visit(
        visit=visit, actor=actor, values=values, commitments=lines, version=version, **more
    )
