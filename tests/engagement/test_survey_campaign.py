"""A survey from its plan to what it leads to (F-22), by hand and by cadence."""

import copy
import datetime
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone, translation

from accounts.models import AccountFigures
from accounts.services import anonymise_contact, export_person
from core.exceptions import DomainError
from documents.models import DocumentTemplate
from documents.services import complete_document, save_answers, start_document
from engagement.models import (
    ActionState,
    ImprovementAction,
    Opinion,
    SurveyCadence,
    SurveyCampaign,
    SurveyPlay,
    SurveyResponse,
    SurveySettings,
    SurveyState,
)
from engagement.services import (
    improvements,
    opinions,
    survey_answers,
    survey_cadence,
    survey_letters,
    survey_results,
    surveys,
)
from engagement.services.merging import merge_improvements
from flows.models import ItemState, WorkItem
from flows.services.free_items import finish
from notifications.models import Delivery, DeliveryState, Notification
from notifications.services import dispatch
from tests import factories as make
from tests.engagement import surveys as make_survey

D = Decimal
DAY = datetime.timedelta(days=1)


@pytest.fixture
def house(db, built_survey_house):
    with translation.override("en"):
        yield copy.deepcopy(built_survey_house)


def answer(campaign, contact, nps, *marks, **more):
    row = make_survey.invitation(campaign, contact)
    values = {"nps": str(nps), "product": marks[0], "delivery": marks[1], "after_sales": marks[2]}
    return survey_answers.answer(invitation=row, answers=values | more, language="en")


def finished(campaign):
    """Followed up, closed and analysed, as the job does it."""
    survey_results.follow_up()
    surveys.close(campaign=campaign, actor=None)
    told = survey_results.analyse_closed()
    campaign.refresh_from_db()
    return told


# ---------- who is asked ----------


def test_contacts_come_along_and_who_cannot_be_asked_is_kept_with_the_reason(house):
    campaign = make_survey.campaign_of(house)
    left = dict(campaign.invitations.exclude(left_out="").values_list("contact__name", "left_out"))
    assert left == {"Shy": "no_email", "No": "refused"}
    assert {row.contact.name for row in campaign.invitations.asked()} == {"Ann", "王勃", "Eve"}
    ann = make_survey.invitation(campaign, house.ann)
    assert (ann.level, ann.tier, ann.account, ann.language) == (
        "senior", house.tier, house.acme, "en",
    )  # fmt: skip
    assert make_survey.invitation(campaign, house.bob).language == "zh-hans"


def test_only_levels_chosen_and_only_accounts_one_may_edit(house):
    west = house.stranger.unit
    other = make.make_account("Other", manager=house.stranger)
    make.make_contact("Out", account=other, email="out@example.org", level="senior")
    campaign = make_survey.campaign_of(house, levels=["senior"])
    assert {row.contact.name for row in campaign.invitations.all()} == {"Ann", "Eve"}
    assert west.pk != house.east.pk


def test_nobody_is_asked_twice_within_the_days_of_rest(house):
    make_survey.opened(house)
    make_survey.letters()
    second = make_survey.campaign_of(house, name="Again")
    left = set(second.invitations.values_list("left_out", flat=True))
    assert left == {"resting", "no_email", "refused"}
    ann = surveys.leave_out(
        invitation=make_survey.invitation(second, house.ann), actor=house.kim, back=True
    )
    assert ann.left_out == ""
    with pytest.raises(DomainError):
        surveys.schedule(campaign=make_survey.campaign_of(house, name="None"), actor=house.kim)


def test_consent_is_looked_at_again_when_it_is_sent(house):
    campaign = make_survey.campaign_of(house)
    surveys.schedule(campaign=campaign, actor=house.kim)
    type(house.ann).objects.filter(pk=house.ann.pk).update(consent="refused")
    type(house.eve).objects.filter(pk=house.eve.pk).update(email="new@example.org")
    assert surveys.open_due() == 1
    assert make_survey.invitation(campaign, house.ann).left_out == "refused"
    assert make_survey.invitation(campaign, house.eve).address == "new@example.org"


