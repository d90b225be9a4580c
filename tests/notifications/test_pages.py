"""The bell, the list, the preferences, the operator's page and the mail folder."""

import datetime

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from notifications.models import (
    Delivery,
    Hours,
    KindSetting,
    Notification,
    NotificationSettings,
    Preference,
)
from notifications.services import repair
from notifications.views.inbox import CHANGED
from tests import factories as make
from tests.notifications.conftest import tell

pytestmark = pytest.mark.django_db
LIST = "/notifications/"
COUNT = "/notifications/count/"
PREFERENCES = "/profile/notifications/"
OPERATION = "/notifications/operation/"


@pytest.fixture
def ann(client, people):
    client.force_login(people.ann)
    return client


# ------------------------------------------------------------------------------------- the bell


def test_the_bell_asks_for_its_figure_instead_of_costing_every_page_a_query(ann):
    page = ann.get(LIST).content.decode()
    assert f'hx-get="{COUNT}"' in page and "every 60s" in page


def test_the_bell_counts_what_is_unread_in_few_queries(ann, people, django_assert_max_num_queries):
    tell(people.ann)
    tell(people.bo)
    assert "1 unread" in ann.get(COUNT).content.decode()
    with django_assert_max_num_queries(3):  # session, person, count
        ann.get(COUNT)
    Notification.objects.update(read_at=timezone.now())
    assert ann.get(COUNT).content.strip() == b""


def test_many_are_said_as_many(ann, people):
    rows = [
        Notification(kind="tests.plain", key=str(n), recipient=people.ann, url="/")
        for n in range(120)
    ]
    Notification.objects.bulk_create(rows)
    assert "99+" in ann.get(COUNT).content.decode()


def test_a_lapsed_session_is_not_thrown_out_by_the_bell(client):
    assert client.get(COUNT).status_code == 204
    assert client.get(LIST).status_code == 302


# ------------------------------------------------------------------------------------- the list


def test_one_reads_ones_own_and_nobody_elses(ann, people):
    mine, theirs = tell(people.ann), tell(people.bo, en="Not for Ann")
    page = ann.get(LIST).content.decode()
    assert "Notice 1" in page and "Not for Ann" not in page
    answer = ann.post(reverse("notifications:notification_open", args=[mine.pk]))
    assert answer.status_code == 302 and answer["Location"] == "/accounts/"
    for name in ("notification_open", "notification_read"):
        assert ann.post(reverse(f"notifications:{name}", args=[theirs.pk])).status_code == 404
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.read_at and not theirs.read_at
    assert "Nothing new" in ann.get(LIST).content.decode()
    assert "Notice 1" in ann.get(f"{LIST}?show=all").content.decode()


def test_reading_in_place_refreshes_the_bell(ann, people):
    mine = tell(people.ann)
    url = reverse("notifications:notification_read", args=[mine.pk])
    answer = ann.post(url, HTTP_HX_REQUEST="true")
    assert CHANGED in answer["HX-Trigger"] and "data-new" not in answer.content.decode()


def test_all_are_read_and_the_list_is_filtered_by_kind(ann, people):
    tell(people.ann, en="Ordinary")
    tell(people.ann, kind="tests.urgent", en="Pressing")
    page = ann.get(f"{LIST}?kind=tests.urgent").content.decode()
    assert "Pressing" in page and "Ordinary" not in page
    drawn = page.split('name="until" value="')[1].split('"')[0]
    tell(people.ann, key="later", en="Later")
    ann.post("/notifications/read-all/", {"until": drawn})
    page = ann.get(LIST).content.decode()
    assert "Later" in page and "Ordinary" not in page
    for until in ("nonsense", "2026-13-45T99:00", ""):
        assert ann.post("/notifications/read-all/", {"until": until}).status_code == 302


def test_what_one_may_no_longer_see_is_not_named(ann, people):
    account = make.make_account("Secret account", manager=people.bo)
    tell(people.ann, en="Secret account changed", body_en="Secret", account_id=account.pk)
    page = ann.get(LIST).content.decode()
    assert "Secret" not in page and "may no longer see" in page


def test_the_list_has_pages_and_a_budget(ann, people, django_assert_max_num_queries):
    account = make.make_account("Acme", manager=people.ann)
    for number in range(60):
        tell(people.ann, key=str(number), account_id=account.pk)
    first = ann.get(LIST).content.decode()
    assert first.count("k-notice") == 50 and 'rel="next"' in first
    with django_assert_max_num_queries(8):
        ann.get(LIST)
    after = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert ann.get(f"{LIST}{after}").content.decode().count("k-notice") == 10


# ---------------------------------------------------------------------------------- preferences


