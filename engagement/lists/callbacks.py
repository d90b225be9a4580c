"""The list of callbacks."""

from django.db.models import Count, Q
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column, account_mark
from accounts.filters import accounts_with, whose_filter
from accounts.models import Tier
from core.formats import number
from core.lists import ListSpec, choice_filter, date_filter, reference_filter, text_filter
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    name_column,
    number_column,
    state_column,
    text_column,
    time_column,
)
from core.templatetags.kam import status
from engagement.lists.states import due_cell
from engagement.models import CALLED_STATUSES, Callback, CallbackKind, CallbackStatus
from teams.models import User

SHAPES = {
    CallbackStatus.CONTACTED: "watch",
    CallbackStatus.DISTRIBUTED: "watch",
    CallbackStatus.CONSOLIDATED: "watch",
    CallbackStatus.HANDLED: "good",
    CallbackStatus.ARCHIVED: "good",
    CallbackStatus.NOT_REACHED: "bad",
    CallbackStatus.CANCELLED: "quiet",
}
OPEN_STATUSES = ("contacted", "feedback_distributed", "consolidated", "handled")


def callback_state(callback):
    return status(callback.get_status_display(), SHAPES.get(callback.status, ""), True)


def _account(account):
    """The link is made on the callback's page, where it is known whether it leads anywhere."""
    return format_html('<span class="k-who">{}</span>', account_mark(account))


def _callers(context):
    seen = Callback.objects.visible_to(context.user)
    return User.objects.filter(pk__in=seen.values("caller"))


def _tiers(context):
    return Tier.objects.exclude(callback_interval_days=None)


def _mine(rows, user):
    return rows.filter(caller=user)


def _narrow_when(rows, value, context):
    rows = rows.filter(status=CallbackStatus.PLANNED)
    if value == "overdue":
        return rows.filter(due_on__lt=context.today)
    if value == "today":
        return rows.filter(planned_at__date=context.today)
    return rows.filter(due_on__gte=context.today)


def _called():
    return Count("pk", filter=Q(status__in=CALLED_STATUSES))


def _called_cell(value, context):
    return _now("%(n)s reached") % {"n": number(value or 0)}


CALLBACKS = ListSpec(
    code="callbacks",
    title=_("Callbacks"),
    sentence=_("Show {whose} callbacks, {when}, {status}, of {kind}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s callback", "%(n)s callbacks", "count"),
    url="engagement:callback_list",
    export_url="engagement:callback_export",
    file_name=_("callbacks"),
    default_sort="-planned",
    filters=(
        whose_filter(_mine),
        choice_filter(
            "when",
            _("when"),
            [
                ("today", _("planned for today")),
                ("due", _("still in time")),
                ("overdue", _("overdue")),
            ],
            many=False,
            apply=_narrow_when,
            place=True,
            otherwise=_("at any time"),
        ),
        choice_filter(
            "status", _("status"), CallbackStatus, place=True, otherwise=_("of any state")
        ),
        choice_filter("kind", _("kind"), CallbackKind, place=True, otherwise=_("any kind")),
        reference_filter("account", _("account"), accounts_with("callbacks")),
        reference_filter("caller", _("who calls"), _callers),
        reference_filter("tier", _("tier"), _tiers, field="account__tier"),
        text_filter("q", _("number or words"), ("number", "topic", "account__search_index")),
        date_filter("due", _("due"), field="due_on"),
        date_filter("planned", _("planned for"), field="planned_at__date"),
        date_filter("held", _("reached on"), field="held_at__date"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Due"), "when=due&sort=planned"),
        (_("Overdue"), "when=overdue&sort=due"),
        (_("Mine"), "whose=mine"),
        (_("Being handled"), "&".join(f"status={one}" for one in OPEN_STATUSES)),
    ),
    empty_title=_("No callbacks yet"),
    empty_text=_("They are planned by the days between callbacks of a tier, or by hand."),
    columns=(
        link_column(
            "title",
            _("Callback"),
            "engagement:callback_detail",
            lambda row: row.title,
            css="k-ink",
            sort=("topic", "kind"),
        ),
        account_column(sealed=_account),
        time_column("planned", _("Planned for"), "planned_at", falling=True, phone="d"),
        day_column("due", _("Due"), "due_on", cell=due_cell(lambda row: row.is_ahead), wide="2"),
        state_column("status", _("Status"), callback_state, total=_called, total_cell=_called_cell),
        number_column("satisfaction", _("Satisfaction"), nullable=True, wide="2"),
        name_column("caller", _("Who calls"), wide="2"),
        choice_column("kind", _("Kind"), sort=("kind",), wide="3"),
        choice_column("channel", _("Channel"), shown=False, wide="3"),
        text_column("number", _("Number"), sort=("number",), soft=True, wide="3"),
        time_column("held", _("Reached"), "held_at", nullable=True, shown=False, wide="3"),
    ),
)
