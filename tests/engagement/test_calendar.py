"""The calendar by month, week and day, moving in it, and the feed for calendar programs."""

import datetime

import icalendar
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagement import calendar
from engagement.models import CalendarFeed, ReminderSettings, Visit, VisitColleague
from engagement.services import feeds
from tests import factories as make
from tests.engagement.cast import DAY, HOUR, moment, put_visit

URL = "/calendar/"


def show(client, **query):
    return client.get(URL, query)


def days_of(page) -> dict:
    return {cell["day"].day: cell["day"] for cell in page.context["cells"]}


def test_a_month_shows_whole_weeks_and_what_one_takes_part_in(client, house):
    put_visit(house.acme, house.kim, moment(2030, 5, 8, 10))
    put_visit(house.acme, house.dora, moment(2030, 5, 8, 9), along=[house.kim])
    put_visit(house.acme, house.lee, moment(2030, 5, 9, 9))
    put_visit(house.acme, house.kim, moment(2030, 5, 10, 9), status="cancelled")
    client.force_login(house.kim)
    page = show(client, view="month", date="2030-05-20")
    days = days_of(page)
    assert min(days) == datetime.date(2030, 4, 29) and max(days) == datetime.date(2030, 6, 2)
    assert [e.at.astimezone().minute for e in days[datetime.date(2030, 5, 8)].entries] == [0, 0]
    assert days[datetime.date(2030, 5, 8)].count == 2 and page.context["total"] == 2
    everyone = show(client, view="month", date="2030-05-20", whose="all")
    assert everyone.context["total"] == 3
    assert show(client, date="2030-05-20", owner=house.lee.pk, whose="all").context["total"] == 1
    assert show(client, date="2030-05-20", kind="programme").context["total"] == 0
    client.force_login(house.stranger)
    assert show(client, date="2030-05-20", whose="all").context["total"] == 0


def test_a_full_day_is_cut_and_says_how_many_more(client, house):
    for minute in range(9):
        put_visit(house.acme, house.kim, moment(2030, 5, 8, 10, minute))
    client.force_login(house.kim)
    page = show(client, date="2030-05-08")
    day = days_of(page)[datetime.date(2030, 5, 8)]
    assert [one.at.minute for one in day.entries] == [0, 1, 2] and day.more == 6
    assert "+6" in page.content.decode()
    route = show(client, view="day", date="2030-05-08")
    assert len(route.context["cells"][0]["day"].entries) == 9


def test_the_day_is_a_route_in_the_order_of_time_with_its_places(client, house):
    put_visit(house.acme, house.kim, moment(2030, 5, 8, 14), place="Gate 2")
    put_visit(house.acme, house.kim, moment(2030, 5, 8, 9), place="Tower A")
    client.force_login(house.kim)
    words = show(client, view="day", date="2030-05-08").content.decode()
    assert words.index("Tower A") < words.index("Gate 2") and "09:00" in words


@pytest.mark.parametrize("date", ["", "soon", "2030-99-99", "0001-01-01", "9999-12-31"])
def test_an_odd_address_shows_today(client, house, date):
    client.force_login(house.kim)
    page = show(client, date=date, view="decade", whose="them", account="x", kind="party")
    assert page.status_code == 200 and page.context["day"] == timezone.localdate()


def test_the_calendar_costs_the_same_however_many(client, house):
    client.force_login(house.kim)
    counts = []
    for _round in range(2):
        for number in range(40):
            put_visit(house.acme, house.kim, moment(2030, 5, 1 + number % 28, 9, number))
        show(client, date="2030-05-08")
        with CaptureQueriesContext(connection) as seen:
            show(client, date="2030-05-08")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9


# ---------- moving ----------


@pytest.fixture
def draft(house):
    return put_visit(house.acme, house.kim, moment(2030, 5, 8, 10), status="draft")


def drop(client, visit, lane, version=None):
    url = reverse("engagement:calendar_move", args=[visit.pk])
    body = {"lane": lane, "version": version or visit.version}
    return client.post(url, body, headers={"HX-Request": "true"})


def test_a_draft_dropped_on_a_day_keeps_its_time(client, house, draft):
    client.force_login(house.kim)
    assert drop(client, draft, "2030-05-10").status_code == 204
    draft.refresh_from_db()
    assert draft.starts_at == moment(2030, 5, 10, 10) and draft.ends_at - draft.starts_at == HOUR
    assert draft.reason and draft.version == 2


def test_a_card_of_an_old_version_goes_back(client, house, draft):
    client.force_login(house.kim)
    drop(client, draft, "2030-05-10")
    late = drop(client, draft, "2030-05-11", version=1)
    assert late.status_code == 409 and "meanwhile" in late.headers["HX-Trigger"]
    assert drop(client, draft, "never").status_code == 422
    draft.refresh_from_db()
    assert draft.starts_at == moment(2030, 5, 10, 10)


def test_what_others_were_asked_for_moves_with_a_reason(client, house):
    visit = put_visit(house.acme, house.kim, moment(2030, 5, 8, 10), status="funded")
    client.force_login(house.kim)
    answer = drop(client, visit, "2030-05-10")
    assert answer.status_code == 204 and "kam:dialog" in answer.headers["HX-Trigger"]
    visit.refresh_from_db()
    assert visit.starts_at == moment(2030, 5, 8, 10)
    url = reverse("engagement:calendar_move", args=[visit.pk])
    form = client.get(url, {"day": "2030-05-10", "version": 1})
    assert 'value="2030-05-10T10:00"' in form.content.decode()
    body = {"starts_at": "2030-05-10T11:30", "reason": "", "version": 1}
    assert client.post(url, body).status_code == 422
    assert client.post(url, body | {"reason": "They asked"}).status_code == 302
    visit.refresh_from_db()
    assert visit.starts_at == moment(2030, 5, 10, 11, 30) and visit.reason == "They asked"


