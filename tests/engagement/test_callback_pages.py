"""Callbacks through pages and the API: planning, the call, lists, calendar, timeline, report."""

import datetime
import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagement.callback_search import search_callbacks
from engagement.models import Callback, CallbackReport, Opinion
from engagement.services import callback_calls as calls
from flows.models import WorkItem
from tests import factories as make
from tests.engagement.callback_cast import DAY, END, READ, answer, called, items_of, line, plan

pytestmark = pytest.mark.django_db
MOMENT = "%Y-%m-%dT%H:%M"


def url(name, *args):
    return reverse(f"engagement:{name}", args=args)


def call_body(house, *lines, **more):
    body = {"result": "reached", "satisfaction": "4", "summary": "Content", "channel": "phone"}
    body |= {"lines-TOTAL_FORMS": max(len(lines), 2), "lines-INITIAL_FORMS": 0}
    body |= {"actions-TOTAL_FORMS": 1, "actions-INITIAL_FORMS": 0, "contacts": house.chen.pk}
    for number, row in enumerate(lines):
        body |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return body | more


def said(house, text="Two weeks for a line", **more):
    return {"text": text, "theme": house.themes["delivery"].pk, "kind": "opinion"} | more


# ---------- planning ----------


def test_a_callback_is_planned_on_the_page_of_the_account(client, callers):
    client.force_login(callers.kim)
    page = client.get(url("account_timeline", callers.acme.pk)).content.decode()
    assert f"{url('callback_create')}?account={callers.acme.pk}" in page
    assert client.get(url("callback_create")).status_code == 200
    at = timezone.localtime() + 2 * DAY
    body = {
        "kind": "callback_service",
        "planned_at": at.strftime(MOMENT),
        "caller": callers.kim.pk,
        "channel": "phone",
        "contacts": callers.chen.pk,
        "topic": "Repair of the router",
    }
    where = f"{url('callback_create')}?account={callers.acme.pk}"
    done = client.post(where, body)
    one = Callback.objects.get()
    assert done.status_code == 302 and done.url == one.get_absolute_url()
    assert one.due_on == at.date() and one.topic == "Repair of the router"
    assert [row.contact for row in one.contacts.all()] == [callers.chen]
    assert client.post(where, body | {"planned_at": ""}).status_code == 422
    regular = body | {"kind": "callback_regular"}
    assert client.post(where, regular).status_code == 302
    again = client.post(where, regular)
    assert again.status_code == 422 and "planned already" in again.content.decode()


def test_it_is_edited_moved_and_cancelled(client, callers):
    one = plan(callers)
    client.force_login(callers.kim)
    body = {"due_on": "2030-01-31", "channel": "online", "caller": callers.lee.pk, "version": 1}
    stale = client.post(url("callback_edit", one.pk), body | {"version": one.version + 5})
    assert stale.status_code == 409
    one.refresh_from_db()
    body["version"] = one.version
    assert client.post(url("callback_edit", one.pk), body).status_code == 302
    one.refresh_from_db()
    assert (one.caller, one.channel) == (callers.lee, "online") and not one.contacts.exists()
    moved = {"planned_at": "2030-01-15T09:30", "reason": ""}
    assert client.post(url("callback_move", one.pk), moved).status_code == 422
    moved["reason"] = "They travel"
    assert client.post(url("callback_move", one.pk), moved).status_code == 302
    assert client.post(url("callback_cancel", one.pk), {"reason": "Closed"}).status_code == 302
    one.refresh_from_db()
    assert one.status == "cancelled"


# ---------- the call ----------


