"""Surveys, answers, opinions and improvements over the API."""

import datetime

from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.models import Account, Contact
from core.api.filters import FilterSet, OrderingFilter, VisibleIdListFilter, WordListFilter
from core.api.serializers import (
    ActionSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    named_columns,
    person_columns,
    reference,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from documents.models import DocumentTemplate
from engagement import survey_permissions as permissions
from engagement.models import (
    ActionState,
    ImprovementAction,
    NpsGroup,
    Opinion,
    OpinionKind,
    OpinionSource,
    OpinionState,
    SurveyCampaign,
    SurveyOrigin,
    SurveyResponse,
    SurveyState,
)
from engagement.services import improvements, opinions, surveys
from teams.models import User

# ---------- surveys ----------


class SurveyFilter(FilterSet):
    state = WordListFilter(choices=SurveyState.choices)
    origin = WordListFilter(choices=SurveyOrigin.choices)
    ordering = OrderingFilter(fields=["id", "number", "opens_at", "closes_at", "created_at"])


class SurveySerializer(RecordSerializer):
    """A survey (满意度调查). `asked` and `answered` are of accounts the caller sees."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(SurveyState.choices)
    origin = serializers.ChoiceField(SurveyOrigin.choices)
    owner = RefField()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    analysed_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "name", "state", "origin")
    moments = (
        "opens_at", "closes_at", "analysed_at", "verified_at", "created_at", "updated_at",
    )  # fmt: skip
    columns = (*plain, *moments, *person_columns("owner"))

    def row(self, values):
        counts = self.context.get("counts", {}).get(values["id"], {})
        row = self.base(values) | {"owner": self.person(values, "owner")}
        return row | {name: counts.get(name, 0) for name in ("asked", "answered")}


class SurveyWriteSerializer(WriteSerializer):
    template = VisibleField(
        queryset=DocumentTemplate.objects.filter(kind="questionnaire", is_active=True),
        required=False,
    )
    remind_after_days = serializers.IntegerField(min_value=1, max_value=60, required=False)

    class Meta:
        model = SurveyCampaign
        fields = [
            "name", "template", "opens_at", "closes_at", "remind_after_days", "reminders",
            "greeting_zh", "greeting_en",
        ]  # fmt: skip
        extra_kwargs = {"closes_at": {"required": False}}

    def validate(self, attrs):
        if "remind_after_days" in attrs:
            attrs["remind_after"] = datetime.timedelta(days=attrs.pop("remind_after_days"))
        return attrs


class SurveyCreateSerializer(SurveyWriteSerializer):
    accounts = VisibleField(queryset=Account.objects.all(), many=True, required=False)

    class Meta(SurveyWriteSerializer.Meta):
        fields = [*SurveyWriteSerializer.Meta.fields, "accounts"]


class NothingMore(ActionSerializer):
    """An action that takes no values."""


class SurveyViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Surveys: plan one, schedule it, close it, follow it."""

    noun = "campaign"
    queryset = SurveyCampaign.objects.none()
    serializer_class = SurveySerializer
    filterset_class = SurveyFilter

    @property
    def write_serializer_class(self):
        return SurveyWriteSerializer if self.detail else SurveyCreateSerializer

    def get_queryset(self):
        return SurveyCampaign.objects.visible_to(self.request.user).order_by("-opens_at", "-pk")

    def lookups(self, rows) -> dict:
        user = self.request.user
        seen = Account.objects.visible_to(user).values("pk")
        mine = Q() if user.sees_everything else Q(invitations__account__in=seen)
        ids = [row["id"] for row in rows]
        counted = SurveyCampaign.objects.filter(pk__in=ids).order_by().values("pk")
        counted = counted.annotate(
            asked=Count("invitations", filter=mine & Q(invitations__left_out="")),
            answered=Count("invitations__answered_at", filter=mine),
        )
        return {"counts": {row["pk"]: row for row in counted}}

    def make(self, *, accounts=None, **values):
        user = self.request.user
        chosen = permissions.askable_accounts(user)
        if accounts is not None:
            chosen = chosen.filter(pk__in=[account.pk for account in accounts])
        return surveys.create_campaign(actor=user, accounts=chosen, **values)

    def change(self, campaign, values, version):
        surveys.update_campaign(
            campaign=campaign, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=NothingMore)
    @action(detail=True, methods=["post"])
    def schedule(self, request, pk=None):
        return self.act(surveys.schedule, NothingMore)

    @extend_schema(request=NothingMore)
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        return self.act(surveys.close, NothingMore)


# ---------- answers ----------


class ResponseFilter(FilterSet):
    survey = VisibleIdListFilter("campaign_id", model=SurveyCampaign)
    account = VisibleIdListFilter("account_id", model=Account)
    group = WordListFilter(choices=NpsGroup.choices)
    ordering = OrderingFilter(fields=["id", "answered_at", "score", "nps"])


class ResponseSerializer(RecordSerializer):
    """What one contact answered (满意度答卷); read only."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    survey = RefField()
    account = RefField()
    level = serializers.CharField()
    tier = RefField()
    industry = RefField()
    score = serializers.DecimalField(4, 1, allow_null=True)
    nps = serializers.IntegerField(allow_null=True)
    group = serializers.ChoiceField(NpsGroup.choices, allow_blank=True)
    comment = serializers.CharField()
    wants_call = serializers.BooleanField()
    document = serializers.IntegerField()
    answered_at = serializers.DateTimeField()

    plain = ("id", "version", "level", "nps", "group", "comment", "wants_call")
    moments = ("answered_at",)
    numbers = ("score",)
    columns = (
        *plain,
        *moments,
        *numbers,
        "document_id",
        "account_id",
        "account__name",
        "campaign_id",
        "campaign__name",
        *named_columns("tier", "industry"),
    )

    def row(self, values):
        row = self.base(values)
        row["survey"] = reference(values, "campaign")
        row["account"], row["document"] = reference(values, "account"), values["document_id"]
        row["tier"], row["industry"] = self.named(values, "tier"), self.named(values, "industry")
        return row


class SurveyAnswerViewSet(RecordViewSet):
    """Answers to surveys."""

    http_method_names = ["get", "head", "options"]
    noun = "response"
    queryset = SurveyResponse.objects.none()
    serializer_class = ResponseSerializer
    filterset_class = ResponseFilter

    def get_queryset(self):
        return SurveyResponse.objects.visible_to(self.request.user).order_by("-answered_at", "-pk")


# ---------- opinions ----------


class OpinionFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    kind = WordListFilter(choices=OpinionKind.choices)
    source = WordListFilter(choices=OpinionSource.choices)
    state = WordListFilter(choices=OpinionState.choices)
    ordering = OrderingFilter(fields=["id", "number", "created_at", "due_on"])


class OpinionSerializer(RecordSerializer):
    """An opinion of a customer (客户意见), followed to closure."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    account = RefField()
    contact = RefField()
    kind = serializers.ChoiceField(OpinionKind.choices)
    source = serializers.ChoiceField(OpinionSource.choices)
    topic = serializers.CharField()
    text = serializers.CharField()
    wish = serializers.CharField()
    state = serializers.ChoiceField(OpinionState.choices)
    owner = RefField()
    due_on = serializers.DateField(allow_null=True)
    answer = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "kind", "source", "topic", "text", "wish", "state",
             "answer")  # fmt: skip
    moments = ("due_on", "closed_at", "created_at", "updated_at")
    columns = (
        *plain,
        *moments,
        "account_id",
        "account__name",
        "contact_id",
        "contact__name",
        *person_columns("owner"),
    )

    def row(self, values):
        row = self.base(values) | {"account": reference(values, "account")}
        return row | {
            "contact": reference(values, "contact"),
            "owner": self.person(values, "owner"),
        }


