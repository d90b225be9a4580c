"""Survey links and their abuse (reliability.md, T19 to T26 and T28)."""

import copy
import csv
import datetime
import hashlib
import io
import logging
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.library import read_yaml
from documents.models import Document
from documents.services import templates
from engagement import links
from engagement.models import (
    Opinion,
    SurveyInvitation,
    SurveyResponse,
    SurveyScore,
    SurveySettings,
)
from engagement.notices.surveys import link_of
from engagement.services import survey_results, surveys
from kam.log_filter import HideLinks
from tests import factories as make
from tests.engagement import surveys as make_survey

WRITE = re.compile(r"^\s*(INSERT|UPDATE|DELETE)", re.I)


@pytest.fixture
def house(db, built_survey_house):
    return copy.deepcopy(built_survey_house)


@pytest.fixture
def survey(house):
    return make_survey.opened(house)


@pytest.fixture
def row(house, survey):
    return make_survey.invitation(survey, house.ann)


def writes(call):
    with CaptureQueriesContext(connection) as queries:
        response = call()
    return response, [q["sql"] for q in queries if WRITE.match(q["sql"])]


# ---------- T19: guessing ----------


def test_a_guessed_link_is_404_with_one_body_and_after_the_limit_429(client, house, survey):
    SurveySettings.objects.create(id=1, misses_per_minute=20)
    bodies = set()
    for n in range(20):
        token = hashlib.sha256(str(n).encode()).hexdigest()[:43]
        response = client.get(f"/s/{token}/")
        assert response.status_code == 404
        bodies.add(response.content)
    assert len(bodies) == 1
    assert client.get("/s/" + "x" * 43 + "/").status_code == 429
    row = make_survey.invitation(survey, house.ann)
    assert client.get(make_survey.page_of(row)).status_code == 429, "a link that is right says so"


def test_text_of_another_form_is_not_even_looked_for(client, house):
    for token in ("short", "x" * 44, "é" * 43, "..%2f..", "x" * 3000):
        response, done = writes(lambda token=token: client.get(f"/s/{token}/"))
        assert response.status_code == 404 and not done


def test_a_token_has_256_bit_and_only_its_hash_is_kept(row):
    token = make_survey.token_of(row)
    assert links.FORM.match(token)
    assert row.digest == hashlib.sha256(token.encode()).hexdigest()
    others = SurveyInvitation.objects.exclude(pk=row.pk)
    assert token not in {make_survey.token_of(one) for one in others}


def test_without_the_key_of_the_house_a_database_gives_no_link(row, settings):
    assert links.token_of(row.nonce, row.digest)
    settings.SECRET_KEY = "another key, as of somebody who has the database only"
    assert links.token_of(row.nonce, row.digest) is None
    assert link_of(row) == ""


def test_links_outlive_a_new_key_as_long_as_the_old_one_is_named(row, settings):
    link, old = link_of(row), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [old]
    assert link_of(row) == link


# ---------- T28: dumps and logs ----------


def test_no_table_holds_the_secret(client, house, survey, row):
    make_survey.letters()
    make_survey.send(client, row)
    token = make_survey.token_of(row)
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            assert token not in repr(cursor.fetchall()), table
    assert any(token in one.body for one in mail.outbox), "the letter itself carries it"


@pytest.mark.parametrize("status", [200, 404, 405, 410, 422])
def test_no_log_line_holds_the_secret(client, house, survey, row, caplog, status):
    caplog.handler.addFilter(HideLinks())
    caplog.set_level(logging.DEBUG)
    path = make_survey.page_of(row)
    if status == 410:
        surveys.close(campaign=survey, actor=None)
    if status == 422:
        make_survey.send(client, row, nps=None)
    elif status == 405:
        client.put(path)
    elif status == 404:
        client.get(path + "x/")
    else:
        client.get(path)
    assert make_survey.token_of(row) not in caplog.text


# ---------- T20: mail scanners ----------


def test_reading_answers_nothing_and_writes_nothing(client, row):
    path = make_survey.page_of(row)
    for _try in range(50):
        for method in (client.get, client.head):
            response, done = writes(lambda method=method: method(path))
            assert response.status_code == 200 and not done
    assert not SurveyResponse.objects.exists()
    response = make_survey.send(client, row)
    assert response.status_code == 200 and SurveyResponse.objects.count() == 1


# ---------- T21: twice ----------


def test_a_second_answer_changes_nothing_and_is_friendly(client, row):
    make_survey.send(client, row, nps=9)
    again = make_survey.send(client, row, nps=1)
    assert again.status_code == 200
    [response] = SurveyResponse.objects.all()
    assert response.nps == 9 and Document.objects.count() == 1
    shown = client.get(make_survey.page_of(row))
    assert shown.status_code == 200 and b"f-nps" not in shown.content


