"""Work items over the API: the same rows and the same services as My work."""

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
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
from core.api.viewsets import CreateRecord, RecordViewSet
from core.worktime import parse_limit
from flows import pages, permissions, services
from flows.cache import flow_of
from flows.models import FAR, FlowRun, ItemState, WorkItem, WorkItemCandidate
from flows.runs_api import versions_of
from flows.selectors import in_hand
from teams.models import Pool, User

WORDS = 2000
MOST_AT_ONCE = 100


class ItemFilter(FilterSet):
    """`mine`: what waits for the asker, also in their pools; `pool`: what one pool may take."""

    mine = filters.BooleanFilter(method="of_mine")
    pool = filters.NumberFilter(method="of_pool", min_value=1, max_value=2**62)
    state = WordListFilter(choices=ItemState.choices)
    account = VisibleIdListFilter("account_id", model=Account)
    run = VisibleIdListFilter("run_id", model=FlowRun)
    assignee = IdListFilter("assignee_id")
    created_by = IdListFilter("created_by_id")
    flow = filters.CharFilter("run__template__code", max_length=40)
    due_before = filters.IsoDateTimeFilter("due_at", lookup_expr="lt")
    due_after = filters.IsoDateTimeFilter("due_at", lookup_expr="gte")
    late = filters.BooleanFilter(method="of_late")
    ordering = OrderingFilter(fields=["id", "due_at", "opened_at", "done_at"])

    def of_mine(self, queryset, name, value):
        mine = in_hand(self.request.user)
        return queryset.filter(mine) if value else queryset.exclude(mine)

    def of_pool(self, queryset, name, value):
        waiting = WorkItemCandidate.objects.filter(item=OuterRef("pk"), pool=int(value))
        return queryset.filter(Exists(waiting))

    def of_late(self, queryset, name, value):
        late = Q(state=ItemState.OPEN, due_at__lte=timezone.now()) | Q(on_time=False)
        return queryset.filter(late) if value else queryset.exclude(late)


class OutcomeSerializer(serializers.Serializer):
    """One answer a person may give."""

    code = serializers.CharField()
    name = serializers.CharField()
    needs_words = serializers.BooleanField()


