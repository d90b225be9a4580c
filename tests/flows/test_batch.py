"""Several items answered at once: what would happen is told first, and each stands alone."""

import pytest

from flows.forecast import foresee
from flows.models import FlowSettings, WorkItem
from tests.flows import cases
from tests.flows.helpers import at, begin, case, check, do, item, load, trial_text, u
from tests.flows.test_pages import as_, go

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


@pytest.fixture
def runs():
    load(trial_text("any", who="post gm"))
    return [do(begin(case(cases.Visit), "T-1"), "anna submit") for _one in range(3)]


def post(client, items, **more):
    data = {"ids": [one.pk for one in items]}
    data |= {f"version-{one.pk}": one.version for one in items}
    return client.post(go("item_batch"), data | more, HTTP_ACCEPT_LANGUAGE="en")


def test_the_preview_writes_nothing_and_says_where_each_goes(client, runs):
    items = [item(run, "gus") for run in runs]
    as_(client, "gus")
    first = post(client, items).content.decode()
    assert all(f'value="{word}"' in first for word in ("approve", "reject", "return"))
    page = post(client, items, choose="approve").content.decode()
    assert page.count("Goes on to: Second") == 3
    ends = post(client, items, choose="reject").content.decode()
    assert ends.count("Ends: Refused") == 3
    assert [at(check(run)) for run in runs] == [["sign"]] * 3


def test_each_goes_through_or_not_and_the_page_says_which(client, runs):
    items = [item(run, "gus") for run in runs]
    as_(client, "gus")
    as_stale = {f"version-{items[1].pk}": 99}
    page = post(client, items, outcome="approve", opinion="good", confirm="1", **as_stale)
    text = page.content.decode()
    assert page.status_code == 200 and "2 went through, 1 did not" in text
    assert "Somebody was faster" in text
    assert [at(check(run)) for run in runs] == [["second"], ["sign"], ["second"]]
    items[0].refresh_from_db()
    assert (items[0].opinion, items[0].done_by) == ("good", u("gus"))


def test_words_that_are_compulsory_are_asked_for(client, acc):
    runs = [do(begin(case(cases.Visit, acc), "F-02B"), "anna submit") for _one in range(2)]
    items = [item(run, "mia") for run in runs]
    as_(client, "mia")
    answer = post(client, items, outcome="return", opinion=" ", confirm="1")
    assert answer.status_code == 422
    assert [at(check(run)) for run in runs] == [["confirm"]] * 2
    post(client, items, outcome="return", opinion="where?", confirm="1")
    assert [at(check(run)) for run in runs] == [["plan"]] * 2


def test_items_of_others_and_of_no_flow_are_left_out(client, runs):
    items = [item(run, "gus") for run in runs]
    as_(client, "leo")
    page = post(client, items, choose="approve").content.decode()
    assert "Nothing to answer together" in page
    as_(client, "gus")
    assert client.post(go("item_batch"), {"ids": ["x", "9" * 40]}).status_code == 200
    assert client.get(go("item_batch")).status_code == 405


def test_items_without_an_answer_in_common_are_told(client, runs):
    mixed = do(begin(case(cases.Visit), "T-1"))
    page = as_(client, "anna")
    both = [item(mixed, "anna")]
    text = post(page, both).content.decode()
    assert 'value="submit"' in text
    load(trial_text("any", "2"))
    other = do(begin(case(cases.Visit), "T-2"), "anna submit")
    both.append(item(other, "gus"))
    WorkItem.objects.filter(pk=both[0].pk).update(assignee=u("gus"), grants_read=True)
    text = post(as_(client, "gus"), both).content.decode()
    assert "no answer in common" in text


def test_the_forecast_is_what_the_engine_does():
    load(trial_text("all"))
    FlowSettings.objects.create(pk=1, signs_once=False)
    run = do(begin(case(cases.Visit), "T-1"), "anna submit")
    for who, waits in (("gus", True), ("fin", True), ("leo", False)):
        one = item(run, who)
        told = foresee(one, "approve", u(who))
        assert told.waits is waits
        do(run, f"{who} approve")
    assert told.step.en == "Second" and at(check(run)) == ["second"]
    last = item(run, "leo")
    assert foresee(last, "approve", u("leo")).end.code == "archived"
    assert foresee(last, "moon", u("leo")).refused == "outcome"


def test_a_closed_gate_is_foreseen(client, acc):
    visit = case(cases.Registration, acc)
    run = begin(visit, "F-01")
    told = foresee(item(run, "anna"), "submit", u("anna"))
    assert told.refused == "missing" and told.missing == ["客户基本信息表"]
