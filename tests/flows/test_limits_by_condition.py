"""Time limits that depend on what the subject is: the first answer to a complaint by tier."""

import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.models import Account, ServedAccount
from accounts.subjects import AccountSubject
from core import calendars
from core.models import WorkSchedule
from core.subjects import Due, subject_of_kind
from flows import checking, services
from flows.admin_choices import Choices
from flows.building import read_posted, text_of
from flows.condition_words import Fields
from flows.definition import load_words, read
from flows.models import FlowTemplate, WorkItem
from flows.rule_words import card_rows
from flows.services.templates import problems_of
from flows.shape import DefinitionError, Limit, Step, Words
from tests import factories as make
from tests.flows.helpers import load, u
from tests.flows.test_builder import Inputs, build_url, press

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
COMPLAINT = Path(settings.BASE_DIR) / "flows/library/flows/f21_complaint.yaml"
TEXT = """
flow: L-1
subject: account
zh: 限
en: Limits
steers: no
steps:
  - step: look
    zh: 调查
    en: Look into it
    who: owner
    within: 24 hours
    green: 6 hours
    within_when:
      - if: tier = 'core'
        within: 4 hours
        green: 2 hours
      - if: tier in ('strategic', 'important')
        within: 8 hours
    then:
      done: end closed
ends:
  closed:
    zh: 已关闭
    en: Closed
"""
ZONE = datetime.timezone(datetime.timedelta(hours=8))
# Monday; people work 09:00-12:00 and 13:30-18:00, which is 7.5 hours a day.
MONDAY = datetime.datetime(2026, 11, 23, 9, tzinfo=ZONE)


def at(day, hour, minute=0):
    return datetime.datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def root(client):
    client.force_login(u("root"))
    client.cookies["kam_language"] = "en"
    return client


@pytest.fixture
def flow(root):
    return load(TEXT)[0]


def account(tier=None, **fields):
    fields["tier"] = make.make_tier(tier) if tier else None
    return make.make_account(manager=u("anna"), **fields)


def opened(subject, now=MONDAY):
    """The item of the first step, asked for on Monday at nine."""
    run = services.start(subject=subject, template_code="L-1", actor=u("anna"), now=now)
    return WorkItem.objects.get(run=run)


# The rule

LINES = Step(
    code="s",
    name=Words("步", "Step"),
    within="9 hours",
    green="3 hours",
    limits=(Limit("a", "1 hour", "5 minutes"), Limit("b", "2 hours")),
)


@pytest.mark.parametrize(
    ("true", "ordinary", "green"),
    [
        ("", "9 hours", "3 hours"),
        ("b", "2 hours", "2 hours"),
        ("a", "1 hour", "5 minutes"),
        ("ab", "1 hour", "5 minutes"),
    ],
)
def test_the_first_line_that_holds_decides_and_else_the_plain_limit(true, ordinary, green):
    asked = []

    def holds(text):
        asked.append(text)
        return text in true

    assert LINES.limit(holds, green=False) == ordinary
    assert asked == (["a"] if "a" in true else ["a", "b"])
    assert LINES.limit(holds, green=True) == green


# The clock


@pytest.mark.parametrize(
    ("tier", "due", "minutes"),
    [
        ("core", at(23, 14, 30), 240),  # 3 hours before lunch, one after
        ("strategic", at(24, 9, 30), 480),  # 7.5 hours on Monday, half an hour on Tuesday
        ("important", at(24, 9, 30), 480),
        ("potential", at(26, 10, 30), 1440),  # three days are 22.5 hours
        (None, at(26, 10, 30), 1440),
        ("core_of_old", at(26, 10, 30), 1440),  # a tier of another name
    ],
)
def test_each_tier_has_its_own_end(flow, tier, due, minutes):
    one = opened(account(tier))
    assert (one.due_at, one.limit_minutes) == (due, minutes)


def test_the_calendar_of_the_city_counts(flow):
    city = make.make_city()
    hours = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-17:00")
    calendars.create(instance=WorkSchedule(city=city, **hours), actor=u("root"))
    one = opened(account("core", city=city))
    assert one.due_at == at(23, 13)