def test_strangers_may_neither_see_nor_run_it(house):
    campaign = make_survey.campaign_of(house, accounts=type(house.acme).objects.filter(
        pk=house.acme.pk))  # fmt: skip
    assert SurveyCampaign.objects.visible_to(house.dora).filter(pk=campaign.pk).exists()
    assert not SurveyCampaign.objects.visible_to(house.stranger).exists()
    for call in (surveys.schedule, surveys.cancel):
        with pytest.raises(PermissionDenied):
            call(campaign=campaign, actor=house.stranger)


# ---------- letters ----------


def test_everybody_is_written_to_once_in_their_language(house):
    make_survey.opened(house)
    told, states = make_survey.letters()
    assert told == {"invited": 3, "reminded": 0} and states == ["sent"] * 3
    again, states = make_survey.letters()
    assert again == {"invited": 0, "reminded": 0} and len(mail.outbox) == 3
    letters = {one.to[0]: one for one in mail.outbox}
    assert "how do you find our service" in letters["ann@example.org"].subject
    assert "您" in letters["bob@example.org"].body
    assert "/profile/" not in letters["ann@example.org"].body


def test_who_has_not_answered_is_reminded_and_nobody_else(house):
    campaign = make_survey.opened(house)
    make_survey.letters()
    answer(campaign, house.ann, 9, 5, 5, 5)
    later = timezone.now() + 5 * DAY
    assert survey_letters.write_letters(later) == {"invited": 0, "reminded": 2}
    assert survey_letters.write_letters(later + 5 * DAY)["reminded"] == 0, "once, as set"
    dispatch.run(seconds=5)
    reminded = [one.to[0] for one in mail.outbox[3:]]
    assert sorted(reminded) == ["bob@example.org", "eve@example.org"]
    assert Delivery.objects.filter(state=DeliveryState.SENT).count() == 5


def test_a_letter_that_is_no_longer_right_does_not_leave(house):
    campaign = make_survey.opened(house)
    survey_letters.write_letters()
    answer(campaign, house.ann, 9, 5, 5, 5)
    type(house.bob).objects.filter(pk=house.bob.pk).update(consent="refused")
    surveys.revoke_link(
        invitation=make_survey.invitation(campaign, house.eve), actor=house.kim
    )
    dispatch.run(seconds=5)
    assert mail.outbox == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dropped"}


def test_a_letter_whose_worker_died_is_held_and_shown(house, monkeypatch):
    """Strict: what may have been sent is not sent again by itself (reliability.md, G3)."""
    campaign = make_survey.opened(house)
    survey_letters.write_letters()

    def dies(*args, **kwargs):
        raise ConnectionResetError("between the server's 250 and our note of it")

    monkeypatch.setattr(mail.EmailMessage, "send", dies)
    dispatch.run(seconds=5)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"unknown"}
    monkeypatch.undo()
    dispatch.run(seconds=5)
    assert mail.outbox == []
    assert Notification.objects.filter(subject_id=campaign.pk).count() == 3


# ---------- closed loop ----------


def test_an_unhappy_answer_starts_its_play_at_once(house):
    campaign = make_survey.opened(house)
    answer(campaign, house.ann, 3, 2, 2, 2, improve="Answer faults faster")
    assert survey_results.follow_up() == 1
    assert survey_results.follow_up() == 0
    titles = {item.title_en: item.assignee for item in WorkItem.objects.all()}
    assert titles["Call the customer within three days and hear them out"] == house.kim
    assert titles["See to it that the unhappy customer is looked after"] == house.dora
    action = ImprovementAction.objects.get()
    assert (action.reason, action.owner, action.item.assignee) == (
        "detractor", house.kim, house.kim,
    )  # fmt: skip
    told = Notification.objects.get(kind="engagement.low_answer")
    assert told.recipient == house.kim and "25.0" in told.title_en
    opinion = Opinion.objects.get()
    assert (opinion.text, opinion.owner) == ("Answer faults faster", house.kim)
    figures = AccountFigures.objects.get(account=house.acme)
    assert figures.satisfaction == D("25.0")


