"""Time limits of items: warning, breach once, escalation, excuse, a clock that stands still."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation

from core.exceptions import DomainError
from flows import services, statistics
from flows.models import FAR, FlowTemplate, WorkItem
from notifications.models import Notification
from tests import factories as make
from tests.flows import cases
from tests.flows.helpers import case, do, item, load, trial, trial_text, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
MONTH = datetime.timedelta(days=30)


def told(kind, who):
    return Notification.objects.filter(kind=kind, recipient=u(who)).count()


def test_the_warning_comes_before_the_end_and_each_is_told_once():
    one = item(trial("all"), "gus")
    assert timezone.now() < one.warn_at < one.due_at < FAR
    for _twice in range(2):
        services.watch(one.warn_at)
    assert (told("flows.warning", "gus"), told("flows.late", "gus")) == (1, 0)
    for _twice in range(2):
        services.watch(one.due_at)
    assert (told("flows.warning", "gus"), told("flows.late", "gus")) == (1, 1)


def test_what_is_late_climbs_the_line_as_far_as_the_settings_say():
    one = item(trial("any", who="post gm"), "gus")
    services.watch(one.due_at)
    assert told("flows.escalated", "boss") == 1
    services.watch(one.due_at + MONTH)
    services.watch(one.due_at + MONTH)
    one.refresh_from_db()
    assert told("flows.escalated", "boss") == 1 and one.escalate_at is None


def test_a_late_answer_is_not_on_time_unless_a_superior_excuses_it():
    run = trial("any", who="post gm")
    one = item(run, "gus")
    WorkItem.objects.filter(pk=one.pk).update(due_at=timezone.now() - MONTH)
    services.watch()
    do(run, "gus approve")
    one.refresh_from_db()
    assert one.on_time is False
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.excuse(item=one, actor=u("gus"), reason="x")
    services.excuse(item=one, actor=u("boss"), reason="the customer was away")
    one.refresh_from_db()
    assert one.on_time is True
    assert statistics.on_time_rate(WorkItem.objects.filter(pk=one.pk)) == 1


def test_the_clock_stands_still_while_the_customer_has_to_move():
    one = item(trial("any", who="post gm"), "gus")
    due = one.due_at
    services.suspend(item=one, actor=u("gus"), reason="waiting for papers")
    one.refresh_from_db()
    assert one.due_at == FAR
    services.watch(due + MONTH)
    assert told("flows.late", "gus") == 0
    later = due + MONTH
    services.resume(item=one, actor=u("gus"), now=later)
    one.refresh_from_db()
    assert later < one.warn_at < one.due_at < later + datetime.timedelta(days=14)
    with pytest.raises(DomainError), transaction.atomic():
        services.resume(item=one, actor=u("gus"))


def test_something_to_do_has_a_limit_of_its_own():
    one = services.make_item(actor=u("anna"), assignee=u("zoe"), title_en="Call", within="4 hours")
    assert (one.limit_minutes, one.title_zh) == (240, "Call")
    assert told("flows.new_item", "zoe") == 1
    services.complete(item=one, outcome="done", actor=u("zoe"))
    with pytest.raises(services.Conflict), transaction.atomic():
        services.complete(item=one, outcome="done", actor=u("zoe"))
    services.take_back(item=one, actor=u("zoe"))
    one.refresh_from_db()
    assert one.state == "open"
    services.drop(item=one, actor=u("anna"), reason="no longer needed")
    one.refresh_from_db()
    assert one.state == "cancelled"


def test_something_about_an_account_goes_only_to_who_sees_it():
    account = make.make_account(manager=u("anna"))
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        services.make_item(actor=u("anna"), assignee=u("zoe"), title_en="x", subject=account)
    assert refusal.value.field == "assignee"


def test_statistics_say_how_long_steps_take_and_how_often_they_are_sent_back():
    run = do(trial("any"), "gus return", "anna submit", "gus approve", "leo approve")
    assert run.state == "done"
    figures = statistics.of_template(FlowTemplate.objects.get(code="T-1"), timezone.now())
    rows = {figure.code: figure for figure in figures}
    assert (rows["sign"].count, rows["sign"].returns, rows["sign"].on_time) == (2, 1, 1)
    assert rows["plan"].count == 2 and rows["sign"].median == 0


def test_median_and_ninth_decile_are_those_of_the_values():
    run = trial("any")
    visit = run.steps.get(step="plan")
    kind = type(visit)
    kind.objects.filter(pk=visit.pk).update(minutes=60)
    for hours in range(2, 11):
        kind.objects.create(
            run=run, version=run.version, step="plan", state="done", minutes=hours * 60
        )
    rows = statistics.of_template(FlowTemplate.objects.get(code="T-1"), timezone.now())
    plan = next(row for row in rows if row.code == "plan")
    assert (plan.count, plan.median, plan.p90) == (10, 5, 9)


def test_waiting_is_told_apart_from_handling():
    """An hour in a pool and an hour with the clock stopped are waiting; the rest is handling."""
    load(trial_text("any", who="post marketing_promotion"))
    monday = datetime.datetime(2026, 11, 23, 1, tzinfo=datetime.UTC)  # 09:00 in Shanghai
    at = [monday + datetime.timedelta(hours=hours) for hours in (0, 1, 2, 3)]
    run = services.start(subject=case(cases.Visit), template_code="T-1", actor=u("anna"), now=at[0])
    services.complete(item=item(run, "anna"), outcome="submit", actor=u("anna"), now=at[0])
    one = item(run, "mia")
    services.claim(item=one, actor=u("mia"), now=at[1])
    services.suspend(item=one, actor=u("mia"), reason="customer", now=at[2])
    services.resume(item=one, actor=u("mia"), now=at[3])
    one.refresh_from_db()
    assert (one.taken_at, one.paused_minutes) == (at[1], 60)
    visit = one.step_run
    end = monday + datetime.timedelta(hours=8)  # 17:00, an hour and a half of lunch between
    services.complete(item=one, outcome="approve", actor=u("mia"), now=end)
    visit.refresh_from_db()
    assert visit.waited_minutes == 120
    figures = statistics.of_template(run.template, end + datetime.timedelta(hours=1))
    sign = next(figure for figure in figures if figure.code == "sign")
    assert sign.waiting == (2, 2)
    with translation.override("en"):
        assert sign.label == sign.name.en != sign.name.zh
    with translation.override("zh-hans"):
        assert sign.label == sign.name.zh
    assert sign.handling[0] == (visit.minutes - 120) / 60 and sign.median == visit.minutes / 60