def test_the_call_is_entered_with_its_opinions_and_changes(client, callers):
    one = plan(callers)
    client.force_login(callers.kim)
    page = client.get(url("callback_call", one.pk)).content.decode()
    assert 'name="lines-0-text"' in page and "Chen Wei" in page and "data-when" in page
    day = timezone.localdate() + 7 * DAY
    body = call_body(
        callers,
        said(callers),
        said(callers, "The bill is clear", theme=callers.themes["price"].pk, satisfaction="5"),
        **{
            "actions-0-what": "Weekly report",
            "actions-0-who": callers.lee.pk,
            "actions-0-due_on": day.isoformat(),
        },
    )
    assert client.post(url("callback_call", one.pk), body).status_code == 302
    one.refresh_from_db()
    assert one.status == "feedback_distributed" and one.satisfaction == 4
    assert [row.satisfaction for row in one.feedback.all()] == [None, 5]
    assert WorkItem.objects.about("callback", one.pk).get(run=None).assignee == callers.lee
    shown = client.get(one.get_absolute_url()).content.decode()
    for text in ("Two weeks for a line", "Weekly report", "Salesperson", "not read yet"):
        assert text in shown


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"satisfaction": ""}, "satisfaction"),
        ({"result": "again", "next_at": ""}, "next_at"),
        ({"result": "again", "next_at": "2020-01-01T10:00"}, "next_at"),
        ({"result": "give_up", "reason": ""}, "reason"),
        ({"held_at": "2099-01-01T10:00"}, "held_at"),
    ],
)
def test_what_is_missing_stands_beside_its_field(client, callers, body, field):
    one = plan(callers)
    client.force_login(callers.kim)
    page = client.post(url("callback_call", one.pk), call_body(callers, **body))
    assert page.status_code == 422 and field in page.context["form"].errors
    one.refresh_from_db()
    assert one.status == "planned" and not one.tries.exists()


def test_an_opinion_needs_its_theme_and_a_theme_its_opinion(client, callers):
    one = plan(callers)
    client.force_login(callers.kim)
    body = call_body(callers, said(callers, theme=""), said(callers, ""))
    page = client.post(url("callback_call", one.pk), body)
    assert page.status_code == 422 and not Opinion.objects.exists()
    first, second = page.context["lines"].forms
    assert "theme" in first.errors and "text" in second.errors


def test_not_reached_is_tried_again_and_ended(client, callers):
    one = plan(callers)
    client.force_login(callers.kim)
    later = timezone.localtime() + 2 * DAY
    body = call_body(callers, said(callers, theme=""), result="again", note="Busy")
    body["next_at"] = later.strftime(MOMENT)
    assert client.post(url("callback_call", one.pk), body).status_code == 302
    one.refresh_from_db()
    assert one.status == "planned" and one.planned_at.date() == later.date()
    assert "Busy" in client.get(one.get_absolute_url()).content.decode()
    body = call_body(callers, result="give_up", reason="The number is dead")
    assert client.post(url("callback_call", one.pk), body).status_code == 302
    one.refresh_from_db()
    assert one.status == "not_reached" and not Opinion.objects.exists()


# ---------- the flow on the page ----------


def test_the_three_answer_on_the_page_and_their_notes_are_seen(client, callers):
    one = called(callers)
    for who, note in (("kim", "I call again"), ("hanna", "Look at delivery"), ("max", "Good")):
        client.force_login(getattr(callers, who))
        assert client.get(one.get_absolute_url()).status_code == 200
        item = items_of(one).get(assignee=getattr(callers, who))
        body = {"item": item.pk, "version": item.version, "outcome": "done", "opinion": note}
        assert client.post(url("callback_answer", one.pk), body).status_code == 302
        again = client.post(url("callback_answer", one.pk), body)
        assert again.status_code == 409
    client.force_login(callers.hanna)
    page = client.get(one.get_absolute_url())
    for note in ("I call again", "Look at delivery", "Good"):
        assert note in page.content.decode()
    assert [one.is_open for one in page.context["notes"]] == [False] * 3


def test_handling_without_departments_is_refused_with_what_is_missing(client, callers):
    one = answer(called(callers), *READ, "hanna done")
    client.force_login(callers.hanna)
    item = items_of(one).get()
    body = {"item": item.pk, "version": item.version, "outcome": "done"}
    refused = client.post(url("callback_answer", one.pk), body)
    assert refused.status_code == 422 and "a department for" in refused.content.decode()
    for number in (1, 2):
        form = {"department": callers.service.pk, "note": "Please"}
        assert client.get(url("callback_pass_on", one.pk, number)).status_code == 200
        assert client.post(url("callback_pass_on", one.pk, number), form).status_code == 302
    assert client.post(url("callback_pass_on", one.pk, 3), form).status_code == 404
    item.refresh_from_db()
    assert client.post(url("callback_answer", one.pk), body).status_code == 302
    client.force_login(callers.sue)
    page = client.get(one.get_absolute_url()).content.decode()
    assert "Two weeks for a new line" in page
    assert url("opinion_detail", one.feedback.first().opinion_id) not in page


