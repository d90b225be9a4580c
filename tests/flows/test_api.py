"""Runs and work items over the API: what the pages may, by the same services."""

import pytest

from flows.models import FlowRun, WorkItem
from teams.services import ensure_post_pool
from tests import factories as make
from tests.flows import cases
from tests.flows.helpers import at, begin, case, check, do, item, load, trial, trial_text, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
RUNS, ITEMS = "/api/v1/runs/", "/api/v1/work-items/"
JSON = {"content_type": "application/json"}
ON_ACCOUNTS = """
flow: T-A
subject: account
zh: 试
en: Trial
steers: no
cancel: stopped
steps:
  - step: first
    zh: 办
    en: Do
    who: owner
    then: {done: second}
  - step: second
    kind: approval
    zh: 批
    en: Sign
    who: post gm
    then: {approve: end done, return: first}
    reason: return
ends:
  done: {zh: 完成, en: Done}
  stopped: {zh: 取消, en: Stopped}
"""


@pytest.fixture
def as_(client):
    def log_in(who):
        client.force_login(u(who))
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return log_in


def post(browser, url, body=None, **headers):
    return browser.post(url, body or {}, **JSON, headers=headers or None)


def one_of(browser, run):
    found = browser.get(ITEMS, {"run": run.pk, "mine": "true"}).json()["results"]
    assert len(found) == 1, found
    return found[0]


def test_a_flow_is_started_answered_and_ends(as_, acc):
    load(ON_ACCOUNTS)
    made = post(as_("anna"), RUNS, {"flow": "T-A", "account": acc.pk})
    assert made.status_code == 201, made.content
    run = made.json()
    assert [step["step"] for step in run["stands_at"]] == ["first"]
    assert made["ETag"] == f'"{run["version"]}"'
    mine = one_of(as_("anna"), FlowRun.objects.get(pk=run["id"]))
    assert mine["outcomes"] == [{"code": "done", "name": "Done", "needs_words": False}]
    assert post(as_("anna"), f"{ITEMS}{mine['id']}/answer/", {"outcome": "done"}).json()["done_at"]
    theirs = one_of(as_("gus"), FlowRun.objects.get(pk=run["id"]))
    url = f"{ITEMS}{theirs['id']}/answer/"
    silent = post(as_("gus"), url, {"outcome": "return"})
    assert silent.status_code == 400 and "opinion" in silent.json()["error"]["fields"]
    assert post(as_("gus"), url, {"outcome": "nothing"}).status_code == 400
    assert post(as_("gus"), url, {"outcome": "approve"}).status_code == 200
    ended = as_("anna").get(f"{RUNS}{run['id']}/").json()
    assert (ended["state"], ended["end"], ended["stands_at"]) == ("done", "done", [])
    verbs = [line["verb"] for line in as_("anna").get(f"{RUNS}{run['id']}/trail/").json()]
    assert verbs == ["end", "complete", "complete", "start"]


def test_a_flow_starts_only_on_an_account_one_sees(as_, acc):
    load(ON_ACCOUNTS, trial_text())
    for body in (
        {"flow": "T-A", "account": acc.pk},
        {"flow": "T-1", "account": acc.pk},
        {"flow": "T-A"},
        {"flow": "T-A", "account": acc.pk, "at": "second"},
    ):
        refused = post(as_("zoe" if len(body) == 2 else "anna"), RUNS, body)
        assert refused.status_code == 400, body
    assert not FlowRun.objects.exists()


def test_an_old_version_is_refused_with_what_it_is_now(as_):
    run = trial("all")
    one = item(run, "gus")
    post(as_("gus"), f"{ITEMS}{one.pk}/suspend/", {"reason": "customer"})
    stale = post(as_("gus"), f"{ITEMS}{one.pk}/answer/", {"outcome": "approve", "version": 1})
    assert stale.status_code == 409 and stale.json()["error"]["current"]["id"] == one.pk
    assert stale.json()["error"]["current"]["due_at"] is None
    fresh = post(as_("gus"), f"{ITEMS}{one.pk}/answer/", {"outcome": "approve"}, if_match='"2"')
    assert fresh.status_code == 200
    again = post(as_("gus"), f"{ITEMS}{one.pk}/answer/", {"outcome": "approve"})
    assert again.status_code == 409 and again.json()["error"]["current"]["state"] == "done"
    old = post(as_("anna"), f"{RUNS}{run.pk}/cancel/", {"reason": "no", "version": 1})
    assert old.status_code == 409 and old.json()["error"]["current"]["id"] == run.pk
    assert check(run).state == "open"


