"""The link out of mailings: harmless to read, honoured at once, and of no use to anybody else."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Contact
from core.models import AuditEntry
from engagement import links
from engagement.models import MailingRecipient, MailingSettings
from engagement.services import mailing_letters, mailings
from tests import factories as make
from tests.engagement import mailings as cast

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def house(built_mailing_house, english):
    return built_mailing_house


@pytest.fixture
def row(house):
    return cast.row_of(cast.sent(house), house.ann)


def consent_of(contact) -> str:
    return Contact.objects.values_list("consent", flat=True).get(pk=contact.pk)


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_the_page_changes_nothing(house, row, client, method):
    before = AuditEntry.objects.count()
    for _again in range(3):
        answer = getattr(client, method)(cast.page_of(row), HTTP_USER_AGENT="a mail scanner")
        assert answer.status_code == 200
    assert consent_of(house.ann) == "given" and AuditEntry.objects.count() == before
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_page_names_nobody(house, row, client):
    body = client.get(cast.page_of(row)).content.decode()
    for said in ("Ann", "ann@example.org", "Acme", "Kim"):
        assert said not in body


def test_a_press_withdraws_the_consent_and_is_in_the_history(house, row, client):
    answer = client.post(cast.page_of(row), {"do": "stop"})
    assert answer.status_code == 200 and "no more of them" in answer.content.decode()
    assert consent_of(house.ann) == "refused"
    entry = AuditEntry.objects.get(action="contact.unsubscribed", target_id=house.ann.pk)
    assert entry.actor is None and row.mailing.number in str(entry.changes)
    row.refresh_from_db()
    assert row.unsubscribed_at is not None


def test_who_was_entered_twice_with_that_address_is_left_alone_too(house, row, client):
    client.post(cast.page_of(row), {"do": "stop"})
    assert consent_of(house.twin) == "refused" and consent_of(house.bob) == "given"


def test_mail_programs_do_it_with_one_click(house, row):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(cast.page_of(row), ONE_CLICK)
    assert answer.status_code == 200 and consent_of(house.ann) == "refused"
    assert not answer.cookies
    entry = AuditEntry.objects.get(action="contact.unsubscribed", target_id=house.ann.pk)
    assert "one_click" in entry.changes


def test_a_post_that_does_not_ask_for_it_changes_nothing(house, row, client):
    for data in ({}, {"do": "go"}, {"List-Unsubscribe": "no"}):
        assert client.post(cast.page_of(row), data).status_code == 403
    assert consent_of(house.ann) == "given"


def test_twice_is_once(house, row, client):
    for _again in range(2):
        assert client.post(cast.page_of(row), {"do": "stop"}).status_code == 200
    found = AuditEntry.objects.filter(action="contact.unsubscribed", target_id=house.ann.pk)
    assert found.count() == 1
    assert AuditEntry.objects.filter(action="mailing.unsubscribed").count() == 1


def test_what_waits_in_the_outbox_is_not_sent_any_more(house, row, client):
    client.post(cast.page_of(row), {"do": "stop"})
    cast.run()
    row.refresh_from_db()
    assert (row.state, row.left_out) == ("dropped", "refused")


def test_the_next_mailing_leaves_them_out(house, row, client):
    client.post(cast.page_of(row), {"do": "stop"})
    assert cast.row_of(cast.draft_of(house), house.ann).left_out == "refused"


def test_the_link_follows_a_person_who_was_merged(house, row, client):
    kept = make.make_contact("Ann again", account=house.acme, consent="given")
    Contact.objects.filter(pk=house.ann.pk).update(merged_into=kept)
    client.post(cast.page_of(row), {"do": "stop"})
    assert consent_of(kept) == "refused"


def test_a_link_of_a_draft_is_known_to_nobody_and_its_hash_opens_nothing(house, client):
    row = cast.row_of(cast.draft_of(house), house.ann)
    for guess in (row.digest, row.nonce, links.new_token(row.nonce)):
        assert client.post(f"/u/{guess}/", {"do": "stop"}).status_code == 404
    assert consent_of(house.ann) == "given"


def test_a_survey_link_is_no_way_out_and_the_other_way_round(house, row, client):
    assert client.get(f"/s/{cast.token_of(row)}/").status_code == 404


@pytest.mark.parametrize("guess", ["x", "a" * 43, "a" * 500, "..%2f", "%00" * 5, "' or 1=1--"])
def test_a_guess_is_404_and_shows_nothing(house, client, guess):
    answer = client.get(f"/u/{guess}/")
    assert answer.status_code == 404 and "Ann" not in answer.content.decode()


def test_who_guesses_too_often_waits(house, row, client):
    cache.clear()
    MailingSettings.objects.create(pk=1, misses_per_minute=3)
    for n in range(3):
        assert client.post(f"/u/{'b' * 42}{n}/", {"do": "stop"}).status_code == 404
    assert client.post(f"/u/{'c' * 43}/", {"do": "stop"}).status_code == 429
    assert consent_of(house.ann) == "given"
    cache.clear()


def test_one_link_is_not_hammered(house, row, client):
    cache.clear()
    MailingSettings.objects.create(pk=1, posts_per_minute=2)
    codes = [client.post(cast.page_of(row), {"do": "stop"}).status_code for _n in range(4)]
    assert codes == [200, 200, 429, 429]
    cache.clear()


def test_the_page_speaks_both_languages(house, row, client):
    assert "Send me no more" in client.get(cast.page_of(row)).content.decode()
    body = client.get(f"{cast.page_of(row)}?lang=zh").content.decode()
    assert "不再接收" in body and 'lang="zh' in body


def test_the_secret_of_the_house_may_be_renewed(house, row, client, settings):
    page = cast.page_of(row)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-secret-key-of-the-house-0123456789"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert cast.page_of(row) == page
    assert client.post(page, {"do": "stop"}).status_code == 200
    assert consent_of(house.ann) == "refused"


def test_a_scheduled_mailing_honours_it(house, client):
    first = cast.sent(house)
    second = cast.draft_of(house)
    mailings.send(mailing=second, actor=house.kim)
    client.post(cast.page_of(cast.row_of(first, house.ann)), {"do": "stop"})
    mailing_letters.keep()
    row = MailingRecipient.objects.get(mailing=second, contact=house.ann)
    assert row.left_out == "refused" and row.letter_id is None