def test_lists_are_settled_many_at_once(client, callers):
    other = make.make_account("Other", manager=callers.kim, tier=callers.tier)
    both = [
        plan(callers, kind="callback_regular"),
        plan(callers, kind="callback_regular", account=other),
    ]
    for person, outcome in ((callers.pia, "submit"), (callers.hanna, "approve")):
        client.force_login(person)
        page = client.get(url("callback_round"))
        [group] = page.context["groups"]
        assert len(group.lines) == 2 and outcome in [one.code for one in group.choices]
        body = {"ids": [row.item.pk for row in group.lines], "choose": outcome}
        body |= {f"version-{row.item.pk}": row.item.version for row in group.lines}
        preview = client.post(reverse("flows:item_batch"), body)
        assert preview.status_code == 200
        client.post(reverse("flows:item_batch"), body | {"outcome": outcome, "confirm": "1"})
        assert client.get(url("callback_round")).context["count"] == 0
    assert {items_of(one).get().assignee for one in both} == {callers.kim}
    client.force_login(callers.kim)
    assert client.get(url("callback_round")).context["count"] == 0  # calling is no list


def test_the_round_costs_the_same_however_many(client, callers):
    client.force_login(callers.pia)
    counts = []
    for size in range(2):
        for number in range(4):
            account = make.make_account(f"F{size}{number}", manager=callers.kim, tier=callers.tier)
            plan(callers, kind="callback_regular", account=account)
        client.get(url("callback_round"))
        with CaptureQueriesContext(connection) as seen:
            client.get(url("callback_round"))
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


# ---------- lists, calendar, timeline, search ----------


def test_the_list_tells_due_overdue_and_mine(client, callers):
    overdue, due = plan(callers, days=-3), plan(callers, days=3)
    theirs = plan(callers, actor=callers.lee)
    done = called(callers)
    client.force_login(callers.kim)

    def found(**query):
        text = client.get(url("callback_list"), query).content.decode()
        return {int(pk) for pk in re.findall(r'href="/callbacks/(\d+)/"', text)}

    assert found() == {overdue.pk, due.pk, theirs.pk, done.pk}
    assert found(when="overdue") == {overdue.pk}
    assert found(when="due") == {due.pk, theirs.pk}
    assert found(whose="mine") == {overdue.pk, due.pk, done.pk}
    assert found(status="feedback_distributed") == {done.pk}
    assert found(tier=callers.tier.pk, q=due.number) == {due.pk}
    client.force_login(callers.stranger)
    assert found() == set()
    assert client.get(overdue.get_absolute_url()).status_code == 404


