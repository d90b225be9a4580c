"""My day: what is on today, what waits, which accounts need a look; in few queries."""


import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Account, AccountFigures
from engagement.models import Visit
from engagement.services.opinions import add_opinion, close_opinion
from flows.models import WorkItem
from flows.services import make_item
from kpi import day
from notifications.services import notify
from tests import factories as make
from tests.engagement.cast import DAY, HOUR, complain, put_visit

URL = "/day/"
BUDGET = 16


@pytest.fixture
def kim(db):
    """An account manager of Acme, who is met each fortnight and was last visited 20 days ago."""
    with translation.override("en"):
        make.make_currency()
        east = make.make_unit("east", kind="division", parent=make.make_unit("co"))
        kim = make.make_user("kim", unit=east, language="en")
        tier = make.make_tier("important", visit_interval_days=14)
        acme = make.make_account("Acme", manager=kim, tier=tier, status="registered")
        AccountFigures.objects.filter(account=acme).update(
            last_visit_on=timezone.localdate() - 20 * DAY
        )
        kim.acme = acme
        yield kim


@pytest.fixture
def noon(monkeypatch):
    """It is noon: whatever the clock says, there is a morning and an afternoon."""
    now = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def show(client, person):
    client.force_login(person)
    return client.get(URL)


def test_everybody_begins_on_their_day(client, kim):
    client.force_login(kim)
    answer = client.get("/")
    assert answer.status_code == 302 and answer["Location"] == URL
    assert client.get("/login/login/")["Location"] in ("/", URL)


def test_an_empty_day_offers_a_first_step(client, db):
    page = show(client, make.make_user("new", language="en")).content.decode()
    assert "Nothing is planned for today" in page and "Nothing waits for you" in page
    assert "All quiet" in page and "Who is due" in page


def test_the_day_tells_visits_with_a_brief_calls_and_missing_records(client, kim, noon):
    ann = make.make_contact("Ann", account=kim.acme, level="senior")
    put_visit(kim.acme, kim, noon - 30 * DAY, status="archived", purpose="Prices")
    put_visit(
        kim.acme, kim, noon + 2 * HOUR, purpose="Renewal", contacts=[(ann, "senior")],
        place="Gate 2",
    )  # fmt: skip
    put_visit(kim.acme, kim, noon - 2 * DAY, status="visited", purpose="Fault")
    make.make_communication(
        kim.acme, author=kim, subject="When is it mended?", direction="in", at=noon - HOUR,
        needs_answer=True, answer_by=noon - HOUR / 2,
    )  # fmt: skip
    make.make_opportunity("Deal", owner=kim, account=kim.acme)
    page = show(client, kim)
    words = page.content.decode()
    kinds = [one.kind for one in page.context["stops"] if isinstance(one, day.Stop)]
    assert kinds == ["record", "call", "visit"]
    assert "Write the record of the visit to Acme" in words
    assert "Ann" in words and "Gate 2" in words and "Renewal" in words
    # The newest visit held before counts: that of two days ago.
    assert "2 days ago: Fault" in words and "1 answer is owed" in words
    assert "1 open opportunity" in words and "12:00" in words
    assert "1 visit today" in page.context["lead"]
    assert page.context["waiting"][0].subject == "When is it mended?"


def test_the_line_of_now_lies_between_morning_and_afternoon(client, kim, noon):
    for hours in (-3, 3):
        put_visit(kim.acme, kim, noon + hours * HOUR)
    stops = show(client, kim).context["stops"]
    assert [isinstance(one, day.Stop) for one in stops] == [True, False, True]


def test_work_is_answered_in_place_and_one_comes_back(client, kim):
    item = make_item(actor=None, assignee=kim, subject=kim.acme, title_en="Send the offer")
    words = show(client, kim).content.decode()
    assert "Send the offer" in words and 'name="next" value="/day/"' in words
    url = reverse("flows:item_answer", args=[item.pk])
    answer = client.post(url, {"outcome": "done", "version": item.version, "next": URL})
    assert answer.status_code == 302 and answer["Location"] == URL
    assert WorkItem.objects.get().state == "done"


def test_an_account_that_fell_silent_or_whose_file_is_old_is_named(client, kim):
    page = show(client, kim)
    one = page.context["changed"][0]
    assert one.account == kim.acme and one.state == "bad" and one.word == "6 days overdue"
    assert "nobody was there for 20" in one.why
    AccountFigures.objects.update(
        last_visit_on=timezone.localdate(), next_visit_on=timezone.localdate() + DAY
    )
    assert not show(client, kim).context["changed"]
    Account.objects.update(created_at=timezone.now() - 200 * DAY)
    assert show(client, kim).context["changed"][0].url.endswith("/file/")


