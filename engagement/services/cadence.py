"""Accounts that were not visited in time, and programmes that plan visits for them."""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, AccountAssignment, AssignmentRole
from core.calendars import calendar_for
from core.exceptions import DomainError
from engagement import cadence
from engagement.models import (
    AHEAD_STATUSES,
    CadenceLapse,
    CadenceSettings,
    ProgrammeSlot,
    Visit,
    VisitKind,
)
from engagement.notices import reminders
from engagement.permissions import cadence as permissions
from engagement.selectors.cadence import overdue_accounts, paced, with_cadence
from engagement.services.visits import plan_visit
from flows.models import ItemState
from flows.services import complete, make_item

DAY = datetime.timedelta(days=1)
BATCH = 200


# ---------- what fell behind ----------


def watch_cadence(*, now=None) -> dict[str, int]:
    """Each night: end what was made up for, ask the account manager once for every account past
    its day, tell the superior some days later. Each account is its own transaction; safe to
    repeat."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    ended = sum(_end(lapse, now) for lapse in _made_up(today, now))
    # Where a visit is planned the manager has dealt with it already.
    late = overdue_accounts(today, now).filter(next_visit=None).select_related("city")
    found = sum(_flag(account, now) for account in late.order_by("pk").iterator(chunk_size=BATCH))
    told = sum(_escalate(lapse, today, now) for lapse in _neglected(today))
    return {"flagged": found, "ended": ended, "escalated": told}


def _open():
    return CadenceLapse.objects.filter(ended_at=None).select_related("account", "item")


def _made_up(today, now):
    late = overdue_accounts(today, now)
    return list(_open().exclude(account__in=late.values("pk")))


@transaction.atomic
def _end(lapse, now) -> int:
    won = CadenceLapse.objects.filter(pk=lapse.pk, ended_at=None).update(ended_at=now)
    item = lapse.item
    if won and item is not None and item.state == ItemState.OPEN:
        complete(item=item, outcome="done", actor=None, now=now)
    return won


@transaction.atomic
def _flag(account, now) -> int:
    lapse, made = CadenceLapse.objects.get_or_create(
        account=account, due_on=account.due, defaults={"found_at": now}
    )
    if not made:
        return 0
    manager = manager_of(account)
    if manager is not None and manager.is_active:
        item = make_item(
            actor=None,
            assignee=manager,
            subject=account,
            title_zh="超期未访：安排拜访",
            title_en="Not visited in time: plan a visit",
            within=CadenceSettings.current().task_within,
            now=now,
        )
        CadenceLapse.objects.filter(pk=lapse.pk).update(item=item)
    return 1


def _neglected(today):
    days = CadenceSettings.current().escalate_after_days
    return list(_open().filter(escalated_at=None, due_on__lt=today - days * DAY))


@transaction.atomic
def _escalate(lapse, today, now) -> int:
    manager = manager_of(lapse.account)
    if manager is None or manager.superior_id is None:
        return 0
    planned = Visit.objects.ahead().filter(account=lapse.account_id, starts_at__gte=now)
    if planned.exists():
        return 0
    waiting = CadenceLapse.objects.filter(pk=lapse.pk, escalated_at=None)
    if not waiting.update(escalated_at=now):
        return 0
    reminders.cadence_escalated(lapse, manager, cadence.days_overdue(lapse.due_on, today))
    return 1


def manager_of(account):
    """Who looks after the account now, or None."""
    held = AccountAssignment.objects.filter(account=account, role=AssignmentRole.MANAGER)
    row = held.filter(ends_on=None).select_related("user__superior").first()
    return row.user if row else None


# ---------- programmes ----------


@dataclass(frozen=True)
class Proposal:
    """One visit that a programme would plan. `starts_at` is empty where no day was free."""

    account: Account
    owner: object
    due_on: datetime.date
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None

    @property
    def key(self) -> str:
        return f"{self.account.pk}:{self.due_on.isoformat()}"


def preview_programme(*, actor, begins, ends, manager=None, today=None) -> list[Proposal]:
    """What a programme of a period would plan for the accounts of a manager (the actor where left
    out), in the order of time. Nothing is written."""
    if not permissions.can_plan_programme(actor):
        raise PermissionDenied
    today = today or timezone.localdate()
    rules = CadenceSettings.current()
    begins = _checked(begins, ends, today, rules)
    manager = manager or actor
    accounts = _accounts_of(manager, actor, today)
    known = _known_days(accounts, ends)
    load = _load_of(manager, begins, ends)
    wanted = sorted(
        (due, account.pk, account)
        for account in accounts
        for due in cadence.programme(
            known[account.pk],
            timezone.localdate(account.created_at),
            account.tier.visit_interval_days,
            begins,
            ends,
        )
    )
    found = [_proposal(account, manager, due, begins, ends, load, rules)
             for due, _pk, account in wanted]  # fmt: skip
    far = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    return sorted(found, key=lambda one: (one.starts_at or far, one.account.pk))


def _checked(begins, ends, today, rules) -> datetime.date:
    begins = max(begins, today + DAY)
    if ends < begins:
        raise DomainError(_("The period ends before it begins."), field="ends")
    if ends > today + rules.months_ahead * 31 * DAY:
        raise DomainError(
            _("A programme reaches at most %(n)s months ahead.") % {"n": rules.months_ahead},
            field="ends",
        )
    return begins


def _accounts_of(manager, actor, today):
    held = AccountAssignment.objects.on(today).filter(user=manager, role=AssignmentRole.MANAGER)
    seen = paced(Account.objects.visible_to(actor)).filter(pk__in=held.values("account"))
    return list(seen.select_related("tier", "city", "department").order_by("pk"))


def _known_days(accounts, ends) -> dict[int, list[datetime.date]]:
    """Days of visits held or planned, the last before the period among them."""
    rows = Visit.objects.filter(account__in=accounts).exclude(status__in=["cancelled", "refused"])
    days = defaultdict(list)
    for account, at in rows.order_by().values_list("account", "starts_at"):
        days[account].append(timezone.localdate(at))
    return days


def _load_of(manager, begins, ends) -> Counter:
    rows = Visit.objects.ahead().filter(
        owner=manager, starts_at__date__gte=begins, starts_at__date__lte=ends
    )
    return Counter(timezone.localdate(at) for at in rows.values_list("starts_at", flat=True))


def _proposal(account, manager, due, begins, ends, load, rules) -> Proposal:
    calendar = calendar_for(account.city if account.city_id else None)
    reach = max(account.tier.visit_interval_days // 3, 1)
    day = cadence.free_day(
        due, begins, ends, calendar.is_working_day, load, rules.visits_a_day, reach
    )
    if day is None:
        return Proposal(account, manager, due, None, None)
    step = datetime.timedelta(minutes=(rules.visit_minutes + rules.travel_minutes) * load[day])
    first = datetime.datetime.combine(day, rules.first_at, ZoneInfo(calendar.zone))
    load[day] += 1
    starts_at = first + step
    length = datetime.timedelta(minutes=rules.visit_minutes)
    return Proposal(account, manager, due, starts_at, starts_at + length)


def plan_programme(
    *, actor, begins, ends, manager=None, chosen=None, today=None, at=None
) -> list[Visit]:
    """Plan what the preview shows; `chosen` are keys of proposals (all where left out).

    A second run plans nothing twice: one slot an account and due day, unique in the database.
    """
    proposals = preview_programme(
        actor=actor, begins=begins, ends=ends, manager=manager, today=today
    )
    made = []
    for one in proposals:
        if one.starts_at is None or (chosen is not None and one.key not in chosen):
            continue
        try:
            with transaction.atomic():
                made.append(_plan(one, actor, at))
        except IntegrityError:
            continue  # somebody planned the same at the same time
    return made


def _plan(proposal, actor, at) -> Visit:
    slot = ProgrammeSlot.objects.filter(account=proposal.account, due_on=proposal.due_on).first()
    visit = plan_visit(
        account=proposal.account,
        owner=proposal.owner,
        kind=VisitKind.PROGRAMME,
        purpose=_("Regular visit: how their business develops, what they need"),
        starts_at=proposal.starts_at,
        ends_at=proposal.ends_at,
        actor=actor,
        at=at,
    )
    if slot is None:
        ProgrammeSlot.objects.create(account=proposal.account, due_on=proposal.due_on, visit=visit)
    elif slot.visit.status not in AHEAD_STATUSES:
        ProgrammeSlot.objects.filter(pk=slot.pk).update(visit=visit)
    else:
        raise IntegrityError("the slot is taken")
    return visit


def cadence_of(account, now=None):
    """One account with its due day."""
    return with_cadence(Account.objects.filter(pk=account.pk), now).select_related("tier").first()