def test_the_list_costs_the_same_however_many(client, callers):
    client.force_login(callers.kim)
    counts = []
    for _round in range(2):
        for _number in range(5):
            called(callers, lines=[])
        client.get(url("callback_list"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url("callback_list")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


def test_it_stands_in_the_calendar_and_is_moved_there(client, callers):
    one = plan(callers, planned_at=timezone.make_aware(datetime.datetime(2030, 5, 8, 10)))
    client.force_login(callers.kim)
    page = client.get(url("visit_calendar"), {"date": "2030-05-08", "kind": "callback_service"})
    assert page.context["total"] == 1 and one.account.label in page.content.decode()
    asked = {"date": "2030-05-08", "kind": "callback_regular"}
    assert client.get(url("visit_calendar"), asked).context["total"] == 0
    shift = url("callback_shift", one.pk)
    assert client.post(shift, {"lane": "never"}).status_code == 422
    stale = client.post(shift, {"lane": "2030-05-09", "version": one.version + 4})
    assert stale.status_code == 409
    assert client.post(shift, {"lane": "2030-05-09", "version": one.version}).status_code == 204
    one.refresh_from_db()
    local = timezone.localtime(one.planned_at)
    assert (local.day, local.hour) == (9, 10)
    client.force_login(callers.hanna)
    assert client.post(shift, {"lane": "2030-05-10"}).status_code == 404


def test_the_timeline_and_the_search_show_it(client, callers):
    one = called(callers, plan(callers, topic="Repair of the router"), summary="Content by now")
    client.force_login(callers.kim)
    page = client.get(url("account_timeline", callers.acme.pk)).content.decode()
    assert "Repair of the router" in page
    assert [hit["url"] for hit in search_callbacks(callers.kim, "router", 5)["hits"]] == [
        one.get_absolute_url()
    ]
    assert search_callbacks(callers.kim, one.number.lower(), 5)["hits"]
    assert not search_callbacks(callers.stranger, "router", 5)["hits"]


def test_my_day_names_who_is_to_be_called_back(client, callers):
    late, today = plan(callers, days=-2), plan(callers, days=0, topic="After the repair")
    plan(callers, days=1, topic="Tomorrow's")
    client.force_login(callers.kim)
    page = client.get(reverse("kpi:my_day"))
    stops = [one for one in page.context["stops"] if getattr(one, "kind", "") == "callback"]
    assert [(one.row.pk, one.mark) for one in stops] == [(late.pk, "bad"), (today.pk, "visit")]
    text = page.content.decode()
    assert url("callback_call", today.pk) in text and "Tomorrow&#x27;s" not in text
    assert "2 callbacks to make" in page.context["lead"]


def test_the_feedback_is_printed_with_who_signed(client, callers):
    one = called(callers, lines=[line(callers)])
    client.force_login(callers.kim)
    page = client.get(url("callback_print", one.pk)).content.decode()
    assert "Two weeks for a new line" in page and one.number in page and "Kim" in page


# ---------- the report ----------


def month():
    today = timezone.localdate()
    return {"begins": today - 20 * DAY, "ends": today + 20 * DAY}


def asked(**more):
    return {name: day.isoformat() for name, day in month().items()} | more


def test_the_report_counts_what_was_done(client, callers):
    regular = plan(callers, kind="callback_regular")
    answer(regular, "pia submit", "hanna approve")
    called(callers, regular)
    calls.give_up_callback(callback=plan(callers), actor=callers.kim, reason="Dead line")
    other = make.make_account("Other", manager=callers.kim, tier=callers.tier)
    plan(callers, kind="callback_regular", account=other)
    archived = answer(called(callers, lines=[]), *READ, *END)
    client.force_login(callers.dora)
    page = client.get(url("callback_report"), asked())
    figures = page.context["figures"]
    assert figures["numbers"] == {
        "due": 4, "reached": 2, "not_reached": 1, "cancelled": 0, "accounts": 1, "tries": 3,
    }  # fmt: skip
    assert figures["reached_percent"] == 66 and figures["satisfaction"] == 4.0
    assert [(row["due"], row["called"], row["percent"]) for row in figures["tiers"]] == [(2, 1, 50)]
    assert {row["en"]: row["number"] for row in figures["themes"]} == {"Delivery": 1, "Price": 1}
    assert figures["states"]["archived"] == 1 and archived.status == "archived"
    assert figures["opinions"] == {"number": 2, "open": 2, "in_hand": 0, "closed": 0}
    empty = client.get(url("callback_report"), {"begins": "2020-01-01", "ends": "2020-01-31"})
    assert empty.context["figures"]["reached_percent"] is None
    client.force_login(callers.stranger)
    assert client.get(url("callback_report"), asked()).context["figures"]["numbers"]["due"] == 0


def test_the_report_costs_the_same_however_much_was_said(client, callers):
    client.force_login(callers.dora)
    counts = []
    for _round in range(2):
        for _number in range(4):
            called(callers)
        client.get(url("callback_report"), asked())
        with CaptureQueriesContext(connection) as seen:
            client.get(url("callback_report"), asked())
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 16


def test_only_the_head_of_domestic_sales_signs_and_what_is_signed_stays(client, callers):
    called(callers)
    body = asked(conclusion="Delivery first")
    for person in (callers.dora, callers.kim, callers.pia):
        client.force_login(person)
        assert client.post(url("callback_report"), body).status_code == 403
    client.force_login(callers.hanna)
    wrong = client.post(url("callback_report"), body | {"conclusion": " "})
    assert wrong.status_code == 422 and not CallbackReport.objects.exists()
    done = client.post(url("callback_report"), body)
    report = CallbackReport.objects.get()
    assert done.url == report.get_absolute_url()
    assert (report.signed_name, report.edition) == (callers.hanna.name, 1)
    assert client.post(url("callback_report"), body).url == report.get_absolute_url()
    assert CallbackReport.objects.count() == 1  # twice the same is one
    called(callers, satisfaction=5)
    client.post(url("callback_report"), body)
    assert [one.edition for one in CallbackReport.objects.order_by("edition")] == [1, 2]
    page = client.get(report.get_absolute_url()).content.decode()
    assert "Delivery first" in page and callers.hanna.name in page
    with pytest.raises(Exception, match="never changed"):
        CallbackReport.objects.filter(pk=report.pk).update(conclusion="Nothing")


def test_a_signed_report_is_read_by_leaders_only(client, callers):
    client.force_login(callers.hanna)
    client.post(url("callback_report"), asked(conclusion="All well"))
    report = CallbackReport.objects.get()
    for person, status in ((callers.dora, 200), (callers.pia, 200), (callers.kim, 404)):
        client.force_login(person)
        assert client.get(report.get_absolute_url()).status_code == status


def test_the_report_as_a_file(client, callers):
    called(callers)
    client.force_login(callers.dora)
    file = client.get(url("callback_report_export"), asked())
    book = openpyxl.load_workbook(io.BytesIO(b"".join(file.streaming_content)))
    rows = {tuple(row[:3]): row[3] for row in book.active.iter_rows(values_only=True)}
    assert rows["Number", None, "reached"] == 1
    assert rows["Opinions by theme", "Delivery", "opinions"] == 1
    assert client.get(url("callback_report_export"), {"begins": "x"}).status_code == 404


# ---------- the API ----------


@pytest.fixture
def api(client, callers):
    client.force_login(callers.kim)

    def send(method, path, **body):
        return getattr(client, method)(
            f"/api/v1/callbacks/{path}", body, content_type="application/json"
        )

    return send


def test_the_api_plans_calls_and_reports(api, callers, client):
    at = (timezone.now() + DAY).isoformat()
    made = api(
        "post", "", account=callers.acme.pk, planned_at=at, kind="callback_service",
        contacts=[callers.chen.pk],
    )  # fmt: skip
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert made.json()["status"] == "planned" and made.json()["caller"]["id"] == callers.kim.pk
    later = (timezone.now() + 3 * DAY).isoformat()
    moved = api("post", f"{pk}/not-reached/", next_at=later, note="Busy")
    assert moved.status_code == 200 and moved.json()["planned_at"][:10] == later[:10]
    lines = [{"theme": "delivery", "text": "Too slow", "satisfaction": 2}]
    told = api("post", f"{pk}/contact/", satisfaction=3, lines=lines, contacts=[callers.chen.pk])
    assert told.status_code == 200, told.content
    assert told.json()["status"] == "feedback_distributed"
    assert told.json()["feedback"][0]["theme"] == "delivery"
    assert told.json()["contacts"][0]["reached"] is True
    report = client.get("/api/v1/callbacks/report/", asked())
    assert report.status_code == 200 and report.json()["numbers"]["reached"] == 1
    assert client.get("/api/v1/callbacks/report/", {"begins": "x"}).status_code == 400
    found = client.get("/api/v1/callbacks/", {"status": "feedback_distributed"}).json()
    assert [row["id"] for row in found["results"]] == [pk]


def test_the_api_refuses_the_status_and_a_call_without_satisfaction(api, callers):
    one = plan(callers)
    refused = api("patch", f"{one.pk}/", status="archived", version=one.version)
    assert refused.status_code == 409
    assert api("post", f"{one.pk}/contact/").status_code == 400
    assert api("post", f"{one.pk}/give-up/", reason="Dead line").json()["status"] == "not_reached"
    assert api("post", f"{one.pk}/cancel/", reason="x").status_code == 400
