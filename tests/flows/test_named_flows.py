"""The named flows end to end, with every "no" (requirements.md, section 3)."""

import datetime

import pytest
from django.utils import timezone

from core.exceptions import DomainError
from flows import services
from flows.models import FlowRun
from flows.selectors import inbox
from tests.flows import cases
from tests.flows.helpers import at, begin, case, check, do, item, path, subject, u

pytestmark = pytest.mark.django_db


def facts(run, **more):
    row = subject(run)
    cases.Case.objects.filter(pk=row.pk).update(facts=row.facts | more)


# F-01


def registration(acc, **more):
    return begin(case(cases.Registration, acc, **more), "F-01")


def test_f01_gate_then_registered(acc):
    run = registration(acc)
    with pytest.raises(services.GateClosed) as refusal:
        do(run, "anna submit")
    assert [text for text, _link in refusal.value.missing] == ["客户基本信息表"]
    facts(run, form=1)
    do(run, "anna submit")
    assert subject(run).status == "submitted"
    do(run, "mia done")
    assert subject(run).status == "under_review"
    with pytest.raises(AssertionError):
        item(run, "max")
    do(run, "mia return: phone missing")
    assert subject(run).status == "returned"
    run = do(run, "anna submit", "max done", "max approve")
    assert (run.end, subject(run).status) == ("registered", "registered")
    assert subject(run).facts["file"] == 1
    assert path(run) == [
        "fill",
        "duplicates",
        "receive",
        "review",
        "correct",
        "receive",
        "review",
        "build_file",
    ]


def test_f01_reject_needs_a_reason(acc):
    run = do(registration(acc, form=1), "anna submit", "mia done")
    with pytest.raises(DomainError) as refusal:
        do(run, "mia reject")
    assert refusal.value.field == "opinion"
    do(run, "mia reject: no business")
    assert subject(run).status == "rejected"


def test_f01_a_duplicate_goes_back(acc):
    run = do(registration(acc, form=1, duplicates=2), "anna submit")
    assert at(run) == ["correct"]
    do(run, "anna cancel")
    assert subject(run).status == "rejected"


def test_f01_a_second_run_is_refused_and_withdrawing_goes_back(acc):
    run = do(registration(acc, form=1), "anna submit", "mia done")
    with pytest.raises(services.Conflict):
        begin(subject(run), "F-01")
    services.withdraw(run=run, actor=u("anna"))
    check(run)
    assert at(run) == ["fill"] and subject(run).status == "draft"


# F-02B

TO_LEADERS = ("anna submit", "mia approve", "anna submit")


def visit(acc, **more):
    return begin(case(cases.Visit, acc, **({"needs_funding": True} | more)), "F-02B")


def test_f02b_all_the_way(acc):
    run, seen = visit(acc), []
    for move in (*TO_LEADERS, "leo approve", "fin approve", "anna done"):
        do(run, move)
        seen.append(subject(run).status)
    assert seen == ["plan_submitted", "plan_confirmed", "applied", "applied", "funded", "visited"]
    with pytest.raises(services.GateClosed):
        do(run, "anna submit")
    facts(run, filed=1)
    do(run, "anna submit", "max return", "anna submit", "max done")
    assert subject(run).status == "archived"


@pytest.mark.parametrize(
    ("moves", "status"),
    [
        ((*TO_LEADERS, "leo reject: too dear"), "refused"),
        ((*TO_LEADERS, "leo approve", "fin reject: no money"), "refused"),
        (("anna submit", "mia return: where?"), "draft"),
        ((*TO_LEADERS, "leo return: when?"), "plan_confirmed"),
    ],
)
def test_f02b_every_no(acc, moves, status):
    assert subject(do(visit(acc), *moves)).status == status


def test_f02b_without_funding_and_cancelled(acc):
    run = do(visit(acc, needs_funding=False), *TO_LEADERS)
    assert at(run) == ["visit"]
    services.cancel(run=run, actor=u("anna"), reason="ill")
    assert check(run).state == "cancelled" and subject(run).status == "cancelled"


# F-03B


