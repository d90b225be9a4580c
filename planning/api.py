"""Customer files over the API: the same rows and the same services as the pages."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api import AccountWriteSerializer
from accounts.models import Account
from core.api.filters import FilterSet, OrderingFilter, VisibleIdListFilter, WordListFilter
from core.api.serializers import (
    ActionSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    moment,
    person_columns,
)
from core.api.viewsets import CreateRecord, RecordViewSet
from planning import selectors, services
from planning.models import ChangeState, FileChange

PLAIN = ("id", "version", "field", "old_value", "new_value", "source", "state", "reason")


class FileChangeFilter(FilterSet):
    account = VisibleIdListFilter("account_id", model=Account)
    state = WordListFilter(choices=ChangeState.choices)
    ordering = OrderingFilter(fields=["id", "created_at", "decided_at"])


class FileChangeSerializer(RecordSerializer):
    """A proposed change of a customer file (客户信息维护表). References are their ids, as text."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    account = RefField()
    field = serializers.CharField()
    old_value = serializers.CharField()
    new_value = serializers.CharField()
    source = serializers.CharField()
    author = RefField()
    state = serializers.ChoiceField(ChangeState.choices)
    decided_by = RefField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()

    columns = (
        *PLAIN,
        "account_id",
        "account__name",
        "decided_at",
        "created_at",
        *person_columns("author", "decided_by"),
    )

    def row(self, values):
        row = {name: values[name] for name in PLAIN}
        row["account"] = {"id": values["account_id"], "name": values["account__name"]}
        row["author"] = self.person(values, "author")
        row["decided_by"] = self.person(values, "decided_by")
        row["decided_at"] = moment(values["decided_at"])
        row["created_at"] = moment(values["created_at"])
        return row


class ProposalSerializer(AccountWriteSerializer):
    """The fields as they should read, beside whose file it is and where it is known from."""

    account = VisibleField(queryset=Account.objects.all(), write_only=True)
    source = serializers.CharField(max_length=200, write_only=True)

    class Meta(AccountWriteSerializer.Meta):
        fields = [*AccountWriteSerializer.Meta.fields, "account", "source"]


class AcceptSerializer(ActionSerializer):
    seen = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)


class RefuseSerializer(ActionSerializer):
    reason = serializers.CharField(max_length=300)


class FileChangeViewSet(CreateRecord, RecordViewSet):
    """Proposed changes of customer files: propose, accept, refuse."""

    noun = "change"
    queryset = FileChange.objects.none()
    serializer_class = FileChangeSerializer
    filterset_class = FileChangeFilter
    write_serializer_class = ProposalSerializer

    def get_queryset(self):
        return selectors.changes_of(self.request.user).order_by("-created_at", "-pk")

    @extend_schema(request=ProposalSerializer, responses={201: FileChangeSerializer(many=True)})
    def create(self, request, *args, **kwargs):
        values = self.sent(ProposalSerializer, partial=True)
        account, source = values.pop("account", None), values.pop("source", "")
        if account is None:
            raise serializers.ValidationError({"account": [_("This field is required.")]})
        changes = services.propose_changes(
            account=account, values=values, source=source, actor=request.user
        )
        rows = FileChange.objects.filter(pk__in=[change.pk for change in changes]).order_by("pk")
        return Response(self.represent_many(list(self.rows(rows))), status=201)

    @extend_schema(request=AcceptSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, pk=None):
        return self.act(services.accept_change, AcceptSerializer)

    @extend_schema(request=RefuseSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk=None):
        return self.act(services.refuse_change, RefuseSerializer)