# ---------- T22: over ----------


@pytest.mark.parametrize("why", ["closed", "past", "revoked", "anonymised", "left_out"])
def test_a_link_that_is_over_is_410_for_reading_and_sending(client, house, survey, row, why):
    if why == "closed":
        surveys.close(campaign=survey, actor=None)
    elif why == "past":
        past = timezone.now() - datetime.timedelta(seconds=1)
        type(survey).objects.filter(pk=survey.pk).update(
            closes_at=past, opens_at=past - datetime.timedelta(days=1)
        )
    elif why == "revoked":
        surveys.revoke_link(invitation=row, actor=house.kim)
    elif why == "anonymised":
        type(house.ann).objects.filter(pk=house.ann.pk).update(anonymised_at=timezone.now())
    else:
        SurveyInvitation.objects.filter(pk=row.pk).update(left_out="by_hand")
    path = make_survey.page_of(row)
    for ask in (lambda: client.get(path), lambda: make_survey.send(client, row)):
        response, done = writes(ask)
        assert response.status_code == 410 and not done
    keep = make_survey.send(client, row, do="keep")
    assert keep.status_code == 410
    assert not SurveyResponse.objects.exists()


def test_before_a_survey_begins_its_links_lead_nowhere(client, house):
    campaign = make_survey.campaign_of(house)
    row = make_survey.invitation(campaign, house.ann)
    assert client.get(make_survey.page_of(row)).status_code == 410


# ---------- T23: elsewhere ----------


def test_the_link_opens_nothing_else(client, house, row):
    token = make_survey.token_of(row)
    for path in ("/api/v1/accounts/", f"/accounts/{house.acme.pk}/", "/surveys/", "/"):
        answer = client.get(path, HTTP_AUTHORIZATION=f"Bearer {token}")
        assert answer.status_code in (302, 401)
    eve = make_survey.invitation(row.campaign, house.eve)
    sealed = client.post(
        make_survey.page_of(eve), {**make_survey.ANSWERS, "seal": make_survey.seal_of(row)}
    )
    assert sealed.status_code == 403 and not SurveyResponse.objects.exists()


def test_the_page_says_nothing_of_the_account_and_is_kept_nowhere(client, house, row):
    type(house.acme).objects.filter(pk=house.acme.pk).update(phone="025-777", notes="secret note")
    response = client.get(make_survey.page_of(row))
    text = response.content.decode()
    assert "025-777" not in text and "secret note" not in text and "ann@example.org" not in text
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow" and 'content="noindex' in text
    assert "no-store" in response["Cache-Control"]
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not response.cookies, "nothing is left in the customer's browser"
    for address in re.findall(r'(?:src|href|action)="([^"]+)"', text):
        assert address.startswith(("/static/", "?lang=", "#")), address


# ---------- T24: text ----------


@pytest.mark.parametrize(
    "payload",
    ["<script>alert(1)</script>", "{{7*7}}", '"><img src=x onerror=alert(1)>', "=1+1", "hx-get"],
)
def test_what_a_customer_writes_is_text_everywhere(client, house, row, payload):
    make_survey.send(client, row, best=payload, improve=payload, nps=3)
    survey_results.follow_up()
    client.force_login(house.kim)
    response, opinion = SurveyResponse.objects.get(), Opinion.objects.get()
    pages = [
        response.get_absolute_url(),
        opinion.get_absolute_url(),
        row.campaign.get_absolute_url(),
        f"/accounts/{house.acme.pk}/satisfaction/",
        "/surveys/answers/",
        "/opinions/",
        "/notifications/?show=all",
    ]
    for path in pages:
        page = client.get(path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert "<script>alert" not in text and "<img src=x" not in text, path
    rows = client.get("/surveys/answers/export/?format=csv")
    text = b"".join(rows.streaming_content).decode()
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith("=")]
    assert any(payload in cell for cell in cells)


# ---------- T25, T26: hosts and amounts ----------


def test_links_come_from_the_setting_whatever_host_is_asked_for(client, row, settings):
    settings.BASE_URL = "https://kam.example.org"
    make_survey.letters()
    assert "https://kam.example.org/s/" in mail.outbox[0].body
    assert client.get(make_survey.page_of(row), HTTP_HOST="evil.example").status_code == 400


def test_too_much_text_is_refused_before_it_is_read(client, row):
    response = make_survey.send(client, row, best="x" * 1_000_000)
    assert response.status_code == 413 and not SurveyResponse.objects.exists()
    response = make_survey.send(client, row, best="x" * 30_000)
    assert response.status_code == 422 and not SurveyResponse.objects.exists()


