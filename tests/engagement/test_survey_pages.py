"""The pages of surveys, opinions and improvements, and the same over the API."""

import copy
import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.test import APIClient

from accounts.models import Account
from engagement.models import (
    ImprovementAction,
    Opinion,
    SurveyCampaign,
    SurveyResponse,
    SurveySettings,
)
from engagement.services import improvements, opinions, survey_answers, survey_results, surveys
from engagement.survey_figures import Results
from kam.demo.volume_surveys import write_answers
from tests import factories as make
from tests.engagement import surveys as make_survey

D = Decimal
MOMENT = "%Y-%m-%dT%H:%M"


@pytest.fixture
def house(db, built_survey_house):
    with translation.override("en"):
        yield copy.deepcopy(built_survey_house)


@pytest.fixture
def kim(client, house):
    client.force_login(house.kim)
    return client


@pytest.fixture
def rounds(house):
    """Two rounds: acme 50.0 then 75.0 by one answer each; beta 100.0 in the second."""
    SurveySettings.objects.create(id=1, rest_days=0)
    first = make_survey.opened(
        house, name="Spring", opens_at=timezone.now() - datetime.timedelta(days=90), days=120
    )
    make_survey.letters()
    _answer(first, house.ann, 6, 3)
    survey_results.follow_up()
    surveys.close(campaign=first, actor=None)
    survey_results.analyse_closed()
    second = make_survey.opened(house, name="Autumn")
    make_survey.letters()
    _answer(second, house.ann, 8, 4)
    _answer(second, house.eve, 10, 5)
    survey_results.follow_up()
    return first, second


def _answer(campaign, contact, nps, mark):
    row = make_survey.invitation(campaign, contact)
    answers = {"nps": str(nps), "product": mark, "delivery": mark, "after_sales": mark}
    answers["best"] = f"{contact.name} is glad"
    return survey_answers.answer(invitation=row, answers=answers, language="en")


# ---------- planning ----------


def test_a_survey_is_planned_looked_at_scheduled_and_taken_back(kim, house):
    opens = timezone.localtime() + datetime.timedelta(days=2)
    data = {
        "name": "Autumn",
        "template": house.template.pk,
        "opens_at": opens.strftime(MOMENT),
        "closes_at": (opens + datetime.timedelta(days=10)).strftime(MOMENT),
        "remind_days": 4,
        "reminders": 2,
        "levels": ["senior"],
    }
    response = kim.post(reverse("engagement:survey_create"), data)
    campaign = SurveyCampaign.objects.get()
    assert response.status_code == 302 and response["Location"] == campaign.get_absolute_url()
    assert (campaign.owner, campaign.reminders, campaign.remind_after.days) == (house.kim, 2, 4)
    assert {row.contact.name for row in campaign.invitations.all()} == {"Ann", "Eve"}
    page = kim.get(campaign.get_absolute_url()).content.decode()
    assert "2 contacts will be asked" in page and "Schedule it" in page
    move = reverse("engagement:survey_move", args=[campaign.pk])
    assert kim.post(move, {"do": "schedule", "version": campaign.version}).status_code == 302
    stale = kim.post(move, {"do": "draft", "version": campaign.version})
    assert stale.status_code == 409
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    assert kim.post(move, {"do": "nothing"}).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "name"), ({"closes_at": "2020-01-01T10:00"}, "closes_at"),
     ({"opens_at": "soon"}, "opens_at"), ({"reminders": 9}, "reminders")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field(kim, house, change, field):
    data = {
        "name": "X", "template": house.template.pk, "opens_at": "2030-01-01T10:00",
        "closes_at": "2030-01-09T10:00", "remind_days": 4, "reminders": 1,
    }  # fmt: skip
    response = kim.post(reverse("engagement:survey_create"), data | change)
    assert response.status_code == 422 and field in response.context["form"].errors
    assert not SurveyCampaign.objects.exists()


def test_an_open_survey_keeps_its_words_but_may_end_later(kim, house):
    campaign = make_survey.opened(house)
    edit = reverse("engagement:survey_edit", args=[campaign.pk])
    form = kim.get(edit).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {
        "opens_at": timezone.localtime(campaign.opens_at).strftime(MOMENT),
        "closes_at": (timezone.localtime() + datetime.timedelta(days=30)).strftime(MOMENT),
        "version": campaign.version,
    }
    assert kim.post(edit, data).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.closes_at - timezone.now()).days >= 29
    refused = kim.post(edit, data | {"name": "Other", "version": campaign.version})
    assert refused.status_code == 422


