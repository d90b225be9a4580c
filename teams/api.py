"""Colleagues over the API. Passwords and the keys to the admin are no business of a script."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from core.api.filters import FilterSet, IdListFilter, OrderingFilter, SearchFilter
from core.api.serializers import (
    ActionSerializer,
    NothingSerializer,
    RecordSerializer,
    RefField,
    WriteSerializer,
    moment,
    named_columns,
    person_columns,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from teams import services
from teams.models import User
from teams.services.people import EDITABLE

NOT_BY_API = frozenset({"is_staff", "is_superuser"})


class UserFilter(FilterSet):
    search = SearchFilter("name_index")
    unit = IdListFilter("unit_id")
    post = IdListFilter("post_id")
    superior = IdListFilter("superior_id")
    active = filters.BooleanFilter("is_active")
    ordering = OrderingFilter(fields=["id", "username", "employee_no"])


class UserSerializer(RecordSerializer):
    """A colleague (用户)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    username = serializers.CharField()
    employee_no = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    unit = RefField()
    post = RefField()
    superior = RefField()
    stand_in = RefField()
    absent_from = serializers.DateField(allow_null=True)
    absent_until = serializers.DateField(allow_null=True)
    is_active = serializers.BooleanField()

    columns = (
        "id",
        "version",
        "username",
        "employee_no",
        "name_zh",
        "name_en",
        "email",
        "phone",
        "absent_from",
        "absent_until",
        "is_active",
        *named_columns("unit", "post"),
        *person_columns("superior", "stand_in"),
    )

    def row(self, values):
        return {
            "id": values["id"],
            "version": values["version"],
            "username": values["username"],
            "employee_no": values["employee_no"],
            "name": self.name(values) or values["username"],
            "name_zh": values["name_zh"],
            "name_en": values["name_en"],
            "email": values["email"],
            "phone": values["phone"],
            "unit": self.named(values, "unit"),
            "post": self.named(values, "post"),
            "superior": self.person(values, "superior"),
            "stand_in": self.person(values, "stand_in"),
            "absent_from": moment(values["absent_from"]),
            "absent_until": moment(values["absent_until"]),
            "is_active": values["is_active"],
        }


class UserWriteSerializer(WriteSerializer):
    class Meta:
        model = User
        fields = sorted(EDITABLE - NOT_BY_API)


class WhyLeavingSerializer(ActionSerializer):
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class UserViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Colleagues, their department and post. Writing needs the right to manage people."""

    noun = "user"
    queryset = User.objects.none()
    serializer_class = UserSerializer
    write_serializer_class = UserWriteSerializer
    filterset_class = UserFilter

    def get_queryset(self):
        return User.objects.visible_to(self.request.user).order_by("username")

    def make(self, **values):
        return services.create_user(actor=self.request.user, **values)

    def change(self, user, values, version):
        services.update_user(user=user, values=values, actor=self.request.user, version=version)

    @extend_schema(request=WhyLeavingSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request, pk=None):
        """A leaver: no log-in, no tokens. Accounts are handed over separately."""
        return self.act(services.deactivate_user, WhyLeavingSerializer)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def reactivate(self, request, pk=None):
        return self.act(services.reactivate_user, NothingSerializer)