def test_too_many_savings_are_held_up(client, row):
    SurveySettings.objects.create(id=1, posts_per_minute=10)
    seen = {make_survey.send(client, row, do="keep").status_code for _try in range(10)}
    assert seen == {200}
    assert make_survey.send(client, row, do="keep").status_code == 429
    assert client.get(make_survey.page_of(row)).status_code == 200, "reading goes on"


def test_a_form_of_another_site_is_refused(client, row):
    for seal in ("", "0" * 32):
        response = client.post(make_survey.page_of(row), {**make_survey.ANSWERS, "seal": seal})
        assert response.status_code == 403
    assert not SurveyResponse.objects.exists()


# ---------- what it is for ----------


def test_an_answer_becomes_a_document_scores_and_a_response(client, house, row):
    page = make_survey.send(client, row, nps=9, network="1", call_back="yes")
    assert page.status_code == 200
    response = SurveyResponse.objects.get()
    # 25 * 75 + 20 * 50 + 25 * 100 + 15 * 0 over 85
    assert f"{response.score}" == "63.2"
    assert (response.nps, response.group, response.wants_call) == (9, "promoter", True)
    assert (response.level, response.tier, response.account) == ("senior", house.tier, house.acme)
    scores = dict(SurveyScore.objects.values_list("dimension", "score"))
    assert {k: float(v) for k, v in scores.items()} == {
        "product": 75, "delivery": 50, "after_sales": 100, "network": 0,
    }  # fmt: skip
    document = response.document
    assert document.state == "complete" and document.account == house.acme
    assert document.score == response.score and response.comment == "Quick people"
    row.refresh_from_db()
    assert row.answered_at and row.draft == {}


def test_what_is_missing_is_said_beside_the_question_and_nothing_is_lost(client, row):
    response = make_survey.send(client, row, nps=None, best="Keep this")
    assert response.status_code == 422
    text = response.content.decode()
    assert 'href="#q-nps"' in text and "Keep this" in text
    assert 'name="f-product" value="4" checked' in text


@pytest.mark.parametrize(
    ("field", "value"), [("nps", "11"), ("nps", "x"), ("product", "6"), ("nps", "7.5")]
)
def test_a_mark_off_the_scale_is_refused(client, row, field, value):
    assert make_survey.send(client, row, **{field: value}).status_code == 422


def test_it_is_saved_half_way_and_shown_again(client, row):
    kept = make_survey.send(client, row, do="keep", nps=6, product=None, best="Half")
    told = kept.json()
    assert told["kept"] and "causes" in told["shown"]
    text = client.get(make_survey.page_of(row)).content.decode()
    assert 'name="f-nps" value="6" checked' in text and "Half" in text
    assert not SurveyResponse.objects.exists()
    assert make_survey.send(client, row, do="keep", nps=10).json()["shown"].count("causes") == 0


def test_what_was_not_asked_for_does_not_count(client, row):
    make_survey.send(client, row, nps=10, causes="price")
    document = SurveyResponse.objects.get().document
    assert not document.answer_rows.filter(field="causes").exists()


@pytest.mark.parametrize(("lang", "word"), [("zh", "您有多愿意"), ("en", "How likely")])
def test_the_page_speaks_the_language_that_is_asked_for(client, row, lang, word):
    response = client.get(make_survey.page_of(row) + f"?lang={lang}", HTTP_ACCEPT_LANGUAGE="fr")
    assert word in response.content.decode()
    assert response["Content-Language"].startswith(lang)


def test_the_page_begins_in_the_language_of_the_contact(client, house, survey):
    ann = make_survey.invitation(survey, house.ann)
    bob = make_survey.invitation(survey, house.bob)
    assert 'lang="en"' in client.get(make_survey.page_of(ann)).content.decode()
    assert 'lang="zh-Hans"' in client.get(make_survey.page_of(bob)).content.decode()


def test_words_changed_meanwhile_do_not_change_a_survey_under_way(client, house, survey, row):
    keeper = make.make_administrator("keeper")
    draft = templates.draft_of(house.template, actor=keeper)
    mapping = read_yaml(draft.definition) | {"en": "Another questionnaire"}
    templates.save_draft(draft=draft, mapping=mapping, actor=keeper)
    draft.refresh_from_db()
    templates.activate(draft=draft, actor=keeper)
    make_survey.send(client, row)
    answered = SurveyResponse.objects.get().document
    assert answered.form_id == survey.form_id != house.template.active_version().pk
