"""Accounts and contacts over the API: the same rows and the same services as the pages."""

from django.db.models import F, IntegerField, Value
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts import services
from accounts.classification import customer_age, is_key, time_status
from accounts.models import (
    Account,
    AccountAssignment,
    AccountStatus,
    AssignmentRole,
    Contact,
    ContactLevel,
    ContactRole,
    CreditGrade,
    Industry,
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
from core.models import City, company
from teams.models import Unit, User


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
LABEL = ("id", "name", "short_name")


def label(values, path="") -> dict:
    """A reference to an account (columns of LABEL), by its short name where it has one."""
    name = values[f"{path}short_name"] or values[f"{path}name"]
    return {"id": values[f"{path}id"], "name": name}


# Columns that refer to small tables, whose names are read once a page instead of once a row.
REFERENCES = {
    "tier": Tier,
    "department": Unit,
    "division": Unit,
    "industry": Industry,
    "city": City,
}


REFERRED = tuple(dict.fromkeys(REFERENCES.values()))
# The ids of each of them as parameters of one query: two numbers that no other has.
_IDS = {model.__name__: (-1 - 2 * n, -2 - 2 * n) for n, model in enumerate(REFERRED)}


def _named(**ids):
    """One branch for each table."""
    branches = [
        model.objects.filter(pk__among=ids[model.__name__])
        .order_by()
        .values_list(
            Value(place, IntegerField()),
            "pk",
            "name_zh",
            "name_en",
            F("is_key") if model is Tier else Value(False),
        )
        for place, model in enumerate(REFERRED)
    ]
    return branches[0].union(*branches[1:], all=True)


_NAMES = Compiled(_named, **_IDS)


def references_of(rows) -> dict:
    """{(model, id): names} of everything the rows refer to, in one query."""
    ids = {
        model.__name__: {
            row[f"{name}_id"] for name, of in REFERENCES.items() if of is model for row in rows
        }
        - {None}
        for model in REFERRED
    }
    return {
        (REFERRED[place], pk): {"pk": pk, "name_zh": zh, "name_en": en, "is_key": bool(key)}
        for place, pk, zh, en, key in _NAMES.rows(**ids)
    }


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
        references = self.context["references"]
        for name, model in REFERENCES.items():
            found = references.get((model, values[f"{name}_id"]))
            row[name] = found and {"id": found["pk"], "name": self.name(found)}
        for name in ("tier_since", "archived_at", "created_at", "updated_at"):
            row[name] = moment(row[name])
        row["turnover"] = amount(row["turnover"])
        row["turnover_currency"] = values["turnover_currency_id"]
        row["parent"] = self.context["parents"].get(values["parent_id"])
        row["manager"] = self.context["managers"].get(values["id"])
        return row | self.computed(values)

    def computed(self, values):
        today, settings = self.context["today"], self.context["company"]
        tier = self.context["references"].get((Tier, values["tier_id"]))
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
    tier = VisibleField(queryset=Tier.objects.all(), allow_null=True)
    reason = serializers.CharField(max_length=2000)


class TransferSerializer(ActionSerializer):
    to = VisibleField(queryset=User.objects.filter(is_active=True))
    reason = serializers.CharField(max_length=2000)
    on = serializers.DateField(required=False)


class ReasonSerializer(ActionSerializer):
    reason = serializers.CharField(max_length=2000)


class NothingSerializer(ActionSerializer):
    pass


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
        return {
            "today": today,
            "company": company(),
            "references": references_of(rows),
            "managers": {row["account_id"]: one.person(row, "user") for row in managers},
            "parents": {row["id"]: label(row) for row in visible.values(*LABEL)} if above else {},
        }

    def make(self, **values):
        return services.create_account(actor=self.request.user, **values)

    def change(self, account, values, version):
        services.update_account(
            account=account, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=AccountCreateSerializer, responses={201: AccountSerializer})
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    @extend_schema(request=AccountWriteSerializer)
    def partial_update(self, request, *args, **kwargs):
        return super().partial_update(request, *args, **kwargs)

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


class ContactFilter(FilterSet):
    search = SearchFilter("search_index")
    account = IdListFilter("id", method="at_account")
    owner = IdListFilter("owner_id")
    level = WordListFilter(choices=ContactLevel.choices, method="at_level")
    archived = filters.BooleanFilter("archived_at", lookup_expr="isnull", exclude=True)
    updated_after = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    ordering = OrderingFilter(fields=["id", "name", "last_contact_on", "created_at", "updated_at"])

    def at_account(self, queryset, name, value):
        return self._with_role(queryset, account__in=value) if value else queryset

    def at_level(self, queryset, name, value):
        return self._with_role(queryset, level__in=value) if value else queryset

    def _with_role(self, queryset, **where):
        """A present role at an account the asker sees; others must not be guessed at."""
        roles = visible_roles(self.request.user).on(timezone.localdate()).filter(**where)
        return queryset.filter(pk__in=roles.values("contact"))


def visible_roles(user):
    return ContactRole.objects.filter(account__in=Account.objects.visible_to(user))


class RoleSerializer(RecordSerializer):
    id = serializers.IntegerField()
    account = RefField()
    title = serializers.CharField()
    department_name = serializers.CharField()
    level = serializers.CharField()
    is_business_department = serializers.BooleanField()
    is_primary = serializers.BooleanField()
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)

    columns = (
        "id",
        "contact_id",
        "account_id",
        "account__id",
        "account__name",
        "account__short_name",
        "title",
        "department_name",
        "level",
        "is_business_department",
        "is_primary",
        "starts_on",
        "ends_on",
    )

    def row(self, values):
        return {
            "id": values["id"],
            "account": label(values, "account__"),
            "title": values["title"],
            "department_name": values["department_name"],
            "level": values["level"],
            "is_business_department": values["is_business_department"],
            "is_primary": values["is_primary"],
            "starts_on": moment(values["starts_on"]),
            "ends_on": moment(values["ends_on"]),
        }


