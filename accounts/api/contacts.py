"""Contacts and their roles over the API."""

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts import services
from accounts.api.references import label
from accounts.models import Account, Contact, ContactLevel, ContactRole
from core.api.filters import FilterSet, IdListFilter, OrderingFilter, SearchFilter, WordListFilter
from core.api.serializers import (
    ReasonSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    moment,
    person_columns,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord


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
    """What somebody is at one customer (任职)."""

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

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request, pk=None):
        return self.act(services.archive_contact, ReasonSerializer)

    @extend_schema(request=RoleWriteSerializer)
    @action(detail=True, methods=["post"], url_path="add-role")
    def add_role(self, request, pk=None):
        return self.act(services.add_role, RoleWriteSerializer)