def test_accounts_are_added_and_somebody_left_out_by_hand(kim, house):
    campaign = make_survey.campaign_of(house, accounts=Account.objects.filter(pk=house.acme.pk))
    add = reverse("engagement:survey_add", args=[campaign.pk])
    assert kim.post(add, {"account": house.beta.pk}).status_code == 302
    row = make_survey.invitation(campaign, house.eve)
    out = reverse("engagement:recipient_leave_out", args=[row.pk])
    page = kim.get(reverse("engagement:recipient_detail", args=[row.pk])).content.decode()
    assert out in page and "Leave out" in page
    kim.post(out)
    row.refresh_from_db()
    assert row.left_out == "by_hand"
    kim.post(out, {"back": "1"})
    row.refresh_from_db()
    assert row.left_out == ""
    shown = kim.get(reverse("engagement:recipient_list") + f"?campaign={campaign.pk}")
    text = shown.content.decode()
    assert "Eve" in text and "no e-mail address" in text


@pytest.mark.parametrize(("lang", "word"), [("en", "Send my answers"), ("zh", "交答卷")])
def test_the_preview_is_the_page_of_the_customer_and_sends_nothing(kim, house, lang, word):
    campaign = make_survey.campaign_of(house)
    response = kim.get(reverse("engagement:survey_preview", args=[campaign.pk]) + f"?lang={lang}")
    text = response.content.decode()
    assert word in text and "disabled" in text and "survey.js" not in text


# ---------- results ----------


def test_the_page_says_what_came_of_it(kim, house, rounds):
    _first, second = rounds
    page = kim.get(second.get_absolute_url())
    text = page.content.decode()
    results = page.context["results"]
    # 75 and 100 -> 87.5; 2 of 3 answered; one promoter, nobody against us, of two
    assert results.whole.score == D("87.5") and results.whole.nps == D("50.0")
    assert round(results.whole.rate, 4) == D("0.6667")
    assert results.change == D("37.5") and [r["score"] for r in results.trend] == [
        D("50.0"), D("87.5"),
    ]  # fmt: skip
    assert {one.code: one.score for one in results.dimensions}["product"] == D("87.5")
    assert {one.key: one.score for one in results.by_level}["senior"] == D("87.5")
    assert results.lowest[0]["label"] == "Acme Corporation"
    assert "Eve is glad" in text and "2 of 3 answered" in text
    assert results.letters["sent"] == 3, "of this survey, not of the one before"


def test_a_manager_sees_the_part_of_their_accounts_and_a_director_the_tree(house, rounds):
    _first, second = rounds
    lee = make.make_user("lee", unit=house.east)
    make.assign(house.beta, lee, "seller")
    mine = Results(second, lee)
    assert (mine.whole.asked, mine.whole.answered, mine.whole.score) == (1, 1, D("100.0"))
    assert [row["label"] for row in mine.lowest] == ["Beta Works"]
    assert [row["score"] for row in mine.trend] == [D("100.0")]
    assert Results(second, house.dora).whole.asked == 3
    assert not SurveyCampaign.objects.visible_to(house.stranger).exists()
    assert not SurveyResponse.objects.visible_to(house.stranger).exists()


def test_figures_lead_to_the_answers_behind_them(kim, house, rounds):
    _first, second = rounds
    page = kim.get(second.get_absolute_url())
    results = page.context["results"]
    links = [results.whole.url, results.by_level[0].url, results.marks[8].url]
    links += [results.lowest[0]["url"], results.dimensions[0].url]
    for url, count in zip(links, (2, 2, 1, 1, 0), strict=True):
        listing = kim.get(url)
        assert listing.status_code == 200
        assert listing.context["listing"].count == count, url