@pytest.mark.parametrize(
    ("tier", "due"),
    [("core", at(23, 11)), ("important", at(24, 9, 30)), ("potential", at(23, 16, 30))],
)
def test_the_green_channel_has_the_limit_of_its_line(flow, tier, due):
    served = account(tier)
    ServedAccount.objects.create(
        team=make.make_team(), account=served, green_channel=True, starts_on=MONDAY.date()
    )
    assert opened(served).due_at == due


def test_what_is_open_keeps_its_end_when_the_tier_changes_and_the_next_has_the_new_one(flow):
    served = account("potential")
    one = opened(served)
    Account.objects.filter(pk=served.pk).update(tier=make.make_tier("core"))
    one.refresh_from_db()
    assert one.due_at == at(26, 10, 30)
    services.complete(item=one, outcome="done", actor=u("anna"), now=MONDAY)
    assert opened(Account.objects.get(pk=served.pk)).due_at == at(23, 14, 30)


def test_a_clock_that_stood_still_goes_on_with_what_the_line_left(flow):
    one = opened(account("core"))
    services.suspend(item=one, actor=u("anna"), reason="papers", now=at(23, 10))
    services.resume(item=one, actor=u("anna"), now=at(24, 9))
    one.refresh_from_db()
    assert one.due_at == at(24, 12)  # three of four hours were left
    assert one.warn_at == at(24, 11, 12)  # 80 % of four hours, of which one was used


def test_dates_of_the_subject_win_and_the_line_counts_where_it_is_later(flow, monkeypatch):
    served = account("core")
    monkeypatch.setattr(AccountSubject, "due", lambda self, subject, step: Due(at(25, 10)))
    one = opened(served)
    assert one.due_at == at(25, 10)
    said = {"floor": at(23, 10)}
    monkeypatch.setattr(AccountSubject, "due", lambda *args: Due(said["floor"], floor=True))
    services.follow_subject(run=one.run, actor=u("anna"))
    one.refresh_from_db()
    assert one.due_at == at(23, 14, 30)
    said["floor"] = at(25, 11)
    services.follow_subject(run=one.run, actor=u("anna"))
    one.refresh_from_db()
    assert one.due_at == at(25, 11)


WAITING = """
flow: L-2
subject: account
zh: 等
en: Wait
steers: no
steps:
  - step: wait
    kind: wait
    zh: 等待备案
    en: Wait
    until: status = 'registered'
    within: 3 days
    within_when:
      - if: tier = 'core'
        within: 1 day
    then:
      done: end closed
      late: end closed
ends:
  closed:
    zh: 已关闭
    en: Closed
"""


@pytest.mark.parametrize(("tier", "late"), [("core", at(23, 18)), ("important", at(25, 18))])
def test_a_step_that_waits_is_too_late_by_its_line(flow, tier, late):
    load(WAITING)
    served = account(tier)
    run = services.start(subject=served, template_code="L-2", actor=u("anna"), now=MONDAY)
    visit = run.steps.get()
    minute = datetime.timedelta(minutes=1)
    assert wake(visit, late - minute) == "open"
    assert wake(visit, late) == "done"
    visit.refresh_from_db()
    assert visit.outcome == "late"


def wake(visit, now):
    visit.run.steps.filter(pk=visit.pk).update(wake_at=now)
    services.tick(now)
    visit.run.refresh_from_db()
    return visit.run.state


# What is refused


def problems(old, new):
    assert old in TEXT
    with translation.override("en"):
        return " ".join(problems_of(TEXT.replace(old, new), actor=u("root")))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("if: tier = 'core'", "if: colour = 'core'", "The condition cannot be read"),
        ("if: tier = 'core'", "if: tier", "The condition cannot be read"),
        ("if: tier = 'core'", "if: ''", "Limit by condition 1 says no condition."),
        ("        within: 8 hours\n", "", "Limit by condition 2 says no time."),
        ("within: 8 hours", "within: soon", "“soon” is no time limit"),
        ("within: 8 hours", "until: 8 hours", "“until” is no key that is known here."),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_its_reason(flow, old, new, said):
    assert said in problems(old, new)


def test_a_name_that_the_editor_may_not_see_is_refused():
    flow = read(TEXT)
    house = checking.House(
        subjects=frozenset({"account"}), names={"tier": "choice"}, hidden=frozenset({"tier"})
    )
    found = [one for one in checking.check(flow, house) if one.code == "name_forbidden"]
    assert {(one.step, one.value) for one in found} == {("look", "tier")}


