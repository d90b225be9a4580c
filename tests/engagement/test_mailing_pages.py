"""The pages and the API of mailings: from ticked contacts to what became of each message."""

import datetime

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from engagement.lists.mailings import MAILINGS
from engagement.models import Mailing, MailingRecipient, MailingState, MailingTemplate
from engagement.services import mailing_letters, mailings
from notifications.services import dispatch
from tests import factories as make
from tests.engagement import mailings as cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(built_mailing_house, english, client):
    client.force_login(built_mailing_house.kim)
    return built_mailing_house


def entry(**more) -> dict:
    return {"step": "make", "name": "News", "channel": "email", **cast.WORDS, **more}


def text_of(answer) -> str:
    return answer.content.decode()


# ---------- from the list of contacts ----------


def test_the_list_of_contacts_offers_it_to_who_may(house, client):
    assert "Write to them" in text_of(client.get("/contacts/"))
    clerk = make.make_post("clerk", rights=["edit_accounts"])
    client.force_login(make.make_user("clerk", unit=house.east, post=clerk))
    assert "Write to them" not in text_of(client.get("/contacts/"))


def test_ticked_contacts_become_a_draft_that_shows_who_gets_it(house, client):
    ids = [house.ann.pk, house.no.pk]
    page = text_of(client.post("/mailings/new/", {"ids": ids}))
    assert "Ann" in page and f'name="ids" value="{house.no.pk}"' in page
    answer = client.post("/mailings/new/", entry(ids=ids))
    mailing = Mailing.objects.get()
    assert answer.status_code == 302 and answer.url == mailing.get_absolute_url()
    page = text_of(client.get(answer.url))
    assert "1 contact gets it, 1 do not." in page
    assert "Dear Ann, call Kim Yue, 025-7788." in page, "a real recipient's text"
    assert "Refused to be contacted" in page


def test_the_whole_filtered_list_is_taken(house, client):
    page = text_of(client.post("/mailings/new/?all=1&query=consent%3Dgiven", {}))
    assert f'value="{house.ann.pk}"' in page and f'value="{house.no.pk}"' not in page


def test_a_hidden_contact_is_404_and_nothing_is_made(house, client):
    data = entry(ids=[house.ann.pk, house.hidden.pk])
    assert client.post("/mailings/new/", data).status_code == 404
    assert not Mailing.objects.exists()


def test_nothing_ticked_leads_back(house, client):
    answer = client.post("/mailings/new/", {"next": "/contacts/"})
    assert (answer.status_code, answer.url) == (302, "/contacts/")


# ---------- a new one ----------


def test_the_contacts_of_chosen_accounts_are_taken(house, client):
    answer = client.post("/mailings/new/", entry(account=house.beta.pk))
    assert answer.status_code == 302
    names = MailingRecipient.objects.values_list("contact__name", flat=True)
    assert list(names) == ["Twin"]


