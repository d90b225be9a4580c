"""Many people at once, on real threads and connections."""

import threading

import pytest
from django.db import connection, connections

from core.exceptions import DomainError
from flows import services
from flows.models import FlowRun, StepState
from flows.services import answering, locking
from tests import factories as make
from tests.flows import cases
from tests.flows.helpers import at, begin, build_cast, case, check, do, item, load, trial_text, u

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="threads share the one connection of a memory database",
    ),
]
TRIES = 6
RETRY = 40


@pytest.fixture(autouse=True)
def cast(case_table, transactional_db):
    build_cast()
    yield
    cases.Case.objects.all().delete()


def together(jobs):
    """What each job, started at the same moment, came to: its answer or the name of a refusal."""
    gate, out = threading.Barrier(len(jobs)), [None] * len(jobs)

    def work(number, job):
        try:
            gate.wait()
            out[number] = job() or "ok"
        except DomainError as refusal:
            out[number] = type(refusal).__name__
        except Exception as error:  # noqa: BLE001 - the test shows what it was
            out[number] = f"{type(error).__name__}: {error}"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


def approve(one, user):
    return lambda: services.complete(item=one, outcome="approve", actor=user) and "won"


def test_fifty_approve_the_same_step_and_one_wins():
    post = u("gus").post
    for number in range(50):
        make.make_user(f"x{number}", post=post)
    load(trial_text(number="8", who="post gm"))
    run = do(begin(case(cases.Visit), "T-8"), "anna submit")
    one = run.items.get(state="open")
    people = [u(f"x{number}") for number in range(50)]
    got = together([approve(one, user) for user in people])
    assert (got.count("won"), got.count("Conflict")) == (1, 49), got
    check(run)
    assert run.events.filter(verb="complete", step="sign").count() == 1


def _three_voters(number):
    load(trial_text("all", number))
    run = do(begin(case(cases.Visit), f"T-{number}"), "anna submit")
    return run, [approve(item(run, who), u(who)) for who in ("gus", "fin", "leo")]


def test_the_last_voters_of_all_at_once():
    for number in range(TRIES):
        run, votes = _three_voters(f"9{number}")
        assert together(votes) == ["won"] * 3
        check(run)
        assert run.steps.filter(step="sign", state=StepState.DONE).count() == 1


def test_without_the_lock_the_step_hangs(monkeypatch):
    """The fault that the counting UPDATE prevents, on the database where it shows."""

    def read_only(run, *, revision=None):
        return FlowRun.objects.select_related("version", "template", "originator").get(pk=run.pk)

    monkeypatch.setattr(locking, "lock", read_only)
    monkeypatch.setattr(answering, "lock", read_only)
    hung = 0
    for number in range(RETRY):
        run, votes = _three_voters(f"7{number}")
        together(votes)
        hung += at(run) == ["sign"] and not run.items.open().exists()
        if hung:
            break
    assert hung, f"not once in {RETRY} tries"


def test_approving_against_withdrawing_and_eight_starts():
    load(trial_text(number="6"))
    for _try in range(TRIES):
        run = do(begin(case(cases.Visit), "T-6"), "anna submit")
        one, gus, anna = item(run, "gus"), u("gus"), u("anna")
        got = together(
            [
                approve(one, gus),
                lambda run=run, who=anna: services.withdraw(run=run, actor=who) and "w",
            ]
        )
        assert set(got) <= {"won", "w", "Conflict"}, got
        check(run)
    visit, anna = case(cases.Visit), u("anna")
    got = together(
        [lambda: services.start(subject=visit, template_code="T-6", actor=anna) and "s"] * 8
    )
    assert (got.count("s"), got.count("Conflict")) == (1, 7), got


def test_a_child_that_ends_and_a_parent_that_looks_do_not_deadlock():
    for _try in range(TRIES):
        account = make.make_account(manager=u("anna"))
        child = begin(case(cases.Registration, account, form=1), "F-01")
        do(child, "anna submit", "mia done")
        parent = do(
            begin(case(cases.Expense, account, voucher=1), "F-03B"), "anna submit", "mia done"
        )
        visit, one, mia = parent.steps.get(state="open"), item(child, "mia"), u("mia")
        got = together(
            [
                approve(one, mia),
                lambda pk=visit.pk: services.wake(visit_id=pk) or "woken",
                lambda pk=visit.pk: services.wake(visit_id=pk) or "woken",
            ]
        )
        assert got == ["won", "woken", "woken"], got
        check(child)
        assert at(check(parent)) == ["dept_approval"]
