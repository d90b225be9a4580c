"""Accounts over the API: the same rows and the same services as the pages."""

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts import services
from accounts.api.references import LABEL, REFERENCES, label, references_of
from accounts.classification import customer_age, is_key, time_status
from accounts.models import (
    Account,
    AccountAssignment,
    AccountStatus,
    AssignmentRole,
    CreditGrade,
    Nature,
    Tier,
)
from core.api.filters import (
    FilterSet,
    IdListFilter,
    OrderingFilter,
    SearchFilter,
    VisibleIdListFilter,
    WordListFilter,
)
from core.api.serializers import (
    ActionSerializer,
    NothingSerializer,
    OpenField,
    ReasonSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    amount,
    moment,
    person_columns,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from core.compiled import DAY, NUMBERS, Compiled
from core.models import company
from teams.models import User


class AccountFilter(FilterSet):
    search = SearchFilter("search_index")
    status = WordListFilter(choices=AccountStatus.choices)
    tier = IdListFilter("tier_id")
    industry = IdListFilter("industry_id")
    city = IdListFilter("city_id")
    department = IdListFilter("department_id")
    division = IdListFilter("division_id")
    parent = VisibleIdListFilter("parent_id", model=Account)
    nature = WordListFilter(choices=Nature.choices)
    manager = IdListFilter("id", method="of_manager")
    without_parent = filters.BooleanFilter("parent", lookup_expr="isnull")
    archived = filters.BooleanFilter("archived_at", lookup_expr="isnull", exclude=True)
    created_after = filters.IsoDateTimeFilter("created_at", lookup_expr="gte")
    updated_after = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    ordering = OrderingFilter(
        fields=["id", "name", "file_number", "tier_since", "created_at", "updated_at"]
    )

    def of_manager(self, queryset, name, value):
        if not value:
            return queryset
        managed = AccountAssignment.objects.on(timezone.localdate()).filter(
            role=AssignmentRole.MANAGER, user__in=value
        )
        return queryset.filter(pk__in=managed.values("account"))


# Columns that are answered under their own name.
PLAIN = (
    "id",
    "version",
    "file_number",
    "name",
    "short_name",
    "name_en",
    "registration_no",
    "status",
    "tier_since",
    "address",
    "phone",
    "website",
    "founded_year",
    "employees",
    "turnover",
    "nature",
    "purchasing_power",
    "closeness",
    "sales_channel",
    "geographic_scope",
    "credit_grade",
    "notes",
    "archived_at",
    "created_at",
    "updated_at",
)
MANAGERS = Compiled(
    lambda accounts, today: (
        AccountAssignment.objects.on(today)
        .filter(account__among=accounts, role=AssignmentRole.MANAGER)
        .values("account_id", *person_columns("user"))
    ),
    accounts=NUMBERS,
    today=DAY,
)


class AccountSerializer(RecordSerializer):
    """An account (大客户). `customer_age`, `time_status` and `is_key` are computed."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    file_number = serializers.CharField(
        allow_null=True, help_text="Issued when the customer is registered."
    )
    name = serializers.CharField()
    short_name = serializers.CharField()
    name_en = serializers.CharField()
    registration_no = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(AccountStatus.choices)
    tier = RefField()
    tier_since = serializers.DateField(allow_null=True)
    parent = RefField(help_text="Null also where the group is hidden from you.")
    department = RefField()
    division = RefField()
    manager = RefField()
    industry = RefField()
    city = RefField()
    address = serializers.CharField()
    phone = serializers.CharField()
    website = serializers.CharField()
    founded_year = serializers.IntegerField(allow_null=True)
    employees = serializers.IntegerField(allow_null=True)
    turnover = serializers.DecimalField(15, 2, allow_null=True)
    turnover_currency = serializers.CharField(allow_null=True)
    nature = serializers.CharField()
    purchasing_power = serializers.CharField()
    closeness = serializers.CharField()
    sales_channel = serializers.CharField()
    geographic_scope = serializers.CharField()
    credit_grade = serializers.CharField()
    customer_age = serializers.CharField()
    time_status = serializers.CharField()
    is_key = serializers.BooleanField()
    notes = serializers.CharField()
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    columns = (
        *PLAIN,
        "turnover_currency_id",
        "parent_id",
        "age_override",
        "is_key_override",
        "figures__first_contract_on",
        "figures__last_contract_on",
        *(f"{name}_id" for name in REFERENCES),
    )

    def row(self, values):
        row = {name: values[name] for name in PLAIN}
        context = self.context
        named = context["named"]
        for name, model in REFERENCES.items():
            row[name] = named.get((model, values[f"{name}_id"]))
        for name in ("tier_since", "archived_at", "created_at", "updated_at"):
            row[name] = moment(row[name])
        row["turnover"] = amount(row["turnover"])
        row["turnover_currency"] = values["turnover_currency_id"]
        row["parent"] = context["parents"].get(values["parent_id"])
        row["manager"] = context["managers"].get(values["id"])
        return row | self.computed(values, context)

    def computed(self, values, context):
        today, settings = context["today"], context["company"]
        tier = context["references"].get((Tier, values["tier_id"]))
        return {
            "customer_age": customer_age(
                first_contract_on=values["figures__first_contract_on"],
                today=today,
                months=settings.new_customer_months,
                override=values["age_override"],
            ),
            "time_status": time_status(
                last_contract_on=values["figures__last_contract_on"],
                today=today,
                months=settings.past_customer_months,
            ),
            "is_key": is_key(
                tier_is_key=tier["is_key"] if tier else None, override=values["is_key_override"]
            ),
        }


class AccountWriteSerializer(WriteSerializer):
    class Meta:
        model = Account
        fields = sorted(services.accounts.EDITABLE)


class AccountCreateSerializer(AccountWriteSerializer):
    manager = VisibleField(
        queryset=User.objects.filter(is_active=True),
        required=False,
        help_text="Default: the person who enters the account.",
    )
    confirm_duplicate = serializers.BooleanField(
        required=False, help_text="True: it is another one, in spite of the same name or number."
    )

    class Meta(AccountWriteSerializer.Meta):
        fields = [
            *AccountWriteSerializer.Meta.fields,
            "file_number",
            "parent",
            "manager",
            "confirm_duplicate",
        ]
        extra_kwargs = {"file_number": {"required": False}}


class TierSerializer(ActionSerializer):
    tier = OpenField(queryset=Tier.objects.all(), allow_null=True)
    reason = serializers.CharField(max_length=2000)


class TransferSerializer(ActionSerializer):
    to = VisibleField(queryset=User.objects.filter(is_active=True))
    reason = serializers.CharField(max_length=2000)
    on = serializers.DateField(required=False)


class GroupSerializer(ActionSerializer):
    parent = VisibleField(queryset=Account.objects.current(), allow_null=True)


class CreditSerializer(ActionSerializer):
    grade = serializers.ChoiceField(CreditGrade.choices)
    reason = serializers.CharField(max_length=2000)
    effective_on = serializers.DateField()


class AccountViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Key accounts."""

    noun = "account"
    queryset = Account.objects.none()
    serializer_class = AccountSerializer
    filterset_class = AccountFilter

    @property
    def write_serializer_class(self):
        return AccountWriteSerializer if self.detail else AccountCreateSerializer

    def get_queryset(self):
        return Account.objects.visible_to(self.request.user).order_by("name", "pk")

    def lookups(self, rows):
        """Managers of today and those groups above that the asker may see too."""
        today, one = timezone.localdate(), self.serializer_class(context={})
        managers = MANAGERS.rows(accounts=[row["id"] for row in rows], today=today)
        above = {row["parent_id"] for row in rows if row["parent_id"]}
        visible = Account.objects.visible_to(self.request.user, today=today).filter(pk__in=above)
        references = references_of(rows)
        return {
            "today": today,
            "company": company(),
            "references": references,
            "named": {
                key: {"id": found["pk"], "name": one.name(found)}
                for key, found in references.items()
            },
            "managers": {row["account_id"]: one.person(row, "user") for row in managers},
            "parents": {row["id"]: label(row) for row in visible.values(*LABEL)} if above else {},
        }

    def make(self, **values):
        return services.create_account(actor=self.request.user, **values)

    def change(self, account, values, version):
        services.update_account(
            account=account, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=TierSerializer)
    @action(detail=True, methods=["post"], url_path="change-tier")
    def change_tier(self, request, pk=None):
        return self.act(services.change_tier, TierSerializer)

    @extend_schema(request=TransferSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request, pk=None):
        return self.act(services.transfer_account, TransferSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request, pk=None):
        return self.act(services.archive_account, ReasonSerializer)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request, pk=None):
        return self.act(services.restore_account, NothingSerializer)

    @extend_schema(request=GroupSerializer)
    @action(detail=True, methods=["post"], url_path="move-in-group")
    def move_in_group(self, request, pk=None):
        return self.act(services.move_in_group, GroupSerializer)

    @extend_schema(request=CreditSerializer)
    @action(detail=True, methods=["post"], url_path="set-credit-grade")
    def set_credit_grade(self, request, pk=None):
        return self.act(services.set_credit_grade, CreditSerializer)
