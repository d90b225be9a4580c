"""The accounts that a person looks after, and those of them that need a look."""

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from accounts.permissions import cared_for
from engagement import cadence
from engagement.selectors import voices
from engagement.selectors.cadence import with_cadence
from flows.pages import language
from planning import freshness

# How many a leader without accounts of their own is shown.
SHOWN = 6


def leads(user) -> bool:
    """Whether the person's post answers for others."""
    return bool(user.unit_ids) or user.sees_everything


@dataclass(frozen=True)
class Changed:
    """An account that needs a look, and why; `url` leads to where something is done about it."""

    account: Account
    state: str
    word: str
    why: str
    url: str
    label: str


def accounts_of(user, today, now) -> tuple[list, list[Changed], tuple[int, int]]:
    """The accounts in the person's care; those that complain, fell silent, wait for an answer to
    what they said or whose file is out of date, worst first; and how many of how many were met in
    time. A leader without accounts of their own
    gets those of their units."""
    held = cared_for(user, today)
    seen = voices.with_voices(Account.objects.visible_to(user).current(), today)
    seen = seen.select_related("tier", "customer_file", "figures")
    accounts = [_paced(one, today) for one in seen.filter(pk__in=held.values("account"))]
    looked_at = accounts
    paced = [one for one in accounts if one.due is not None]
    met = (sum(one.due >= today for one in paced), len(paced))
    if not accounts and leads(user):
        rows = with_cadence(seen, now).exclude(due=None)
        order = (F("next_visit").asc(nulls_first=True), "due", "pk")
        loud = Q(complaint__isnull=False) | Q(late_opinion__isnull=False)
        order = (F("complaints").desc(nulls_last=True), *order)
        looked_at = list(rows.filter(loud | Q(due__lt=today)).order_by(*order)[:SHOWN])
        counts = rows.aggregate(n=Count("pk"), met=Count("pk", filter=Q(due__gte=today)))
        met = (counts["met"], counts["n"])
    found = []
    for account in looked_at:
        days = cadence.days_overdue(account.due, today)
        stale = _stale(account, today)
        if days or stale or account.complaint or account.late_opinion:
            found.append((days, stale, account))
    # Who complains comes first; then where nothing is planned yet somebody has to act.
    found.sort(
        key=lambda one: (
            -(one[2].complaints or 0), one[2].next_visit is not None, -one[0], one[2].pk
        )
    )  # fmt: skip
    return accounts, [_changed(*one, now) for one in found], met


def _paced(account, today) -> Account:
    """The account with its due day, as the list of who is due has it."""
    figures = getattr(account, "figures", None)
    account.last_visit = figures and figures.last_visit_on
    ahead = figures and figures.next_visit_on
    account.next_visit = ahead if ahead and ahead >= today else None
    account.basis = account.last_visit or timezone.localdate(account.created_at)
    days = account.tier.visit_interval_days if account.tier_id else None
    account.due = cadence.due_on(account.last_visit, account.basis, days)
    return account


def _stale(account, today) -> bool:
    """Whether the file of a registered account is out of date."""
    if account.status != "registered" or not account.tier_id:
        return False
    record = getattr(account, "customer_file", None)
    basis = (record and record.confirmed_on) or timezone.localdate(account.created_at)
    return freshness.is_stale(basis, account.tier.file_interval_days, today)


def _changed(days, stale, account, now) -> Changed:
    """The gravest reason gives the word and the way out; the sentence names them all."""
    state, word, url, label = _gravest(days, account)
    return Changed(account, state, word, _why(days, stale, account, now), url, label)


def _gravest(days, account) -> tuple:
    if account.complaints:
        text = ngettext("%(n)s complaint open", "%(n)s complaints open", account.complaints)
        text %= {"n": account.complaints}
        return "bad", text, reverse("flows:run_detail", args=[account.complaint]), _("Open it")
    if days:
        text = ngettext("%(n)s day overdue", "%(n)s days overdue", days) % {"n": days}
        url = f"{reverse('engagement:visit_create')}?account={account.pk}"
        return "watch" if account.next_visit else "bad", text, url, _("Plan a visit")
    if account.late_opinion:
        url = reverse("engagement:opinion_detail", args=[account.late_opinion])
        return "watch", _("opinion not settled"), url, _("Open it")
    url = reverse("planning:account_file", args=[account.pk])
    return "watch", _("file out of date"), url, _("Open the file")


def _why(days, stale, account, now) -> str:
    said = []
    if days:
        since = (timezone.localdate(now) - account.basis).days
        text = _("Every %(every)s days; nobody was there for %(silence)s.")
        said.append(text % {"every": account.tier.visit_interval_days, "silence": since})
        if account.next_visit:
            day = f"{account.next_visit:%m-%d}"
            said.append(_("A visit is planned for %(day)s.") % {"day": day})
    if account.opinions_open and (account.late_opinion or account.complaints):
        text = ngettext(
            "%(n)s opinion is not settled.",
            "%(n)s opinions are not settled.",
            account.opinions_open,
        )
        said.append(text % {"n": account.opinions_open})
    if stale:
        said.append(_("The customer file has to be confirmed."))
    return ("" if language() == "zh" else " ").join(said)
