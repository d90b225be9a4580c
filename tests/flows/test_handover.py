"""Work that changes hands: of a leaver, and of who lost the account."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.services import transfer_account
from flows import services
from flows.models import FlowRun
from flows.selectors import inbox
from tests import factories as make
from tests.flows import cases
from tests.flows.helpers import begin, case, check, do, item, trial, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


def test_a_leavers_items_and_runs_go_to_the_successor():
    run = trial("all")
    free = services.make_item(actor=u("anna"), assignee=u("gus"), title_en="Call")
    assert services.preview_work(leaver=u("gus"), actor=None).count() == 2
    with pytest.raises(PermissionDenied):
        services.hand_over_work(leaver=u("gus"), to=u("zoe"), actor=u("anna"))
    assert services.hand_over_work(leaver=u("gus"), to=u("zoe"), actor=None) == 2
    free.refresh_from_db()
    assert free.assignee == u("zoe")
    do(run, "zoe approve")
    services.hand_over_work(leaver=u("anna"), to=u("zoe"), actor=None)
    assert FlowRun.objects.get(pk=run.pk).originator == u("zoe")


def test_a_successor_who_is_asked_already_passes_it_up_the_line():
    run = trial("all")
    services.hand_over_work(leaver=u("gus"), to=u("fin"), actor=None)
    assert item(run, "boss").step_run.step == "sign"
    do(run, "boss approve", "fin approve", "leo approve")


def test_who_lost_the_account_loses_the_item_to_its_manager():
    run = begin(case(cases.Visit), "F-02B")
    gone = timezone.localdate() - datetime.timedelta(days=1)
    run.account.assignments.update(starts_on=gone, ends_on=gone)
    make.assign(run.account, u("zoe"), "manager")
    assert services.return_unseen() == 1 and services.return_unseen() == 0
    assert item(check(run), "zoe").run == run


def test_runs_and_work_follow_a_transfer_at_once(acc):
    run = do(begin(case(cases.Visit, acc), "F-02B"))
    heir = make.make_user("heir", unit=acc.department)
    make.assign(acc, u("zoe"), "seller")
    note = services.make_item(actor=u("anna"), title_en="note", assignee=u("anna"), subject=acc)
    transfer_account(account=acc, to=heir, reason="moves", actor=u("root"))
    note.refresh_from_db()
    run.refresh_from_db()
    assert note.owner == heir and note.assignee == u("anna")
    assert run.owner == u("anna")  # the case says who owns it, not the account
    assert not type(run).objects.visible_to(u("anna")).filter(pk=run.pk).exists()
    assert inbox(u("anna")) == []  # with the next request
    assert services.follow_subjects() == 0
    services.return_unseen()
    assert [one.pk for one in inbox(heir)] == sorted([note.pk, run.items.get().pk])