def test_answers_are_exported(kim, house, rounds):
    response = kim.get(reverse("engagement:response_export") + "?format=csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 4 and "Beta Works" in text and "100.0" in text


def test_one_answer_shows_every_question_with_its_mark(kim, house, rounds):
    response = SurveyResponse.objects.get(account=house.beta)
    text = kim.get(response.get_absolute_url()).content.decode()
    assert "Product performance" in text and "100.0" in text and "Eve is glad" in text


def test_the_tab_of_the_account_shows_trend_improvements_and_opinions(kim, house, rounds):
    opinions.add_opinion(
        account=house.acme, text="More reports", topic="Reports", source="visit", actor=house.kim
    )
    page = kim.get(reverse("engagement:account_satisfaction", args=[house.acme.pk]))
    assert [r["score"] for r in page.context["rounds"]] == [D("50.0"), D("75.0")]
    line = page.context["lines"][0]
    assert (line.score, line.tiers) == (D("75.0"), [D("50.0")])
    text = page.content.decode()
    assert "Reports" in text and "Satisfaction 75.0 of 100" in text
    assert "low satisfaction" in text


def test_an_account_that_was_never_asked_says_so(kim, house):
    page = kim.get(reverse("engagement:account_satisfaction", args=[house.beta.pk]))
    assert "Nothing has been asked yet" in page.content.decode()


# ---------- opinions and improvements ----------


def test_an_opinion_is_entered_taken_in_hand_closed_and_improved(kim, house):
    data = {"account": house.acme.pk, "source": "visit", "kind": "need", "text": "A second line"}
    assert kim.post(reverse("engagement:opinion_create"), data).status_code == 302
    opinion = Opinion.objects.get()
    assert (opinion.owner, opinion.source) == (house.kim, "visit")
    move = reverse("engagement:opinion_move", args=[opinion.pk])
    kim.post(move, {"do": "take", "version": opinion.version})
    opinion.refresh_from_db()
    assert opinion.state == "in_hand"
    refused = kim.post(move, {"do": "close", "version": opinion.version, "answer": ""})
    assert refused.status_code == 422
    kim.post(move, {"do": "improve", "version": opinion.version})
    assert ImprovementAction.objects.get().opinion == opinion
    closed = kim.post(move, {"do": "close", "version": opinion.version, "answer": "Ordered"})
    assert closed.status_code == 302
    opinion.refresh_from_db()
    assert (opinion.state, opinion.answer, opinion.closed_by) == ("closed", "Ordered", house.kim)
    page = kim.get(opinion.get_absolute_url()).content.decode()
    assert "Ordered" in page and "Open it again" in page


def test_an_improvement_is_changed_and_done_on_its_page(kim, house):
    action = improvements.open_action(account=house.acme, reason="score", actor=house.kim)
    edit = reverse("engagement:action_edit", args=[action.pk])
    due = (timezone.localdate() + datetime.timedelta(days=9)).isoformat()
    data = {"title": "Meet", "owner": house.dora.pk, "due_on": due, "version": action.version}
    assert kim.post(edit, data).status_code == 302
    action.refresh_from_db()
    assert (action.title, action.owner, action.due_on.isoformat()) == ("Meet", house.dora, due)
    end = reverse("engagement:action_end", args=[action.pk])
    assert kim.post(end, {"result": "", "version": action.version}).status_code == 422
    assert kim.post(end, {"result": "We met", "version": action.version}).status_code == 302
    action.refresh_from_db()
    assert (action.state, action.result) == ("done", "We met")


# ---------- over the API ----------


@pytest.fixture
def api(house):
    client = APIClient()
    client.force_authenticate(house.kim)
    return client


def test_surveys_answers_opinions_and_improvements_over_the_api(api, house, rounds):
    first, second = rounds
    shown = api.get("/api/v1/surveys/").json()["results"]
    assert [(row["id"], row["asked"], row["answered"]) for row in shown] == [
        (second.pk, 3, 2), (first.pk, 3, 1),
    ]  # fmt: skip
    answers = api.get(f"/api/v1/survey-answers/?survey={second.pk}&ordering=score").json()
    assert [row["score"] for row in answers["results"]] == ["75.0", "100.0"]
    made = api.post(
        "/api/v1/opinions/",
        {"account": house.acme.pk, "source": "visit", "text": "A second line"},
        format="json",
    )
    assert made.status_code == 201 and made.json()["owner"]["id"] == house.kim.pk
    closed = api.post(
        f"/api/v1/opinions/{made.json()['id']}/close/", {"answer": "Ordered"}, format="json"
    )
    assert closed.json()["state"] == "closed"
    action = ImprovementAction.objects.open().first()
    done = api.post(
        f"/api/v1/improvements/{action.pk}/complete/", {"result": "Done"}, format="json"
    )
    assert done.json()["state"] == "done"


def test_a_survey_is_planned_and_scheduled_over_the_api(api, house):
    opens = timezone.now() + datetime.timedelta(days=1)
    made = api.post(
        "/api/v1/surveys/",
        {"name": "By API", "opens_at": opens.isoformat(), "accounts": [house.acme.pk]},
        format="json",
    )
    assert made.status_code == 201 and made.json()["asked"] == 2
    scheduled = api.post(f"/api/v1/surveys/{made.json()['id']}/schedule/", {}, format="json")
    assert scheduled.json()["state"] == "scheduled"
    again = api.post(f"/api/v1/surveys/{made.json()['id']}/schedule/", {}, format="json")
    assert again.status_code == 400
    hidden = api.post(
        "/api/v1/surveys/",
        {"name": "X", "opens_at": opens.isoformat(), "accounts": [10**9]},
        format="json",
    )
    assert hidden.status_code == 400


# ---------- budgets ----------


@pytest.mark.parametrize("answers", [30, 1500])
def test_the_results_keep_their_budget_however_many_answers(
    client, house, django_assert_max_num_queries, answers
):
    for n in range(60):
        account = make.make_account(f"Many {n}", manager=house.kim, tier=house.tier)
        for k in range(3):
            make.make_contact(f"C{n}-{k}", account=account, level="middle")
    write_answers(answers)
    campaign = SurveyCampaign.objects.order_by("-opens_at").first()
    client.force_login(house.kim)
    pages = {
        campaign.get_absolute_url(): 14,  # two of them: the session and the person
        reverse("engagement:survey_list"): 10,
        reverse("engagement:response_list"): 10,
        reverse("engagement:recipient_list") + f"?campaign={campaign.pk}": 10,
        reverse("engagement:opinion_list"): 10,
        reverse("engagement:action_list"): 10,
        reverse("engagement:account_satisfaction", args=[house.acme.pk]): 25,
    }
    for url in pages:
        client.get(url)  # what is kept between requests
    for url, most in pages.items():
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200, url
