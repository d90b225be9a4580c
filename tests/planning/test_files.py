"""Customer files kept up (R-ACC-33, 35, 37, 38, 39)."""

import datetime

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AssignmentRole
from core.exceptions import DomainError
from core.models import CompanySettings
from flows.models import WorkItem
from notifications.models import Notification
from planning import cards, points, selectors, services
from planning.freshness import is_stale, share
from planning.models import ControlPointDone, CustomerFile
from tests.factories import assign, make_account, make_post, make_tier, make_user

DAY = datetime.timedelta(days=1)


def age(account, days):
    Account.objects.filter(pk=account.pk).update(created_at=timezone.now() - days * DAY)


def test_a_file_is_in_date_through_the_last_day_of_its_interval():
    day = datetime.date(2026, 1, 1)
    assert not is_stale(day, 90, day + 90 * DAY)
    assert is_stale(day, 90, day + 91 * DAY)
    assert not is_stale(day, None, day + 5000 * DAY)
    assert share(2, 3) == 66 and share(0, 0) is None


def test_the_interval_is_shipped_with_the_tier_and_data(db):
    assert make_tier("core").file_interval_days == 90


def test_the_freshness_figure_counts_what_one_sees(house):
    other = make_account("Old file", manager=house.kim, tier=house.acme.tier, status="registered")
    age(other, 91)
    make_account("Not registered", manager=house.kim, tier=house.acme.tier)
    figure = selectors.file_freshness(house.kim)
    assert figure == {"in_date": 1, "total": 2, "percent": 50}
    assert selectors.file_freshness(house.dora, unit=house.east)["total"] == 2
    assert selectors.file_freshness(house.dora, manager=house.lee)["total"] == 0
    assert selectors.file_freshness(house.stranger)["percent"] is None


def test_a_stale_file_is_told_once_and_confirmed_by_its_manager(client, house):
    age(house.acme, 200)
    assert services.flag_stale_files() == 1
    assert services.flag_stale_files() == 0
    assert Notification.objects.get(kind="flows.new_item").recipient == house.kim
    item = WorkItem.objects.get()
    assert item.assignee == house.kim and item.account == house.acme
    client.force_login(house.kim)
    url = reverse("planning:account_confirm", args=[house.acme.pk])
    assert client.post(url).status_code == 302
    record = CustomerFile.objects.get()
    assert record.confirmed_on == timezone.localdate() and record.flagged_on is None
    assert record.confirmed_by == house.kim
    item.refresh_from_db()
    assert item.state == "done" and item.done_by == house.kim
    assert selectors.file_freshness(house.kim)["percent"] == 100
    assert services.flag_stale_files() == 0
    with pytest.raises(PermissionDenied):
        services.confirm_file(account=house.acme, actor=house.lee)


def test_the_job_clears_the_mark_where_the_interval_was_lengthened(house):
    age(house.acme, 200)
    services.flag_stale_files()
    house.acme.tier.file_interval_days = 365
    house.acme.tier.save()
    services.flag_stale_files()
    assert CustomerFile.objects.get().flagged_on is None


def test_the_card_says_what_is_missing_in_each_of_four_blocks(house):
    blocks = cards.data_card(house.acme, house.kim)
    assert [block.code for block in blocks] == ["basic", "characteristics", "business", "dealings"]
    assert "Registration number" in blocks[0].missing and "Phone" not in blocks[0].missing
    before = cards.completeness(blocks)
    house.acme.registration_no = "9132"
    assert cards.completeness(cards.data_card(house.acme, house.kim)) > before


def test_what_is_missing_is_given_to_service_staff_or_the_manager_once(client, house):
    client.force_login(house.kim)
    url = reverse("planning:account_collect", args=[house.acme.pk])
    assert client.post(url).status_code == 302
    items = WorkItem.objects.all()
    assert {item.assignee for item in items} == {house.kim}
    first = items.get(title_en="Collect customer data: Basic data")
    assert "Registration number" in first.note
    number = items.count()
    with pytest.raises(DomainError, match="being collected"):
        services.collect_missing(account=house.acme, actor=house.kim)
    assert WorkItem.objects.count() == number
    staff = make_user("service", unit=house.east, post=make_post("service_staff"))
    assign(house.acme, staff, AssignmentRole.SELLER)
    first.delete()
    services.collect_missing(account=house.acme, actor=house.kim)
    assert WorkItem.objects.get(title_en=first.title_en).assignee == staff
    with pytest.raises(PermissionDenied):
        services.collect_missing(account=house.acme, actor=house.lee)


def test_a_control_point_is_computed_or_said_by_hand(client, house):
    today = timezone.localdate()
    Account.objects.filter(pk=house.acme.pk).update(tier_since=today)
    house.acme.refresh_from_db()
    lines = {one.point.code: one for one in points.standings(house.acme, house.kim)}
    assert len(lines) == 7 and lines["grade"].done_on == today and lines["strategy"].state == ""
    client.force_login(house.kim)
    url = reverse("planning:account_point", args=[house.acme.pk, "strategy"])
    data = {"done_on": today.isoformat(), "evidence": "Strategy paper of May"}
    assert client.post(url, data | {"evidence": ""}).status_code == 422
    assert client.post(url, data).status_code == 302
    row = ControlPointDone.objects.get()
    assert row.recorded_by == house.kim
    lines = {one.point.code: one for one in points.standings(house.acme, house.kim)}
    assert lines["strategy"].by_hand and lines["strategy"].state == "good"
    CompanySettings.objects.update_or_create(pk=1, defaults={"control_point_days": 30})
    cache.clear()
    ControlPointDone.objects.update(done_on=today - 31 * DAY)
    lines = {one.point.code: one for one in points.standings(house.acme, house.kim)}
    assert lines["strategy"].state == "watch"
    assert client.get(url.replace("strategy", "nonsense")).status_code == 404
    with pytest.raises(DomainError):
        services.record_point(
            account=house.acme,
            point="serve",
            done_on=today + DAY,
            evidence="later",
            actor=house.kim,
        )


def test_the_file_tab_and_the_card_keep_their_query_budget(
    client, house, django_assert_max_num_queries
):
    client.force_login(house.kim)
    services.propose_changes(
        account=house.acme, values={"phone": "1"}, source="call", actor=house.lee
    )
    with django_assert_max_num_queries(50):
        page = client.get(reverse("planning:account_file", args=[house.acme.pk]))
    assert page.status_code == 200 and page.context["tab"] == "file"
    with django_assert_max_num_queries(25):
        card = client.get(reverse("planning:account_card", args=[house.acme.pk]))
    assert "Acme Corporation" in card.content.decode()


def test_the_list_of_files_shows_the_share_in_date(client, house, django_assert_max_num_queries):
    age(house.acme, 200)
    client.force_login(house.kim)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("planning:file_list"))
    assert "0% in date" in page.content.decode()
    assert client.get(reverse("planning:file_list"), {"fresh": "no"}).context["listing"].count == 1
    assert client.get(reverse("planning:file_list"), {"fresh": "yes"}).context["listing"].count == 0
