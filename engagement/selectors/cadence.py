"""Which accounts are visited in time, which are not, and how well that is kept."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Case, Count, DateField, F, Max, Q, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from accounts.models import Account, AccountAssignment, AssignmentRole, ContactRole, Tier
from engagement import cadence
from engagement.models import BUSINESS, LEVELS, CadenceRule, Visit, VisitContact
from engagement.selectors.days import due_day

DAY = datetime.timedelta(days=1)


def paced(accounts):
    """Those a cadence holds for: in use, and of a tier that asks for visits."""
    return accounts.filter(archived_at=None, tier__visit_interval_days__isnull=False)


def with_cadence(accounts, now=None):
    """Adds `last_visit` and `next_visit` (days), `basis` (the day counted from) and `due` (the
    last day in time); the last two are of the account as a whole, by its tier.

    Both days are figures kept with each visit, so that no list has to look at visits.
    """
    today = timezone.localdate(now)
    intervals = Tier.objects.exclude(visit_interval_days=None)
    accounts = accounts.annotate(
        last_visit=F("figures__last_visit_on"),
        next_visit=Case(
            When(figures__next_visit_on__gte=today, then=F("figures__next_visit_on")),
            output_field=DateField(null=True),
        ),
        basis=Coalesce("figures__last_visit_on", TruncDate("created_at")),
    )
    days = set(intervals.values_list("visit_interval_days", flat=True))
    return accounts.annotate(due=due_day("basis", "tier__visit_interval_days", days))


def accounts_with_cadence(user, now=None):
    return with_cadence(paced(Account.objects.visible_to(user)), now)


def overdue_accounts(today, now=None):
    """Every account past its day, whoever asks: for the job."""
    return with_cadence(paced(Account.objects.current()), now).filter(due__lt=today)


# ---------- levels ----------


def levels_behind(accounts, today) -> dict[int, list[str]]:
    """Codes of the contact levels of each account that nobody met in time. Only levels where
    somebody is known count: one cannot meet nobody."""
    accounts = list(accounts)
    tiers = {a.tier_id for a in accounts}
    rules = CadenceRule.objects.filter(tier__in=tiers).exclude(visit_days=None)
    days = {(r.tier_id, r.level): r.visit_days for r in rules}
    if not days:
        return {}
    ids = [a.pk for a in accounts]
    # Nobody need look further back than the longest interval at customers who were there by then:
    # they are overdue either way.
    horizon = today - datetime.timedelta(days=max(days.values()) + 1)
    lately = [a.pk for a in accounts if timezone.localdate(a.created_at) > horizon]
    known, since = _known_levels(ids, today), _met_levels(ids, horizon, lately)
    found = defaultdict(list)
    order = [code for code, _label in LEVELS]
    for account in accounts:
        basis = timezone.localdate(account.created_at)
        for level in sorted(known[account.pk], key=order.index):
            due = cadence.due_on(
                since.get((account.pk, level)), basis, days.get((account.tier_id, level))
            )
            if cadence.days_overdue(due, today):
                found[account.pk].append(level)
    return found


def _known_levels(ids, today) -> dict[int, set[str]]:
    rows = ContactRole.objects.on(today).filter(account__in=ids, contact__archived_at=None)
    found = defaultdict(set)
    for account, level, business in rows.values_list("account", "level", "is_business_department"):
        found[account] |= {level} - {""} | ({BUSINESS} if business else set())
    return found


def _met_levels(ids, since, lately) -> dict[tuple[int, str], datetime.date]:
    """The last day somebody of a level was met, by (account, level): since a day, but of the
    accounts that were entered `lately` ever."""
    visits = Visit.objects.held().filter(
        Q(account__in=ids, starts_at__gte=_midnight(since)) | Q(account__in=lately)
    )
    met = (
        VisitContact.objects.filter(visit__in=visits.values("pk"))
        .exclude(attended=False)
        .order_by()
        .values_list("visit__account", "contact", "level")
        .annotate(last=Max("visit__starts_at"))
    )
    roles = ContactRole.objects.filter(account__in=ids, is_business_department=True)
    business = set(roles.order_by().values_list("account", "contact"))
    found = {}
    for account, contact, level, last in met:
        levels = {level} - {""} | ({BUSINESS} if (account, contact) in business else set())
        for code in levels:
            found[account, code] = max(last, found.get((account, code), last))
    return {key: timezone.localdate(last) for key, last in found.items()}


def _midnight(day) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), timezone.get_current_timezone())


# ---------- how well it is kept ----------


@dataclass
class Line:
    """What one manager, department or tier was asked for in a period, and kept."""

    key: int | None
    name: str
    accounts: int = 0
    asked: int = 0
    kept: int = 0
    overdue: int = 0
    of: object = field(default=None, repr=False)

    @property
    def percent(self) -> int | None:
        return cadence.rate(self.kept, self.asked)


@dataclass(frozen=True)
class Compliance:
    """The visits asked for and kept over a period, in all and by one dimension."""

    begins: datetime.date
    ends: datetime.date
    lines: list
    total: Line


BY = ("manager", "department", "tier")


def compliance(user, *, begins, ends, today, by="manager") -> Compliance:
    """Visits held of those the tiers ask for (走访达标率), over the accounts the person sees.

    Both days inclusive; a period that still runs counts until today, and an account from the day
    it was entered. Four queries, however many accounts.
    """
    ends = min(ends, today)
    rows = accounts_with_cadence(user).select_related("tier", "department")
    accounts = list(rows)
    held = _held_counts(user, begins, ends)
    managers = _managers(today) if by == "manager" else {}
    lines, total = {}, Line(None, "")
    for account in accounts:
        key, name, of = _group(account, by, managers)
        line = lines.setdefault(key, Line(key, name, of=of))
        start = max(begins, timezone.localdate(account.created_at))
        asked = cadence.required(account.tier.visit_interval_days, start, ends)
        for one in (line, total):
            one.accounts += 1
            one.asked += asked
            one.kept += cadence.kept(asked, held.get(account.pk, 0))
            one.overdue += account.due < today
    ordered = sorted(
        lines.values(), key=lambda one: (one.percent is None, one.percent or 0, one.name)
    )
    return Compliance(begins, ends, ordered, total)


def _held_counts(user, begins, ends) -> dict[int, int]:
    """Visits held between two days, by account. Of accounts nobody asked for the counts are
    simply not read."""
    rows = Visit.objects.held().filter(
        starts_at__gte=_midnight(begins), starts_at__lt=_midnight(ends + DAY)
    )
    if not user.sees_everything:
        rows = rows.filter(account__in=Account.objects.visible_to(user).values("pk"))
    return dict(rows.order_by().values_list("account").annotate(n=Count("pk")))


def _managers(today):
    held = AccountAssignment.objects.on(today).filter(role=AssignmentRole.MANAGER)
    return {row.account_id: row.user for row in held.select_related("user")}


def _group(account, by, managers):
    if by == "tier":
        return account.tier_id, account.tier.name, account.tier
    if by == "department":
        return account.department_id, account.department.name, account.department
    user = managers.get(account.pk)
    return (user.pk, user.name, user) if user else (None, "", None)
