"""Working calendars: the real holidays, our own days, two cities, every process, the admin."""

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from core import calendars, library, public_holidays
from core.calendars import calendar_for, parse_limit
from core.exceptions import DomainError
from core.jobs import check_calendars
from core.models import AuditEntry, CalendarDay, WorkSchedule
from core.worktime import Span
from tests.core.test_worktime import HOLIDAYS, MAKE_UP, SUZHOU, at
from tests.factories import make_administrator, make_city, make_unit, make_user

pytestmark = pytest.mark.django_db
HOLIDAY, WORKDAY = CalendarDay.Kind


@pytest.fixture
def root():
    library.load()
    return make_administrator("root", unit=make_unit())


def day(text):
    return datetime.date.fromisoformat(text)


def enter(text, kind, root, city=None):
    return calendars.create(
        instance=CalendarDay(day=day(text), kind=kind, name_zh="调整", city=city), actor=root
    )


@pytest.mark.parametrize("stored", [True, False])
def test_the_shipped_hours_hold_with_the_real_holidays_of_2026(stored):
    if stored:
        library.load()
    calendar = calendar_for()
    assert calendar.zone == "Asia/Shanghai"
    assert calendar.spans_by_weekday == SUZHOU.spans_by_weekday
    year = [day("2026-01-01") + datetime.timedelta(days=n) for n in range(365)]
    assert [d for d in year if calendar.spans(d) != SUZHOU.spans(d)] == []
    assert all(not calendar.is_working_day(d) for d in HOLIDAYS)
    assert all(calendar.is_working_day(d) for d in MAKE_UP)


@pytest.mark.parametrize(
    ("limit", "start", "end"),
    [
        ("2 days", "02-13 10:00", "02-24 10:00"),
        ("2 working days", "09-30 10:00", "10-09 10:00"),
        ("1 day", "10-09 10:00", "10-10 10:00"),
        ("4 hours", "2025-12-31 17:00", "01-04 12:00"),
    ],
)
def test_limits_run_over_the_real_holidays(limit, start, end):
    assert parse_limit(limit).end(at(start), calendar_for()) == at(end)


def test_our_own_days_go_before_the_public_ones(root):
    enter("2026-10-01", WORKDAY, root)
    enter("2026-03-02", HOLIDAY, root)
    enter("2026-03-08", WORKDAY, root)
    calendar = calendar_for()
    assert calendar.is_working_day(day("2026-10-01"))
    assert not calendar.is_working_day(day("2026-03-02"))
    assert calendar.spans(day("2026-03-08")) == SUZHOU.spans_by_weekday[0]


def test_a_city_has_its_own_hours_holidays_and_days(root):
    suzhou, singapore = (
        make_city("苏州", "Suzhou"),
        make_city("新加坡", "Singapore", country_code="SG", time_zone="Asia/Singapore"),
    )
    hours = dict.fromkeys(("monday", "tuesday", "saturday"), "08:30-12:30, 13:30-17:30")
    calendars.create(instance=WorkSchedule(city=singapore, **hours), actor=root)
    enter("2026-03-03", HOLIDAY, root, city=singapore)
    there, here = calendar_for(singapore), calendar_for(suzhou)
    assert there.zone == "Asia/Singapore"
    assert there.spans(day("2026-03-02")) == (Span(510, 750), Span(810, 1050))
    assert not there.is_working_day(day("2026-03-03")) and here.is_working_day(day("2026-03-03"))
    # Singapore's National Day; China's make-up Sunday is a Sunday there
    assert not there.is_working_day(day("2026-08-10"))
    assert here.is_working_day(day("2026-08-10"))
    assert not there.is_working_day(day("2026-09-20")) and here.is_working_day(day("2026-09-20"))
    # a make-up Saturday keeps Saturday's own hours
    enter("2026-03-07", WORKDAY, root)
    assert calendar_for(singapore).spans(day("2026-03-07"))[0] == Span(510, 750)


