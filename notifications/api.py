"""One's own notifications over the API: read them, mark them as read."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from core.api.filters import FilterSet, OrderingFilter
from core.api.serializers import (
    ActionSerializer,
    NothingSerializer,
    RecordSerializer,
    RefField,
    moment,
    person_columns,
)
from core.api.viewsets import RecordViewSet
from notifications import selectors, services
from notifications.models import Notification


class NotificationFilter(FilterSet):
    unread = filters.BooleanFilter("read_at", lookup_expr="isnull")
    kind = filters.CharFilter("kind", max_length=60)
    ordering = OrderingFilter(fields=["id", "at"])


class NotificationSerializer(RecordSerializer):
    """A notification (通知). `hidden`: it is about something the reader may no longer see; its
    text is left out. `withdrawn_at`: it was overtaken then and holds no more."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField()
    url = serializers.CharField()
    hidden = serializers.BooleanField()
    actor = RefField()
    at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)

    columns = (
        "id",
        "kind",
        "title_zh",
        "title_en",
        "body_zh",
        "body_en",
        "url",
        "subject_type",
        "subject_id",
        "account_id",
        "at",
        "read_at",
        "withdrawn_at",
        *person_columns("actor"),
    )

    def row(self, values):
        hidden = values["id"] in self.context["unseen"]
        return {
            "id": values["id"],
            "kind": values["kind"],
            "title": "" if hidden else self.told(values, "title"),
            "body": "" if hidden else self.told(values, "body"),
            "url": "" if hidden else values["url"],
            "hidden": hidden,
            "actor": self.person(values, "actor"),
            "at": moment(values["at"]),
            "read_at": moment(values["read_at"]),
            "withdrawn_at": moment(values["withdrawn_at"]),
        }

    def told(self, values, name) -> str:
        zh, en = values[f"{name}_zh"], values[f"{name}_en"]
        return (zh or en) if self.in_chinese else (en or zh)


class UntilSerializer(ActionSerializer):
    until = serializers.DateTimeField(required=False, allow_null=True)


class NotificationViewSet(RecordViewSet):
    """What one was told, newest first. Nobody reads what another was told."""

    noun = "notice"
    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self):
        return Notification.objects.visible_to(self.request.user).order_by("-at", "-pk")

    def lookups(self, rows):
        return {"unseen": selectors.unseen(self.request.user, rows)}

    def answer(self, record, *, status=200):
        """A notification has no version: it is written once and read."""
        shown = self.represent(record)
        return Response(status=204) if shown is None else Response(shown, status=status)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request, pk=None):
        return self.act(services.mark_read, NothingSerializer)

    @extend_schema(
        request=UntilSerializer,
        responses=inline_serializer("ReadAll", {"read": serializers.IntegerField()}),
    )
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request):
        """Mark everything as read, or what came up to a moment."""
        until = self.sent(UntilSerializer).get("until")
        return Response({"read": services.mark_all_read(user=request.user, until=until)})
