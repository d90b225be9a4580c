"""The log of communications, and the list of contacts nobody spoke to in time."""

from django.db.models import Avg, DurationField, ExpressionWrapper, F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import filters as account_filters
from accounts.columns import account_column, account_link
from accounts.filters import accounts_with, whose_filter
from accounts.models import Account, Consent, ContactLevel
from core.formats import UNKNOWN, number
from core.formats import days as days_text
from core.links import link
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    reference_filter,
    text_filter,
    yes_no_filter,
)
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    name_column,
    named,
    raw,
    time_column,
)
from core.lists.filters import Filter
from core.templatetags.kam import status
from engagement.cadence import days_overdue
from engagement.models import CommunicationChannel, Direction, LetterState
from teams.models import User

HOUR = 3600
LETTER_SHAPES = {
    LetterState.SENT: "good",
    LetterState.FAILED: "bad",
    LetterState.UNKNOWN: "watch",
}


# ---------- the log ----------


def answer_state(row, now=None):
    """Waiting, late or answered; nothing where no answer was asked for."""
    if not row.needs_answer:
        return UNKNOWN
    if row.answered_at:
        late = row.answered_at > row.answer_by
        return status(_now("answered late") if late else _now("answered"), "quiet", True)
    if row.answer_by < (now or timezone.now()):
        return status(_now("answer overdue"), "bad", True)
    return status(_now("waits for an answer"), "watch", True)


def letter_state(row, context=None):
    """What became of a message that went to many; nothing for what was written down by hand."""
    if not row.letter:
        return UNKNOWN
    return status(row.get_letter_display(), LETTER_SHAPES.get(row.letter, ""), True)


def answer_hours(row):
    """Hours from the question to the answer; None while there is none."""
    if row.answered_at is None:
        return None
    return round((row.answered_at - row.at).total_seconds() / HOUR, 1)


def _answer_time(row, context):
    hours = answer_hours(row)
    return UNKNOWN if hours is None else _now("%(n)s h") % {"n": number(hours, 1)}


def _mean():
    taken = ExpressionWrapper(F("answered_at") - F("at"), output_field=DurationField())
    return Avg(taken)


def _mean_cell(value, context):
    if value is None:
        return UNKNOWN
    hours = value.total_seconds() / HOUR
    return _now("%(n)s h on average") % {"n": number(round(hours, 1), 1)}


def _authors(context):
    return User.objects.filter(communications__isnull=False).distinct()


def _written_by(rows, user):
    return rows.filter(author=user)


def _waiting(rows, wanted, context):
    return rows.waiting() if wanted else rows.exclude(needs_answer=True, answered_at=None)


COMMUNICATIONS = ListSpec(
    code="communications",
    title=_("Communications"),
    sentence=_("Show {whose} communications by {channel}, {waiting}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s communication", "%(n)s communications", "count"),
    url="engagement:communication_list",
    export_url="engagement:communication_export",
    file_name=_("communications"),
    default_sort="-at",
    filters=(
        whose_filter(_written_by),
        choice_filter(
            "channel", _("channel"), CommunicationChannel, place=True, otherwise=_("any channel")
        ),
        yes_no_filter(
            "waiting",
            _("answer"),
            _waiting,
            yes=_("waiting for an answer"),
            no=_("not waiting"),
            place=True,
            otherwise=_("waiting for an answer or not"),
        ),
        choice_filter("direction", _("direction"), Direction),
        reference_filter("account", _("account"), accounts_with("communications")),
        reference_filter("author", _("by whom"), _authors),
        text_filter("q", _("words"), ("subject", "content", "contact__name")),
        date_filter("at", _("when"), field="at__date"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Mine"), "whose=mine"),
        (_("Waiting for an answer"), "waiting=yes"),
    ),
    empty_title=_("Nothing written down yet"),
    empty_text=_("Calls, e-mails, messages and meetings with customers stand here."),
    columns=(
        link_column("subject", _("What about"), "engagement:communication_detail", css="k-ink"),
        account_column(sealed=account_link),
        Column(
            code="contact",
            label=_("Contact"),
            cell=named("contact"),
            export=lambda row, context: row.contact.name if row.contact_id else "",
            related=("contact",),
            soft=True,
            wide="2",
        ),
        Column(
            code="channel",
            label=_("Channel"),
            cell=lambda row, context: (
                f"{row.get_channel_display()} · {row.get_direction_display()}"
            ),
            sort=("channel",),
            soft=True,
            wide="2",
        ),
        name_column("author", _("By whom"), wide="2"),
        Column(
            code="letter",
            label=_("Sending"),
            cell=letter_state,
            export=lambda row, context: row.get_letter_display(),
            shown=False,
            soft=True,
        ),
        Column(
            code="answer",
            label=_("Answer"),
            cell=lambda row, context: answer_state(row),
            export=lambda row, context: str(row.answered_at or ""),
            phone="d",
        ),
        Column(
            code="answer_time",
            label=_("Answer time"),
            cell=_answer_time,
            export=lambda row, context: answer_hours(row),
            numeric=True,
            total=_mean,
            total_cell=_mean_cell,
            wide="3",
        ),
        time_column("at", _("When"), falling=True, phone="b"),
        Column(
            code="content",
            label=_("What was said"),
            cell=lambda row, context: row.content[:80],
            export=raw("content"),
            shown=False,
            soft=True,
        ),
    ),
)


# ---------- contacts to speak to ----------


def _contact(row, context):
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>'
        ' <span class="k-s k-3 k-place">{}</span>',
        link("accounts:contact_detail", row.contact_id),
        row.contact.name,
        row.title,
    )