def expense(acc):
    return begin(case(cases.Expense, acc, voucher=1), "F-03B")


def registered(acc):
    row = case(cases.Registration, acc)
    cases.Case.objects.filter(pk=row.pk).update(status="registered")


def test_f03b_a_registered_customer_is_paid(acc):
    registered(acc)
    run = do(expense(acc), "anna submit", "mia done", "dag approve", "leo approve", "fin approve")
    assert subject(run).status == "paid"


def test_f03b_waits_for_the_registration(acc, django_capture_on_commit_callbacks):
    run = do(expense(acc), "anna submit", "mia done")
    assert at(run) == ["wait_registration"]
    other = FlowRun.objects.get(template__code="F-01")
    facts(other, form=1)
    do(other, "anna submit", "mia done")
    with django_capture_on_commit_callbacks(execute=True):
        do(other, "mia approve")
    assert check(run) and at(run) == ["dept_approval"]


def test_f03b_joins_a_registration_that_runs_already(acc):
    running = registration(acc, form=1)
    run = do(expense(acc), "anna submit", "mia done")
    assert run.steps.get(state="open").awaits == running


def test_f03b_is_refused_when_the_registration_is(acc, django_capture_on_commit_callbacks):
    run = do(expense(acc), "anna submit", "mia done")
    other = FlowRun.objects.get(template__code="F-01")
    facts(other, form=1)
    do(other, "anna submit", "mia done")
    with django_capture_on_commit_callbacks(execute=True):
        do(other, "mia reject: no")
    assert check(run) and subject(run).status == "refused"


def test_f03b_is_refused_when_the_registration_takes_too_long(acc):
    run = do(expense(acc), "anna submit", "mia done")
    services.tick(timezone.now() + datetime.timedelta(days=90))
    assert check(run).end == "refused"


@pytest.mark.parametrize(
    ("moves", "status"),
    [
        (("dag return: x",), "draft"),
        (("dag reject: x",), "refused"),
        (("dag approve", "leo reject: x"), "refused"),
        (("dag approve", "leo approve", "fin reject: false voucher"), "refused"),
        (("dag approve", "leo approve", "fin return: x"), "draft"),
    ],
)
def test_f03b_every_no(acc, moves, status):
    registered(acc)
    assert subject(do(expense(acc), "anna submit", "mia done", *moves)).status == status


# F-05


def callback(acc, **more):
    return begin(case(cases.Callback, acc, **more), "F-05")


def test_f05_three_recipients_then_departments(acc):
    run = do(callback(acc, feedback=1, report=1), "anna submit", "sam approve", "anna done")
    assert run.items.open().count() == 3
    do(run, "dora done", "anna done")
    assert at(run) == ["distribute"]
    do(run, "sam done", "sam done")
    assert at(run) == ["finance_measure", "hand_on", "service_measure"]
    do(run, "sue done", "sam return", "sue done", "sam done")
    assert at(run) == ["finance_measure", "hand_on"]
    do(run, "fin done")
    assert at(run) == ["archive"]
    do(run, "pia done")
    assert subject(run).status == "archived"


def test_f05_leaving_the_block_closes_the_other_branch(acc):
    run = do(
        callback(acc, feedback=1),
        "anna submit",
        "sam approve",
        "anna done",
        "dora done",
        "anna done",
        "sam done",
        "sam done",
        "fin not_ours",
    )
    assert at(run) == ["consolidate"] and subject(run).status == "feedback_distributed"


@pytest.mark.parametrize(
    ("moves", "status"),
    [
        (("anna submit", "sam return"), "planned"),
        (("anna submit", "sam reject"), "refused"),
        (("anna submit", "sam approve", "anna no_answer"), "unreachable"),
    ],
)
def test_f05_every_no(acc, moves, status):
    assert subject(do(callback(acc), *moves)).status == status


# F-07

COSTED = ("anna done", "anna done", "tom done", "anna submit")


def quotation(acc, amount=50000, **more):
    return begin(case(cases.Quotation, acc, amount=amount, bom=1, **more), "F-07")