def test_the_same_key_answers_once(as_):
    run = trial("all")
    url = f"{ITEMS}{item(run, 'gus').pk}/answer/"
    body = {"outcome": "approve"}
    first = post(as_("gus"), url, body, idempotency_key="k-1")
    second = post(as_("gus"), url, body, idempotency_key="k-1")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert run.events.filter(verb="complete", step="sign").count() == 1


def test_items_are_claimed_handed_on_and_given_by_a_superior(as_):
    run = trial("any", who="post marketing_promotion")
    pooled = one_of(as_("mia"), run)
    assert pooled["assignee"] is None and pooled["pools"]
    filtered = as_("max").get(ITEMS, {"pool": pooled["pools"][0]}).json()
    assert [row["id"] for row in filtered["results"]] == [pooled["id"]]
    url = f"{ITEMS}{pooled['id']}/"
    assert post(as_("anna"), f"{url}claim/").status_code == 403
    assert post(as_("zoe"), f"{url}claim/").status_code == 404
    assert post(as_("mia"), f"{url}claim/").json()["assignee"]["id"] == u("mia").pk
    late = post(as_("max"), f"{url}claim/")
    assert late.status_code == 409 and u("mia").name in late.json()["error"]["message"]
    assert post(as_("mia"), f"{url}delegate/", {"to": u("max").pk}).status_code == 204
    body = {"to": u("sue").pk, "reason": "ill"}
    assert post(as_("mia"), f"{url}reassign/", body).status_code == 409
    assert post(as_("boss"), f"{url}reassign/", body).status_code in (200, 404)
    assert post(as_("root"), f"{url}reassign/", body).status_code == 200
    assert post(as_("sue"), f"{url}answer/", {"outcome": "approve"}).status_code == 200
    assert at(check(run)) == ["second"]
    assert post(as_("sue"), f"{url}take-back/").json()["state"] == "done"
    assert at(check(run)) == ["sign"]


def test_a_step_is_sent_back_and_a_colleague_asked(as_):
    run = trial("any")
    url = f"{ITEMS}{item(run, 'fin').pk}/"
    asked = post(as_("fin"), f"{url}sign/", {"signer": u("zoe").pk, "where": "before"})
    assert asked.status_code == 200 and asked.json()["state"] == "queued"
    do(run, "zoe approve")
    odd = post(as_("fin"), f"{url}return/", {"step": "nowhere", "opinion": "x"})
    assert odd.status_code == 400
    back = post(as_("fin"), f"{url}return/", {"step": "plan", "opinion": "x", "resume": True})
    assert back.status_code == 200
    assert at(check(run)) == ["plan"]


def test_the_run_as_a_whole(as_):
    run = trial("any")
    assert post(as_("zoe"), f"{RUNS}{run.pk}/nudge/").status_code == 404
    assert post(as_("gus"), f"{RUNS}{run.pk}/cancel/", {"reason": "x"}).status_code == 403
    assert post(as_("anna"), f"{RUNS}{run.pk}/nudge/").json() == {"reminded": 3}
    assert post(as_("anna"), f"{RUNS}{run.pk}/skip/", {"reason": "x"}).status_code == 400
    assert post(as_("anna"), f"{RUNS}{run.pk}/withdraw/").status_code == 200
    assert post(as_("anna"), f"{RUNS}{run.pk}/withdraw/").status_code == 400
    assert post(as_("anna"), f"{RUNS}{run.pk}/cancel/").status_code == 400
    ended = post(as_("anna"), f"{RUNS}{run.pk}/cancel/", {"reason": "no need"}).json()
    assert ended["state"] == "cancelled"
    assert post(as_("anna"), f"{RUNS}{run.pk}/nudge/").status_code == 409


