"""Callbacks over the API: the same rows and the same services as the pages."""

import datetime

from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

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
    ReasonSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    person_columns,
    reference,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from engagement import callback_figures
from engagement.models import (
    Callback,
    CallbackChannel,
    CallbackContact,
    CallbackFeedback,
    CallbackKind,
    CallbackStatus,
    OpinionKind,
    OpinionTheme,
)
from engagement.selectors import callbacks as selectors
from engagement.services import callback_calls as calls
from engagement.services import callbacks as services
from teams.models import User

LONGEST = datetime.timedelta(days=1100)


class CallbackFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    caller = filters.NumberFilter("caller_id")
    kind = WordListFilter(choices=CallbackKind.choices)
    status = WordListFilter(choices=CallbackStatus.choices)
    due_from = filters.DateFilter("due_on", lookup_expr="gte")
    due_to = filters.DateFilter("due_on", lookup_expr="lte")
    planned_from = filters.IsoDateTimeFilter("planned_at", lookup_expr="gte")
    planned_to = filters.IsoDateTimeFilter("planned_at", lookup_expr="lt")
    ordering = OrderingFilter(fields=["id", "number", "planned_at", "due_on", "held_at"])


class CalledSerializer(serializers.Serializer):
    """Somebody who is called; `reached` is empty until the call says it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    reached = serializers.BooleanField(allow_null=True)


class FeedbackSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    kind = serializers.ChoiceField(OpinionKind.choices)
    theme = serializers.CharField()
    satisfaction = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    opinion = serializers.IntegerField()
    department = serializers.CharField(allow_null=True)


class CallbackSerializer(RecordSerializer):
    """A callback to a customer (客户回访)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(CallbackKind.choices)
    status = serializers.ChoiceField(CallbackStatus.choices)
    account = RefField()
    caller = RefField()
    topic = serializers.CharField()
    channel = serializers.ChoiceField(CallbackChannel.choices)
    due_on = serializers.DateField()
    planned_at = serializers.DateTimeField()
    held_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    satisfaction = serializers.IntegerField(allow_null=True)
    summary = serializers.CharField()
    reason = serializers.CharField()
    contacts = CalledSerializer(many=True)
    feedback = FeedbackSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = (
        "id",
        "version",
        "number",
        "kind",
        "status",
        "topic",
        "channel",
        "satisfaction",
        "summary",
        "reason",
    )
    moments = ("due_on", "planned_at", "held_at", "ended_at", "created_at", "updated_at")
    columns = (*plain, *moments, "account_id", "account__name", *person_columns("caller"))

    def row(self, values):
        row = self.base(values)
        row["account"] = reference(values, "account")
        row["caller"] = self.person(values, "caller")
        for name in ("contacts", "feedback"):
            row[name] = self.context[name].get(values["id"], [])
        return row


class CallbackWriteSerializer(WriteSerializer):
    contacts = VisibleField(queryset=Contact.objects.all(), many=True, required=False)
    caller = VisibleField(queryset=User.objects.filter(is_active=True), required=False)

    class Meta:
        model = Callback
        fields = ["topic", "channel", "caller", "due_on", "contacts"]
        extra_kwargs = {"due_on": {"required": False}}


class CallbackCreateSerializer(CallbackWriteSerializer):
    account = VisibleField(queryset=Account.objects.all())

    class Meta(CallbackWriteSerializer.Meta):
        fields = ["account", "kind", "planned_at", *CallbackWriteSerializer.Meta.fields]


class CallbackMoveSerializer(ActionSerializer):
    planned_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)


class NotReachedSerializer(ActionSerializer):
    """Nobody answered: when it is tried again."""

    next_at = serializers.DateTimeField()
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class LineSerializer(serializers.Serializer):
    theme = serializers.SlugRelatedField(
        "code", queryset=OpinionTheme.objects.filter(is_active=True)
    )
    text = serializers.CharField(max_length=4000)
    kind = serializers.ChoiceField(OpinionKind.choices, required=False)
    satisfaction = serializers.IntegerField(
        min_value=1, max_value=5, required=False, allow_null=True
    )
    wish = serializers.CharField(max_length=500, required=False, allow_blank=True)