@pytest.mark.parametrize(
    ("nps", "wanted"),
    [
        (8, {"Ask what is missing for the customer to recommend us"}),
        (10, {"Say thank you and ask for a reference or a referral"}),
    ],
)
def test_passive_customers_and_promoters_have_plays_of_their_own(house, nps, wanted):
    campaign = make_survey.opened(house)
    answer(campaign, house.ann, nps, 5, 5, 5)
    survey_results.follow_up()
    assert {item.title_en for item in WorkItem.objects.all()} == wanted
    assert not ImprovementAction.objects.exists()


def test_plays_are_data(house):
    SurveyPlay.objects.all().update(is_active=False)
    campaign = make_survey.opened(house)
    answer(campaign, house.ann, 0, 1, 1, 1)
    survey_results.follow_up()
    assert not WorkItem.objects.exists()


def test_one_improvement_for_an_account_and_a_reason_what_comes_later_is_added(house):
    campaign = make_survey.opened(house)
    answer(campaign, house.ann, 2, 1, 1, 1)
    answer(campaign, house.bob, 4, 2, 2, 2)
    survey_results.follow_up()
    action = ImprovementAction.objects.get(reason="detractor")
    assert "2/10" in action.note and "4/10" in action.note
    calls = WorkItem.objects.filter(title_en__startswith="Call the customer within")
    assert calls.count() == 1 and "4/10" in calls.get().note


def test_low_accounts_and_dimensions_get_an_owner_and_a_due_date(house):
    SurveyPlay.objects.all().update(is_active=False)
    campaign = make_survey.opened(house)
    # acme: (25*2+50*… ) by hand: product 25, delivery 75, after-sales 50 -> 25*25+20*75+25*50 / 70
    answer(campaign, house.ann, 7, 2, 4, 3)
    answer(campaign, house.eve, 10, 5, 5, 5)
    told = finished(campaign)
    assert campaign.state == SurveyState.ANALYSED and told == {"analysed": 1, "improvements": 3}
    rows = ImprovementAction.objects.order_by("reason").values_list("reason", "score_before")
    assert list(rows) == [
        ("dimension:after_sales", D("50.0")),
        ("dimension:product", D("25.0")),
        ("score", D("48.2")),
    ]
    one = ImprovementAction.objects.get(reason="score")
    assert one.owner == house.kim and one.due_on == timezone.localdate() + 30 * DAY
    assert one.item.state == ItemState.OPEN and one.score_wanted == 60
    assert ImprovementAction.objects.get(reason="dimension:product").dimension_zh == "产品性能"
    assert survey_results.analyse(campaign) == 3, "again: nothing new"
    assert ImprovementAction.objects.count() == 3


def test_limits_of_a_tier_go_before_those_of_the_company(house):
    SurveyPlay.objects.all().update(is_active=False)
    SurveyCadence.objects.create(tier=house.tier, low_score=D(20), low_dimension=D(20))
    campaign = make_survey.opened(house)
    answer(campaign, house.ann, 7, 2, 2, 2)
    finished(campaign)
    assert not ImprovementAction.objects.exists()


@pytest.mark.parametrize(("mark", "state"), [(5, "effective"), (2, "ineffective")])
def test_the_next_round_shows_whether_it_helped(house, mark, state):
    SurveyPlay.objects.all().update(is_active=False)
    SurveySettings.objects.create(id=1, rest_days=0)
    first = make_survey.opened(house)
    answer(first, house.ann, 7, 2, 2, 2)
    finished(first)
    for action in ImprovementAction.objects.all():
        improvements.complete_action(improvement=action, result="We did it", actor=house.kim)
    second = make_survey.opened(house, name="Winter", opens_at=timezone.now())
    answer(second, house.ann, 9, mark, mark, mark)
    finished(second)
    old = ImprovementAction.objects.filter(campaign=first)
    assert set(old.values_list("state", flat=True)) == {state}
    assert set(old.values_list("score_after", flat=True)) == {D((mark - 1) * 25)}
    again = ImprovementAction.objects.filter(campaign=second, state=ActionState.OPEN).count()
    assert again == (0 if state == "effective" else 4)
    first.refresh_from_db()
    assert first.verified_at is not None


