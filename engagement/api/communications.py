"""The log of communications over the API: the same rows and the same services as the pages."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

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
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    person_columns,
    reference,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from engagement import services
from engagement.models import Communication, CommunicationChannel, Direction, LetterState
from engagement.selectors import communications as selectors


class CommunicationFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    contact = VisibleIdListFilter("contact_id", model=Contact)
    channel = WordListFilter(choices=CommunicationChannel.choices)
    direction = WordListFilter(choices=Direction.choices)
    letter = WordListFilter(choices=LetterState.choices)
    waiting = filters.BooleanFilter(method="narrow_waiting")
    at_from = filters.IsoDateTimeFilter("at", lookup_expr="gte")
    at_to = filters.IsoDateTimeFilter("at", lookup_expr="lt")
    ordering = OrderingFilter(fields=["id", "at", "answer_by", "answered_at", "created_at"])

    def narrow_waiting(self, rows, name, value):
        return rows.waiting() if value else rows.exclude(needs_answer=True, answered_at=None)


class CommunicationSerializer(RecordSerializer):
    """A call, e-mail, message or meeting with a customer (沟通记录)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    account = RefField()
    contact = RefField()
    channel = serializers.ChoiceField(CommunicationChannel.choices)
    direction = serializers.ChoiceField(Direction.choices)
    subject = serializers.CharField()
    content = serializers.CharField()
    letter = serializers.ChoiceField(LetterState.choices, allow_blank=True)
    at = serializers.DateTimeField()
    author = RefField()
    needs_answer = serializers.BooleanField()
    answer_by = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = RefField()
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    plain = (
        "id",
        "version",
        "channel",
        "direction",
        "subject",
        "content",
        "letter",
        "needs_answer",
        "answer",
    )
    moments = ("at", "answer_by", "answered_at", "created_at", "updated_at")
    columns = (
        *plain,
        *moments,
        "account_id",
        "account__name",
        "contact_id",
        "contact__name",
        *person_columns("author", "answered_by"),
    )

    def row(self, values):
        row = self.base(values)
        row["account"] = reference(values, "account")
        row["contact"] = reference(values, "contact")
        row["author"] = self.person(values, "author")
        row["answered_by"] = self.person(values, "answered_by")
        return row


class CommunicationWriteSerializer(WriteSerializer):
    class Meta:
        model = Communication
        fields = [
            "contact",
            "channel",
            "direction",
            "subject",
            "content",
            "at",
            "needs_answer",
            "answer_by",
        ]


class CommunicationCreateSerializer(CommunicationWriteSerializer):
    account = VisibleField(queryset=Account.objects.all())

    class Meta(CommunicationWriteSerializer.Meta):
        fields = ["account", *CommunicationWriteSerializer.Meta.fields]


class CommunicationAnswerSerializer(ActionSerializer):
    answer = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    at = serializers.DateTimeField(required=False)


class CommunicationViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Communications: write one down, correct it, say that it was answered."""

    noun = "communication"
    queryset = Communication.objects.none()
    serializer_class = CommunicationSerializer
    filterset_class = CommunicationFilter

    @property
    def write_serializer_class(self):
        return CommunicationWriteSerializer if self.detail else CommunicationCreateSerializer

    def get_queryset(self):
        rows = selectors.communications_of(self.request.user)
        return rows.select_related("account__department").order_by("-at", "-pk")

    def make(self, **values):
        return services.log_communication(actor=self.request.user, **values)

    def change(self, communication, values, version):
        services.update_communication(
            communication=communication, values=values, actor=self.request.user, version=version
        )

    @extend_schema(request=CommunicationAnswerSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def answer_it(self, request, pk=None):
        return self.act(services.answer_communication, CommunicationAnswerSerializer)
