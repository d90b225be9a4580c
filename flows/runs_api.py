"""Running flows over the API: the same rows and the same services as the pages."""

from django.core.exceptions import PermissionDenied
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api import label
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
    NothingSerializer,
    ReasonSerializer,
    RecordSerializer,
    RefField,
    Strict,
    VisibleField,
    moment,
    person_columns,
)
from core.api.versions import expected_version
from core.api.viewsets import CreateRecord, RecordViewSet
from flows import pages, permissions, services
from flows.cache import flow_of
from flows.models import FlowRun, FlowTemplate, FlowVersion, RunState, StepRun, StepState


class RunFilter(FilterSet):
    state = WordListFilter(choices=RunState.choices)
    flow = filters.CharFilter("template__code", max_length=40)
    account = VisibleIdListFilter("account_id", model=Account)
    originator = IdListFilter("originator_id")
    subject_type = filters.CharFilter("subject_type", max_length=40)
    subject_id = filters.NumberFilter("subject_id", min_value=0, max_value=2**62)
    started_after = filters.IsoDateTimeFilter("started_at", lookup_expr="gte")
    ordering = OrderingFilter(fields=["id", "started_at", "ended_at"])


class StandsSerializer(serializers.Serializer):
    """One step a run stands at."""

    step = serializers.CharField()
    name = serializers.CharField()
    since = serializers.DateTimeField()


class RunSerializer(RecordSerializer):
    """A flow on its way (流程实例). `version` is its revision: every action raises it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    flow = serializers.CharField(help_text="Code of the flow.")
    flow_name = serializers.CharField()
    flow_version = serializers.IntegerField()
    title = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.IntegerField()
    account = RefField(help_text="Null also where the account is hidden from you.")
    state = serializers.ChoiceField(RunState.choices)
    status = serializers.CharField()
    end = serializers.CharField()
    green = serializers.BooleanField(help_text="On the green channel.")
    originator = RefField()
    owner = RefField()
    stands_at = StandsSerializer(many=True)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

    plain = ("id", "title", "subject_type", "subject_id", "state", "status", "end", "green")
    moments = ("started_at", "ended_at")
    columns = (
        *plain,
        *moments,
        "revision",
        "template__code",
        "template__name_zh",
        "template__name_en",
        "version__number",
        "account_id",
        "account__id",
        "account__name",
        "account__short_name",
        *person_columns("originator", "owner"),
    )

    def row(self, values):
        row = self.base(values)
        seen = values["account_id"] in self.context["seen"]
        return row | {
            "version": values["revision"],
            "flow": values["template__code"],
            "flow_name": self.name(values, "template__"),
            "flow_version": values["version__number"],
            "account": label(values, "account__") if seen else None,
            "originator": self.person(values, "originator"),
            "owner": self.person(values, "owner"),
            "stands_at": self.context["stands"].get(values["id"], []),
        }


class RunCreateSerializer(Strict, serializers.Serializer):
    """Which flow, on which account. Flows of other records start with their record."""

    flow = serializers.SlugRelatedField(
        slug_field="code",
        queryset=FlowTemplate.objects.filter(is_active=True, subject_type="account"),
    )
    account = VisibleField(queryset=Account.objects.all())


class RunWhySerializer(ActionSerializer):
    reason = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")


class TrailLineSerializer(serializers.Serializer):
    """One line of what happened."""

    at = serializers.DateTimeField()
    who = serializers.CharField(help_text="Empty where nobody did it.")
    verb = serializers.CharField()
    step = serializers.CharField()
    outcome = serializers.CharField()
    note = serializers.CharField()
    other = serializers.CharField(help_text="Whom it concerned.")


def versions_of(ids) -> dict[int, FlowVersion]:
    """Versions with what `flow_of` asks of them, by id."""
    return FlowVersion.objects.only("pk", "digest").in_bulk(set(ids))


def stands_of(run_ids) -> dict[int, list[dict]]:
    """Where open runs stand, by run."""
    visits = StepRun.objects.filter(run__in=run_ids, state=StepState.OPEN).order_by("pk")
    visits = list(visits.values("run_id", "version_id", "step", "entered_at"))
    versions, found = versions_of(visit["version_id"] for visit in visits), {}
    for visit in visits:
        step = flow_of(versions[visit["version_id"]]).steps[visit["step"]]
        line = {"step": step.code, "name": pages.said(step.name), "since": visit["entered_at"]}
        found.setdefault(visit["run_id"], []).append(line | {"since": moment(line["since"])})
    return found


def _started(user, run) -> bool:
    return run.originator_id == user.pk


class RunViewSet(CreateRecord, RecordViewSet):
    """Running and ended flows: start one, follow it, and what may be done with it as a whole."""

    noun = "run"
    queryset = FlowRun.objects.none()
    serializer_class = RunSerializer
    write_serializer_class = RunCreateSerializer
    filterset_class = RunFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self):
        return FlowRun.objects.visible_to(self.request.user).order_by("-started_at", "-pk")

    def lookups(self, rows):
        accounts = {row["account_id"] for row in rows if row["account_id"]}
        seen = Account.objects.visible_to(self.request.user).filter(pk__in=accounts)
        open_runs = [row["id"] for row in rows if row["state"] == RunState.OPEN]
        return {"seen": set(seen.values_list("pk", flat=True)), "stands": stands_of(open_runs)}

    def make(self, *, flow, account):
        return services.start(subject=account, template=flow, actor=self.request.user)

    def act(self, service, serializer_class, *, may=permissions.answers_for):
        """As everywhere; the version of a run is its revision."""
        record = self.get_object()
        if not may(self.request.user, record):
            raise PermissionDenied
        values = self.sent(serializer_class)
        revision = expected_version(self.request, required=False)
        service(run=record, **values, revision=revision, actor=self.request.user)
        return self.answer(record)

    @extend_schema(request=RunWhySerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        """Whoever started it takes it back to its first step."""
        return self.act(services.withdraw, RunWhySerializer, may=_started)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        """End it at the end its definition names for that."""
        return self.act(services.cancel, ReasonSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def skip(self, request, pk=None):
        """Pass over the present step, where its definition allows that."""
        return self.act(services.skip, ReasonSerializer)

    @extend_schema(
        request=NothingSerializer,
        responses=inline_serializer("Nudged", {"reminded": serializers.IntegerField()}),
    )
    @action(detail=True, methods=["post"])
    def nudge(self, request, pk=None):
        """Remind whoever it waits for, once an hour."""
        run = self.get_object()
        self.sent(NothingSerializer)
        return Response({"reminded": services.nudge(run=run, actor=request.user)})

    @extend_schema(responses=TrailLineSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def trail(self, request, pk=None):
        """Who did what, newest first."""
        run = FlowRun.objects.select_related("version").get(pk=self.get_object().pk)
        lines = [
            {
                "at": moment(line.at),
                "who": line.who,
                "verb": line.verb,
                "step": line.step,
                "outcome": line.outcome,
                "note": line.note,
                "other": line.other,
            }
            for line in pages.trail(run)
        ]
        return Response(lines)