def test_who_only_sees_it_does_not_move_it(client, house, draft):
    client.force_login(house.lee)
    assert drop(client, draft, "2030-05-10").status_code == 403
    client.force_login(house.stranger)
    assert drop(client, draft, "2030-05-10").status_code == 404


# ---------- the feed ----------


@pytest.fixture
def address(house):
    cache.clear()
    return reverse("engagement:calendar_ics", args=[feeds.make_feed(user=house.kim)])


def events(client, address):
    answer = client.get(address)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    found = icalendar.Calendar.from_ical(answer.content)
    return {str(e["UID"]): e for e in found.walk("VEVENT")}


def test_the_feed_holds_ones_visits_without_logging_in(client, house, address):
    soon = timezone.now().replace(microsecond=0) + 3 * DAY
    mine = put_visit(house.acme, house.kim, soon, purpose="Line, review; plan", place="Gate 2")
    along = put_visit(house.acme, house.dora, soon, along=[house.kim], status="draft")
    put_visit(house.acme, house.lee, soon)
    put_visit(house.acme, house.kim, soon - 400 * DAY)
    found = events(client, address)
    assert len(found) == 2
    one = found[f"visit-{mine.pk}@127.0.0.1"]
    assert one.decoded("DTSTART") == soon and str(one["LOCATION"]) == "Gate 2"
    assert "Line, review; plan" in str(one["SUMMARY"])
    assert str(one["STATUS"]) == "CONFIRMED" and one["SEQUENCE"] == 0
    assert str(found[f"visit-{along.pk}@127.0.0.1"]["STATUS"]) == "TENTATIVE"


def test_a_move_raises_the_sequence_and_a_cancellation_says_so(client, house, address):
    soon = timezone.now().replace(microsecond=0) + 3 * DAY
    visit = put_visit(house.acme, house.kim, soon)
    Visit.objects.filter(pk=visit.pk).update(
        starts_at=soon + DAY, ends_at=soon + DAY + HOUR, version=2
    )
    one = events(client, address).popitem()[1]
    assert one["SEQUENCE"] == 1 and one.decoded("DTSTART") == soon + DAY
    Visit.objects.filter(pk=visit.pk).update(status="cancelled", version=3)
    one = events(client, address).popitem()[1]
    assert str(one["STATUS"]) == "CANCELLED" and one["SEQUENCE"] == 2


def test_access_follows_what_the_person_may_see_today(client, house, address):
    put_visit(house.acme, house.kim, timezone.now() + DAY)
    assert len(events(client, address)) == 1
    house.acme.assignments.filter(user=house.kim).delete()
    assert events(client, address) == {}
    house.kim.is_active = False
    house.kim.save()
    assert client.get(address).status_code == 404


def test_the_feed_speaks_the_persons_language(client, house, address):
    house.kim.language = "zh-hans"
    house.kim.save()
    put_visit(house.acme, house.kim, timezone.now() + DAY, status="draft")
    assert "草稿" in str(events(client, address).popitem()[1]["DESCRIPTION"])


def test_the_secret_is_stored_hashed_ends_and_is_not_guessed(client, house, address):
    token = address.rpartition("/")[2].removesuffix(".ics")
    feed = CalendarFeed.objects.get()
    assert token not in feed.digest and feed.digest == feeds.digest_of(token)
    assert client.get(address.replace(token, token[:-1] + "x")).status_code == 404
    assert client.get(address.replace(token, "x")).status_code == 404
    assert client.post(address).status_code == 405
    client.force_login(house.kim)
    page = client.post(reverse("engagement:calendar_feed_create"))
    fresh = page.context["address"]
    assert fresh.endswith(".ics") and client.get(address).status_code == 404
    assert token not in client.get(reverse("engagement:calendar_feed")).content.decode()
    path = "/" + fresh.split("/", 3)[3]
    assert client.get(path).status_code == 200
    assert client.post(reverse("engagement:calendar_feed_end")).status_code == 302
    assert client.get(path).status_code == 404


def test_who_asks_too_often_waits(client, house, address):
    ReminderSettings.objects.create(pk=1, feed_reads=3)
    answers = [client.get(address).status_code for _time in range(4)]
    assert answers == [200] * 3 + [429]


def test_a_further_kind_needs_one_source(client, house, monkeypatch):
    """What a callback will do: one more source, and it stands in the calendar."""
    at = moment(2030, 5, 8, 9)
    put_visit(house.acme, house.kim, moment(2030, 5, 8, 10))
    row = make.make_communication(house.acme, author=house.kim, subject="Call back", at=at)

    def rows(user, asked):
        return type(row).objects.visible_to(user)

    def entry(one):
        return calendar.Entry(
            kind="callback", pk=one.pk, at=one.at, until=None, title=one.subject,
            account=one.account, who="",
        )  # fmt: skip

    source = calendar.Source((("callback", "callback"),), rows, entry, "at", ("account__tier",))
    monkeypatch.setattr(calendar, "SOURCES", (*calendar.SOURCES, source))
    client.force_login(house.kim)
    page = show(client, date="2030-05-08")
    entries = days_of(page)[datetime.date(2030, 5, 8)].entries
    assert [one.kind for one in entries] == ["callback", "visit"]
    assert show(client, date="2030-05-08", kind="callback").context["total"] == 1
    assert not VisitColleague.objects.exists()
