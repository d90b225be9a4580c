"""The pages of work and flows draw, act in place, and refuse."""

import pytest
from django.urls import reverse

from flows import services
from flows.cache import flow_of
from flows.diagram import draw
from flows.models import FlowTemplate, WorkItem
from tests.flows import cases
from tests.flows.helpers import at, begin, case, check, do, item, load, make, trial, trial_text, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


def go(name, *args):
    return reverse(f"flows:{name}", args=args)


def as_(client, who):
    client.force_login(u(who))
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_draw(client, language):
    run = trial("all")
    do(run, "gus approve")
    client.cookies["django_language"] = language
    for who, path in (
        ("gus", go("my_work")),
        ("fin", go("run_detail", run.pk)),
        ("anna", go("run_detail", run.pk)),
        ("anna", go("run_list")),
        ("anna", go("template_list")),
        ("anna", go("template_detail", "T-1")),
        ("anna", go("template_detail", "F-05")),
    ):
        answer = as_(client, who).get(path, HTTP_ACCEPT_LANGUAGE=language)
        assert answer.status_code == 200, path
        assert "<svg" in answer.content.decode()


def test_an_item_is_answered_in_place(client):
    run = trial("any")
    one = item(run, "gus")
    page = as_(client, "gus").get(go("my_work")).content.decode()
    assert go("item_answer", one.pk) in page
    data = {"outcome": "approve", "version": one.version}
    assert client.post(go("item_answer", one.pk), data).status_code == 302
    assert at(check(run)) == ["second"]
    assert go("item_take_back", one.pk) in client.get(go("my_work")).content.decode()
    client.post(go("item_take_back", one.pk))
    assert at(check(run)) == ["sign"]


def test_the_note_after_an_answer_offers_the_way_back(client):
    run = trial("any")
    one = item(run, "gus")
    data = {"outcome": "approve", "version": one.version}
    page = as_(client, "gus").post(go("item_answer", one.pk), data, follow=True).content.decode()
    assert f'form="k-post" formaction="{go("item_take_back", one.pk)}"' in page
    do(run, "leo approve")
    assert go("item_take_back", one.pk) not in client.get(go("my_work")).content.decode()


