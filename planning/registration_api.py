"""Registrations over the API. Their status follows the flow; writing it is refused (409)."""

from rest_framework import serializers

from accounts.models import Account
from core.api.filters import FilterSet, OrderingFilter, VisibleIdListFilter, WordListFilter
from core.api.serializers import (
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    amount,
    person_columns,
    reference,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from planning import selectors, services
from planning.models import Registration, RegistrationKind, RegistrationStatus


class RegistrationFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    kind = WordListFilter(choices=RegistrationKind.choices)
    status = WordListFilter(choices=RegistrationStatus.choices)
    ordering = OrderingFilter(fields=["id", "number", "created_at", "decided_at", "valid_until"])


class RegistrationSerializer(RecordSerializer):
    """A registration (备案) of a customer or of a deal."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(RegistrationKind.choices)
    account = RefField()
    status = serializers.ChoiceField(RegistrationStatus.choices)
    originator = RefField()
    decided_by = RefField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    deal_name = serializers.CharField()
    amount = serializers.DecimalField(15, 2, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "kind", "status", "reason", "deal_name")
    moments = ("valid_until", "decided_at", "created_at", "updated_at")
    columns = (
        *plain,
        *moments,
        "account_id",
        "account__name",
        "amount",
        "currency_id",
        *person_columns("originator", "decided_by"),
    )

    def row(self, values):
        row = self.base(values)
        row["account"] = reference(values, "account")
        row["originator"] = self.person(values, "originator")
        row["decided_by"] = self.person(values, "decided_by")
        row["amount"] = amount(values["amount"])
        row["currency"] = values["currency_id"]
        return row


class DealWriteSerializer(WriteSerializer):
    class Meta:
        model = Registration
        fields = ["deal_name", "amount", "currency", "valid_until"]


class RegistrationCreateSerializer(DealWriteSerializer):
    account = VisibleField(queryset=Account.objects.all())
    kind = serializers.ChoiceField(RegistrationKind.choices, required=False)

    class Meta(DealWriteSerializer.Meta):
        fields = ["account", "kind", *DealWriteSerializer.Meta.fields]


class RegistrationViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Registrations: start one, follow it, correct what it says of its deal."""

    noun = "registration"
    queryset = Registration.objects.none()
    serializer_class = RegistrationSerializer
    filterset_class = RegistrationFilter
    steered = True

    @property
    def write_serializer_class(self):
        return DealWriteSerializer if self.detail else RegistrationCreateSerializer

    def get_queryset(self):
        return selectors.registrations_of(self.request.user).order_by("-created_at", "-pk")

    def make(self, **values):
        return services.start_registration(actor=self.request.user, **values)

    def change(self, registration, values, version):
        services.update_registration(
            registration=registration, values=values, actor=self.request.user, version=version
        )