CONTACT = (
    "id",
    "version",
    "name",
    "name_en",
    "salutation",
    "phone",
    "mobile",
    "email",
    "wechat",
    "birthday",
    "important_dates",
    "preferences",
    "consent",
    "consent_on",
    "closeness",
    "last_contact_on",
    "notes",
    "archived_at",
    "created_at",
    "updated_at",
)


class ContactSerializer(RecordSerializer):
    """A person at one or several customers (联系人). `roles` are those at accounts you see."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    salutation = serializers.CharField()
    phone = serializers.CharField()
    mobile = serializers.CharField()
    email = serializers.CharField()
    wechat = serializers.CharField()
    birthday = serializers.DateField(allow_null=True)
    important_dates = serializers.CharField()
    preferences = serializers.CharField()
    consent = serializers.CharField()
    consent_on = serializers.DateField(allow_null=True)
    owner = RefField()
    closeness = serializers.IntegerField(allow_null=True)
    last_contact_on = serializers.DateField(allow_null=True)
    notes = serializers.CharField()
    roles = RoleSerializer(many=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    columns = (*CONTACT, *person_columns("owner"))

    def row(self, values):
        row = {name: values[name] for name in CONTACT}
        for name in (
            "birthday",
            "consent_on",
            "last_contact_on",
            "archived_at",
            "created_at",
            "updated_at",
        ):
            row[name] = moment(row[name])
        row["owner"] = self.person(values, "owner")
        row["roles"] = self.context["roles"].get(values["id"], [])
        return row


class ContactWriteSerializer(WriteSerializer):
    class Meta:
        model = Contact
        fields = sorted(services.contacts.EDITABLE)


class RoleWriteSerializer(WriteSerializer):
    class Meta:
        model = ContactRole
        fields = ["account", *sorted(services.contacts.ROLE_FIELDS)]


class ContactCreateSerializer(ContactWriteSerializer):
    account = VisibleField(queryset=Account.objects.current(), required=False, allow_null=True)
    title = serializers.CharField(required=False, allow_blank=True, max_length=120)
    department_name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    level = serializers.ChoiceField(ContactLevel.choices, required=False, allow_blank=True)
    is_business_department = serializers.BooleanField(required=False)
    is_primary = serializers.BooleanField(required=False)

    class Meta(ContactWriteSerializer.Meta):
        fields = [
            *ContactWriteSerializer.Meta.fields,
            "account",
            "title",
            "department_name",
            "level",
            "is_business_department",
            "is_primary",
        ]


class ContactViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Contacts with their roles."""

    noun = "contact"
    queryset = Contact.objects.none()
    serializer_class = ContactSerializer
    filterset_class = ContactFilter

    @property
    def write_serializer_class(self):
        return ContactWriteSerializer if self.detail else ContactCreateSerializer

    def get_queryset(self):
        return Contact.objects.visible_to(self.request.user).order_by("name", "pk")

    def lookups(self, rows):
        roles, one = {}, RoleSerializer(context={})
        found = (
            visible_roles(self.request.user)
            .filter(contact__in=[row["id"] for row in rows])
            .order_by("-is_primary", "account_id", "pk")
        )
        for role in found.values(*RoleSerializer.columns):
            roles.setdefault(role["contact_id"], []).append(one.row(role))
        return {"roles": roles}

    def make(self, **values):
        return services.create_contact(actor=self.request.user, **values)

    def change(self, contact, values, version):
        services.update_contact(
            contact=contact, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=ContactCreateSerializer, responses={201: ContactSerializer})
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    @extend_schema(request=ContactWriteSerializer)
    def partial_update(self, request, *args, **kwargs):
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request, pk=None):
        return self.act(services.archive_contact, ReasonSerializer)

    @extend_schema(request=RoleWriteSerializer)
    @action(detail=True, methods=["post"], url_path="add-role")
    def add_role(self, request, pk=None):
        return self.act(services.add_role, RoleWriteSerializer)