def test_a_text_is_taken_from_a_template_and_the_name_stays(house, client):
    call_command("load_library", verbosity=0)
    template = MailingTemplate.objects.get(code="service_notice")
    data = {"step": "text", "name": "Mine", "template": template.pk, "ids": [house.ann.pk]}
    answer = client.post("/mailings/new/", data)
    page = text_of(answer)
    assert answer.status_code == 200 and "Planned work on the services" in page
    assert 'value="Mine"' in page and f'name="ids" value="{house.ann.pk}"' in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"body_en": "Dear {nmae}"}, "{nmae} is no placeholder"),
        ({"subject_zh": ""}, "An e-mail needs a subject."),
        ({"name": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(house, client, wrong, said):
    answer = client.post("/mailings/new/", entry(ids=[house.ann.pk], **wrong))
    assert answer.status_code == 422 and said in text_of(answer).replace("&#x27;", "'")
    assert not Mailing.objects.exists()


def test_an_edit_of_somebody_who_was_slower_is_409(house, client):
    mailing = cast.draft_of(house)
    page = f"/mailings/{mailing.pk}/edit/"
    assert client.post(page, entry(version=1, name="First")).status_code == 302
    answer = client.post(page, entry(version=1, name="Second"))
    assert answer.status_code == 409 and "First" in text_of(answer)


# ---------- its page ----------


def test_another_recipient_is_shown_as_they_read_it(house, client):
    mailing = cast.draft_of(house)
    bob = cast.row_of(mailing, house.bob)
    page = text_of(client.get(f"/mailings/{mailing.pk}/?as={bob.pk}"))
    assert "王勃先生，您好。请联系金悦，025-7788。" in page
    assert client.get(f"/mailings/{mailing.pk}/?as=x").status_code == 200


def test_somebody_is_left_out_and_put_back(house, client):
    mailing = cast.draft_of(house)
    row = cast.row_of(mailing, house.ann)
    page = f"/mailings/recipients/{row.pk}/leave-out/"
    assert "Leave Ann out" in text_of(client.get(page))
    client.post(page, {"version": row.version})
    row.refresh_from_db()
    assert row.left_out == "by_hand"
    client.post(page, {"version": row.version})
    row.refresh_from_db()
    assert row.left_out == ""


def test_it_is_sent_now_and_its_progress_survives_a_reload(house, client):
    mailing = cast.draft_of(house)
    home = f"/mailings/{mailing.pk}/"
    assert client.post(f"{home}send/", {"do": "now", "version": 1}).status_code == 302
    mailing_letters.keep()
    for _again in range(2):
        assert "0 of 2 messages" in text_of(client.get(home))
    answer = client.get(f"{home}progress/")
    assert "0 of 2 messages" in text_of(answer) and "HX-Refresh" not in answer
    cast.run()
    answer = client.get(f"{home}progress/")
    assert "2 of 2 messages" in text_of(answer) and answer["HX-Refresh"] == "true"


def test_the_page_knows_what_left_before_the_clock_looked(house, client):
    mailing = cast.sent(house)
    dispatch.run(seconds=5)
    assert "2 of 2 messages" in text_of(client.get(f"/mailings/{mailing.pk}/"))


def test_it_is_sent_at_a_time(house, client):
    mailing = cast.draft_of(house)
    tomorrow = timezone.localtime() + datetime.timedelta(days=1)
    data = {"do": "later", "send_at": tomorrow.strftime("%Y-%m-%dT%H:%M"), "version": 1}
    client.post(f"/mailings/{mailing.pk}/send/", data)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SCHEDULED and mailing.send_at > timezone.now()
    past = {"do": "later", "send_at": "2020-01-01T10:00"}
    second = cast.draft_of(house)
    answer = client.post(f"/mailings/{second.pk}/send/", past)
    assert answer.status_code == 422 and "This time has passed." in text_of(answer)


def test_a_second_press_is_refused(house, client):
    mailing = cast.draft_of(house)
    codes = [
        client.post(f"/mailings/{mailing.pk}/send/", {"do": "now", "version": 1}).status_code
        for _n in range(2)
    ]
    assert codes == [302, 422]


def test_the_second_person_looks_and_releases(house, client):
    cast.settings_of(release_above=1)
    mailing = cast.draft_of(house)
    home = f"/mailings/{mailing.pk}/"
    assert "Dora" in text_of(client.get(home)), "who may release it"
    client.post(f"{home}send/", {"do": "now", "version": 1})
    assert "Release it?" not in text_of(client.get(home))
    client.force_login(house.dora)
    assert "Release it?" in text_of(client.get(home))
    mailing.refresh_from_db()
    answer = client.post(f"{home}move/", {"do": "refuse", "version": mailing.version})
    assert answer.status_code == 422 and "Say why" in text_of(answer)
    data = {"do": "release", "version": mailing.version}
    assert client.post(f"{home}move/", data).status_code == 302
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SCHEDULED


def test_it_is_stopped_from_its_page(house, client):
    mailing = cast.sent(house)
    home = f"/mailings/{mailing.pk}/"
    assert "Stop it" in text_of(client.get(home))
    client.post(f"{home}move/", {"do": "stop", "version": mailing.version})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.STOPPED
    assert client.post(f"{home}move/", {"do": "fly"}).status_code == 404


def test_the_missing_gateway_is_said_before_and_when_sending(house, client):
    words = {"channel": "sms", "subject_zh": "", "subject_en": ""}
    mailing = cast.draft_of(house, **words)
    said = "No SMS gateway is set up"
    assert said in text_of(client.get(f"/mailings/{mailing.pk}/"))
    answer = client.post(f"/mailings/{mailing.pk}/send/", {"do": "now"})
    assert answer.status_code == 422 and said in text_of(answer)


def test_a_message_in_the_log_says_what_became_of_it_and_leads_to_its_mailing(house, client):
    mailing = cast.sent(house)
    said = cast.row_of(mailing, house.ann).communication
    page = text_of(client.get(f"/communications/{said.pk}/"))
    assert "queued" in page and mailing.get_absolute_url() in page
    assert "queued" in text_of(client.get(f"/accounts/{house.acme.pk}/timeline/"))


def test_lists_filter_and_export(house, client):
    cast.sent(house)
    cast.run()
    draft = cast.draft_of(house, name="Second")
    assert "2 / 2" in text_of(client.get("/mailings/?state=sent"))
    assert "Second" not in text_of(client.get("/mailings/?state=sent"))
    page = text_of(client.get(f"/mailings/recipients/?mailing={draft.pk}&reached=no"))
    assert "Shy" in page and "no address" in page and "Ann" not in page
    rows = client.get(f"/mailings/recipients/export/?mailing={draft.pk}&format=csv")
    assert "ann@example.org" in b"".join(rows.streaming_content).decode("utf-8-sig")


def test_my_day_is_not_flooded(house, client):
    cast.sent(house, contacts=cast.several(house, 8))
    assert "News for" not in text_of(client.get("/day/"))


# ---------- budgets ----------


def _queries(client, path, django_assert_max_num_queries, most):
    client.get(path)
    cache.clear()
    with django_assert_max_num_queries(most):
        assert client.get(path).status_code == 200


def test_the_pages_cost_the_same_for_many(house, client, django_assert_max_num_queries):
    mailing = cast.draft_of(house, contacts=cast.several(house, 40))
    for n in range(10):
        cast.draft_of(house, name=f"N{n}", contacts=cast.several(house, 2))
    _queries(client, "/mailings/", django_assert_max_num_queries, 16)
    _queries(client, "/mailings/recipients/", django_assert_max_num_queries, 18)
    _queries(client, mailing.get_absolute_url(), django_assert_max_num_queries, 30)
    assert MAILINGS.bulk_url == ""


def test_writing_costs_a_few_queries_a_message(house, django_assert_max_num_queries):
    mailing = cast.draft_of(house, contacts=cast.several(house, 30))
    mailings.send(mailing=mailing, actor=house.kim)
    with django_assert_max_num_queries(30 + 80):
        mailing_letters.keep()


# ---------- over the API ----------


def test_the_api_takes_a_mailing_from_draft_to_sent(house, client):
    body = {"name": "By API", "channel": "email", "contacts": [house.ann.pk], **cast.WORDS}
    answer = client.post("/api/v1/mailings/", body, content_type="application/json")
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["state"], made["reached"]) == ("draft", 1)
    url = f"/api/v1/mailings/{made['id']}/"
    patch = {"version": 1, "name": "Renamed"}
    assert client.patch(url, patch, content_type="application/json").json()["name"] == "Renamed"
    sent = client.post(f"{url}send/", {}, content_type="application/json")
    assert sent.json()["state"] == "scheduled"
    mailing_letters.keep()
    cast.run()
    assert client.get(url).json()["sent"] == 1
    rows = client.get(f"/api/v1/mailing-recipients/?mailing={made['id']}").json()["results"]
    assert [(row["contact"]["name"], row["state"]) for row in rows] == [("Ann", "sent")]
    assert "address" not in rows[0] and "digest" not in rows[0]
    said = client.get(f"/api/v1/communications/{rows[0]['communication']}/").json()
    assert said["letter"] == "sent"


def test_the_api_refuses_what_the_page_refuses(house, client):
    body = {"name": "X", "channel": "email", "contacts": [house.hidden.pk], **cast.WORDS}
    answer = client.post("/api/v1/mailings/", body, content_type="application/json")
    assert answer.status_code == 400 and "contacts" in str(answer.json())
    body |= {"contacts": [house.ann.pk], "body_en": "{nmae}"}
    answer = client.post("/api/v1/mailings/", body, content_type="application/json")
    assert answer.status_code == 400 and "body_en" in str(answer.json())
    mailing = cast.draft_of(house)
    answer = client.post(
        f"/api/v1/mailings/{mailing.pk}/stop/", {}, content_type="application/json"
    )
    assert answer.status_code == 400
