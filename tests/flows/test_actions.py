"""Modes, signers, delegation, return, undo, versions: what people do with a step."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AssignmentRole
from core import history_triggers
from core.exceptions import DomainError
from documents.models import ReadGrant
from flows import services
from flows.cache import flow_of
from flows.models import FlowEvent, FlowRun, FlowSettings, FlowVersion, WorkItem
from flows.selectors import inbox
from teams.models import User
from tests import factories as make
from tests.flows import cases
from tests.flows.helpers import (
    at,
    begin,
    case,
    check,
    do,
    item,
    load,
    subject,
    trial,
    trial_text,
    u,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


@pytest.mark.parametrize(
    ("mode", "moves", "where"),
    [
        ("any", ["fin approve"], ["second"]),
        ("any", ["fin reject"], []),
        ("all", ["fin approve", "gus approve"], ["sign"]),
        # leo signed the step before alone among the second's seats: he signs once.
        ("all", ["fin approve", "gus approve", "leo approve"], []),
        ("all", ["gus approve", "leo reject"], []),
        ("2 of 3", ["gus approve", "leo approve"], []),
        ("2 of 3", ["gus reject"], ["sign"]),
        ("2 of 3", ["gus reject", "fin reject"], []),
        ("in_order", ["gus approve", "fin approve"], ["sign"]),
        ("all", ["gus return"], ["plan"]),
    ],
)
def test_modes(mode, moves, where):
    assert at(do(trial(mode), *moves)) == where


def test_in_order_is_in_order():
    run = trial("in_order")
    with pytest.raises(AssertionError):
        item(run, "fin")
    do(run, "gus approve")
    assert item(run, "fin").due_at < timezone.now() + datetime.timedelta(days=30)


def test_who_signed_before_is_asked_again_where_the_company_wants_it():
    FlowSettings.objects.create(pk=1, signs_once=False)
    assert at(do(trial("all"), "fin approve", "gus approve", "leo approve")) == ["second"]


def test_the_outcome_written_first_is_the_yes():
    trial("all")
    version = FlowVersion.objects.get(template__code="T-1", state="active")
    assert flow_of(version).steps["sign"].positive == "approve"


def test_a_signer_before_and_one_after():
    run = trial("all")
    services.add_signer(item=item(run, "gus"), signer=u("tom"), where="before", actor=u("gus"))
    check(run)
    with pytest.raises(AssertionError):
        item(run, "gus")
    do(run, "tom approve", "gus approve", "leo approve")
    services.add_signer(item=item(run, "fin"), signer=u("pat"), where="after", actor=u("fin"))
    do(run, "fin approve")
    assert at(run) == ["sign"]
    do(run, "pat reject")
    assert subject(run).status == "refused"


def test_an_added_no_decides():
    run = trial("all")
    services.add_signer(item=item(run, "gus"), signer=u("tom"), where="before", actor=u("gus"))
    assert do(run, "tom reject").end == "refused"


def test_strangers_are_refused_and_nothing_changes():
    run = trial("any")
    one = item(run, "fin")
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.complete(item=one, outcome="approve", actor=u("zoe"))
    one.refresh_from_db()
    assert one.state == "open" and at(run) == ["sign"]


def test_delegating_hands_on_and_lets_read():
    run = trial("any")
    services.delegate(item=item(run, "fin"), to=u("zoe"), actor=u("fin"))
    assert ReadGrant.objects.filter(user=u("zoe"), until=None).exists()
    assert not ReadGrant.objects.filter(user=u("fin")).exists()
    do(run, "zoe approve")
    assert at(run) == ["second"]
    assert ReadGrant.objects.get(user=u("zoe")).until > timezone.now()


def test_nobody_holds_two_seats():
    run = trial("all")
    for act in (
        lambda one: services.delegate(item=one, to=u("gus"), actor=u("fin")),
        lambda one: services.add_signer(item=one, signer=u("gus"), where="after", actor=u("fin")),
    ):
        with pytest.raises(DomainError), transaction.atomic():
            act(item(run, "fin"))


def test_returning_with_straight_back_skips_what_was_passed():
    run = do(trial("any"), "gus approve")
    services.return_to(item=item(run, "leo"), step="plan", actor=u("leo"), opinion="x", resume=True)
    check(run)
    assert at(run) == ["plan"]
    do(run, "anna submit")
    assert at(run) == ["second"]


def test_nobody_approves_their_own_request():
    load(trial_text(number="2", who="post leaders"))
    account = make.make_account(manager=u("anna"))
    make.assign(account, u("leo"), AssignmentRole.SELLER)
    run = begin(case(cases.Visit, account), "T-2", who="leo")
    do(run, "anna submit")
    assert run.originator == u("leo")
    assert not run.items.open().filter(assignee=u("leo")).exists()
    assert run.items.open().get().assignee == u("boss")
    with pytest.raises(DomainError), transaction.atomic():
        services.delegate(item=item(run, "boss"), to=u("leo"), actor=u("boss"))


def test_two_seats_on_one_person_become_one_and_the_number_is_capped():
    load(trial_text("2 of 3", "3", "[post leaders, user leo, post leaders]"))
    run = do(begin(case(cases.Visit), "T-3"), "anna submit")
    assert run.items.open().count() == 1
    assert at(do(run, "leo approve")) == []


def test_a_stand_in_acts_for_who_is_absent():
    today = timezone.localdate()
    User.objects.filter(username="fin").update(absent_from=today, stand_in=u("zoe"))
    run = trial("all")
    one = item(run, "zoe")
    assert (one.on_behalf_of, one.grants_read) == (u("fin"), True)


def test_nobody_found_goes_to_the_administrators():
    load(trial_text(number="4", who="post finance"))
    User.objects.filter(username="fin").update(is_active=False)
    run = do(begin(case(cases.Visit), "T-4"), "anna submit")
    assert run.items.open().get().assignee == u("root")


def test_a_pool_is_claimed_by_one():
    load(trial_text(number="5", who="post marketing_promotion"))
    run = do(begin(case(cases.Visit), "T-5"), "anna submit")
    one = item(run, "mia")
    assert item(run, "max") == one
    services.claim(item=one, actor=u("mia"))
    with pytest.raises(AssertionError):
        item(run, "max")
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.claim(item=one, actor=u("max"))
    do(run, "mia approve")


def test_reassigning_is_for_superiors_and_needs_a_reason():
    run = trial("any")
    one = item(run, "fin")
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.reassign(item=one, to=u("zoe"), actor=u("gus"), reason="x")
    with pytest.raises(DomainError), transaction.atomic():
        services.reassign(item=one, to=u("zoe"), actor=u("boss"), reason="")
    services.reassign(item=one, to=u("zoe"), actor=u("boss"), reason="ill")
    do(run, "zoe approve")


def test_running_flows_keep_their_version():
    run = trial("any")
    load(trial_text("all"))
    do(run, "gus approve")
    assert at(run) == ["second"]
    assert FlowVersion.objects.filter(template__code="T-1").count() == 2


def test_taking_back_is_a_new_visit_while_nobody_followed():
    run = trial("any")
    one = item(run, "gus")
    do(run, "gus approve")
    services.take_back(item=one, actor=u("gus"))
    check(run)
    assert at(run) == ["sign"]
    do(run, "gus approve", "leo approve")
    with pytest.raises(DomainError), transaction.atomic():
        services.take_back(item=one, actor=u("gus"))


def test_taking_back_ends_with_the_minutes_of_the_settings():
    run = trial("any")
    one = item(run, "gus")
    do(run, "gus approve")
    later = timezone.now() + datetime.timedelta(minutes=11)
    with pytest.raises(services.TooLate), transaction.atomic():
        services.take_back(item=one, actor=u("gus"), now=later)


def test_a_vote_is_taken_back_while_others_vote():
    run = trial("all")
    one = item(run, "gus")
    do(run, "gus approve")
    services.take_back(item=one, actor=u("gus"))
    assert item(run, "gus").pk == one.pk
    do(run, "fin approve", "leo approve")
    assert at(run) == ["sign"]


def test_an_imported_subject_starts_where_it_stands_and_its_status_with_it():
    run = services.start(
        subject=case(cases.Deal), template_code="F-13", actor=u("anna"), at="retain"
    )
    assert check(run).status == "won" and subject(run).status == "won"
    with pytest.raises(DomainError), transaction.atomic():
        services.start(subject=case(cases.Deal), template_code="F-13", actor=u("anna"), at="no")


def test_a_run_moves_to_a_new_version_step_by_step():
    run = trial("any")
    load(trial_text("any").replace("step: sign", "step: sign2").replace(": sign\n", ": sign2\n"))
    version = FlowVersion.objects.get(template__code="T-1", state="active")
    with pytest.raises(DomainError), transaction.atomic():
        services.change_version(run=run, version=version, actor=u("root"))
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.change_version(run=run, version=version, mapping={}, actor=u("anna"))
    services.change_version(run=run, version=version, mapping={"sign": "sign2"}, actor=u("root"))
    run = check(run)
    assert at(run) == ["sign2"] and run.version == version
    do(run, "gus approve", "leo approve")


def test_many_are_approved_at_once_and_refusals_are_told():
    first, second = trial("any"), do(begin(case(cases.Visit), "T-1"), "anna submit")
    items = [item(first, "gus"), item(second, "gus")]
    do(second, "fin approve")
    done, refused = services.complete_many(items=items, outcome="approve", actor=u("gus"))
    assert (done, [one for one, _why in refused]) == ([items[0]], [items[1]])


def test_a_page_that_is_out_of_date_is_refused():
    run = trial("any")
    one = item(run, "gus")
    services.delegate(item=item(run, "gus"), to=u("zoe"), actor=u("gus"))
    with pytest.raises(services.Conflict), transaction.atomic():
        services.complete(item=one, outcome="approve", actor=u("zoe"), version=one.version)


def test_cancelling_needs_a_reason_and_who_answers_for_it():
    run = trial("any")
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.cancel(run=run, actor=u("zoe"), reason="x")
    with pytest.raises(DomainError), transaction.atomic():
        services.cancel(run=run, actor=u("anna"), reason=" ")
    services.cancel(run=run, actor=u("anna"), reason="x")
    assert check(run).state == "cancelled"


def test_a_step_is_skipped_only_where_the_flow_allows_it():
    run = trial("any")
    with pytest.raises(DomainError), transaction.atomic():
        services.skip(run=run, actor=u("anna"), reason="x")
    load(trial_text(number="6").replace("mode: any", "mode: any\n    skip: allowed"))
    run = do(begin(case(cases.Visit), "T-6"), "anna submit")
    services.skip(run=run, actor=u("anna"), reason="known customer")
    assert at(check(run)) == ["second"]


def test_who_started_it_reminds_who_it_waits_for():
    run = trial("all")
    assert services.nudge(run=run, actor=u("anna")) == 3
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.nudge(run=run, actor=u("zoe"))


def test_an_approver_sees_the_run_and_no_more():
    run = trial("any")
    assert FlowRun.objects.visible_to(u("gus")).filter(pk=run.pk).exists()
    assert not FlowRun.objects.visible_to(u("zoe")).filter(pk=run.pk).exists()
    assert not type(run.account).objects.visible_to(u("gus")).filter(pk=run.account_id).exists()
    do(run, "fin approve", "leo approve")
    assert not FlowRun.objects.visible_to(u("gus")).filter(pk=run.pk).exists()
    assert FlowRun.objects.visible_to(u("fin")).filter(pk=run.pk).exists()


def test_who_loses_the_account_loses_the_item_with_it():
    run = begin(case(cases.Visit), "F-02B")
    assert item(run, "anna").grants_read is False
    gone = timezone.localdate() - datetime.timedelta(days=1)
    run.account.assignments.update(starts_on=gone, ends_on=gone)
    assert inbox(u("anna")) == []
    assert not WorkItem.objects.visible_to(u("anna")).filter(run=run).exists()


def test_the_trail_is_written_once():
    run = trial("any")
    history_triggers.install()
    event = run.events.first()
    for write in (
        lambda: FlowEvent.objects.filter(pk=event.pk).update(note="changed"),
        lambda: FlowEvent.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
