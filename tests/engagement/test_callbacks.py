"""Callbacks: planned, listed, made, read by three, consolidated, handled, archived (F-05)."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from core.exceptions import DomainError, SteeredStatus
from engagement.models import (
    Callback,
    CallbackFeedback,
    CallbackKind,
    CallbackSettings,
    Opinion,
    OpinionSource,
)
from engagement.services import callback_calls as calls
from engagement.services import callbacks as services
from flows.models import ItemState, WorkItem
from flows.services import take_back
from tests import factories as make
from tests.engagement.callback_cast import DAY, END, READ, answer, called, items_of, line, plan

pytestmark = pytest.mark.django_db


def who_has(callback) -> set:
    return {(one.assignee.username, one.step_run.step) for one in items_of(callback)}


# ---------- the way ----------


def test_a_regular_callback_is_listed_approved_and_called(callers):
    callback = plan(callers, kind=CallbackKind.REGULAR)
    assert callback.status == "planned" and who_has(callback) == {("pia", "list")}
    answer(callback, "pia submit")
    assert who_has(callback) == {("hanna", "approve_list")}
    answer(callback, "hanna return: Only core customers this month")
    assert who_has(callback) == {("pia", "list")} and callback.status == "planned"
    answer(callback, "pia submit", "hanna approve")
    assert who_has(callback) == {("kim", "contact")}
    [item] = items_of(callback)
    assert timezone.localdate(item.due_at) == callback.due_on


def test_before_the_list_is_approved_no_call_is_entered(callers):
    callback = plan(callers, kind=CallbackKind.REGULAR)
    with pytest.raises(calls.NotReady, match="Fix the list of customers"):
        called(callers, callback)
    assert not Opinion.objects.exists()


def test_which_lists_are_approved_is_data(callers):
    CallbackSettings.objects.create(pk=1, list_approval="none")
    assert who_has(plan(callers, kind=CallbackKind.REGULAR)) == {("kim", "contact")}
    CallbackSettings.objects.update(list_approval="all")
    assert who_has(plan(callers)) == {("pia", "list")}


def test_all_the_way_each_step_gives_its_status(callers):
    callback = called(callers)
    assert callback.status == "feedback_distributed" and callback.satisfaction == 4
    assert who_has(callback) == {
        ("kim", "read_salesperson"),
        ("hanna", "read_head"),
        ("max", "read_director"),
    }
    answer(callback, *READ)
    assert who_has(callback) == {("hanna", "consolidate")}
    assert callback.status == "feedback_distributed"
    answer(callback, "hanna done: Delivery is our weak side")
    assert callback.status == "consolidated" and who_has(callback) == {("hanna", "handle")}
    for row in callback.feedback.all():
        calls.pass_on(
            callback=callback, feedback=row, department=callers.service, actor=callers.hanna
        )
    answer(callback, "hanna done")
    assert callback.status == "handled" and who_has(callback) == {("pia", "archive")}
    answer(callback, "pia return: The price is missing", "hanna done", "pia done")
    assert callback.status == "archived" and callback.ended_at is not None
    assert not items_of(callback).exists()


def test_it_is_not_handled_before_every_opinion_has_its_department(callers):
    callback = answer(called(callers), *READ, "hanna done")
    first, second = callback.feedback.all()
    calls.pass_on(
        callback=callback, feedback=first, department=callers.service, actor=callers.hanna
    )
    with pytest.raises(DomainError, match="The bill is clear"):
        answer(callback, "hanna done")
    callback.refresh_from_db()
    assert callback.status == "consolidated"
    calls.pass_on(callback=callback, feedback=second, department=callers.east, actor=callers.hanna)
    assert answer(callback, "hanna done").status == "handled"


def test_the_status_cannot_be_set_by_hand(callers):
    callback = plan(callers)
    with pytest.raises(SteeredStatus):
        services.update_callback(
            callback=callback, values={"status": "archived"}, actor=callers.kim
        )
    callback.refresh_from_db()
    assert callback.status == "planned"


def test_taking_back_the_call_makes_it_a_planned_one_again(callers):
    callback = plan(callers)
    answer(callback, "kim done")
    assert callback.status == "contacted" and callback.held_at is not None
    done = WorkItem.objects.about("callback", callback.pk).get(step_run__step="contact")
    take_back(item=done, actor=callers.kim)
    callback.refresh_from_db()
    assert callback.status == "planned" and callback.held_at is None


# ---------- the call ----------


def test_each_opinion_is_followed_to_its_end(callers):
    callback = called(callers, lines=[line(callers, wish="Tell us each week", kind="need")])
    [row] = callback.feedback.all()
    opinion = row.opinion
    assert (opinion.source, opinion.kind, opinion.topic) == (
        OpinionSource.CALLBACK,
        "need",
        "Delivery",
    )
    assert opinion.wish == "Tell us each week" and opinion.owner == callers.kim
    assert opinion.contact == callers.chen and opinion.due_on is not None
    assert callback.contacts.get().reached is True


def test_satisfaction_is_asked_and_lies_between_one_and_five(callers):
    callback = plan(callers)
    with pytest.raises(DomainError, match="how satisfied"):
        called(callers, callback, satisfaction=None)
    with pytest.raises(ValidationError):
        called(callers, callback, satisfaction=6)
    with pytest.raises(ValidationError):
        called(callers, plan(callers), lines=[line(callers, satisfaction=0)])


def test_a_call_is_entered_once(callers):
    callback = called(callers)
    with pytest.raises(services.NotPlanned):
        called(callers, callback)
    assert callback.feedback.count() == 2 == Opinion.objects.count()


def test_the_step_answered_in_the_inbox_waits_for_what_was_said(callers):
    callback = answer(plan(callers), "kim done")
    with pytest.raises(DomainError, match="how satisfied the customer is"):
        answer(callback, "kim submit")
    assert called(callers, callback).status == "feedback_distributed"


def test_a_leader_enters_the_call_of_a_colleague(callers):
    callback = called(callers, actor=callers.dora)
    assert callback.status == "feedback_distributed"
    first = WorkItem.objects.about("callback", callback.pk).get(step_run__step="contact")
    assert first.done_by is None  # the step lay in other hands: the system answered it


def test_who_neither_calls_nor_looks_after_it_may_not(callers):
    callback = plan(callers)
    for person in (callers.lee, callers.stranger, callers.hanna):
        with pytest.raises(PermissionDenied):
            called(callers, callback, actor=person)


def test_a_change_of_service_becomes_work(callers):
    day = timezone.localdate() + 7 * DAY
    callback = called(callers, actions=[("Weekly report to Acme", callers.lee, day)])
    item = WorkItem.objects.about("callback", callback.pk).get(run=None)
    assert (item.title, item.assignee) == ("Weekly report to Acme", callers.lee)
    assert timezone.localdate(item.due_at) == day and item.account == callers.acme
    with pytest.raises(DomainError, match="due after the call"):
        calls.add_action(
            callback=callback,
            what="Too early",
            who=callers.lee,
            due_on=timezone.localdate() - DAY,
            actor=callers.kim,
        )


# ---------- not reached ----------


def test_not_reached_is_tried_at_another_time_and_the_task_moves(callers):
    callback = plan(callers)
    later = timezone.now() + 5 * DAY
    calls.note_not_reached(callback=callback, actor=callers.kim, next_at=later, note="Busy")
    callback.refresh_from_db()
    assert callback.status == "planned" and callback.planned_at == later
    [row] = callback.tries.all()
    assert (row.reached, row.note, row.next_at, row.by) == (False, "Busy", later, callers.kim)
    [item] = items_of(callback)
    assert timezone.localdate(item.due_at) == timezone.localdate(later)


def test_after_so_many_attempts_it_ends_with_a_reason(callers):
    CallbackSettings.objects.create(pk=1, tries=2)
    callback = plan(callers)
    now = timezone.now()
    calls.note_not_reached(callback=callback, actor=callers.kim, next_at=now + DAY)
    with pytest.raises(DomainError, match="tried 2 times") as refused:
        calls.note_not_reached(callback=callback, actor=callers.kim, next_at=now + 2 * DAY)
    assert refused.value.field == "next_at"
    with pytest.raises(DomainError, match="say why"):
        calls.give_up_callback(callback=callback, actor=callers.kim, reason=" ")
    calls.give_up_callback(callback=callback, actor=callers.kim, reason="The number is dead")
    callback.refresh_from_db()
    assert callback.status == "not_reached" and callback.reason == "The number is dead"
    assert callback.tries.count() == 2 and not items_of(callback).exists()
    assert callback.held_at is None and callback.ended_at is not None


def test_the_next_attempt_lies_ahead(callers):
    with pytest.raises(DomainError, match="over already"):
        calls.note_not_reached(
            callback=plan(callers), actor=callers.kim, next_at=timezone.now() - DAY
        )


# ---------- passing on ----------


def test_the_department_reads_the_callback_by_its_work_and_not_the_account(callers):
    callback = answer(called(callers), *READ)
    row = callback.feedback.first()
    assert not Callback.objects.visible_to(callers.sue).filter(pk=callback.pk).exists()
    calls.pass_on(callback=callback, feedback=row, department=callers.service, actor=callers.hanna)
    row.refresh_from_db()
    assert row.item.assignee == callers.sue and row.passed_at is not None
    assert Callback.objects.visible_to(callers.sue).filter(pk=callback.pk).exists()
    assert not type(callers.acme).objects.visible_to(callers.sue).exists()
    first = row.item
    callers.root.head = callers.max
    callers.root.save()
    calls.pass_on(callback=callback, feedback=row, department=callers.root, actor=callers.hanna)
    first.refresh_from_db()
    row.refresh_from_db()
    assert first.state == ItemState.CANCELLED and row.item.assignee == callers.max
    before = row.item_id
    calls.pass_on(callback=callback, feedback=row, department=callers.root, actor=callers.hanna)
    row.refresh_from_db()
    assert row.item_id == before


def test_only_who_has_it_in_hand_passes_on_and_only_then(callers):
    callback = called(callers)
    row = callback.feedback.first()
    about = {"callback": callback, "feedback": row, "department": callers.service}
    for person in (callers.kim, callers.hanna, callers.dora):  # three still read
        with pytest.raises(PermissionDenied):
            calls.pass_on(actor=person, **about)
    answer(callback, *READ)
    with pytest.raises(PermissionDenied):
        calls.pass_on(actor=callers.kim, **about)
    calls.pass_on(actor=callers.hanna, **about)
    callback = answer(callback, "hanna done")
    other = callback.feedback.last()
    calls.pass_on(
        callback=callback, feedback=other, department=callers.service, actor=callers.hanna
    )
    answer(callback, "hanna done")
    with pytest.raises(PermissionDenied):  # handled: it lies with the archive now
        calls.pass_on(actor=callers.hanna, **about)


# ---------- planning ----------


def test_one_regular_callback_of_an_account_is_ahead_at_a_time(callers):
    CallbackSettings.objects.create(pk=1, list_approval="none")
    first = plan(callers, kind=CallbackKind.REGULAR)
    with pytest.raises(ValidationError, match="planned already"):
        plan(callers, kind=CallbackKind.REGULAR)
    plan(callers)  # after service: as many as there were services
    called(callers, first)
    assert plan(callers, kind=CallbackKind.REGULAR).status == "planned"


def test_a_colleague_is_planned_for_only_by_who_looks_after_it(callers):
    with pytest.raises(DomainError, match="of your own"):
        plan(callers, actor=callers.lee, caller=callers.kim)
    assert plan(callers, actor=callers.lee).caller == callers.lee
    with pytest.raises(DomainError, match="does not see this account"):
        plan(callers, caller=callers.stranger)
    with pytest.raises(PermissionDenied):
        plan(callers, actor=callers.stranger)


def test_only_people_of_the_account_are_called(callers):
    other = make.make_contact("Wu", account=make.make_account("Other", manager=callers.kim))
    with pytest.raises(DomainError, match="does not work at this account"):
        plan(callers, contacts=[other])


def test_another_caller_takes_the_task_over(callers):
    callback = plan(callers)
    services.update_callback(callback=callback, values={"caller": callers.lee}, actor=callers.kim)
    assert who_has(callback) == {("lee", "contact")}
    callback.refresh_from_db()
    assert called(callers, callback, actor=callers.lee).status == "feedback_distributed"


def test_moving_needs_a_reason_and_moves_the_task(callers):
    callback = plan(callers, due_on=timezone.localdate() + DAY)
    later = callback.planned_at + 20 * DAY
    with pytest.raises(DomainError, match="say why"):
        services.move_callback(callback=callback, planned_at=later, reason="", actor=callers.kim)
    services.move_callback(
        callback=callback, planned_at=later, reason="They travel", actor=callers.kim
    )
    [item] = items_of(callback)
    assert timezone.localdate(item.due_at) == timezone.localdate(later)


def test_cancelling_ends_the_flow_and_its_tasks(callers):
    callback = plan(callers)
    services.cancel_callback(callback=callback, reason="They closed", actor=callers.kim)
    callback.refresh_from_db()
    assert callback.status == "cancelled" and callback.reason == "They closed"
    assert not items_of(callback).exists()
    with pytest.raises(services.NotPlanned):
        services.cancel_callback(callback=callback, reason="Again", actor=callers.kim)


def test_an_event_makes_one_callback(callers):
    today = timezone.localdate()
    about = {
        "account": callers.acme,
        "kind": CallbackKind.SERVICE,
        "source": "service:17",
        "happened_on": today,
        "topic": "Repair of the router",
    }
    first = services.plan_after_event(**about)
    assert services.plan_after_event(**about) == first and Callback.objects.count() == 1
    assert first.due_on == today + datetime.timedelta(days=3) and first.caller == callers.kim
    assert who_has(first) == {("kim", "contact")} and first.created_by is None
    old = services.plan_after_event(**about | {"source": "x", "happened_on": today - 90 * DAY})
    assert old.due_on == today


def test_feedback_of_nobody_is_lost_with_a_failed_call(callers):
    callback = plan(callers)
    with pytest.raises(ValidationError):
        called(callers, callback, lines=[line(callers), line(callers, satisfaction=9)])
    callback.refresh_from_db()
    assert callback.status == "planned" and not CallbackFeedback.objects.exists()
    assert not Opinion.objects.exists() and not callback.tries.exists()


def test_the_end_of_the_way_is_named(callers):
    callback = answer(called(callers, lines=[]), *READ, *END)
    assert callback.status == "archived"