class OpinionWriteSerializer(WriteSerializer):
    contact = VisibleField(queryset=Contact.objects.all(), required=False, allow_null=True)
    owner = VisibleField(
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True
    )

    class Meta:
        model = Opinion
        fields = ["kind", "topic", "text", "wish", "contact", "owner", "due_on"]


class OpinionCreateSerializer(OpinionWriteSerializer):
    account = VisibleField(queryset=Account.objects.all())

    class Meta(OpinionWriteSerializer.Meta):
        fields = ["account", "source", *OpinionWriteSerializer.Meta.fields]


class CloseSerializer(ActionSerializer):
    answer = serializers.CharField(max_length=4000)


class OpinionViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Opinions: enter one, follow it up, close it with an answer."""

    noun = "opinion"
    queryset = Opinion.objects.none()
    serializer_class = OpinionSerializer
    filterset_class = OpinionFilter

    @property
    def write_serializer_class(self):
        return OpinionWriteSerializer if self.detail else OpinionCreateSerializer

    def get_queryset(self):
        return Opinion.objects.visible_to(self.request.user).order_by("-created_at", "-pk")

    def make(self, **values):
        return opinions.add_opinion(actor=self.request.user, **values)

    def change(self, opinion, values, version):
        opinions.update_opinion(
            opinion=opinion, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=CloseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        return self.act(opinions.close_opinion, CloseSerializer)


# ---------- improvements ----------


class ImprovementFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    survey = VisibleIdListFilter("campaign_id", model=SurveyCampaign)
    state = WordListFilter(choices=ActionState.choices)
    ordering = OrderingFilter(fields=["id", "number", "due_on", "created_at"])


class ImprovementSerializer(RecordSerializer):
    """An improvement action (改进措施)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    account = RefField()
    survey = RefField()
    reason = serializers.CharField()
    title = serializers.CharField()
    measure = serializers.CharField()
    note = serializers.CharField()
    state = serializers.ChoiceField(ActionState.choices)
    owner = RefField()
    due_on = serializers.DateField()
    score_before = serializers.DecimalField(4, 1, allow_null=True)
    score_wanted = serializers.DecimalField(4, 1, allow_null=True)
    score_after = serializers.DecimalField(4, 1, allow_null=True)
    result = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = ("id", "version", "number", "reason", "title", "measure", "note", "state", "result")
    moments = ("due_on", "done_at", "verified_at", "created_at", "updated_at")
    numbers = ("score_before", "score_wanted", "score_after")
    columns = (
        *plain,
        *moments,
        *numbers,
        "account_id",
        "account__name",
        "campaign_id",
        "campaign__name",
        *person_columns("owner"),
    )

    def row(self, values):
        row = self.base(values) | {"account": reference(values, "account")}
        return row | {
            "survey": reference(values, "campaign"),
            "owner": self.person(values, "owner"),
        }


class ImprovementWriteSerializer(WriteSerializer):
    owner = VisibleField(queryset=User.objects.filter(is_active=True))

    class Meta:
        model = ImprovementAction
        fields = ["title", "measure", "owner", "due_on"]


class DoneSerializer(ActionSerializer):
    result = serializers.CharField(max_length=4000)


class ImprovementViewSet(UpdateRecord, RecordViewSet):
    """Improvements: who, by when, how; done."""

    noun = "improvement"
    queryset = ImprovementAction.objects.none()
    serializer_class = ImprovementSerializer
    write_serializer_class = ImprovementWriteSerializer
    filterset_class = ImprovementFilter

    def get_queryset(self):
        rows = ImprovementAction.objects.visible_to(self.request.user)
        return rows.order_by("due_on", "pk")

    def change(self, improvement, values, version):
        improvements.update_action(
            improvement=improvement, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=DoneSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request, pk=None):
        return self.act(improvements.complete_action, DoneSerializer)