def test_an_interrupted_analysis_begins_again_and_finds_what_it_did(house, monkeypatch):
    SurveyPlay.objects.all().update(is_active=False)
    campaign = make_survey.opened(house)
    answer(campaign, house.ann, 7, 1, 1, 1)
    answer(campaign, house.eve, 7, 1, 1, 1)
    survey_results.follow_up()
    surveys.close(campaign=campaign, actor=None)
    real, seen = survey_results._judge, []

    def dies(*args):
        seen.append(args)
        if len(seen) == 2:
            raise RuntimeError("killed")
        return real(*args)

    monkeypatch.setattr(survey_results, "_judge", dies)
    with pytest.raises(RuntimeError):
        survey_results.analyse_closed()
    campaign.refresh_from_db()
    assert campaign.state == SurveyState.CLOSED and ImprovementAction.objects.count() == 4
    survey_results.analyse_closed()
    assert ImprovementAction.objects.count() == 8


def test_ticking_off_the_work_item_is_doing_the_improvement(house):
    action = improvements.open_action(account=house.acme, reason="score", actor=house.kim)
    finish(item=action.item, actor=house.kim, opinion="Spoke to everybody")
    assert improvements.settle_finished() == 1
    action.refresh_from_db()
    assert (action.state, action.result) == (ActionState.DONE, "Spoke to everybody")


def test_an_improvement_is_changed_done_and_dropped_with_its_work_item(house):
    action = improvements.open_action(account=house.acme, reason="score", actor=house.kim)
    due = timezone.localdate() + 3 * DAY
    improvements.update_action(
        improvement=action, values={"owner": house.dora, "due_on": due}, actor=house.kim
    )
    item = WorkItem.objects.get(pk=action.item_id)
    assert item.assignee == house.dora and timezone.localtime(item.due_at).date() == due
    with pytest.raises(DomainError):
        improvements.complete_action(improvement=action, result=" ", actor=house.dora)
    improvements.complete_action(improvement=action, result="Done", actor=house.dora)
    assert WorkItem.objects.get(pk=item.pk).state == ItemState.DONE
    with pytest.raises(PermissionDenied):
        improvements.cancel_action(improvement=action, reason="x", actor=house.stranger)
    other = improvements.open_action(account=house.beta, reason="score", actor=house.kim)
    improvements.cancel_action(improvement=other, reason="No longer", actor=house.kim)
    assert WorkItem.objects.get(pk=other.item_id).state == ItemState.CANCELLED


# ---------- cadence ----------


def test_accounts_that_are_due_by_their_tier_get_a_survey_prepared_once(house):
    type(house.tier).objects.filter(pk=house.tier.pk).update(survey_interval_days=90)
    assert survey_cadence.prepare_due() == 1
    assert survey_cadence.prepare_due() == 0, "one is under way"
    campaign = SurveyCampaign.objects.get()
    assert (campaign.state, campaign.origin, campaign.unit) == ("draft", "cadence", house.east)
    assert campaign.invitations.asked().count() == 3
    told = Notification.objects.get(kind="engagement.survey_prepared")
    assert told.recipient == house.dora
    surveys.cancel(campaign=campaign, actor=house.dora)
    assert survey_cadence.prepare_due() == 0, "dropped: the accounts wait for their next turn"
    assert survey_cadence.prepare_due(timezone.now() + 95 * DAY) == 1


def test_the_cadence_may_schedule_by_itself_or_rest(house):
    type(house.tier).objects.filter(pk=house.tier.pk).update(survey_interval_days=90)
    row = SurveySettings.objects.create(id=1, cadence="off")
    assert survey_cadence.prepare_due() == 0
    row.cadence = "schedule"
    row.save()
    SurveyCadence.objects.create(tier=house.tier, asks_middle=False)
    assert survey_cadence.prepare_due() == 1
    campaign = SurveyCampaign.objects.get()
    assert campaign.state == SurveyState.SCHEDULED
    assert {row.contact.name for row in campaign.invitations.all()} == {"Ann", "Eve", "No"}


