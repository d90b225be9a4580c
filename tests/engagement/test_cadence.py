"""The visiting cadence (R-ENG-04, R-ENG-05): due days, what fell behind, programmes, the list."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from core.exceptions import DomainError
from engagement import cadence, services
from engagement.models import (
    CadenceLapse,
    CadenceRule,
    CadenceSettings,
    ProgrammeSlot,
    Visit,
    VisitKind,
)
from engagement.selectors import cadence as selectors
from engagement.services.visit_flow import refresh_figures
from flows.models import WorkItem
from notifications.models import Notification
from tests import factories as make
from tests.engagement.cast import DAY, put_visit
from tests.engagement.visits.conftest import load_visit_flows

D = datetime.date


# ---------- the rule, by hand ----------


def test_a_visit_is_due_the_interval_after_the_last_one():
    assert cadence.due_on(D(2026, 3, 2), D(2026, 1, 1), 14) == D(2026, 3, 16)
    assert cadence.due_on(None, D(2026, 1, 1), 30) == D(2026, 1, 31)
    assert cadence.due_on(D(2026, 3, 2), D(2026, 1, 1), None) is None
    assert cadence.days_overdue(D(2026, 3, 16), D(2026, 3, 16)) == 0
    assert cadence.days_overdue(D(2026, 3, 16), D(2026, 3, 19)) == 3
    assert cadence.days_overdue(None, D(2026, 3, 19)) == 0


def test_a_period_asks_for_its_whole_intervals_and_none_makes_up_for_another():
    # 1 January to 31 March 2026 are 90 days: 6 fortnights, 3 times 30 days, once 60.
    quarter = D(2026, 1, 1), D(2026, 3, 31)
    assert [cadence.required(days, *quarter) for days in (14, 30, 60, 91, None)] == [6, 3, 1, 0, 0]
    assert cadence.required(14, D(2026, 3, 31), D(2026, 1, 1)) == 0
    assert cadence.kept(3, 5) == 3 and cadence.kept(3, 1) == 1
    assert cadence.rate(4, 6) == 66 and cadence.rate(6, 6) == 100 and cadence.rate(0, 0) is None


def test_a_programme_fills_the_gaps_between_what_is_known():
    basis, begins, ends = D(2026, 1, 1), D(2026, 6, 1), D(2026, 6, 30)
    plan = cadence.programme
    # Last visit on 25 May, every 14 days: 8 June and 22 June.
    assert plan([D(2026, 5, 25)], basis, 14, begins, ends) == [D(2026, 6, 8), D(2026, 6, 22)]
    # One planned on 10 June (two days late, within a third) stands for the 8th; then the 24th.
    known = [D(2026, 5, 25), D(2026, 6, 10)]
    assert plan(known, basis, 14, begins, ends) == [D(2026, 6, 24)]
    # Long overdue: at once, then in the rhythm.
    assert plan([D(2026, 1, 5)], basis, 14, begins, ends)[:2] == [D(2026, 6, 1), D(2026, 6, 15)]
    assert plan([], basis, None, begins, ends) == []
    # What it found, planned, leaves nothing to find.
    found = plan([], basis, 14, begins, ends)
    assert plan(found, basis, 14, begins, ends) == []


def test_the_nearest_free_working_day_is_taken_earlier_before_later():
    def weekday(day):
        return day.weekday() < 5

    begins, ends = D(2026, 6, 1), D(2026, 6, 30)
    sunday = D(2026, 6, 14)
    free = cadence.free_day
    assert free(sunday, begins, ends, weekday, {}, 2, 4) == D(2026, 6, 15)
    assert free(D(2026, 6, 13), begins, ends, weekday, {}, 2, 4) == D(2026, 6, 12)
    full = {D(2026, 6, 12): 2, D(2026, 6, 15): 2}
    assert free(sunday, begins, ends, weekday, full, 2, 4) == D(2026, 6, 16)
    full[D(2026, 6, 16)] = 2
    assert free(sunday, begins, ends, weekday, full, 2, 4) == D(2026, 6, 11)
    assert free(sunday, sunday, sunday, weekday, {}, 2, 4) is None


# ---------- what the database says ----------


@pytest.fixture
def paced(house):
    """Acme is visited each fortnight; it was entered a year ago."""
    tier = house.acme.tier
    tier.visit_interval_days = 14
    tier.save()
    Account.objects.filter(pk=house.acme.pk).update(created_at=timezone.now() - 365 * DAY)
    house.acme.refresh_from_db()
    house.kim.superior = house.dora
    house.kim.save()
    return house


def figures(account):
    """The days that lists show follow the visits."""
    refresh_figures(account.pk)


def due_of(house):
    return selectors.accounts_with_cadence(house.kim).get().due


def test_the_due_day_counts_from_the_last_visit_held(paced):
    today = timezone.localdate()
    assert due_of(paced) == today - 351 * DAY
    put_visit(paced.acme, paced.kim, timezone.now() - 5 * DAY, status="recorded")
    put_visit(paced.acme, paced.kim, timezone.now() - 2 * DAY, status="cancelled")
    figures(paced.acme)
    assert due_of(paced) == today + 9 * DAY
    assert not selectors.accounts_with_cadence(paced.stranger).exists()
    Account.objects.update(archived_at=timezone.now())
    assert not selectors.accounts_with_cadence(paced.kim).exists()


def test_levels_nobody_met_are_named_where_somebody_is_known(paced):
    tier, today = paced.acme.tier, timezone.localdate()
    for level, days in (("senior", 90), ("middle", 30), ("business", 60)):
        CadenceRule.objects.create(tier=tier, level=level, visit_days=days)
    boss = make.make_contact("Boss", account=paced.acme, level="senior")
    make.make_contact("Mid", account=paced.acme, level="middle", is_business_department=True)
    assert selectors.levels_behind([paced.acme], today)[paced.acme.pk] == [
        "senior", "middle", "business",
    ]  # fmt: skip
    at = timezone.now() - 40 * DAY
    put_visit(paced.acme, paced.kim, at, status="archived", contacts=[(boss, "senior")])
    assert selectors.levels_behind([paced.acme], today)[paced.acme.pk] == ["middle", "business"]


def test_a_meeting_before_the_account_was_entered_counts_however_old(paced):
    """An imported customer: the level was met, only long ago."""
    today = timezone.localdate()
    CadenceRule.objects.create(tier=paced.acme.tier, level="senior", visit_days=30)
    boss = make.make_contact("Boss", account=paced.acme, level="senior")
    Account.objects.update(created_at=timezone.now() - 3 * DAY)
    paced.acme.refresh_from_db()
    assert selectors.levels_behind([paced.acme], today) == {}
    at = timezone.now() - 200 * DAY
    put_visit(paced.acme, paced.kim, at, status="archived", contacts=[(boss, "senior")])
    assert selectors.levels_behind([paced.acme], today)[paced.acme.pk] == ["senior"]


def test_the_rate_counts_each_account_for_itself(paced):
    """Two fortnights of 28 days: Acme met twice, once too early to count twice elsewhere."""
    today = timezone.localdate()
    begins = today - 27 * DAY
    other = make.make_account("Other", manager=paced.lee, tier=paced.acme.tier)
    Account.objects.filter(pk=other.pk).update(created_at=timezone.now() - 365 * DAY)
    for days in (3, 9, 20):
        put_visit(paced.acme, paced.kim, timezone.now() - days * DAY, status="visited")
    figures(paced.acme)
    found = selectors.compliance(paced.dora, begins=begins, ends=today + DAY, today=today)
    lines = {one.name: one for one in found.lines}
    assert (lines["Kim"].asked, lines["Kim"].kept, lines["Kim"].percent) == (2, 2, 100)
    assert (lines["Lee"].asked, lines["Lee"].kept, lines["Lee"].overdue) == (2, 0, 1)
    assert (found.total.asked, found.total.kept, found.total.percent) == (4, 2, 50)
    for by in selectors.BY:
        one = selectors.compliance(paced.dora, begins=begins, ends=today, today=today, by=by)
        assert one.total.percent == 50
    assert not selectors.compliance(
        paced.stranger, begins=begins, ends=today, today=today
    ).lines


# ---------- the job ----------


def test_an_account_beyond_its_day_becomes_one_item_and_ends_with_a_visit(paced):
    assert services.watch_cadence()["flagged"] == 1
    assert services.watch_cadence()["flagged"] == 0
    item = WorkItem.objects.get()
    assert item.assignee == paced.kim and item.account == paced.acme
    assert Notification.objects.filter(kind="flows.new_item").count() == 1
    put_visit(paced.acme, paced.kim, timezone.now() - DAY, status="visited")
    figures(paced.acme)
    assert services.watch_cadence()["ended"] == 1
    item.refresh_from_db()
    assert item.state == "done" and CadenceLapse.objects.get().ended_at
    # The next time it falls behind is another occasion.
    later = timezone.now() + 20 * DAY
    assert services.watch_cadence(now=later)["flagged"] == 1
    assert CadenceLapse.objects.count() == 2


def test_with_a_visit_planned_nobody_is_asked(paced):
    put_visit(paced.acme, paced.kim, timezone.now() + DAY)
    figures(paced.acme)
    assert services.watch_cadence() == {"flagged": 0, "ended": 0, "escalated": 0}


def test_the_superior_is_told_once_after_the_days_of_the_settings(paced):
    CadenceSettings.objects.create(pk=1, escalate_after_days=7)
    put_visit(paced.acme, paced.kim, timezone.now() - 20 * DAY, status="visited")
    figures(paced.acme)
    now = timezone.now()  # due 6 days ago
    assert services.watch_cadence(now=now) == {"flagged": 1, "ended": 0, "escalated": 0}
    assert services.watch_cadence(now=now + DAY)["escalated"] == 0  # day 7 is still in time
    assert services.watch_cadence(now=now + 2 * DAY)["escalated"] == 1
    assert services.watch_cadence(now=now + 9 * DAY)["escalated"] == 0
    told = Notification.objects.get(kind="engagement.cadence_escalated")
    assert told.recipient == paced.dora and "8 days ago" in told.title_en
    assert f"manager={paced.kim.pk}" in told.url


# ---------- programmes ----------


def next_month():
    today = timezone.localdate()
    return today + DAY, today + 31 * DAY


@pytest.fixture
def flows(paced):
    """The flows of visits, so that one can be planned."""
    for code in ("marketing_promotion", "company_leader", "finance"):
        make.make_user(post=make.make_post(code, scope="own", rights=[]))
    make.make_administrator("root")
    load_visit_flows()


@pytest.mark.usefixtures("flows")
def test_a_programme_is_previewed_planned_once_and_again_after_a_cancellation(paced):
    begins, ends = next_month()
    shown = services.preview_programme(actor=paced.kim, begins=begins, ends=ends)
    assert len(shown) >= 2 and not Visit.objects.exists()
    made = services.plan_programme(actor=paced.kim, begins=begins, ends=ends)
    assert [v.starts_at for v in made] == [one.starts_at for one in shown]
    assert {(v.kind, v.owner) for v in made} == {(VisitKind.PROGRAMME, paced.kim)}
    assert services.plan_programme(actor=paced.kim, begins=begins, ends=ends) == []
    assert Visit.objects.count() == len(shown) == ProgrammeSlot.objects.count()
    Visit.objects.filter(pk=made[0].pk).update(status="cancelled")
    again = services.plan_programme(actor=paced.kim, begins=begins, ends=ends)
    assert len(again) == 1 and timezone.localdate(again[0].starts_at) >= begins


def test_a_programme_keeps_to_working_days_and_the_load_of_a_day(paced):
    CadenceSettings.objects.create(pk=1, visits_a_day=1)
    for number in range(4):
        one = make.make_account(f"A{number}", manager=paced.kim, tier=paced.acme.tier)
        Account.objects.filter(pk=one.pk).update(created_at=timezone.now() - 365 * DAY)
    begins, ends = next_month()
    shown = [one for one in services.preview_programme(
        actor=paced.kim, begins=begins, ends=ends) if one.starts_at]  # fmt: skip
    days = [timezone.localdate(one.starts_at) for one in shown]
    assert len(days) == len(set(days)) > 4
    assert all(day.weekday() < 5 for day in days)


def test_a_programme_refuses_what_it_cannot_do(paced):
    begins, ends = next_month()
    with pytest.raises(DomainError) as refusal:
        services.preview_programme(actor=paced.kim, begins=ends, ends=begins)
    assert refusal.value.field == "ends"
    with pytest.raises(DomainError):
        services.preview_programme(actor=paced.kim, begins=begins, ends=begins + 999 * DAY)
    clerk = make.make_user("clerk", post=make.make_post("clerk", rights=[]))
    with pytest.raises(PermissionDenied):
        services.preview_programme(actor=clerk, begins=begins, ends=ends)


@pytest.mark.usefixtures("flows")
def test_the_page_of_the_programme_previews_and_plans_what_is_ticked(client, paced):
    client.force_login(paced.kim)
    url = reverse("engagement:programme")
    begins, ends = (day.isoformat() for day in next_month())
    assert client.get(url).status_code == 200
    page = client.get(url, {"begins": begins, "ends": ends})
    first = page.context["free"][0]
    assert first.key in page.content.decode()
    assert client.get(url, {"begins": ends, "ends": begins}).status_code == 422
    body = {"begins": begins, "ends": ends, "chosen": [first.key]}
    assert client.post(url, body).status_code == 302
    assert Visit.objects.get().account == paced.acme


def test_the_list_orders_by_days_overdue_and_offers_a_visit(
    client, paced, django_assert_max_num_queries
):
    fresh = make.make_account("Fresh", manager=paced.kim, tier=paced.acme.tier)
    client.force_login(paced.kim)
    url = reverse("engagement:cadence_list")
    with django_assert_max_num_queries(22):
        page = client.get(url)
    words = page.content.decode()
    assert words.index("Acme") < words.index("Fresh") and "351 days overdue" in words
    form = f"{reverse('engagement:visit_create')}?account={paced.acme.pk}&amp;kind=programme"
    assert f'href="{form}">Plan a visit</a>' in words
    assert client.get(url, {"state": "overdue"}).context["listing"].count == 1
    assert client.get(url, {"planned": "yes"}).context["listing"].count == 0
    put_visit(fresh, paced.kim, timezone.now() + DAY)
    figures(fresh)
    assert client.get(url, {"planned": "yes"}).context["listing"].count == 1
    rows = client.get(reverse("engagement:cadence_export"), {"format": "csv"})
    assert b"Acme" in b"".join(rows)


@pytest.mark.parametrize(("soon", "said"), [(13, False), (14, True)])
def test_how_long_ahead_a_visit_is_said_to_be_due_is_a_setting(client, paced, soon, said):
    CadenceSettings.objects.create(pk=1, soon_days=soon)
    make.make_account("Fresh", manager=paced.kim, tier=paced.acme.tier)
    client.force_login(paced.kim)
    page = client.get(reverse("engagement:cadence_list"), headers={"accept-language": "en"})
    assert ("due in 14 days" in page.content.decode()) is said


def test_the_rate_page_leads_to_the_accounts_behind_a_line(
    client, paced, django_assert_max_num_queries
):
    client.force_login(paced.dora)
    url = reverse("engagement:cadence_compliance")
    with django_assert_max_num_queries(14):
        page = client.get(url, {"period": "year"})
    words = page.content.decode()
    assert f"/cadence/?manager={paced.kim.pk}" in words
    assert f"?unit={paced.east.pk}" in client.get(url, {"by": "department"}).content.decode()
    assert client.get(url, {"by": "nonsense", "period": "x"}).status_code == 200