class ItemSerializer(RecordSerializer):
    """Something somebody must do by a time (待办). `due_at` is null where there is no limit."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    about = serializers.CharField()
    note = serializers.CharField()
    state = serializers.ChoiceField(ItemState.choices)
    run = serializers.IntegerField(allow_null=True)
    flow = serializers.CharField(help_text="Code of the flow; empty for a free-standing item.")
    step = serializers.CharField()
    outcomes = OutcomeSerializer(many=True, help_text="What an open item may be answered with.")
    subject_type = serializers.CharField()
    subject_id = serializers.IntegerField(allow_null=True)
    account = RefField(help_text="Null also where the account is hidden from you.")
    assignee = RefField(help_text="Null while it waits for a pool.")
    on_behalf_of = RefField()
    pools = serializers.ListField(child=serializers.IntegerField())
    quiet = serializers.BooleanField(help_text="On a board only, until its warning.")
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    warn_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    opinion = serializers.CharField()
    done_by = RefField()
    done_at = serializers.DateTimeField(allow_null=True)
    on_time = serializers.BooleanField(allow_null=True)
    excuse = serializers.CharField()

    plain = (
        "id",
        "version",
        "about",
        "note",
        "state",
        "subject_type",
        "subject_id",
        "quiet",
        "outcome",
        "opinion",
        "on_time",
        "excuse",
    )
    moments = ("opened_at", "paused_at", "done_at")
    columns = (
        *plain,
        *moments,
        "title_zh",
        "title_en",
        "due_at",
        "warn_at",
        "run_id",
        "run__template__code",
        "run__version_id",
        "step_run__step",
        "account_id",
        "account__id",
        "account__name",
        "account__short_name",
        *person_columns("assignee", "on_behalf_of", "done_by"),
    )

    def row(self, values):
        row = self.base(values)
        for name in ("due_at", "warn_at"):
            row[name] = moment(values[name]) if values[name] < FAR else None
        zh, en = values["title_zh"], values["title_en"]
        seen = values["account_id"] in self.context["seen"]
        return row | {
            "title": (zh or en) if self.in_chinese else (en or zh),
            "run": values["run_id"],
            "flow": values["run__template__code"] or "",
            "step": values["step_run__step"] or "",
            "outcomes": self.answers_to(values),
            "account": label(values, "account__") if seen else None,
            "assignee": self.person(values, "assignee"),
            "on_behalf_of": self.person(values, "on_behalf_of"),
            "done_by": self.person(values, "done_by"),
            "pools": self.context["pools"].get(values["id"], []),
        }

    def answers_to(self, values) -> list[dict]:
        if values["state"] != ItemState.OPEN:
            return []
        if values["run_id"] is None:
            return [{"code": "done", "name": str(_("Done")), "needs_words": False}]
        flow = flow_of(self.context["versions"][values["run__version_id"]])
        step = flow.steps.get(values["step_run__step"])
        return [
            {"code": one.code, "name": pages.said(one.name) or one.code, "needs_words": one.reason}
            for one in (step.outcomes.values() if step else ())
        ]


class LimitField(serializers.CharField):
    """A limit in working time, "2 days" or "4 hours"."""

    def to_internal_value(self, data):
        text = super().to_internal_value(data)
        try:
            parse_limit(text)
        except ValueError:
            raise serializers.ValidationError(_("This is no limit of time.")) from None
        return text


class ItemCreateSerializer(Strict, serializers.Serializer):
    """Something to do that belongs to no flow: for one person, or for whoever of a pool."""

    title = serializers.CharField(max_length=200)
    assignee = VisibleField(queryset=User.objects.filter(is_active=True), required=False)
    pool = serializers.PrimaryKeyRelatedField(
        queryset=Pool.objects.filter(is_active=True), required=False
    )
    account = VisibleField(queryset=Account.objects.all(), required=False)
    due_at = serializers.DateTimeField(required=False)
    within = LimitField(max_length=40, required=False)
    note = serializers.CharField(max_length=WORDS, required=False, default="")


class AnswerSerializer(ActionSerializer):
    outcome = serializers.CharField(max_length=40)
    opinion = serializers.CharField(max_length=WORDS, required=False, default="", allow_blank=True)


class AnswerManySerializer(AnswerSerializer):
    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        min_length=1,
        max_length=MOST_AT_ONCE,
    )


class AnsweredSerializer(serializers.Serializer):
    """What became of one of many."""

    id = serializers.IntegerField()
    done = serializers.BooleanField()
    message = serializers.CharField(help_text="Why not; empty where it was done.")


class HandSerializer(ActionSerializer):
    to = VisibleField(queryset=User.objects.filter(is_active=True))
    note = serializers.CharField(max_length=WORDS, required=False, default="", allow_blank=True)


class ReassignSerializer(ActionSerializer):
    to = VisibleField(queryset=User.objects.filter(is_active=True))
    reason = serializers.CharField(max_length=WORDS)


class SignerSerializer(ActionSerializer):
    signer = VisibleField(queryset=User.objects.filter(is_active=True))
    where = serializers.ChoiceField([("before", _("before me")), ("after", _("after me"))])
    note = serializers.CharField(max_length=WORDS, required=False, default="", allow_blank=True)


class ReturnSerializer(ActionSerializer):
    step = serializers.CharField(max_length=40)
    opinion = serializers.CharField(max_length=WORDS)
    resume = serializers.BooleanField(required=False, default=False)


def _holds(user, item) -> bool:
    """Whoever has it in hand; whoever was asked too is told who was faster (409)."""
    mine = pages.Card(item, user).mine
    if not mine:
        services.refuse_late(item, user)
    return mine


def _made(user, item) -> bool:
    return user.pk == item.created_by_id or permissions.can_reassign(user, item)


class ItemViewSet(CreateRecord, RecordViewSet):
    """What somebody must do: of a step of a flow, or free-standing."""

    noun = "item"
    queryset = WorkItem.objects.none()
    serializer_class = ItemSerializer
    write_serializer_class = ItemCreateSerializer
    filterset_class = ItemFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self):
        return WorkItem.objects.visible_to(self.request.user).order_by("due_at", "pk")

    def lookups(self, rows):
        accounts = {row["account_id"] for row in rows if row["account_id"]}
        seen = Account.objects.visible_to(self.request.user).filter(pk__in=accounts)
        pools = {}
        waiting = WorkItemCandidate.objects.filter(item__in=[row["id"] for row in rows])
        for item, pool in waiting.order_by("pk").values_list("item", "pool"):
            pools.setdefault(item, []).append(pool)
        return {
            "seen": set(seen.values_list("pk", flat=True)),
            "pools": pools,
            "versions": versions_of(
                row["run__version_id"] for row in rows if row["run__version_id"]
            ),
        }

    def represent(self, record):
        """Where the run of an item moved on, it is the item that is shown."""
        if isinstance(record, FlowRun):
            record = WorkItem(pk=self.kwargs["pk"])
        return super().represent(record)

    def get_object(self):
        try:
            item = super().get_object()
        except Http404:
            self._refuse_late()
            raise
        related = ("run__version", "step_run", "account", "assignee", "done_by")
        return WorkItem.objects.select_related(*related).get(pk=item.pk)

    def _refuse_late(self):
        """Who was asked for an item and no longer sees it is told who was faster, not shown it."""
        user, pk = self.request.user, str(self.kwargs["pk"])
        known = WorkItem.objects.was_asked(user) if pk.isascii() and pk.isdigit() else None
        item = known.filter(pk=pk).first() if known is not None and len(pk) < 19 else None
        if item is None:
            return
        try:
            services.refuse_late(item, user)
        except services.Conflict as late:
            late.current = None
            raise

    def act(self, service, serializer_class, *, may=None):
        """As everywhere, after asking whether the item is the asker's to act on."""
        item = self.get_object()
        if not (may or _holds)(self.request.user, item):
            raise PermissionDenied
        return super().act(service, serializer_class)

    def make(self, *, title, account=None, **values):
        return services.make_item(
            title_zh=title, subject=account, actor=self.request.user, **values
        )

    @extend_schema(request=AnswerSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def give_answer(self, request, pk=None):
        """Give it an outcome; the flow goes on where enough have answered."""
        return self.act(services.complete, AnswerSerializer)

    @extend_schema(
        request=AnswerManySerializer, responses=AnsweredSerializer(many=True), filters=False
    )
    @action(detail=False, methods=["post"], url_path="answer-many", pagination_class=None)
    def answer_many(self, request):
        """The same answer to many; each stands or falls alone."""
        values = self.sent(AnswerManySerializer)
        wanted = dict.fromkeys(values.pop("items"))
        found = self.get_queryset().select_related("run__version", "step_run").in_bulk(wanted)
        done, refused = services.complete_many(
            items=[found[pk] for pk in wanted if pk in found], actor=request.user, **values
        )
        why = {item.pk: str(refusal) for item, refusal in refused}
        gone = str(_("There is no such record."))
        passed = {item.pk for item in done}
        told = [
            {"id": pk, "done": pk in passed, "message": "" if pk in passed else why.get(pk, gone)}
            for pk in wanted
        ]
        return Response(told)

    @extend_schema(request=ReturnSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request, pk=None):
        """Back to a step that was done before."""
        return self._of_flow(services.return_to, ReturnSerializer)

    @extend_schema(request=SignerSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request, pk=None):
        """Ask a colleague as well, before or after me."""
        return self._of_flow(services.add_signer, SignerSerializer)

    def _of_flow(self, service, serializer_class):
        if self.get_object().run_id is None:
            raise serializers.ValidationError({"item": [_("This belongs to no flow.")]})
        return self.act(service, serializer_class)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def claim(self, request, pk=None):
        """Take an item of a pool."""
        return self.act(services.claim, NothingSerializer)

    @extend_schema(request=HandSerializer)
    @action(detail=True, methods=["post"])
    def delegate(self, request, pk=None):
        """Hand my item to a colleague."""
        return self.act(services.delegate, HandSerializer)

    @extend_schema(request=ReassignSerializer)
    @action(detail=True, methods=["post"])
    def reassign(self, request, pk=None):
        """Somebody above gives it to another colleague."""
        return self.act(services.reassign, ReassignSerializer, may=permissions.can_reassign)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request, pk=None):
        """Stop the clock while the customer has to move."""
        return self.act(services.suspend, ReasonSerializer)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request, pk=None):
        """Let the clock run again."""
        return self.act(services.resume, NothingSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def excuse(self, request, pk=None):
        """A superior accepts that it was late."""
        return self.act(services.excuse, ReasonSerializer, may=permissions.can_excuse)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request, pk=None):
        """A free-standing item is no longer needed."""
        if self.get_object().run_id is not None:
            raise serializers.ValidationError({"item": [_("This belongs to a flow.")]})
        return self.act(services.drop, ReasonSerializer, may=_made)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request, pk=None):
        """Undo my answer shortly after, while nobody has followed."""
        item = self.get_object()
        if item.done_by_id != request.user.pk:
            raise PermissionDenied
        self.sent(NothingSerializer)
        services.take_back(item=item, actor=request.user)
        return self.answer(item)