def test_choices_are_kept_where_they_differ_from_the_companys(ann, people):
    KindSetting.objects.create(kind="tests.daily", email="off")
    sent = {
        "tests.plain-email": "digest",
        "tests.plain-in_app": "now",
        "tests.daily-email": "off",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "digest_at": "",
    }
    assert ann.post(PREFERENCES, sent).status_code == 302
    kept = Preference.objects.get()
    assert (kept.kind, kept.channel, kept.mode) == ("tests.plain", "email", "digest")
    assert Hours.objects.get().quiet_from == datetime.time(22)
    assert AuditEntry.objects.filter(action="user.notifications_set").count() == 1
    assert ann.post(PREFERENCES, sent).status_code == 302
    assert AuditEntry.objects.filter(action="user.notifications_set").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "22:00"},
        {"quiet_from": "25:00", "quiet_until": "07:00"},
        {"tests.plain-in_app": "digest"},
        {"tests.plain-email": "never"},
        {"notifications.trouble-in_app": "off"},
    ],
)
def test_a_choice_that_is_not_offered_is_refused_in_words(ann, wrong):
    answer = ann.post(PREFERENCES, wrong)
    assert answer.status_code == 422 and not Preference.objects.exists()
    assert b"k-wrong" in answer.content or b'data-s="bad"' in answer.content


def test_the_preferences_page_has_a_budget(ann, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert ann.get(PREFERENCES).status_code == 200


# ------------------------------------------------------------------------------------ operation


@pytest.fixture
def dead(people):
    tell(people.ann, en="For Ann alone")
    Delivery.objects.update(state="dead", attempts=6, error="550 no such mailbox")
    return Delivery.objects.get()


def test_an_operator_sees_what_went_wrong_but_not_what_was_told(client, people, dead):
    client.force_login(people.root)
    page = client.get(OPERATION).content.decode()
    assert "550 no such mailbox" in page and "For Ann alone" not in page
    client.force_login(people.ann)
    assert client.get(OPERATION).status_code == 403


@pytest.mark.parametrize("verb, state", [("resend", "pending"), ("close", "closed")])
def test_a_message_is_sent_again_or_closed_once(client, people, dead, verb, state):
    url = reverse(f"notifications:delivery_{verb}", args=[dead.pk])
    client.force_login(people.ann)
    assert client.post(url).status_code == 403
    client.force_login(people.root)
    assert client.post(url).status_code == 302
    dead.refresh_from_db()
    assert dead.state == state
    assert client.post(url).status_code == 422
    assert AuditEntry.objects.filter(target_id=dead.pk).count() == 1


def test_a_late_outbox_is_said_aloud(client, people, dead):
    Delivery.objects.update(
        state="pending", due_at=timezone.now() - datetime.timedelta(minutes=10)
    )
    client.force_login(people.root)
    assert "is a worker running?" in client.get(OPERATION).content.decode()


def test_settings_are_made_and_changed_in_the_admin(client, people):
    client.force_login(people.root)
    listed = reverse("admin:notifications_notificationsettings_changelist")
    assert client.get(listed)["Location"].endswith("/add/")
    NotificationSettings.objects.create(id=1)
    assert client.get(listed)["Location"].endswith("/1/change/")


# --------------------------------------------------------------------------------- mail folder


@pytest.fixture
def folder(settings, tmp_path):
    settings.KAM_MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = "notifications.mailbox.FolderBackend"
    return settings.KAM_MAIL_FOLDER


def send(number=1, body="Hello <b>you</b>"):
    headers = {"Message-ID": f"<{number}@kam>"}
    EmailMessage(f"主题 {number}", body, to=["ann@example.org"], headers=headers).send()


def test_a_message_sent_twice_is_one_file(folder):
    for number in (1, 1, 2):
        send(number)
    assert len(list(folder.glob("*.eml"))) == 2


def test_the_administrator_reads_the_folder(client, people, folder):
    send()
    client.force_login(people.root)
    page = client.get("/notifications/mail/").content.decode()
    assert "主题 1" in page and "ann@example.org" in page
    name = next(folder.glob("*.eml")).stem
    page = client.get(f"/notifications/mail/{name}/").content.decode()
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page
    assert client.get(f"/notifications/mail/{'0' * 32}/").status_code == 404
    assert "Mail folder" in client.get(OPERATION).content.decode()


def test_nobody_else_reads_links_that_set_passwords(client, people, folder):
    send()
    keeper = make.make_user("keeper", post=make.make_post("k", rights=["manage_settings"]))
    for person in (people.ann, keeper):
        client.force_login(person)
        assert client.get("/notifications/mail/").status_code == 403


def test_the_night_forgets_what_is_old(people, folder):
    send()
    tell(people.ann, key="read")
    tell(people.ann, key="unread")
    tell(people.ann, key="unsent")
    Notification.objects.exclude(key="unread").update(read_at=timezone.now())
    Delivery.objects.exclude(notification__key="unsent").update(state="sent")
    later = timezone.now() + datetime.timedelta(days=400)
    told = repair(later)
    assert told["notifications"] == 1 and told["letters"] == 1
    assert set(Notification.objects.values_list("key", flat=True)) == {"unread", "unsent"}