def test_the_day_of_a_city_goes_before_the_day_of_all(root):
    suzhou = make_city("苏州", "Suzhou")
    enter("2026-03-02", HOLIDAY, root)
    enter("2026-03-02", WORKDAY, root, city=suzhou)
    assert not calendar_for().is_working_day(day("2026-03-02"))
    assert calendar_for(suzhou).is_working_day(day("2026-03-02"))


def test_a_day_is_entered_once_for_a_city(root):
    enter("2026-03-02", HOLIDAY, root)
    with pytest.raises(ValidationError):
        enter("2026-03-02", WORKDAY, root)
    with pytest.raises(ValidationError):
        calendars.create(instance=WorkSchedule(), actor=root)


def test_calendars_are_read_once_and_anew_after_every_change(
    root, django_assert_num_queries, django_capture_on_commit_callbacks
):
    calendar_for()
    with django_assert_num_queries(0):
        assert calendar_for().is_working_day(day("2026-03-02"))
    with django_capture_on_commit_callbacks(execute=True):
        row = enter("2026-03-02", HOLIDAY, root)
    assert not calendar_for().is_working_day(day("2026-03-02"))
    with django_capture_on_commit_callbacks(execute=True):
        calendars.edit(instance=row, values={"day": day("2026-03-03")}, actor=root, version=1)
    assert calendar_for().is_working_day(day("2026-03-02"))
    with django_capture_on_commit_callbacks(execute=True):
        calendars.delete(instance=row, actor=root)
    assert calendar_for().is_working_day(day("2026-03-03"))
    actions = AuditEntry.objects.filter(action__startswith="calendarday").order_by("pk")
    assert [entry.action.split(".")[1] for entry in actions] == ["created", "edited", "deleted"]


def test_another_process_sees_a_change_by_the_stamp(root, django_capture_on_commit_callbacks):
    calendar_for()
    ours = calendars._known
    with django_capture_on_commit_callbacks(execute=True):
        enter("2026-03-02", HOLIDAY, root)
    calendars._known = ours  # what another process still holds
    assert not calendar_for().is_working_day(day("2026-03-02"))


