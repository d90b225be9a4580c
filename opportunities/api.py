"""Opportunities and products over the API: the same rows and the same services as the pages."""

from decimal import Decimal

from django.db.models import Count, Q
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api import label
from accounts.models import Account
from accounts.selectors import seen_among
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
    NothingSerializer,
    ReasonSerializer,
    RecordSerializer,
    RefField,
    VisibleField,
    WriteSerializer,
    amount,
    moment,
    named_columns,
    person_columns,
)
from core.api.viewsets import CreateRecord, RecordViewSet, UpdateRecord
from core.models import company
from core.money import company_currency_code, known_total, total
from core.periods import quarter_of
from opportunities import services
from opportunities.models import (
    BusinessKind,
    Milestone,
    Opportunity,
    OpportunityLine,
    OpportunityStatus,
    Product,
)
from opportunities.services import opportunities as deals
from opportunities.services import products
from teams.models import User
from teams.rights import Right


class OpportunityFilter(FilterSet):
    search = SearchFilter("search_index")
    status = WordListFilter(choices=OpportunityStatus.choices)
    milestone = WordListFilter(choices=Milestone.choices)
    kind = WordListFilter(choices=BusinessKind.choices)
    account = VisibleIdListFilter("account_id", model=Account)
    without_account = filters.BooleanFilter("account", lookup_expr="isnull")
    owner = IdListFilter("owner_id")
    product = IdListFilter("lines__product_id", distinct=True)
    amount_min = filters.NumberFilter("amount_base", lookup_expr="gte")
    amount_max = filters.NumberFilter("amount_base", lookup_expr="lte")
    closed_after = filters.DateFilter("closed_on", lookup_expr="gte")
    closed_before = filters.DateFilter("closed_on", lookup_expr="lte")
    expected_after = filters.DateFilter("expected_close_on", lookup_expr="gte")
    expected_before = filters.DateFilter("expected_close_on", lookup_expr="lte")
    archived = filters.BooleanFilter("archived_at", lookup_expr="isnull", exclude=True)
    updated_after = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    ordering = OrderingFilter(
        fields={
            "id": "id",
            "name": "name",
            "number": "number",
            "amount_base": "amount",
            "closed_on": "closed_on",
            "expected_close_on": "expected_close_on",
            "created_at": "created_at",
            "updated_at": "updated_at",
        }
    )


class LineSerializer(RecordSerializer):
    """One product of a deal (商机明细)."""

    product = RefField()
    quantity = serializers.DecimalField(12, 2)
    unit_price = serializers.DecimalField(15, 2, allow_null=True)

    columns = ("opportunity_id", "quantity", "unit_price", *named_columns("product"))

    def row(self, values):
        return {
            "product": self.named(values, "product"),
            "quantity": amount(values["quantity"]),
            "unit_price": amount(values["unit_price"]),
        }


# Columns that are answered under their own name.
PLAIN = (
    "id",
    "version",
    "number",
    "name",
    "kind",
    "milestone",
    "milestone_since",
    "status",
    "amount",
    "amount_base",
    "rate_date",
    "opened_on",
    "expected_close_on",
    "closed_on",
    "next_step",
    "next_step_on",
    "lost_reason",
    "notes",
    "archived_at",
    "created_at",
    "updated_at",
)
MOMENTS = (
    "milestone_since",
    "rate_date",
    "opened_on",
    "expected_close_on",
    "closed_on",
    "next_step_on",
    "archived_at",
    "created_at",
    "updated_at",
)


