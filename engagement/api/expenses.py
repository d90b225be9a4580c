"""Expense claims over the API. Their status follows the flow; writing it is refused (409)."""

from rest_framework import serializers

from accounts.models import Account
from core.api.filters import (
    FilterSet,
    IdListFilter,
    OrderingFilter,
    VisibleIdListFilter,
    WordListFilter,
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
from engagement import expense_selectors as selectors
from engagement.models import (
    ExpenseCategory,
    ExpenseClaim,
    ExpenseLine,
    ExpenseStatus,
    PayBy,
    Visit,
)
from engagement.services import expenses as services

DAYS = ("dated_on", "rate_date", "submitted_at", "received_at", "paid_at")


class ExpenseFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    visit = VisibleIdListFilter("visit_id", model=Visit)
    claimant = IdListFilter("claimant_id")
    status = WordListFilter(choices=ExpenseStatus.choices)
    ordering = OrderingFilter(
        fields=["id", "number", "created_at", "dated_on", "paid_at", "total_base"]
    )


class ExpenseLineSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    spent_on = serializers.DateField()
    category = serializers.CharField()
    amount = serializers.DecimalField(15, 2)
    amount_base = serializers.DecimalField(15, 2)
    people = serializers.IntegerField(allow_null=True)
    invoice_no = serializers.CharField()
    note = serializers.CharField()


class ExpenseClaimSerializer(RecordSerializer):
    """An expense claim (费用报销): voucher and lines."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    account = RefField()
    visit = RefField()
    claimant = RefField()
    status = serializers.ChoiceField(ExpenseStatus.choices)
    payee = serializers.CharField()
    purpose = serializers.CharField()
    pay_by = serializers.ChoiceField(PayBy.choices)
    dated_on = serializers.DateField()
    currency = serializers.CharField()
    total = serializers.DecimalField(15, 2)
    lines_total = serializers.DecimalField(15, 2)
    total_base = serializers.DecimalField(15, 2)
    rate_date = serializers.DateField()
    lines = ExpenseLineSerializer(many=True)
    reason = serializers.CharField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "status", "payee", "purpose", "pay_by", "reason")
    moments = (*DAYS, "created_at", "updated_at")
    numbers = ("total", "lines_total", "total_base")
    columns = (
        *plain,
        *moments,
        *numbers,
        "account_id",
        "account__name",
        "visit_id",
        "visit__number",
        "currency_id",
        *person_columns("claimant"),
    )

    def row(self, values):
        row = self.base(values)
        row["account"] = reference(values, "account")
        row["visit"] = reference(values, "visit", "number")
        row["claimant"] = self.person(values, "claimant")
        row["currency"] = values["currency_id"]
        row["lines"] = self.context.get("lines", {}).get(values["id"], [])
        return row


class ExpenseLineWriteSerializer(ActionSerializer):
    id = serializers.IntegerField(required=False, min_value=1)
    spent_on = serializers.DateField()
    category = serializers.SlugRelatedField(
        "code", queryset=ExpenseCategory.objects.filter(is_active=True)
    )
    amount = serializers.DecimalField(15, 2)
    people = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    invoice_no = serializers.CharField(required=False, allow_blank=True, max_length=60)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ClaimWriteSerializer(WriteSerializer):
    lines = ExpenseLineWriteSerializer(many=True, required=False)

    class Meta:
        model = ExpenseClaim
        fields = [
            "visit",
            "payee",
            "purpose",
            "dated_on",
            "pay_by",
            "currency",
            "total",
            "lines",
        ]
        extra_kwargs = {"payee": {"required": False}, "currency": {"required": False}}


class ClaimCreateSerializer(ClaimWriteSerializer):
    """`account` may be left out where a visit is named: it is that of the visit. So claims who
    went along to a customer they do not see."""

    account = VisibleField(queryset=Account.objects.all(), required=False)

    class Meta(ClaimWriteSerializer.Meta):
        fields = ["account", *ClaimWriteSerializer.Meta.fields]

    def validate(self, attrs):
        attrs = super().validate(attrs)
        if "account" not in attrs:
            visit = attrs.get("visit")
            if visit is None:
                field = self.fields["account"]
                raise serializers.ValidationError({"account": [field.error_messages["required"]]})
            attrs["account"] = visit.account
        return attrs


class ExpenseClaimViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Expense claims: enter one with its lines, follow it, change it while it is a draft.
    Invoices are attachments of the claim."""

    noun = "claim"
    queryset = ExpenseClaim.objects.none()
    serializer_class = ExpenseClaimSerializer
    filterset_class = ExpenseFilter
    steered = True

    @property
    def write_serializer_class(self):
        return ClaimWriteSerializer if self.detail else ClaimCreateSerializer

    def get_queryset(self):
        return selectors.claims_of(self.request.user).order_by("-created_at", "-pk")

    def lookups(self, rows) -> dict:
        lines = ExpenseLine.objects.filter(claim__in=[row["id"] for row in rows])
        found = {}
        for line in lines.select_related("category"):
            found.setdefault(line.claim_id, []).append(
                {
                    "id": line.pk,
                    "spent_on": line.spent_on.isoformat(),
                    "category": line.category.code,
                    "amount": amount(line.amount),
                    "amount_base": amount(line.amount_base),
                    "people": line.people,
                    "invoice_no": line.invoice_no,
                    "note": line.note,
                }
            )
        return {"lines": found}

    def make(self, **values):
        return services.create_claim(actor=self.request.user, **values)

    def change(self, claim, values, version):
        lines = values.pop("lines", None)
        services.update_claim(
            claim=claim, values=values, lines=lines, actor=self.request.user, version=version
        )
