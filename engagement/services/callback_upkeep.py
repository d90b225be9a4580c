"""Callbacks that are due by tier or after events, and those that change hands."""

import datetime
from collections import Counter

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Account, AccountStatus, Tier
from core.calendars import calendar_for
from engagement import cadence, calling
from engagement.models import Callback, CallbackKind, CallbackSettings
from engagement.people import person_for
from engagement.services import callback_flow
from engagement.services.callbacks import (
    cancel_callback,
    give_items,
    plan_after_event,
    plan_callback,
)
from engagement.services.changing_hands import Hands
from flows.models import FlowRun, RunState
from flows.services import follow_subject

DAY = datetime.timedelta(days=1)
BATCH = 200
# How far back ended complaints are looked at: older ones had their night.
LOOK_BACK = 30 * DAY


# ---------- due by tier ----------


def due_accounts(now=None):
    """Registered accounts whose next regular callback is to be planned by now, none being planned:
    counted from the last one, whatever came of it, else from the day they were entered. Adds
    `last_callback` and `every`."""
    now = now or timezone.now()
    lead = CallbackSettings.current().lead_days
    wanted = Q(pk__in=[])
    tiers = Tier.objects.exclude(callback_interval_days=None)
    for days in set(tiers.values_list("callback_interval_days", flat=True)):
        since = timezone.localdate(now) + (lead - days + 1) * DAY
        begin = timezone.make_aware(datetime.datetime.combine(since, datetime.time()))
        wanted |= Q(tier__callback_interval_days=days, counted_from__lt=begin)
    rows = Callback.objects.regular().filter(account=OuterRef("pk")).order_by()
    last = (
        rows.exclude(held_at=None, ended_at=None)
        .values("account")
        .annotate(last=Max(Coalesce("held_at", "ended_at")))
        .values("last")
    )
    accounts = Account.objects.current().filter(status=AccountStatus.REGISTERED)
    accounts = accounts.filter(~Exists(rows.filter(status="planned")))
    accounts = accounts.annotate(last_callback=Subquery(last[:1]))
    accounts = accounts.annotate(counted_from=Coalesce("last_callback", "created_at"))
    return accounts.filter(wanted).annotate(every=F("tier__callback_interval_days"))


def plan_due(now=None) -> int:
    """Each night: one regular callback for every account that is due by its tier, with its task for
    the account manager. Each account is its own transaction; safe to repeat. How many."""
    now = now or timezone.now()
    today, rules, load = timezone.localdate(now), CallbackSettings.current(), {}
    accounts = due_accounts(now).select_related("tier", "city", "department")
    made = 0
    for account in accounts.order_by("counted_from", "pk").iterator(chunk_size=BATCH):
        caller = person_for(account, "manager")
        if caller is None:
            continue
        busy = load.setdefault(caller.pk, _load_of(caller, today))
        try:
            with transaction.atomic():
                made += _plan(account, caller, today, rules, busy, now)
        except IntegrityError:
            continue  # somebody planned one at the same time
    return made


def _load_of(caller, today) -> Counter:
    ahead = Callback.objects.ahead().filter(caller=caller, planned_at__date__gte=today)
    return Counter(timezone.localdate(at) for at in ahead.values_list("planned_at", flat=True))


def _plan(account, caller, today, rules, busy, now) -> bool:
    counted_from = timezone.localdate(account.counted_from)
    due = cadence.due_on(counted_from, counted_from, account.every)
    calendar = calendar_for(account.city if account.city_id else None)
    day = calling.day_for(due, today, calendar.is_working_day, busy, rules.calls_a_day)
    planned_at = calling.moment_for(day, rules.first_at, rules.minutes, busy[day], calendar.zone)
    plan_callback(
        account=account,
        actor=None,
        caller=caller,
        due_on=max(due, day),
        planned_at=planned_at,
        contacts=_person_last_called(account),
        at=now,
    )
    busy[day] += 1
    return True


def _person_last_called(account) -> list:
    """Whoever was reached the last time, where they still work there."""
    rows = Callback.objects.called().filter(account=account).order_by("-held_at")
    before = rows.first()
    if before is None:
        return []
    found = before.contacts.filter(reached=True).select_related("contact")
    today = timezone.localdate()
    return [
        row.contact
        for row in found[:3]
        if row.contact.archived_at is None
        and row.contact.roles.on(today).filter(account=account).exists()
    ]


# ---------- after events ----------


def plan_after_complaints(now=None) -> int:
    """Each night: a callback for every complaint that was closed (R-ENG-35), once each."""
    now, rules = now or timezone.now(), CallbackSettings.current()
    if not rules.complaint_flow or not rules.complaint_end:
        return 0
    runs = FlowRun.objects.filter(
        template__code=rules.complaint_flow,
        state=RunState.DONE,
        end=rules.complaint_end,
        ended_at__gte=now - LOOK_BACK,
        account__isnull=False,
    )
    known = Callback.objects.filter(kind=CallbackKind.COMPLAINT).exclude(source="")
    sources = set(known.values_list("source", flat=True))
    made = 0
    for run in runs.select_related("account").order_by("pk").iterator(chunk_size=BATCH):
        if complaint_source(run) in sources:
            continue
        try:
            with transaction.atomic():
                callback = plan_after_event(
                    account=run.account,
                    kind=CallbackKind.COMPLAINT,
                    source=complaint_source(run),
                    happened_on=timezone.localdate(run.ended_at),
                    topic=run.title,
                    at=now,
                )
        except IntegrityError:
            continue
        made += callback is not None
    return made


def complaint_source(run) -> str:
    return f"run:{run.pk}"


# ---------- other hands ----------


def _move_work(callback, to, actor, reason) -> None:
    run = callback_flow.run_of(callback)
    if run is not None:
        follow_subject(run=run, actor=actor)
        if callback_flow.waits_for_call(callback):
            give_items(run, to, reason)


hands = Hands(Callback, "caller", "callback.handed_over", after=_move_work)
preview_callbacks, hand_over_callbacks = hands.preview, hands.hand_over
return_unseen_callbacks = hands.return_unseen


def merge_callbacks(*, rows, keep, absorb):
    """Callbacks move with their account; of two regular ones ahead the survivor's stays
    (settings.KAM_MERGE)."""
    ahead = Callback.objects.ahead().regular()
    if ahead.filter(account=keep).exists():
        for one in rows.filter(kind=CallbackKind.REGULAR, status="planned"):
            cancel_callback(callback=one, actor=None, reason=f"{absorb} → {keep}")
    rows.update(account=keep)
