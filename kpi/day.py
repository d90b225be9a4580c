"""What a person needs to know today, gathered in few queries: however much there is, the page
costs the same number of them."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models.about import AboutQuerySet
from core.calendars import calendar_for
from core.models import company
from core.money import known_total
from core.periods import add_months, fiscal_year, fiscal_year_of
from engagement import cadence
from engagement.ics import place_of
from engagement.models import (
    HELD_STATUSES,
    Callback,
    CallbackContact,
    CallbackStatus,
    Communication,
    Visit,
    VisitContact,
    VisitStatus,
)
from engagement.notices.callbacks import DUE as CALLBACK_DUE
from engagement.notices.reminders import ANSWER
from engagement.selectors import voices
from flows import pages, selectors
from flows.models import WorkItem
from kpi import attention
from notifications.models import Notification
from notifications.selectors import readable
from opportunities.models import Opportunity, OpportunityStatus
from teams.models import User
from teams.rights import Right

DAY = datetime.timedelta(days=1)
WORK, NOTICES, NEXT, LATE = 7, 5, 6, 6
VISITS = 200
CALLBACKS = 40
PEOPLE = 3


def day_of(user, now) -> dict:
    """The context of the page."""
    today = timezone.localdate(now)
    visits = _visits(user, today)
    accounts, quiet, met = attention.accounts_of(user, today, now)
    said = list(_communications(user, today))
    items = selectors.inbox(user)
    stops = _stops(user, visits, said, today, now)
    stops = _sorted([*stops, *_callback_stops(_callbacks(user, today), today)])
    work = [pages.Card(item, user, now) for item in items[:WORK]]
    late = sum(item.due_at <= now for item in items)
    waiting = [row for row in said if row.waits]
    context = {
        "today": today,
        "now": now,
        "stops": _with_now(stops, now),
        "week": _week(visits, said, today),
        "this_week": sum(
            today - today.weekday() * DAY <= _day(v) < today + (7 - today.weekday()) * DAY
            for v in visits
            if v.status != VisitStatus.REFUSED
        ),
        "ahead": [v for v in visits if _day(v) > today and v.status not in HELD_STATUSES][:NEXT],
        "work": work,
        "work_count": len(items) if len(items) < selectors.PAGE else f"{selectors.PAGE}+",
        "work_late": late,
        "waiting": waiting[:NOTICES],
        "opinions": list(voices.opinions_in_hand(user)[:NOTICES]),
        "notices": _notices(user),
        "changed": quiet[: attention.SHOWN],
        "changed_count": len(quiet),
        "accounts_count": len(accounts),
        "figures": _figures(user, visits, accounts, met, today),
        "late_below": _late_below(user, now),
        "leads": attention.leads(user),
        "sees_dashboard": user.has_right(Right.SEE_DASHBOARD),
    }
    context["lead"] = _lead(context, quiet)
    return context


def _day(visit) -> datetime.date:
    return timezone.localdate(visit.starts_at)


# ---------- visits and calls ----------


def _visits(user, today) -> list[Visit]:
    """The person's visits from the first of the month until two weeks ahead, and those that
    still lack their record; each with what its one-line brief needs."""
    zone, midnight = timezone.get_current_timezone(), datetime.time()
    month = datetime.datetime.combine(today.replace(day=1), midnight, zone)
    first = min(month, datetime.datetime.combine(today - today.weekday() * DAY, midnight, zone))
    until = datetime.datetime.combine(today + 15 * DAY, midnight, zone)
    before = (
        Visit.objects.held()
        .filter(account=OuterRef("account"), starts_at__lt=OuterRef("starts_at"))
        .order_by("-starts_at")
    )
    deals = (
        Opportunity.objects.visible_to(user)
        .current()
        .filter(account=OuterRef("account"), status=OpportunityStatus.OPEN)
        .order_by()
        .values("account")
        .annotate(n=Count("pk"))
    )
    owed = (
        Communication.objects.waiting()
        .filter(account=OuterRef("account"))
        .order_by()
        .values("account")
        .annotate(n=Count("pk"))
    )
    unwritten = Q(status=VisitStatus.VISITED, recorded_at=None, starts_at__lt=until)
    rows = (
        Visit.objects.of_person(user)
        .filter(Q(starts_at__gte=first, starts_at__lt=until) | unwritten)
        .exclude(status=VisitStatus.CANCELLED)
        .annotate(
            last_at=Subquery(before.values("starts_at")[:1]),
            last_purpose=Subquery(before.values("purpose")[:1]),
            open_deals=Subquery(deals.values("n")[:1]),
            owed=Subquery(owed.values("n")[:1]),
        )
        .select_related("account__tier", "site", "owner")
        .prefetch_related(
            Prefetch("contacts", queryset=VisitContact.objects.select_related("contact"))
        )
        .order_by("starts_at", "pk")
    )
    return list(rows[:VISITS])


def _communications(user, today):
    """What the person wrote down today, and what customers wait for."""
    rows = Communication.objects.visible_to(user).by_hand().filter(author=user)
    begin = datetime.datetime.combine(today, datetime.time(), timezone.get_current_timezone())
    fresh = Q(at__gte=begin - today.weekday() * DAY)
    waits = Q(needs_answer=True, answered_at=None)
    rows = rows.filter(fresh | waits).select_related("account__tier", "contact")
    return rows.order_by("at", "pk")[:VISITS]


@dataclass(frozen=True)
class Stop:
    """One line of the day: a visit, a call, a callback, a record to write. `mark` is its sign on
    the line."""

    at: datetime.datetime
    kind: str
    mark: str
    row: object
    account: object
    title: str
    brief: list = field(default_factory=list)
    facts: list = field(default_factory=list)
    minutes: int | None = None
    check_in: bool = False


def _stops(user, visits, said, today, now) -> list[Stop]:
    stops = [_visit_stop(user, one, now) for one in visits if _day(one) == today]
    stops += [
        Stop(row.at, "call", "done", row, row.account, row.subject)
        for row in said
        if timezone.localdate(row.at) == today
    ]
    stops += [
        Stop(one.starts_at, "record", "bad", one, one.account, one.purpose)
        for one in visits
        if _day(one) < today and one.status == VisitStatus.VISITED and one.owner_id == user.pk
    ]
    return stops


def _sorted(stops) -> list[Stop]:
    """Missing records and late callbacks stand first, whatever day they are of."""
    return sorted(stops, key=lambda one: (one.mark != "bad", one.at))


def _callbacks(user, today) -> list[Callback]:
    """What the person was to call back by today: of today, and earlier ones still to be made."""
    zone, midnight = timezone.get_current_timezone(), datetime.time()
    begin = datetime.datetime.combine(today, midnight, zone)
    waits = Q(status=CallbackStatus.PLANNED)
    rows = Callback.objects.of_person(user).filter(planned_at__lt=begin + DAY)
    rows = rows.filter(waits | Q(planned_at__gte=begin)).exclude(status=CallbackStatus.CANCELLED)
    rows = rows.select_related("account__tier").prefetch_related(
        Prefetch("contacts", queryset=CallbackContact.objects.select_related("contact"))
    )
    return list(rows.order_by("planned_at", "pk")[:CALLBACKS])


def _callback_stops(callbacks, today) -> list[Stop]:
    return [
        Stop(
            at=one.planned_at,
            kind="callback",
            mark="done"
            if not one.is_ahead
            else "bad"
            if timezone.localdate(one.planned_at) < today
            else "visit",
            row=one,
            account=one.account,
            title=one.title,
            facts=[str(row.contact) for row in one.contacts.all()][:PEOPLE],
        )
        for one in callbacks
    ]


def _visit_stop(user, visit, now) -> Stop:
    held = visit.status in HELD_STATUSES
    people = [str(one.contact) for one in visit.contacts.all()]
    brief = []
    if people:
        names = "、".join(people[:PEOPLE])
        brief.append((_("Meet"), names + ("…" if len(people) > PEOPLE else "")))
    if visit.last_at:
        ago = (timezone.localdate(now) - timezone.localdate(visit.last_at)).days
        text = ngettext("%(n)s day ago: %(what)s", "%(n)s days ago: %(what)s", ago)
        brief.append((_("Last time"), text % {"n": ago, "what": visit.last_purpose}))
    elif not held:
        brief.append((_("Last time"), _("never visited before")))
    if visit.owed:
        text = ngettext("%(n)s answer is owed", "%(n)s answers are owed", visit.owed)
        brief.append((_("Mind"), text % {"n": visit.owed}))
    facts = [place_of(visit)]
    if visit.open_deals:
        text = ngettext("%(n)s open opportunity", "%(n)s open opportunities", visit.open_deals)
        facts.append(text % {"n": visit.open_deals})
    if visit.owner_id != user.pk:
        facts.append(_("with %(people)s") % {"people": visit.owner})
    return Stop(
        at=visit.starts_at,
        kind="visit",
        mark="done" if held else "visit",
        row=visit,
        account=visit.account,
        title=visit.purpose,
        brief=[] if held else brief,
        facts=[one for one in facts if one],
        minutes=int((visit.ends_at - visit.starts_at).total_seconds() // 60),
        check_in=not held and visit.starts_at - now < DAY / 2,
    )


def _with_now(stops, now) -> list:
    """The stops with a line where the day has got to."""
    place = sum(one.at <= now or one.mark == "bad" for one in stops)
    return [*stops[:place], {"now": now}, *stops[place:]] if stops else []


def _week(visits, said, today) -> list[dict]:
    monday = today - today.weekday() * DAY
    works = calendar_for(None).is_working_day
    days = [monday + n * DAY for n in range(7)]
    return [
        {
            "day": day,
            "off": not works(day),
            "visits": (v := sum(_day(one) == day for one in visits)),
            "calls": (c := sum(timezone.localdate(one.at) == day for one in said)),
            "bars": _bars(v, c),
        }
        for day in days
    ]


def _bars(visits, calls) -> list[dict]:
    """Where the little bars of a day stand, in the middle of 44 units."""
    marks = ["visit"] * min(visits, 6) + ["call"] * min(calls, 8 - min(visits, 6))
    left = 22 - (len(marks) * 5 - 3) / 2
    return [{"x": left + n * 5, "call": kind == "call"} for n, kind in enumerate(marks)]


# ---------- figures ----------


def _figures(user, visits, accounts, met, today) -> dict:
    """Visits of the month against what the tiers ask for, accounts met in time, and deals."""
    begins = today.replace(day=1)
    ends = add_months(begins, 1) - DAY
    held = {}
    for one in visits:
        if one.status in HELD_STATUSES and one.owner_id == user.pk and _day(one) >= begins:
            held[one.account_id] = held.get(one.account_id, 0) + 1
    asked = sum(
        cadence.required(a.tier.visit_interval_days if a.tier_id else None, begins, ends)
        for a in accounts
    )
    start = company().fiscal_year_start_month
    year = fiscal_year(fiscal_year_of(today, start), start)
    own = bool(accounts) or not attention.leads(user)
    seen = Opportunity.objects.visible_to(user).current()
    deals = (seen.filter(owner=user) if own else seen).aggregate(
        won=known_total(filter=Q(status=OpportunityStatus.WON, closed_month__range=year)),
        open=known_total(filter=Q(status=OpportunityStatus.OPEN)),
        count=Count("pk", filter=Q(status=OpportunityStatus.OPEN)),
    )
    return {
        "held": sum(held.values()),
        "asked": asked,
        "expected": asked * today.day // ends.day,
        "own": own,
        "paced": met[1],
        "in_time": met[0],
        "in_time_percent": cadence.rate(*met),
        "won": deals["won"] if deals["won"] is not None else Decimal(0),
        "open": deals["open"],
        "open_count": deals["count"],
    }


# ---------- the rest ----------


def _notices(user) -> list[Notification]:
    """What is new, without what stands on the page anyway: new work, answers that are owed."""
    rows = Notification.objects.visible_to(user).unread()
    rows = rows.exclude(kind__startswith="flows.new").exclude(kind__in=(ANSWER, CALLBACK_DUE))
    found = list(rows.order_by("-at", "-pk")[:NOTICES])
    readable(user, found)
    return [one for one in found if not one.hidden]


def _late_below(user, now) -> list[WorkItem]:
    """What the people of a leader's units are late with, oldest first: what they may know of by
    account and line, without what they were asked to do themselves."""
    if not attention.leads(user):
        return []
    rows = AboutQuerySet.visible_to(WorkItem.objects.open(), user).filter(due_at__lte=now)
    if not user.sees_everything:
        rows = rows.filter(assignee__in=User.objects.in_units(user.unit_ids).values("pk"))
    rows = rows.exclude(assignee=user).exclude(assignee=None)
    return list(rows.select_related("assignee", "account").order_by("due_at", "pk")[:LATE])


def _lead(context, quiet) -> str:
    """The day in one sentence."""
    stops = [one for one in context["stops"] if isinstance(one, Stop)]
    visits = sum(one.kind == "visit" for one in stops)
    first = (
        ngettext("%(n)s visit today", "%(n)s visits today", visits) % {"n": visits}
        if visits
        else _("no visits today")
    )
    work = context["work_count"]
    calls = sum(one.kind == "callback" and one.mark != "done" for one in stops)
    if calls:
        text = ngettext("%(n)s callback to make", "%(n)s callbacks to make", calls)
        first = pgettext("between conditions", ", ").join([first, text % {"n": calls}])
    parts = [first, _("%(n)s to do") % {"n": work} if work else _("nothing to do")]
    if late := context["work_late"]:
        parts.append(ngettext("%(n)s of it late", "%(n)s of them late", late) % {"n": late})
    text = pgettext("between conditions", ", ").join(parts)
    text = _("%(sentence)s.") % {"sentence": text[:1].upper() + text[1:]}
    if quiet:
        text += " " + _("Look at %(account)s first: %(word)s.") % {
            "account": quiet[0].account.label,
            "word": quiet[0].word,
        }
    return text
