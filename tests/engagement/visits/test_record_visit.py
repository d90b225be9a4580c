"""Arriving, and writing down what a visit brought (R-ENG-03, R-ACC-34)."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AccountFigures
from core.exceptions import DomainError, StaleVersion
from engagement import services
from engagement.models import VisitRecord, VisitSettings
from flows.limits import after_days
from flows.models import WorkItem
from flows.services import complete, take_back
from planning.models import FileChange
from tests.engagement.visits.conftest import HOUR, plan

pytestmark = pytest.mark.django_db
WORDS = {
    "place": "Acme, third floor",
    "topics": "Prices of next year",
    "needs": "Shorter delivery",
    "opinions": "Content",
    "next_step": "Send an offer",
    "result": "good",
    "file_check": "unchanged",
}
HERE = {"latitude": "32.060300", "longitude": "118.796900", "accuracy": 12}


@pytest.fixture
def ready(house):
    """A visit that began an hour ago and that nothing stands before."""
    begins = timezone.now() - HOUR
    return plan(house, begins=begins, kind="programme", colleagues=[house.stranger], hand_in=True)


def record(house, visit, **more):
    more.setdefault("contacts", [house.chen])
    more.setdefault("values", WORDS)
    return services.record_visit(visit=visit, actor=more.pop("actor", house.kim), **more)


def open_item(visit):
    return WorkItem.objects.about("visit", visit.pk).exclude(run=None).get(state="open")


def test_arriving_makes_it_a_held_visit_whose_record_is_due_in_working_days(house, ready):
    VisitSettings.objects.create(pk=1, record_days=5)
    row = services.check_in(visit=ready, actor=house.kim, **HERE)
    assert (ready.status, row.source) == ("visited", "device")
    assert ready.held_at == row.at
    due = open_item(ready).due_at
    assert due == after_days(ready.held_at, 5, house.acme)
    figures = AccountFigures.objects.get(account=house.acme)
    assert figures.last_visit_on == timezone.localdate()
    assert figures.next_visit_on is None


def test_arriving_twice_is_arriving_once(house, ready):
    first = services.check_in(visit=ready, actor=house.kim, **HERE)
    again = services.check_in(visit=ready, actor=house.kim, place="Elsewhere")
    assert again == first and ready.check_ins.count() == 1


def test_a_typed_place_is_marked_as_typed_and_must_be_there(house, ready):
    with pytest.raises(DomainError) as refusal:
        services.check_in(visit=ready, actor=house.kim, no_location="denied")
    assert refusal.value.field == "place" and ready.status == "plan_confirmed"
    row = services.check_in(
        visit=ready, actor=house.kim, place="Gate 3", no_location="denied", accuracy=5
    )
    assert (row.source, row.place, row.no_location) == ("typed", "Gate 3", "denied")
    assert row.latitude is None and row.accuracy is None


def test_a_colleague_who_goes_along_may_arrive_first(house, ready):
    services.check_in(visit=ready, actor=house.stranger, **HERE)
    assert ready.status == "visited" and open_item(ready).assignee == house.kim
    services.check_in(visit=ready, actor=house.kim, **HERE)
    assert ready.check_ins.count() == 2
    with pytest.raises(PermissionDenied):
        services.check_in(visit=ready, actor=house.lee, **HERE)


def test_nobody_arrives_before_the_plan_is_confirmed_or_days_too_early(house):
    waiting = plan(house, begins=timezone.now(), hand_in=True)
    with pytest.raises(services.NotReady, match="Marketing staff confirm the plan"):
        services.check_in(visit=waiting, actor=house.kim, **HERE)
    early = plan(
        house,
        begins=timezone.now() + datetime.timedelta(days=2),
        kind="programme",
        hand_in=True,
    )
    with pytest.raises(services.NotReady, match="too early"):
        services.check_in(visit=early, actor=house.kim, **HERE)


def test_the_record_keeps_who_was_there_and_makes_work_of_promises(house, ready):
    services.check_in(visit=ready, actor=house.kim, **HERE)
    day = timezone.localdate() + datetime.timedelta(days=7)
    record(
        house,
        ready,
        contacts=[house.lin],
        colleagues=[house.dora],
        commitments=[("Send the offer", house.kim, day), ("Ask the plant", house.lee, day)],
    )
    assert ready.status == "recorded" and ready.recorded_at
    there = dict(ready.contacts.values_list("contact", "attended"))
    assert there == {house.chen.pk: False, house.lin.pk: True}
    ours = dict(ready.colleagues.values_list("user", "attended"))
    assert ours == {house.stranger.pk: False, house.dora.pk: True}
    promises = WorkItem.objects.about("visit", ready.pk).filter(run=None).order_by("pk")
    assert [(p.title_en, p.assignee, timezone.localdate(p.due_at)) for p in promises] == [
        ("Send the offer", house.kim, day),
        ("Ask the plant", house.lee, day),
    ]
    house.lin.refresh_from_db()
    house.chen.refresh_from_db()
    assert house.lin.last_contact_on == timezone.localdate()
    assert house.chen.last_contact_on is None


def test_what_changed_at_the_customer_becomes_lines_of_the_maintenance_form(house, ready):
    with pytest.raises(DomainError) as refusal:
        record(house, ready, values=WORDS | {"file_check": "changed"})
    assert refusal.value.field == "file_check" and not VisitRecord.objects.exists()
    ready.refresh_from_db()
    assert ready.status == "plan_confirmed"
    record(house, ready, changes={"phone": "025-99"})
    change = FileChange.objects.get()
    assert (change.old_value, change.new_value) == ("025-1", "025-99")
    assert (change.source, change.author, change.state) == (ready.number, house.kim, "proposed")
    assert VisitRecord.objects.get().file_check == "changed"


def test_recording_without_checking_in_holds_the_visit_then(house, ready):
    held = timezone.now() - datetime.timedelta(minutes=40)
    with pytest.raises(DomainError) as refusal:
        record(house, ready, held_at=timezone.now() + HOUR)
    assert refusal.value.field == "held_at"
    record(house, ready, held_at=held)
    assert (ready.status, ready.held_at) == ("recorded", held)


def test_a_record_is_written_once_and_again_when_it_comes_back(house):
    visit = plan(house, begins=timezone.now() - HOUR, hand_in=True)
    complete(item=open_item(visit), outcome="approve", actor=house.mia)
    visit.refresh_from_db()
    record(house, visit, held_at=timezone.now(), version=visit.version)
    assert open_item(visit).title_en == "Archive"
    with pytest.raises(services.NotAhead):
        record(house, visit)
    complete(item=open_item(visit), outcome="return", actor=house.mia, opinion="Which prices?")
    visit.refresh_from_db()
    assert (visit.status, visit.reason) == ("visited", "Which prices?")
    with pytest.raises(StaleVersion):
        record(house, visit, version=1)
    record(house, visit, values=WORDS | {"topics": "List prices"})
    assert VisitRecord.objects.get().topics == "List prices"
    complete(item=open_item(visit), outcome="done", actor=house.mia)
    visit.refresh_from_db()
    assert visit.status == "archived"


def test_who_was_not_part_of_it_writes_no_record(house, ready):
    for person in (house.lee, house.mia):
        with pytest.raises(PermissionDenied):
            record(house, ready, actor=person)
    with pytest.raises(DomainError) as refusal:
        record(house, ready, contacts=[])
    assert refusal.value.field == "contacts"


def test_taking_the_answer_back_unholds_the_visit(house, ready):
    services.check_in(visit=ready, actor=house.kim, **HERE)
    done = WorkItem.objects.about("visit", ready.pk).filter(done_by=house.kim).latest("done_at")
    take_back(item=done, actor=house.kim)
    ready.refresh_from_db()
    assert (ready.status, ready.held_at) == ("plan_confirmed", None)
    assert AccountFigures.objects.get(account=house.acme).last_visit_on is None
