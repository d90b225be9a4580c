"""The lists of mailings and of their recipients."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column
from accounts.filters import accounts_with
from accounts.models import Contact
from core.formats import UNKNOWN, number
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
    link_column,
    name_column,
    raw,
    state_column,
    text_column,
    time_column,
)
from core.templatetags.kam import status
from engagement.models import (
    Mailing,
    MailingChannel,
    MailingState,
    NotReached,
    RecipientState,
)
from engagement.permissions import mailings as permissions
from engagement.selectors.mailings import counts_of
from teams.models import User

SHAPES = {
    MailingState.WAITING: "watch",
    MailingState.SENT: "good",
    MailingState.STOPPED: "bad",
}
LETTER_SHAPES = {
    RecipientState.SENT: "good",
    RecipientState.FAILED: "bad",
    RecipientState.UNKNOWN: "watch",
}


def state_cell(row, context=None):
    return status(row.get_state_display(), SHAPES.get(row.state, ""), True)


def bring_counts(rows, context):
    counts = counts_of([row.pk for row in rows], context.user)
    for row in rows:
        row.counts = counts.get(row.pk, {"reached": 0, "sent": 0})


def _counted(row, context):
    return f"{number(row.counts['sent'])} / {number(row.counts['reached'])}"


def _senders(context):
    seen = Mailing.objects.visible_to(context.user)
    return User.objects.filter(pk__in=seen.order_by().values("owner"))


MAILINGS = ListSpec(
    code="mailings",
    title=_("Mailings"),
    sentence=_("Show mailings {state} by {channel} of {owner}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s mailing", "%(n)s mailings", "count"),
    url="engagement:mailing_list",
    export_url="engagement:mailing_export",
    file_name=_("mailings"),
    default_sort="-created",
    filters=(
        choice_filter("state", _("state"), MailingState, place=True, otherwise=_("in any state")),
        choice_filter(
            "channel", _("channel"), MailingChannel, place=True, otherwise=_("any channel")
        ),
        reference_filter("owner", _("sender"), _senders, place=True, otherwise=_("anybody")),
        text_filter("q", _("name or number"), ("name", "number")),
        date_filter("sent", _("sent on"), field="send_at__date"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Drafts"), "state=draft"),
        (_("To release"), "state=waiting"),
        (_("Sent"), "state=sent"),
    ),
    empty_title=_("No mailings yet"),
    empty_text=_(
        "One text to many contacts who agreed to be written to. Tick contacts in their list, or "
        "begin here."
    ),
    attach=bring_counts,
    columns=(
        link_column("name", _("Mailing"), "engagement:mailing_detail"),
        text_column("number", _("Number"), soft=True, wide="3"),
        choice_column("channel", _("Channel"), sort=("channel",), phone="c"),
        state_column("state", _("State"), state_cell),
        Column(
            code="sent",
            label=_("Sent / recipients"),
            cell=_counted,
            export=_counted,
            numeric=True,
            phone="d",
        ),
        time_column("at", _("Sent at"), "send_at", nullable=True, falling=True),
        name_column("owner", _("Sender"), wide="2"),
        time_column("created", _("Begun"), "created_at", falling=True, soft=True, wide="3"),
    ),
)


# ---------- who gets it ----------


def recipient_cell(row, context=None):
    if row.left_out:
        return status(row.get_left_out_display(), "watch", True)
    return status(row.get_state_display(), LETTER_SHAPES.get(row.state, ""), True)


def _said(row, context):
    return row.get_left_out_display() if row.left_out else row.get_state_display()


def bring_contacts(rows, context):
    """Which of the contacts the reader may open; the sender may have lost one meanwhile."""
    ids = [row.contact_id for row in rows]
    seen = Contact.objects.visible_to(context.user, today=context.today).filter(pk__in=ids)
    context.kept["seen"] = set(seen.values_list("pk", flat=True))


def _contact(row, context):
    if row.contact_id not in context.kept["seen"]:
        return row.contact.name
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
        link("accounts:contact_detail", row.contact_id),
        row.contact.name,
    )


def _act(row, context):
    """Taking somebody off the list of one's draft, or putting them back."""
    if row.mailing.state != MailingState.DRAFT or not permissions.can_run(
        context.user, row.mailing
    ):
        return ""
    if row.left_out and row.left_out != NotReached.BY_HAND:
        return ""
    return format_html(
        '<a href="{}">{}</a>',
        reverse("engagement:mailed_leave_out", args=[row.pk]),
        _now("Put back") if row.left_out else _now("Leave out"),
    )


def _mailings(context):
    return Mailing.objects.visible_to(context.user)


def _reached(rows, wanted, context):
    return rows.filter(left_out="") if wanted else rows.exclude(left_out="")


def _unsubscribed(rows, wanted, context):
    return rows.filter(unsubscribed_at__isnull=not wanted)


MAILED = ListSpec(
    code="mailing_recipients",
    title=_("Recipients of mailings"),
    sentence=_("Show recipients {reached} whose message is {state}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s recipient", "%(n)s recipients", "count"),
    url="engagement:mailed_list",
    export_url="engagement:mailed_export",
    file_name=_("recipients of mailings"),
    default_sort="contact",
    attach=bring_contacts,
    filters=(
        yes_no_filter(
            "reached",
            _("gets it or not"),
            _reached,
            yes=_("who get it"),
            no=_("who do not get it"),
            place=True,
            otherwise=_("of both kinds"),
        ),
        choice_filter("state", _("state"), RecipientState, place=True, otherwise=_("in any state")),
        choice_filter("left_out", _("not reached because"), NotReached),
        yes_no_filter("unsubscribed", _("unsubscribed"), _unsubscribed, yes=_("yes"), no=_("no")),
        reference_filter("mailing", _("mailing"), _mailings),
        reference_filter("account", _("account"), accounts_with("mailing_recipients")),
        text_filter("q", _("contact"), ("contact__search_index",)),
    ),
    empty_title=_("Nobody yet"),
    empty_text=_("Recipients come with a mailing."),
    columns=(
        Column(
            code="contact",
            label=_("Contact"),
            cell=_contact,
            export=raw("contact.name"),
            sort=("contact__name",),
            related=("contact", "mailing"),
            fixed=True,
            phone="a",
        ),
        account_column(
            cell=lambda row, context: row.account.label if row.account_id else UNKNOWN,
            nullable=True,
        ),
        text_column("address", _("Address"), soft=True, wide="2"),
        choice_column("language", _("Language"), wide="3"),
        state_column("state", _("State"), recipient_cell, export=_said),
        time_column("written", _("Written to"), "written_at", nullable=True, wide="3"),
        time_column("unsubscribed", _("Unsubscribed"), "unsubscribed_at", nullable=True, wide="3"),
        name_column("mailing", _("Mailing"), shown=False),
        Column(code="act", label=_("Change"), cell=_act, export=lambda row, context: "", phone="d"),
    ),
)