def test_the_month_is_measured_against_what_the_tiers_ask_for(client, kim, noon):
    put_visit(kim.acme, kim, noon, status="recorded")
    put_visit(kim.acme, kim, noon.replace(day=1) - DAY, status="recorded")
    figures = show(client, kim).context["figures"]
    assert figures["held"] == 1 and figures["asked"] == 2  # 28 to 31 days: two fortnights
    assert figures["in_time"] == 0 and figures["paced"] == 1


def test_reminders_stand_on_the_day_unless_they_may_not_be_seen(client, kim):
    other = make.make_account("Hidden")
    for account, text in ((kim.acme, "For you"), (other, "Not for you")):
        notify(
            kind="planning.change_decided", recipients=[kim], url="/", key=text, zh=text, en=text,
            subject_type="account", subject_id=account.pk,
        )  # fmt: skip
    words = show(client, kim).content.decode()
    assert "For you" in words and "Not for you" not in words


def test_who_complains_comes_first_and_what_one_has_to_settle_is_a_reminder(client, kim):
    quiet = make.make_account("Quiet", manager=kim, tier=kim.acme.tier, status="registered")
    Account.objects.filter(pk=quiet.pk).update(created_at=timezone.now())
    said = {"account": quiet, "actor": kim, "source": "visit", "owner": kim}
    opinion = add_opinion(**said, text="The line drops", due_on=timezone.localdate() - DAY)
    page = show(client, kim)
    assert page.context["opinions"] == [opinion] and "The line drops" in page.content.decode()
    assert [one.account for one in page.context["changed"]] == [kim.acme, quiet]
    assert page.context["changed"][1].word == "opinion not settled"
    run = complain(quiet, kim)
    first = show(client, kim).context["changed"][0]
    assert (first.account, first.word, first.state) == (quiet, "1 complaint open", "bad")
    assert first.url == reverse("flows:run_detail", args=[run.pk])
    assert "1 opinion is not settled." in first.why
    dora = make.make_director("dora", unit=kim.unit, language="en")
    assert show(client, dora).context["changed"][0].account == quiet
    close_opinion(opinion=opinion, actor=kim, answer="A new cable")
    assert show(client, kim).context["opinions"] == []


def test_a_director_sees_who_is_late_and_which_accounts_fell_silent(client, kim):
    dora = make.make_director("dora", unit=kim.unit, language="en")
    now = timezone.now()
    make_item(
        actor=None, assignee=kim, subject=kim.acme, title_en="Offer", due_at=now - HOUR,
        now=now - DAY,
    )  # fmt: skip
    page = show(client, dora)
    assert [item.title_en for item in page.context["late_below"]] == ["Offer"]
    assert page.context["changed"][0].account == kim.acme
    assert page.context["figures"]["paced"] == 1 and page.context["figures"]["in_time"] == 0
    assert "Late among my people" in page.content.decode()
    assert not show(client, kim).context["leads"]


def test_the_day_stays_within_its_budget(client, kim, django_assert_max_num_queries):
    lee = make.make_user("lee", unit=kim.unit)
    now = timezone.now()
    for number in range(12):
        account = make.make_account(f"A{number}", manager=kim, tier=kim.acme.tier)
        contact = make.make_contact(account=account)
        put_visit(account, kim, now + number * HOUR, contacts=[(contact, "")], along=[lee])
        put_visit(account, kim, now - (number + 1) * DAY, status="visited")
        make.make_communication(account, author=kim, at=now - HOUR)
        make_item(actor=None, assignee=kim, subject=account, title_en=f"Do {number}")
    show(client, kim)
    with django_assert_max_num_queries(BUDGET):
        page = client.get(URL)
    assert page.status_code == 200 and Visit.objects.count() == 24
    dora = make.make_director("dora", unit=kim.unit)
    show(client, dora)
    with CaptureQueriesContext(connection) as seen:
        client.get(URL)
    assert len(seen) <= BUDGET, "\n".join(one["sql"][:150] for one in seen)


def test_the_bars_of_a_day_stay_within_their_picture():
    for visits, calls in ((0, 0), (1, 0), (6, 9), (30, 30)):
        bars = day._bars(visits, calls)
        assert len(bars) <= 8 and all(0 <= one["x"] <= 42 for one in bars)
    assert [one["call"] for one in day._bars(1, 1)] == [False, True]