def test_what_i_started_says_where_it_stands_and_who_has_it(client):
    trial("all")
    page = as_(client, "anna").get(go("my_work"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Sign" in page and all(u(who).name in page for who in ("gus", "fin", "leo"))


def test_an_answer_is_chosen_and_given_with_words_in_one_form(client):
    run = trial("any")
    one = item(run, "gus")
    form = as_(client, "gus").get(go("item_answer", one.pk)).content.decode()
    assert all(f'value="{word}"' in form for word in ("approve", "reject", "return"))
    data = {"outcome": "return", "opinion": "why", "version": one.version}
    assert client.post(go("item_answer", one.pk), data).status_code == 302
    assert at(check(run)) == ["plan"]


def test_an_outcome_that_needs_words_asks_for_them(client, acc):
    run = do(begin(case(cases.Visit, acc), "F-02B"), "anna submit")
    one = item(run, "mia")
    as_(client, "mia")
    answer = client.post(go("item_answer", one.pk), {"outcome": "return"})
    assert answer.status_code == 422
    data = {"outcome": "return", "opinion": "where?"}
    assert client.post(go("item_answer", one.pk), data).status_code == 302
    assert at(check(run)) == ["plan"]


def test_who_is_not_asked_gets_404_and_who_only_sees_gets_403(client):
    run = trial("any")
    one = item(run, "gus")
    assert as_(client, "zoe").get(go("item_answer", one.pk)).status_code == 404
    assert as_(client, "zoe").get(go("run_detail", run.pk)).status_code == 404
    assert (
        as_(client, "anna").post(go("item_answer", one.pk), {"outcome": "approve"}).status_code
        == 403
    )
    assert at(check(run)) == ["sign"]


def test_a_stale_page_gets_409(client):
    run = trial("any")
    one = item(run, "gus")
    services.suspend(item=one, actor=u("gus"), reason="customer")
    data = {"outcome": "approve", "version": 1}
    assert as_(client, "gus").post(go("item_answer", one.pk), data).status_code == 409


def test_handing_on_signing_and_returning_by_page(client):
    run = trial("any")
    one = item(run, "fin")
    as_(client, "fin")
    for name in ("item_delegate", "item_sign", "item_return", "item_suspend"):
        assert client.get(go(name, one.pk)).status_code == 200
    data = {"to": u("zoe").pk, "where": "before"}
    assert client.post(go("item_sign", one.pk), data).status_code == 302
    do(run, "zoe approve")
    assert client.post(go("item_delegate", one.pk), {"to": u("tom").pk}).status_code == 302
    one.refresh_from_db()
    assert one.assignee == u("tom")
    as_(client, "tom")
    data = {"step": "plan", "opinion": "x", "resume": "on"}
    assert client.post(go("item_return", one.pk), data).status_code == 302
    assert at(check(run)) == ["plan"]


def test_the_whole_run_is_withdrawn_reminded_and_cancelled(client):
    run = trial("any")
    as_(client, "anna")
    assert client.post(go("run_nudge", run.pk)).status_code == 302
    assert client.post(go("run_withdraw", run.pk), {"reason": "x"}).status_code == 302
    assert at(check(run)) == ["plan"]
    assert client.post(go("run_cancel", run.pk), {"reason": ""}).status_code == 422
    assert client.post(go("run_cancel", run.pk), {"reason": "x"}).status_code == 302
    assert check(run).state == "cancelled"


def test_who_started_it_is_offered_to_withdraw_it_only_while_it_runs(client):
    run = trial("any")
    as_(client, "anna")
    offered = f'href="{go("run_withdraw", run.pk)}"'
    assert offered in client.get(go("run_detail", run.pk)).content.decode()
    client.post(go("run_cancel", run.pk), {"reason": "x"})
    page = client.get(go("run_detail", run.pk))
    assert offered not in page.content.decode() and page.context["undo"] is None
    assert client.post(go("run_withdraw", run.pk), {"reason": "x"}).status_code == 409


def test_something_to_do_is_given_and_done(client):
    as_(client, "anna")
    assert client.get(go("item_create")).status_code == 200
    account = make.make_account(manager=u("anna"))
    data = {"title": "Call back", "assignee": u("zoe").pk, "account": account.pk}
    assert client.post(go("item_create"), data).status_code == 422
    data["assignee"] = u("anna").pk
    assert client.post(go("item_create"), data).status_code == 302
    one = WorkItem.objects.get(title_en="Call back")
    assert client.get(go("item_detail", one.pk)).status_code == 200
    assert client.post(go("item_answer", one.pk), {"outcome": "done"}).status_code == 302
    one.refresh_from_db()
    assert one.state == "done"


def test_the_query_budget_of_my_work_and_of_a_run(client, django_assert_max_num_queries):
    run = trial("all")
    for _again in range(4):
        do(begin(case(cases.Visit), "T-1"), "anna submit")
    as_(client, "gus").get(go("my_work"))
    with django_assert_max_num_queries(24):
        assert client.get(go("my_work")).status_code == 200
    with django_assert_max_num_queries(40):
        assert client.get(go("run_detail", run.pk)).status_code == 200


def test_the_card_says_rules_in_words(client):
    trial("any")
    page = as_(client, "anna").get(go("template_detail", "T-1")).content.decode()
    assert "post gm" not in page and "2 days" not in page
    assert u("gus").post.name in page


def test_the_names_of_ways_to_the_side_do_not_lie_on_each_other():
    load(trial_text())
    drawn = draw(flow_of(FlowTemplate.objects.get(code="T-1").versions.get()), "en")
    places = [(edge.x, edge.y) for edge in drawn.edges]
    assert len(places) == len(set(places))