def _overdue(row, context):
    days = days_overdue(row.due, context.today) if row.due else 0
    return status(days_text(days, context.language), "watch", True) if days else UNKNOWN


def _log(row, context):
    url = f"{link('engagement:account_log', row.account_id)}?contact={row.contact_id}"
    return format_html(
        '<a class="k-btn" data-k="small" href="{0}" hx-get="{0}" hx-target="#k-dialog"'
        ' hx-swap="innerHTML">{1}</a>',
        url,
        _now("Log it"),
    )


def _narrow_state(rows, value, context):
    if value == "overdue":
        return rows.filter(due__lt=context.today)
    return rows.filter(due__gte=context.today)


def _owned_by(rows, user):
    return rows.filter(contact__owner=user)


def _narrow_account(narrow):
    """A condition on accounts, asked of their contacts."""

    def apply(rows, value, context):
        return rows.filter(account__in=narrow(Account.objects.all(), value, context).values("pk"))

    return apply


def _account_filters(*codes) -> tuple[Filter, ...]:
    return tuple(
        Filter(**{**vars(one), "apply": _narrow_account(one.apply), "place": False})
        for one in account_filters.chosen(*codes)
    )


CONTACTS_DUE = ListSpec(
    code="contacts_due",
    title=_("Contacts to reach"),
    sentence=_("Show {whose} contacts who are {state}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s contact", "%(n)s contacts", "count"),
    url="engagement:contact_due_list",
    export_url="engagement:contact_due_export",
    file_name=_("contacts to reach"),
    default_sort="due",
    filters=(
        whose_filter(_owned_by),
        choice_filter(
            "state",
            _("state"),
            [("overdue", _("overdue")), ("in_time", _("reached in time"))],
            many=False,
            apply=_narrow_state,
            place=True,
            otherwise=_("due some day"),
        ),
        choice_filter("level", _("level"), ContactLevel),
        choice_filter("consent", _("consent"), Consent, field="contact__consent"),
        *_account_filters("tier", "manager", "unit"),
        text_filter("q", _("words"), ("contact__name", "account__name")),
    ),
    built_in=(
        (_("Overdue"), "state=overdue"),
        (_("My accounts"), "state=overdue&whose=my_accounts"),
        (_("All"), ""),
    ),
    empty_title=_("Nobody to reach"),
    empty_text=_("Contacts stand here when nobody spoke to them for longer than their tier asks."),
    columns=(
        Column(
            code="contact",
            label=_("Contact"),
            cell=_contact,
            export=raw("contact.name"),
            sort=("contact__name",),
            related=("contact",),
            fixed=True,
            phone="a",
        ),
        account_column(sealed=account_link),
        choice_column("level", _("Level"), wide="2"),
        Column(
            code="consent",
            label=_("Consent"),
            cell=lambda row, context: row.contact.get_consent_display(),
            related=("contact",),
            soft=True,
            wide="3",
        ),
        day_column(
            "last",
            _("Last contact"),
            "contact.last_contact_on",
            sort=(Coalesce("contact__last_contact_on", "basis"),),
            wide="2",
        ),
        day_column("due", _("Due"), wide="2"),
        Column(
            code="overdue",
            label=_("Overdue"),
            cell=_overdue,
            export=lambda row, context: days_overdue(row.due, context.today),
            numeric=True,
            phone="b",
        ),
        Column(code="log", label=_("Do"), cell=_log, export=lambda row, context: "", phone="d"),
    ),
)
