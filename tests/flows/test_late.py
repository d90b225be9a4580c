"""Who comes second is told who was faster, and when; a stranger learns nothing."""

import datetime

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from flows import services
from flows.models import WorkItem
from teams.services import ensure_post_pool
from tests.flows.helpers import do, item, trial, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
NINE = datetime.datetime(2026, 11, 23, 1, 5, tzinfo=datetime.UTC)  # 09:05 in Shanghai


@pytest.fixture
def shared():
    """What mia and max were asked for; neither sees the account."""
    run = trial("any", who="post marketing_promotion")
    return item(run, "mia")


@pytest.fixture
def as_(client):
    def log_in(who, language="en"):
        client.force_login(u(who))
        client.cookies["kam_language"] = language
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        return client

    return log_in


def url(name, one):
    return reverse(f"flows:{name}", args=[one.pk])


def answered(one, who="mia"):
    services.complete(item=one, outcome="approve", actor=u(who))
    WorkItem.objects.filter(pk=one.pk).update(done_at=NINE)


def said(language):
    with translation.override(language):
        at = timezone.localtime(NINE).strftime("%H:%M")
        name = u("mia").name
    return at, name, {"en": "was answered by", "zh-hans": "处理"}[language]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("page", ["item_detail", "item_answer", "item_delegate"])
def test_a_stale_page_of_the_pool_says_who_answered_and_when(shared, as_, page, language):
    answered(shared)
    answer = as_("max", language).get(url(page, shared))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert all(word in text for word in said(language)), text
    assert shared.about not in text


def test_the_button_of_a_stale_page_says_it_too_and_changes_nothing(shared, as_):
    stale = shared.version
    answered(shared)
    before = WorkItem.objects.values().get(pk=shared.pk)
    sent = {"outcome": "reject", "version": stale}
    answer = as_("max").post(url("item_answer", shared), sent)
    assert answer.status_code == 409 and "was answered by" in answer.content.decode()
    assert as_("max").post(url("item_claim", shared)).status_code == 409
    assert WorkItem.objects.values().get(pk=shared.pk) == before


def test_what_another_took_says_in_whose_hands_it_is(shared, as_):
    services.claim(item=shared, actor=u("mia"), now=NINE)
    answer = as_("max").get(url("item_answer", shared))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "is in the hands of" in text and u("mia").name in text
    assert as_("mia").get(url("item_answer", shared)).status_code == 200


def test_who_answered_it_already_is_told_so(shared, as_):
    answered(shared)
    answer = as_("mia").get(url("item_answer", shared))
    assert answer.status_code == 409 and u("mia").name in answer.content.decode()


def test_of_several_asked_one_by_one_the_others_are_told_too(as_):
    run = trial("any")
    theirs = item(run, "fin")
    do(run, "gus approve")
    answer = as_("fin").get(url("item_answer", theirs))
    text = answer.content.decode()
    assert answer.status_code == 409 and "was answered by" in text and u("gus").name in text


def test_who_still_sees_it_comes_to_the_run_with_a_note(as_):
    run = trial("any")
    theirs = item(run, "fin")
    do(run, "gus approve")
    browser = as_("fin")
    answer = browser.get(url("item_detail", theirs), follow=True)
    assert answer.redirect_chain and "was answered by" in answer.content.decode()


def test_two_at_the_same_moment_one_is_told(shared):
    answered(shared)
    with pytest.raises(services.Conflict) as late, transaction.atomic():
        services.complete(item=shared, outcome="approve", actor=u("max"), version=shared.version)
    assert u("mia").name in str(late.value)


def test_the_answer_that_ended_the_run_is_named_too(shared):
    services.complete(item=shared, outcome="reject", actor=u("mia"))
    with pytest.raises(services.Conflict) as late, transaction.atomic():
        services.complete(item=shared, outcome="approve", actor=u("max"), version=shared.version)
    assert u("mia").name in str(late.value)


def test_a_stranger_and_who_was_never_asked_find_nothing(shared, as_):
    answered(shared)
    for who in ("zoe", "tom"):
        for page in ("item_detail", "item_answer"):
            assert as_(who).get(url(page, shared)).status_code == 404
    # Who sees it and was never asked may not answer it.
    assert as_("anna").get(url("item_answer", shared)).status_code == 403


def test_a_free_item_of_a_pool_says_it_as_well(as_):
    pool = ensure_post_pool(u("mia").post, u("mia").unit)
    one = services.make_item(actor=u("anna"), pool=pool, title_en="Call them")
    services.complete(item=one, outcome="done", actor=u("mia"))
    answer = as_("max").get(url("item_detail", one))
    assert answer.status_code == 409 and "“Call them” was answered by" in answer.content.decode()


def test_the_api_says_it_and_shows_nothing(shared, as_):
    answered(shared)
    path = f"/api/v1/work-items/{shared.pk}/"
    for call in (
        lambda: as_("max").get(path),
        lambda: as_("max").post(f"{path}answer/", {"outcome": "approve"}, "application/json"),
    ):
        answer = call()
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["current"]) == (409, "stale_version", None)
        assert "was answered by" in error["message"] and u("mia").name in error["message"]
    assert as_("tom").get(path).status_code == 404