# ---------- opinions ----------


def test_a_complete_sheet_becomes_opinions_each_followed_to_closure(house):
    sheet = start_document(
        template=DocumentTemplate.objects.get(code="opinion_sheet"),
        actor=house.kim,
        subject_type="account",
        subject_id=house.acme.pk,
    )
    values = {
        "product_needs": "A second line",
        "opinions": [{"topic": "Faults", "opinion": "Too slow", "wish": "Call back in 1 h"}],
        "contact_again": "no",
    }
    save_answers(document=sheet, values=values, actor=house.kim)
    assert opinions.collect_sheets() == 0, "not while it is being filled in"
    complete_document(document=sheet, actor=house.kim)
    assert opinions.collect_sheets() == 2 and opinions.collect_sheets() == 0
    need = Opinion.objects.get(kind="need")
    said = Opinion.objects.get(kind="opinion")
    assert need.text == "A second line" and said.wish == "Call back in 1 h"
    opinions.take_in_hand(opinion=said, actor=house.kim)
    with pytest.raises(DomainError):
        opinions.close_opinion(opinion=said, answer="", actor=house.kim)
    opinions.close_opinion(opinion=said, answer="Called, agreed", actor=house.kim)
    assert (said.state, said.closed_by) == ("closed", house.kim)
    opinions.reopen_opinion(opinion=said, reason="It came back", actor=house.kim)
    assert said.state == "in_hand" and said.closed_at is None


def test_a_stranger_enters_no_opinion(house):
    with pytest.raises(PermissionDenied):
        opinions.add_opinion(
            account=house.acme, text="x", source="visit", actor=house.stranger
        )


# ---------- people and records ----------


def test_a_person_gets_a_copy_of_what_they_said_and_can_have_it_removed(house):
    campaign = make_survey.opened(house)
    make_survey.letters()
    answer(campaign, house.ann, 3, 2, 2, 2, improve="My own words", best="Mine too")
    survey_results.follow_up()
    boss = make.make_administrator("boss")
    data = export_person(contact=house.ann, actor=boss)
    assert data["surveys"][0]["answers"]["improve"] == "My own words"
    assert data["opinions"][0]["text"] == "My own words"
    anonymise_contact(contact=house.ann, reason="asked for it", actor=boss)
    response = SurveyResponse.objects.get()
    assert response.comment == "" and response.score == D("25.0")
    assert "improve" not in response.document.__class__.objects.get(
        pk=response.document_id
    ).answers
    row = make_survey.invitation(campaign, house.ann)
    assert row.address == "" and row.revoked_at
    assert not Notification.objects.filter(address="ann@example.org").exists()
    assert Opinion.objects.get().contact is None
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            assert "My own words" not in repr(cursor.fetchall()), table


def test_a_merge_keeps_one_improvement_open_for_a_reason(house):
    ours = improvements.open_action(account=house.acme, reason="score", actor=None, note="ours")
    theirs = improvements.open_action(account=house.beta, reason="score", actor=None, note="theirs")
    rows = ImprovementAction.objects.filter(account=house.beta)
    merge_improvements(rows=rows, keep=house.acme, absorb=house.beta)
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.state, theirs.state, theirs.account) == ("open", "cancelled", house.acme)
    assert "theirs" in ours.note


def test_a_leaver_hands_over_improvements_and_opinions(house):
    improvements.open_action(account=house.acme, reason="score", actor=house.kim)
    opinions.add_opinion(account=house.acme, text="x", source="visit", actor=house.kim)
    assert improvements.hand_over_actions(leaver=house.kim, to=house.dora, actor=None) == 1
    assert opinions.hand_over_opinions(leaver=house.kim, to=house.dora, actor=None) == 1
    assert ImprovementAction.objects.get().owner == Opinion.objects.get().owner == house.dora
