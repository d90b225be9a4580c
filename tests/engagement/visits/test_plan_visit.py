"""Planning a visit and what its flow makes of it (F-02, R-ENG-01, R-ENG-02)."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AccountFigures
from core.exceptions import DomainError, SteeredStatus
from core.models import AuditEntry
from core.subjects import adapter_of
from engagement import services
from engagement.models import Visit, VisitStatus
from flows.models import FlowBinding, FlowRun, FlowTemplate, WorkItem
from flows.services import GateClosed, complete
from tests import factories as make
from tests.engagement.visits.conftest import HOUR, plan, tomorrow

pytestmark = pytest.mark.django_db


def run_of(visit) -> FlowRun:
    return FlowRun.objects.open().about("visit", visit.pk).get()


def item_of(visit) -> WorkItem:
    return WorkItem.objects.about("visit", visit.pk).get(state="open")


def answer(visit, user, outcome, opinion=""):
    complete(item=item_of(visit), outcome=outcome, actor=user, opinion=opinion)
    visit.refresh_from_db()
    return visit.status


def test_planning_chooses_the_target_and_waits_for_the_plan(house):
    visit = plan(house, contacts=[house.chen, house.lin], colleagues=[house.lee])
    assert visit.number.startswith("VIS-") and visit.status == "draft"
    assert run_of(visit).template.code == "F-02B"
    assert item_of(visit).title_en == "Plan the visit" and item_of(visit).assignee == house.kim
    done = WorkItem.objects.about("visit", visit.pk).get(state="done")
    assert (done.title_en, done.done_by) == ("Choose the visit target", house.kim)
    levels = dict(visit.contacts.values_list("contact", "level"))
    assert levels == {house.chen.pk: "senior", house.lin.pk: "middle"}
    assert [row.user for row in visit.colleagues.all()] == [house.lee]
    entry = AuditEntry.objects.get(action="visit.planned")
    assert entry.actor == house.kim and entry.parent_id == house.acme.pk
    figures = AccountFigures.objects.get(account=house.acme)
    assert figures.next_visit_on == timezone.localdate(visit.starts_at)


def test_the_plan_of_a_visit_far_ahead_may_wait_until_a_week_before(house):
    soon, far = tomorrow(), tomorrow() + datetime.timedelta(days=60)
    near = plan(house, begins=soon)
    assert item_of(near).due_at > soon - datetime.timedelta(days=7)
    visit = plan(house, begins=far)
    assert item_of(visit).due_at == far - datetime.timedelta(days=7)
    nearer = far - datetime.timedelta(days=20)
    services.move_visit(visit=visit, starts_at=nearer, reason="Earlier", actor=house.kim)
    assert item_of(visit).due_at == nearer - datetime.timedelta(days=7)


def test_all_the_way_with_funds_each_step_gives_its_status(house):
    visit = plan(house, budget=800, hand_in=True)
    seen = [visit.status]
    seen.append(answer(visit, house.mia, "approve"))
    assert item_of(visit).title_en == "Apply for the visit"
    seen.append(answer(visit, house.kim, "submit"))
    seen.append(answer(visit, house.leo, "approve"))
    seen.append(answer(visit, house.fin, "approve"))
    assert seen == ["plan_submitted", "plan_confirmed", "applied", "applied", "funded"]
    held = item_of(visit)
    assert held.title_en == "Carry out the visit" and held.due_at == visit.ends_at


def test_without_funds_nobody_is_asked_for_any(house):
    visit = plan(house, hand_in=True)
    assert answer(visit, house.mia, "approve") == "plan_confirmed"
    assert item_of(visit).title_en == "Carry out the visit (without funds)"


def test_a_programme_visit_without_funds_goes_the_short_way(house):
    visit = plan(house, kind="programme", hand_in=True)
    assert run_of(visit).template.code == "F-02A" and visit.status == "plan_confirmed"
    assert run_of(plan(house, kind="programme", budget=5)).template.code == "F-02B"


def test_the_administrator_says_which_flow_starts(house):
    FlowBinding.objects.create(
        subject_type="visit",
        condition="amount < 100 and meets_senior",
        priority=30,
        template=FlowTemplate.objects.get(code="F-02A"),
    )
    assert run_of(plan(house, contacts=[house.chen])).template.code == "F-02A"
    assert run_of(plan(house, contacts=[house.lin])).template.code == "F-02B"


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([("mia", "return", "Where?")], "draft"),
        (
            [
                ("mia", "approve", ""),
                ("kim", "submit", ""),
                ("leo", "reject", "Too dear"),
            ],
            "refused",
        ),
        (
            [
                ("mia", "approve", ""),
                ("kim", "submit", ""),
                ("leo", "approve", ""),
                ("fin", "reject", "No money"),
            ],
            "refused",
        ),
        (
            [
                ("mia", "approve", ""),
                ("kim", "submit", ""),
                ("leo", "return", "When?"),
            ],
            "plan_confirmed",
        ),
    ],
)
def test_every_no_keeps_its_reason(house, answers, status):
    visit = plan(house, budget=800, hand_in=True)
    for name, outcome, opinion in answers:
        answer(visit, getattr(house, name), outcome, opinion)
    assert visit.status == status and visit.reason == answers[-1][2]


def test_the_plan_is_handed_in_with_a_place_and_people_only(house):
    visit = plan(house, place="", contacts=[])
    with pytest.raises(GateClosed) as refusal:
        services.submit_plan(visit=visit, actor=house.kim)
    assert [text for text, _link in refusal.value.missing] == [
        "a place or a site",
        "somebody to meet",
    ]
    values = {"place": "Acme", "contacts": [house.lin]}
    services.update_visit(visit=visit, values=values, actor=house.kim)
    assert services.submit_plan(visit=visit, actor=house.kim).status == "plan_submitted"


def test_who_is_planned_with_must_belong_there(house):
    elsewhere = make.make_contact("Not theirs", account=make.make_account(manager=house.kim))
    with pytest.raises(DomainError) as refusal:
        plan(house, contacts=[elsewhere])
    assert refusal.value.field == "contacts" and not Visit.objects.exists()


@pytest.mark.parametrize("name", ["stranger", "mia"])
def test_who_does_not_see_the_account_plans_nothing(house, name):
    with pytest.raises(PermissionDenied):
        plan(house, actor=getattr(house, name))
    assert not Visit.objects.exists()


def test_for_a_colleague_only_who_looks_after_the_account_plans(house):
    assert plan(house, owner=house.lee).owner == house.lee
    assert plan(house, actor=house.dora, owner=house.kim).owner == house.kim
    with pytest.raises(DomainError) as refusal:
        plan(house, actor=house.lee, owner=house.kim)
    assert refusal.value.field == "owner"
    with pytest.raises(DomainError):
        plan(house, owner=house.stranger)


def test_funds_asked_for_later_take_the_long_way_while_it_is_a_draft(house):
    visit = plan(house, kind="programme")
    first = run_of(visit)
    services.update_visit(visit=visit, values={"budget": 900}, actor=house.kim)
    assert run_of(visit).template.code == "F-02B" and visit.status == "draft"
    first.refresh_from_db()
    assert first.state == "cancelled" and item_of(visit).title_en == "Plan the visit"


def test_funds_stay_as_agreed_once_the_visit_may_be_held(house):
    visit = plan(house, hand_in=True)
    with pytest.raises(DomainError, match="decided on"):
        services.update_visit(visit=visit, values={"purpose": "Other"}, actor=house.kim)
    answer(visit, house.mia, "approve")
    with pytest.raises(DomainError) as refusal:
        services.update_visit(visit=visit, values={"budget": 900}, actor=house.kim)
    assert refusal.value.field == "budget"
    services.update_visit(visit=visit, values={"purpose": "Other"}, actor=house.kim)
    assert run_of(visit).title.endswith("Other")


def test_moving_takes_what_waits_for_it_along(house):
    visit = plan(house, hand_in=True)
    answer(visit, house.mia, "approve")
    later = tomorrow(15) + datetime.timedelta(days=3)
    with pytest.raises(DomainError) as refusal:
        services.move_visit(visit=visit, starts_at=later, reason=" ", actor=house.kim)
    assert refusal.value.field == "reason"
    services.move_visit(visit=visit, starts_at=later, reason="Chen travels", actor=house.dora)
    visit.refresh_from_db()
    assert (visit.ends_at, visit.reason) == (later + HOUR, "Chen travels")
    assert item_of(visit).due_at == visit.ends_at
    figures = AccountFigures.objects.get(account=house.acme)
    assert figures.next_visit_on == timezone.localdate(later)
    with pytest.raises(PermissionDenied):
        services.move_visit(visit=visit, starts_at=tomorrow(), reason="x", actor=house.lee)


def test_cancelling_ends_the_flow_and_leaves_nothing_to_do(house):
    visit = plan(house, hand_in=True)
    services.cancel_visit(visit=visit, reason="Chen is ill", actor=house.dora)
    assert (visit.status, visit.reason) == ("cancelled", "Chen is ill")
    assert not WorkItem.objects.about("visit", visit.pk).open().exists()
    assert AccountFigures.objects.get(account=house.acme).next_visit_on is None
    with pytest.raises(services.NotAhead):
        services.cancel_visit(visit=visit, reason="again", actor=house.dora)


def test_nobody_writes_the_status_by_hand(house):
    visit = plan(house)
    with pytest.raises(SteeredStatus):
        services.update_visit(visit=visit, values={"status": "funded"}, actor=house.kim)


def test_a_stale_version_is_told(house):
    visit, other = plan(house), None
    other = Visit.objects.get(pk=visit.pk)
    services.update_visit(visit=visit, values={"purpose": "First"}, actor=house.kim)
    with pytest.raises(DomainError, match="meanwhile"):
        services.update_visit(
            visit=other, values={"purpose": "Second"}, actor=house.lee and house.dora, version=1
        )


def test_every_status_of_the_flows_is_one_of_the_visit(house):
    adapter = adapter_of(plan(house))
    assert list(adapter.statuses) == VisitStatus.values
    for field in adapter.fields:
        adapter.value(plan(house), field.name)


def test_who_sees_a_visit(house):
    visit = plan(house, colleagues=[house.stranger], hand_in=True)
    seen = {
        name
        for name in ("kim", "lee", "dora", "stranger", "mia", "leo", "fin")
        if Visit.objects.visible_to(getattr(house, name)).filter(pk=visit.pk).exists()
    }
    # The colleague goes along, mia has to confirm; the others have no part in it yet.
    assert seen == {"kim", "lee", "dora", "stranger", "mia"}