def test_f07_a_small_one_goes_out_without_the_general_manager(acc):
    run = do(quotation(acc, margin=0.3, prices_missing=0), *COSTED, "olga approve")
    assert subject(run).status == "issued" and subject(run).facts["sent"] == 1


def test_f07_an_unknown_margin_is_submitted(acc):
    assert at(do(quotation(acc), *COSTED, "olga approve")) == ["gm_approval"]


def test_f07_the_no_loops_to_costing_then_yes(acc):
    run = do(quotation(acc, 500000, margin=0.3), *COSTED)
    do(run, "olga return", "anna submit", "olga approve", "gus reject: too cheap")
    assert at(run) == ["costing"] and subject(run).status == "costing"
    do(run, "anna submit", "olga approve", "gus approve")
    assert subject(run).status == "issued" and path(run).count("costing") == 3


def test_f07_missing_prices(acc):
    run = do(quotation(acc, prices_missing=2), *COSTED[:3])
    assert at(run) == ["ask_suppliers"]
    with pytest.raises(services.GateClosed):
        do(run, "pat done")


# F-13 and F-12 on a board

ALL = {
    "contact": 1,
    "need": 1,
    "advantages": 1,
    "assessed": 1,
    "agreement": 1,
    "delivered": 1,
}


def deal(acc, code="F-13", **more):
    return begin(case(cases.Deal, acc, **more), code)


def drag(run, *columns):
    for column in columns:
        services.move_card(subject=subject(run), to=column, actor=u("anna"))
        check(run)


def test_f13_the_gate_names_what_is_missing(acc):
    run = deal(acc, contact=1)
    with pytest.raises(services.GateClosed) as refusal:
        drag(run, "assess")
    assert [text for text, _link in refusal.value.missing] == ["了解需求", "展示优势"]


def test_f13_board_and_retention_loop(acc):
    run = deal(acc, **ALL)
    drag(run, "assess", "sign")
    assert subject(run).status == "open"
    drag(run, "operate")
    assert subject(run).status == "won"
    drag(run, "retain", "operate", "retain")
    run = do(run, "anna renewed")
    assert (run.end, subject(run).status) == ("renewed", "won")


def test_f13_no_jump_but_back(acc):
    run = deal(acc, **ALL)
    with pytest.raises(services.CannotMove):
        drag(run, "operate")
    drag(run, "assess", "sign", "assess")
    assert at(run) == ["assess"]


@pytest.mark.parametrize(
    ("columns", "move", "end", "status"),
    [
        ([], "lost", "lost", "lost"),
        (["assess"], "stop: weak", "stopped", "stopped"),
        (["assess", "sign"], "lost", "lost", "lost"),
        (["assess", "sign", "operate"], "lost", "ended", "won"),
        (["assess", "sign", "operate", "retain"], "lost: price", "ended", "won"),
    ],
)
def test_f13_every_no(acc, columns, move, end, status):
    run = deal(acc, **ALL)
    drag(run, *columns)
    run = do(run, f"anna {move}")
    assert (run.end, subject(run).status) == (end, status)


def test_stages_do_not_fill_the_inbox_until_the_warning(acc):
    run = deal(acc)

    assert inbox(u("anna")) == []
    services.watch(timezone.now() + datetime.timedelta(days=45))
    assert [one.run for one in inbox(u("anna"))] == [run]


def test_f12_yes(acc):
    run = deal(acc, "F-12", potential=True, intent=1, paid=True)
    do(run, "anna done", "anna done", "anna submit", "mia yes", "anna done")
    assert subject(run).status == "won"
    assert do(run, "anna done", "anna done").end == "closed"


def test_f12_no(acc):
    run = deal(acc, "F-12", potential=True, intent=1)
    do(run, "anna done", "anna done", "anna submit", "mia no: taken by dealer B")
    assert at(run) == ["intent"]
    do(run, "anna done", "anna submit", "mia yes")
    with pytest.raises(services.GateClosed):
        do(run, "anna done")
    do(run, "anna lost")
    assert subject(run).status == "lost"


def test_f12_without_potential(acc):
    assert subject(do(deal(acc, "F-12"), "anna done")).status == "stopped"