def test_without_a_shared_cache_a_change_is_seen_after_a_while(root, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    calendar_for()
    enter("2026-03-02", HOLIDAY, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendars._known, "until", 0)
        assert not calendar_for().is_working_day(day("2026-03-02"))


def test_hours_taken_from_the_library_are_seen_at_once(root, django_capture_on_commit_callbacks):
    shared = WorkSchedule.objects.get(city=None)
    with django_capture_on_commit_callbacks(execute=True):
        calendars.edit(instance=shared, values={"monday": ""}, actor=root)
    assert not calendar_for().is_working_day(day("2026-03-02"))
    with django_capture_on_commit_callbacks(execute=True):
        WorkSchedule.objects.update(library_digest="older")
        library.take_shipped(code="hours:company", actor=root)
    assert calendar_for().is_working_day(day("2026-03-02"))


def test_the_companys_hours_stay(root):
    shared = WorkSchedule.objects.get(city=None)
    with pytest.raises(DomainError):
        calendars.delete(instance=shared, actor=root)
    with pytest.raises(DomainError):
        calendars.edit(instance=shared, values={"city": make_city()}, actor=root)
    with pytest.raises(ValidationError):
        calendars.edit(instance=shared, values={"monday": "nine to five"}, actor=root)


def test_only_who_keeps_settings_changes_calendars(root):
    anybody = make_user("anybody", unit=make_unit())
    with pytest.raises(PermissionDenied):
        enter("2026-03-02", HOLIDAY, anybody)
    row = enter("2026-03-02", HOLIDAY, root)
    for act in (calendars.delete, lambda **kw: calendars.edit(values={"name_en": "x"}, **kw)):
        with pytest.raises(PermissionDenied):
            act(instance=row, actor=anybody)
    assert CalendarDay.objects.get().name_en == ""


def test_a_year_without_data_is_told(root, django_capture_on_commit_callbacks):
    assert public_holidays.covers("CN", 2026) and not public_holidays.covers("CN", 2090)
    assert public_holidays.covers("SG", 2026) and not public_holidays.covers("XX", 2026)
    assert public_holidays.days_of("XX", 2026) == {}
    assert calendars.uncovered_years(day("2026-11-30")) == []
    assert calendars.uncovered_years(day("2089-12-01")) == [("CN", 2089), ("CN", 2090)]
    with django_capture_on_commit_callbacks(execute=True):
        enter("2090-02-01", HOLIDAY, root)
    assert calendars.uncovered_years(day("2090-06-01")) == []


def test_the_job_log_and_the_admin_tell_a_year_without_data(client, root):
    with time_machine.travel("2089-03-01 12:00:00+08:00", tick=False):
        assert check_calendars() == {"years without public holidays": "2089 (CN)"}
        client.force_login(root)
        page = client.get(reverse("admin:core_calendarday_changelist"))
        assert "2089" in page.text and "CN" in page.text
    with time_machine.travel("2026-03-01 12:00:00+08:00", tick=False):
        assert check_calendars() == {"years without public holidays": 0}


def post(client, name, values, *args):
    return client.post(reverse(f"admin:core_{name}", args=args), values)


def test_days_are_entered_changed_and_removed_in_the_admin(
    client, root, django_capture_on_commit_callbacks
):
    client.force_login(root)
    values = {"day": "2026-03-02", "kind": "holiday", "name_zh": "公司年会", "name_en": ""}
    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, "calendarday_add", values).status_code == 302
    row = CalendarDay.objects.get()
    assert not calendar_for().is_working_day(day("2026-03-02"))
    twice = post(client, "calendarday_add", values)
    assert twice.status_code == 200 and twice.context["adminform"].form.errors
    changed = values | {"kind": "workday", "seen_version": 1}
    assert post(client, "calendarday_change", changed, row.pk).status_code == 302
    stale = post(client, "calendarday_change", values | {"seen_version": 1}, row.pk)
    assert stale.status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, "calendarday_delete", {"post": "yes"}, row.pk).status_code == 302
    assert not CalendarDay.objects.exists()
    assert calendar_for().is_working_day(day("2026-03-02"))


def test_hours_are_checked_beside_their_field(client, root):
    client.force_login(root)
    shared = WorkSchedule.objects.get(city=None)
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "09:00-12:00")
    values = week | {"friday": "12:00-09", "saturday": "", "sunday": "", "holidays_of": "CN"}
    answer = post(client, "workschedule_change", values | {"seen_version": 1}, shared.pk)
    assert "friday" in answer.context["adminform"].form.errors
    answer = post(
        client,
        "workschedule_change",
        dict.fromkeys(values, "") | {"holidays_of": "CN", "seen_version": 1},
        shared.pk,
    )
    assert "monday" in answer.context["adminform"].form.errors
    values |= {"friday": "22:00-06:00", "seen_version": 1}
    assert post(client, "workschedule_change", values, shared.pk).status_code == 302
    assert calendars._load(None).shared.friday == "22:00-06:00"
    answer = post(client, "workschedule_delete", {"post": "yes"}, shared.pk)
    assert answer.status_code == 403 and WorkSchedule.objects.filter(city=None).exists()
    chosen = {"action": "delete_selected", "_selected_action": [shared.pk], "post": "yes"}
    post(client, "workschedule_changelist", chosen)
    assert WorkSchedule.objects.filter(city=None).exists()
    unknown = values | {"holidays_of": "XX", "seen_version": 2}
    answer = post(client, "workschedule_change", unknown, shared.pk)
    assert "holidays_of" in answer.context["adminform"].form.errors