def test_a_step_that_nobody_does_has_no_such_limits(flow):
    asked = TEXT.replace("    who: owner\n", "    kind: decision\n    else: end closed\n")
    with translation.override("en"):
        assert "Only a step that somebody does" in " ".join(problems_of(asked, actor=u("root")))


def test_lines_must_be_a_list():
    with pytest.raises(DefinitionError) as refusal:
        read(
            TEXT.split("      - if: tier = 'core'")[0] + "      tier: core\n    then: end closed\n"
        )
    assert "not_a_list" in {one.code for one in refusal.value.problems}


# The shipped flow, the card, the builder


def test_the_first_answer_to_a_complaint_is_due_as_the_requirements_say():
    flow = read(COMPLAINT.read_text(encoding="utf-8"))
    step = flow.steps["investigate"]
    tiers = {"core": "4 hours", "strategic": "4 hours", "important": "8 hours"}
    for tier, within in {**tiers, "potential": "24 hours", "": "24 hours"}.items():
        assert step.limit(lambda text, t=tier: f"'{t}'" in text, green=False) == within


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["tier is Core", "tier is one of: Strategic, Important"]),
        ("zh-hans", ["等级为核心", "等级为其中之一：战略、重要"]),
    ],
)
def test_the_card_says_each_line_in_words(flow, client, language, words):
    for tier in ("core", "strategic", "important"):
        make.make_tier(tier)
    with translation.override(language):
        rows = card_rows(read(TEXT))
        assert [line["when"] for line in rows[0]["limits"]] == words
    client.force_login(u("anna"))
    client.cookies["kam_language"] = language
    page = client.get(reverse("flows:template_detail", args=["L-1"])).content.decode()
    assert all(word in page for word in words)


def test_a_condition_of_several_parts_is_spelled_out():
    make.make_tier("core")
    record = Fields(subject_of_kind("account"))
    with translation.override("en"):
        assert (
            record.words("tier = 'core' and employees > 100") == "tier = Core and employees > 100"
        )
        assert record.words("employees >= 50") == "employees is at least 50"


def test_a_line_is_added_moved_and_removed_without_writing_it(root, flow):
    for tier in ("core", "potential"):
        make.make_tier(tier)
    page = root.get(build_url(flow), {"step": "look"}).content.decode()
    assert 'name="limit0-within-number"' in page and 'name="limit2-name"' in page
    added = {
        "limit2-name": "tier",
        "limit2-value": "potential",
        "limit2-within-number": "3",
        "limit2-within-unit": "day",
    }
    press(root, flow, "save", step="look", **added)
    lines = read(flow.definition).steps["look"].limits
    assert lines[2] == Limit("tier = 'potential'", "3 days", "")
    assert lines[:2] == read(TEXT).steps["look"].limits
    press(root, flow, "limit.up.2", step="look")
    press(root, flow, "limit.remove.0", step="look")
    press(root, flow, "limit.remove.9", step="look")
    within = [line.within for line in read(flow.definition).steps["look"].limits]
    assert within == ["3 days", "8 hours"]
    press(root, flow, "limit.remove.0", step="look")
    press(root, flow, "limit.remove.0", step="look")
    assert "within_when" not in flow.definition


def test_what_is_missing_in_a_line_stands_beside_its_step(root, flow):
    press(root, flow, "save", step="look", **{"limit2-name": "tier", "limit2-value": "core"})
    page = root.get(build_url(flow), {"step": "look"}).content.decode()
    beside = page.split('data-wrong="look">')[1].split("</div>")[0]
    assert "Limit by condition 3 says no time." in beside
    assert press(root, flow, "activate").url.endswith("#build")
    assert FlowTemplate.objects.get(pk=flow.pk).versions.count() == 1


def test_a_step_that_becomes_a_decision_loses_its_lines(root, flow):
    press(root, flow, "save", step="look", **{"s-kind": "decision"})
    assert "within_when" not in flow.definition


def test_the_preview_shows_the_lines(root, flow):
    make.make_tier("core")
    page = root.get(build_url(flow), {"step": "look"}).content.decode()
    assert "tier is Core: 4 hours / 2 hours" in page
    inputs, mapping = Inputs(page), load_words(TEXT)
    posted = read_posted(mapping, inputs.posted(), Choices(mapping).known)
    assert read(text_of(posted)).says_the_same(read(TEXT))