class ChangeSerializer(serializers.Serializer):
    what = serializers.CharField(max_length=250)
    who = VisibleField(queryset=User.objects.filter(is_active=True))
    due_on = serializers.DateField()


class ContactSerializer(ActionSerializer):
    """The customer was reached: satisfaction on the whole, each opinion with its theme, and what
    changes in our service because of it."""

    satisfaction = serializers.IntegerField(min_value=1, max_value=5)
    summary = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    contacts = VisibleField(queryset=Contact.objects.all(), many=True, required=False)
    channel = serializers.ChoiceField(CallbackChannel.choices, required=False)
    held_at = serializers.DateTimeField(required=False)
    lines = LineSerializer(many=True, required=False)
    actions = ChangeSerializer(many=True, required=False)


class PeriodSerializer(serializers.Serializer):
    begins = serializers.DateField()
    ends = serializers.DateField()

    def validate(self, attrs):
        if not datetime.timedelta() <= attrs["ends"] - attrs["begins"] <= LONGEST:
            raise serializers.ValidationError({"ends": ["The period is not a span of days."]})
        return attrs


class CallbackViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Callbacks: plan, change, move, cancel, make, report. Their status follows the flow."""

    noun = "callback"
    steered = True
    queryset = Callback.objects.none()
    serializer_class = CallbackSerializer
    filterset_class = CallbackFilter

    @property
    def write_serializer_class(self):
        return CallbackWriteSerializer if self.detail else CallbackCreateSerializer

    def get_queryset(self):
        rows = selectors.callbacks_of(self.request.user)
        return rows.select_related("account__department").order_by("-planned_at", "-pk")

    def lookups(self, rows) -> dict:
        """People and feedback of all rows, one query a kind."""
        ids, contacts, feedback = [row["id"] for row in rows], {}, {}
        for one in CallbackContact.objects.filter(callback__in=ids).select_related("contact"):
            contacts.setdefault(one.callback_id, []).append(
                {"id": one.contact_id, "name": one.contact.name, "reached": one.reached}
            )
        lines = CallbackFeedback.objects.filter(callback__in=ids).order_by("line")
        for one in lines.select_related("theme", "department"):
            feedback.setdefault(one.callback_id, []).append(
                {
                    "line": one.line,
                    "kind": one.kind,
                    "theme": one.theme.code,
                    "satisfaction": one.satisfaction,
                    "text": one.text,
                    "opinion": one.opinion_id,
                    "department": one.department.name if one.department_id else None,
                }
            )
        return {"contacts": contacts, "feedback": feedback}

    def make(self, **values):
        return services.plan_callback(actor=self.request.user, **values)

    def change(self, callback, values, version):
        services.update_callback(
            callback=callback, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=CallbackMoveSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request, pk=None):
        return self.act(services.move_callback, CallbackMoveSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        return self.act(services.cancel_callback, ReasonSerializer)

    @extend_schema(request=ContactSerializer)
    @action(detail=True, methods=["post"])
    def contact(self, request, pk=None):
        return self.act(_contact, ContactSerializer)

    @extend_schema(request=NotReachedSerializer)
    @action(detail=True, methods=["post"], url_path="not-reached", url_name="not-reached")
    def not_reached(self, request, pk=None):
        return self.act(calls.note_not_reached, NotReachedSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"], url_path="give-up", url_name="give-up")
    def give_up(self, request, pk=None):
        return self.act(calls.give_up_callback, ReasonSerializer)

    @extend_schema(
        parameters=[
            OpenApiParameter("begins", OpenApiTypes.DATE, required=True),
            OpenApiParameter("ends", OpenApiTypes.DATE, required=True),
        ],
        responses={200: OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(detail=False, methods=["get"], filterset_class=None, pagination_class=None)
    def report(self, request):
        """The figures of a period over what the asker may see (客户回访报告)."""
        asked = PeriodSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(callback_figures.report_of(request.user, **asked.validated_data))


def _contact(*, callback, actor, version=None, actions=(), **values):
    """The body of the API as the service takes it."""
    lines = [(one["what"], one["who"], one["due_on"]) for one in actions]
    calls.record_call(callback=callback, actor=actor, version=version, actions=lines, **values)