class OpportunitySerializer(RecordSerializer):
    """A deal (商机). `amount` is in `currency`, `amount_base` in the company currency."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    account = RefField(help_text="Null also where the account is hidden from you.")
    account_hidden = serializers.BooleanField()
    owner = RefField()
    kind = serializers.ChoiceField(BusinessKind.choices)
    milestone = serializers.ChoiceField(Milestone.choices)
    milestone_since = serializers.DateField()
    status = serializers.ChoiceField(OpportunityStatus.choices)
    amount = serializers.DecimalField(15, 2, allow_null=True)
    currency = serializers.CharField()
    amount_base = serializers.DecimalField(15, 2, allow_null=True)
    rate_date = serializers.DateField(allow_null=True)
    opened_on = serializers.DateField(allow_null=True)
    expected_close_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    next_step = serializers.CharField()
    next_step_on = serializers.DateField(allow_null=True)
    lost_reason = serializers.CharField()
    notes = serializers.CharField()
    lines = LineSerializer(many=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    columns = (
        *PLAIN,
        "currency_id",
        "account_id",
        "account__id",
        "account__name",
        "account__short_name",
        *person_columns("owner"),
    )

    def row(self, values):
        row, seen = {name: values[name] for name in PLAIN}, self.context["seen"]
        for name in MOMENTS:
            row[name] = moment(row[name])
        row["amount"] = amount(row["amount"])
        row["amount_base"] = amount(row["amount_base"])
        row["currency"] = values["currency_id"]
        row["account_hidden"] = bool(values["account_id"] and values["account_id"] not in seen)
        row["account"] = label(values, "account__") if values["account_id"] in seen else None
        row["owner"] = self.person(values, "owner")
        row["lines"] = self.context["lines"].get(values["id"], [])
        return row


class OpportunityWriteSerializer(WriteSerializer):
    owner = VisibleField(queryset=User.objects.filter(is_active=True), required=False)

    class Meta:
        model = Opportunity
        fields = sorted(deals.EDITABLE | deals.OF_CLOSED)
        extra_kwargs = {"currency": {"required": False}}


class LineWriteSerializer(WriteSerializer):
    class Meta:
        model = OpportunityLine
        fields = ["product", "quantity", "unit_price"]


class OpportunityCreateSerializer(OpportunityWriteSerializer):
    lines = LineWriteSerializer(many=True, required=False)

    class Meta(OpportunityWriteSerializer.Meta):
        fields = [*sorted(deals.EDITABLE), "lines"]


class LinesSerializer(ActionSerializer):
    lines = LineWriteSerializer(many=True)


class WinSerializer(ActionSerializer):
    closed_on = serializers.DateField()
    amount = serializers.DecimalField(15, 2, min_value=Decimal(0), required=False)


class LoseSerializer(ActionSerializer):
    closed_on = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class MoveSerializer(ActionSerializer):
    milestone = serializers.ChoiceField(Milestone.choices)
    on = serializers.DateField(required=False)


class QuarterSerializer(serializers.Serializer):
    quarter = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.DecimalField(17, 2)


class SummarySerializer(serializers.Serializer):
    """Counts and sums in the company currency over what you see, after the filters.

    An amount is null where there are such deals and the amount of none is known. `win_rate` is
    won / (won + lost) by number, in percent; null while nothing is closed.
    """

    currency = serializers.CharField()
    count = serializers.IntegerField()
    open = serializers.IntegerField()
    open_amount = serializers.DecimalField(17, 2, allow_null=True)
    won = serializers.IntegerField()
    won_amount = serializers.DecimalField(17, 2, allow_null=True)
    lost = serializers.IntegerField()
    lost_amount = serializers.DecimalField(17, 2, allow_null=True)
    win_rate = serializers.DecimalField(5, 2, allow_null=True)
    won_by_quarter = QuarterSerializer(many=True)


class OpportunityViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """Opportunities with status, milestone and amount."""

    noun = "opportunity"
    queryset = Opportunity.objects.none()
    serializer_class = OpportunitySerializer
    filterset_class = OpportunityFilter

    @property
    def write_serializer_class(self):
        return OpportunityWriteSerializer if self.detail else OpportunityCreateSerializer

    def get_queryset(self):
        return Opportunity.objects.visible_to(self.request.user).order_by("-created_at", "-pk")

    def lookups(self, rows):
        lines, one = {}, LineSerializer(context={})
        found = OpportunityLine.objects.filter(opportunity__in=[row["id"] for row in rows])
        for line in found.order_by("pk").values(*LineSerializer.columns):
            lines.setdefault(line["opportunity_id"], []).append(one.row(line))
        seen = seen_among(self.request.user, {row["account_id"] for row in rows})
        return {"lines": lines, "seen": seen}

    def make(self, **values):
        return services.create_opportunity(actor=self.request.user, **values)

    def change(self, opportunity, values, version):
        services.update_opportunity(
            opportunity=opportunity, values=values, actor=self.request.user, version=version
        )

    @extend_schema(responses=SummarySerializer)
    @action(detail=False, pagination_class=None)
    def summary(self, request):
        """Counts, sums and the win rate of everything the filters leave."""
        deals_seen = self.filter_queryset(self.get_queryset()).order_by()
        return Response(SummarySerializer(summarise(deals_seen)).data)

    @extend_schema(request=LinesSerializer)
    @action(detail=True, methods=["post"], url_path="set-lines")
    def set_lines(self, request, pk=None):
        return self.act(services.set_lines, LinesSerializer)

    @extend_schema(request=MoveSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request, pk=None):
        return self.act(services.move_milestone, MoveSerializer)

    @extend_schema(request=WinSerializer)
    @action(detail=True, methods=["post"])
    def win(self, request, pk=None):
        return self.act(services.win, WinSerializer)

    @extend_schema(request=LoseSerializer)
    @action(detail=True, methods=["post"])
    def lose(self, request, pk=None):
        return self.act(services.lose, LoseSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request, pk=None):
        return self.act(services.reopen, ReasonSerializer)

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request, pk=None):
        return self.act(services.archive_opportunity, ReasonSerializer)

    @extend_schema(request=NothingSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request, pk=None):
        return self.act(services.restore_opportunity, NothingSerializer)


def summarise(deals_seen) -> dict:
    states = {"open": Q(status="open"), "won": Q(status="won"), "lost": Q(status="lost")}
    sums = deals_seen.aggregate(
        count=Count("pk"),
        **{name: Count("pk", filter=state) for name, state in states.items()},
        **{f"{name}_amount": known_total(filter=state) for name, state in states.items()},
    )
    closed = sums["won"] + sums["lost"]
    rate = (Decimal(100) * sums["won"] / closed).quantize(Decimal("0.01")) if closed else None
    return {
        "currency": company_currency_code(),
        **sums,
        "win_rate": rate,
        "won_by_quarter": won_by_quarter(deals_seen),
    }


def won_by_quarter(deals_seen) -> list[dict]:
    """Won deals by fiscal quarter of their closing month, oldest first."""
    months = (
        deals_seen.filter(status=OpportunityStatus.WON)
        .values("closed_month")
        .annotate(count=Count("pk"), amount=total())
        .order_by("closed_month")
    )
    first_month = company().fiscal_year_start_month
    quarters: dict[str, dict] = {}
    for month in months:
        name = quarter_of(month["closed_month"], first_month).label
        row = quarters.setdefault(name, {"quarter": name, "count": 0, "amount": Decimal(0)})
        row["count"] += month["count"]
        row["amount"] += month["amount"]
    return list(quarters.values())


class ProductFilter(FilterSet):
    rights = {"floor_price": Right.SEE_COST, "floor_price_max": Right.SEE_COST}

    search = filters.CharFilter(method="named", max_length=100)
    code = filters.CharFilter("code", max_length=40)
    active = filters.BooleanFilter("is_active")
    floor_price_max = filters.NumberFilter("floor_price", lookup_expr="lte")
    ordering = OrderingFilter(fields=["id", "code", "list_price", "floor_price"])

    def named(self, queryset, name, value):
        return queryset.filter(
            Q(code__icontains=value) | Q(name_zh__icontains=value) | Q(name_en__icontains=value)
        )


class ProductSerializer(RecordSerializer):
    """A product or service (产品); cost figures only for posts that may see them."""

    rights = {"floor_price": Right.SEE_COST}

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    family_zh = serializers.CharField()
    family_en = serializers.CharField()
    list_price = serializers.DecimalField(15, 2, allow_null=True)
    floor_price = serializers.DecimalField(15, 2, allow_null=True)
    currency = serializers.CharField()
    unit_zh = serializers.CharField()
    unit_en = serializers.CharField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    columns = (
        "id",
        "version",
        "code",
        "name_zh",
        "name_en",
        "family_zh",
        "family_en",
        "list_price",
        "floor_price",
        "currency_id",
        "unit_zh",
        "unit_en",
        "is_active",
        "created_at",
        "updated_at",
    )

    def row(self, values):
        row = dict(values)
        row["currency"] = row.pop("currency_id")
        row["name"] = self.name(values)
        row["list_price"] = amount(row["list_price"])
        row["floor_price"] = amount(row["floor_price"])
        row["created_at"] = moment(row["created_at"])
        row["updated_at"] = moment(row["updated_at"])
        return row


class ProductWriteSerializer(WriteSerializer):
    rights = {"floor_price": Right.SEE_COST}

    class Meta:
        model = Product
        fields = sorted(products.FIELDS)
        extra_kwargs = {"currency": {"required": False}}


class ProductViewSet(CreateRecord, UpdateRecord, RecordViewSet):
    """The product catalogue."""

    noun = "product"
    queryset = Product.objects.none()
    serializer_class = ProductSerializer
    write_serializer_class = ProductWriteSerializer
    filterset_class = ProductFilter

    def get_queryset(self):
        return Product.objects.visible_to(self.request.user).order_by("code")

    def make(self, **values):
        return services.create_product(actor=self.request.user, **values)

    def change(self, product, values, version):
        services.update_product(
            product=product, values=values, actor=self.request.user, version=version
        )