def test_many_are_answered_and_each_stands_alone(as_):
    runs = [trial("any", number="1"), trial("any", number="1")]
    ids = [item(run, "gus").pk for run in runs]
    do(runs[0], "gus approve")
    answer = post(
        as_("gus"), f"{ITEMS}answer-many/", {"items": [*ids, 10**9], "outcome": "approve"}
    )
    told = answer.json()
    assert [row["done"] for row in told] == [False, True, False]
    assert all(row["message"] for row in told if not row["done"])
    assert at(check(runs[1])) == ["second"]
    refused = post(as_("zoe"), f"{ITEMS}answer-many/", {"items": ids, "outcome": "approve"}).json()
    assert not any(row["done"] for row in refused)


def test_something_to_do_is_given_taken_handed_on_and_dropped(as_, acc):
    pool = ensure_post_pool(u("mia").post)
    body = {"title": "Call back", "pool": pool.pk, "within": "2 days", "note": "n"}
    made = post(as_("anna"), ITEMS, body)
    assert made.status_code == 201 and made.json()["due_at"] and made["Location"]
    url = f"{ITEMS}{made.json()['id']}/"
    assert post(as_("mia"), f"{url}claim/").json()["assignee"]["id"] == u("mia").pk
    assert post(as_("mia"), f"{url}delegate/", {"to": u("max").pk}).status_code == 204
    late = post(as_("mia"), f"{url}answer/", {"outcome": "done"})
    assert late.status_code == 409 and u("max").name in late.json()["error"]["message"]
    signer = {"signer": u("mia").pk, "where": "after"}
    assert post(as_("max"), f"{url}sign/", signer).status_code == 400
    assert post(as_("max"), f"{url}answer/", {"outcome": "done"}).json()["on_time"] is True
    assert post(as_("max"), f"{url}answer/", {"outcome": "done"}).status_code == 409
    other = post(as_("anna"), ITEMS, {"title": "x", "assignee": u("anna").pk}).json()
    assert post(as_("anna"), f"{ITEMS}{other['id']}/drop/").status_code == 400
    gone = post(as_("anna"), f"{ITEMS}{other['id']}/drop/", {"reason": "no need"})
    assert gone.json()["state"] == "cancelled"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "x"},
        {"title": "x", "within": "soon"},
        {"title": "x", "assignee": 10**9},
        {"title": "x", "state": "done"},
        {"title": "x", "due_at": "yesterday"},
    ],
)
def test_what_is_not_understood_is_refused(as_, body):
    assert post(as_("anna"), ITEMS, body).status_code == 400
    assert not WorkItem.objects.exists()


def test_nobody_is_given_what_they_may_not_see(as_, acc):
    body = {"title": "x", "assignee": u("zoe").pk, "account": acc.pk}
    assert post(as_("anna"), ITEMS, body).status_code == 400
    stranger = make.make_account("Elsewhere")
    body = {"title": "x", "assignee": u("anna").pk, "account": stranger.pk}
    assert post(as_("anna"), ITEMS, body).status_code == 400


def test_lists_are_filtered_and_keep_their_query_budget(as_, django_assert_max_num_queries):
    runs = [do(begin(case(cases.Visit), "T-1"), "anna submit") for _one in trials()]
    browser = as_("gus")
    browser.get(ITEMS)
    with django_assert_max_num_queries(18):
        found = browser.get(ITEMS, {"mine": "true", "ordering": "due_at"}).json()
    assert found["count"] == len(runs)
    assert browser.get(ITEMS, {"late": "true"}).json()["count"] == 0
    assert browser.get(ITEMS, {"mine": "true", "flow": "T-2"}).json()["count"] == 0
    assert browser.get(ITEMS, {"due_before": "2000-01-01T00:00:00Z"}).json()["count"] == 0
    assert browser.get(ITEMS, {"nonsense": "1"}).status_code == 400
    browser = as_("anna")
    browser.get(RUNS)
    with django_assert_max_num_queries(18):
        seen = browser.get(RUNS, {"state": "open", "flow": "T-1"}).json()
    assert seen["count"] == len(runs)
    assert as_("zoe").get(RUNS).json()["count"] == 0


def trials():
    load(trial_text("any"))
    return range(6)
