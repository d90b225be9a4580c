"""Who comes in, and how."""

from types import SimpleNamespace

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core import mail
from django.test import RequestFactory
from django.urls import reverse

from core.models import AuditEntry
from teams.access import demo_login_open
from teams.adapters import KnownPeopleAdapter
from teams.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-phrase-7"


@pytest.fixture
def person():
    user = make_user(username="shen.zhiyuan", email="shen@example.com", name_zh="沈知远")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def log_in(client, name, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": name, "password": password})


def logged_in(client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("name", ["shen.zhiyuan", "shen@example.com", "Shen@Example.com"])
def test_a_person_logs_in_by_name_or_e_mail(client, person, name):
    response = log_in(client, name)
    assert response.status_code == 302
    assert logged_in(client)


def test_a_wrong_password_does_not_say_which_half_was_wrong(client, person):
    wrong = log_in(client, "shen.zhiyuan", "no").content.decode()
    unknown = log_in(client, "nobody.here", "no").content.decode()
    assert not logged_in(client)
    said = [text[text.index("k-wrong") :].split("</ul>")[0] for text in (wrong, unknown)]
    assert said[0] == said[1]


def test_a_leaver_does_not_come_in(client, person):
    person.is_active = False
    person.save(update_fields=["is_active"])
    log_in(client, "shen.zhiyuan")
    assert not logged_in(client)


def test_guessing_is_slowed_down_even_for_the_right_password(client, person):
    for _ in range(6):
        log_in(client, "shen.zhiyuan", "guess")
    log_in(client, "shen.zhiyuan")
    assert not logged_in(client)


def test_a_forgotten_password_is_reset_by_mail(client, person):
    client.post(reverse("account_reset_password"), {"email": "shen@example.com"})
    assert len(mail.outbox) == 1
    link = next(w for w in mail.outbox[0].body.split() if "/password/reset/key/" in w)
    page = client.get(link, follow=True)
    new = "another-long-phrase-8"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert log_in(client, "shen.zhiyuan", new).status_code == 302
    assert logged_in(client)


def test_a_reset_for_an_unknown_address_looks_the_same_and_sends_nothing(client, person):
    known = client.post(reverse("account_reset_password"), {"email": "shen@example.com"})
    unknown = client.post(reverse("account_reset_password"), {"email": "x@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [m.to for m in mail.outbox] == [["shen@example.com"]]


def test_nobody_signs_up(client):
    form = {"username": "new", "email": "n@example.com", "password1": PASSWORD}
    client.post(reverse("account_signup"), {**form, "password2": PASSWORD})
    assert not User.objects.filter(username="new").exists()


def test_nobody_changes_their_own_address(client, person):
    client.force_login(person)
    answer = client.post(reverse("account_email"), {"email": "boss@example.com", "action_add": ""})
    assert answer["Location"] == reverse("teams:profile")
    person.refresh_from_db()
    assert person.email == "shen@example.com"


def test_logging_out_needs_a_post(client, person):
    client.force_login(person)
    client.get(reverse("account_logout"))
    assert logged_in(client)
    client.post(reverse("account_logout"))
    assert not logged_in(client)


# ---------- demo people ----------


@pytest.fixture
def cast():
    return make_user(username="demo", name_zh="演示", is_demo_cast=True)


def demo_login(client, user, **extra):
    return client.post(reverse("teams:demo_login", args=[user.pk]), **extra)


def test_one_click_logs_a_demo_person_in(client, cast, settings):
    settings.DEMO_LOGIN = True
    assert "演示" in client.get(reverse("account_login")).content.decode()
    assert demo_login(client, cast)["Location"] == "/"
    assert logged_in(client)


def test_without_the_demo_there_is_no_such_door(client, cast, settings):
    settings.DEMO_LOGIN = False
    assert "演示" not in client.get(reverse("account_login")).content.decode()
    assert demo_login(client, cast).status_code == 404
    assert not logged_in(client)


def test_only_the_cast_comes_in_by_one_click(client, person, settings):
    settings.DEMO_LOGIN = True
    assert demo_login(client, person).status_code == 404
    assert not logged_in(client)


def test_the_door_opens_only_by_post(client, cast, settings):
    settings.DEMO_LOGIN = True
    assert client.get(reverse("teams:demo_login", args=[cast.pk])).status_code == 405


@pytest.mark.parametrize(
    "extra",
    [
        {"REMOTE_ADDR": "10.0.0.5"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.5"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "crm.example.com"},
        {"REMOTE_ADDR": "not an address"},
    ],
)
def test_the_door_is_shut_to_other_machines(client, cast, settings, extra):
    settings.DEMO_LOGIN = True
    settings.ALLOWED_HOSTS = ["*"]
    assert demo_login(client, cast, **extra).status_code == 404
    assert not logged_in(client)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_the_door_is_open_on_this_machine(settings, host):
    settings.DEMO_LOGIN = True
    settings.ALLOWED_HOSTS = ["*"]
    assert demo_login_open(RequestFactory().get("/", HTTP_HOST=host))


def test_a_foreign_address_to_go_on_to_is_ignored(client, cast, settings):
    settings.DEMO_LOGIN = True
    url = reverse("teams:demo_login", args=[cast.pk])
    assert client.post(url, {"next": "https://evil.example/"})["Location"] == "/"


# ---------- the company's account ----------


class Outside:
    """What allauth hands the adapter at the end of an OIDC log-in."""

    is_existing = False

    def __init__(self, *addresses):
        self.email_addresses = [SimpleNamespace(email=e, verified=v) for e, v in addresses]
        self.connected = None

    def connect(self, request, user):
        self.connected = user


def from_outside():
    request = RequestFactory().get("/")
    request.session = {}
    request.user = SimpleNamespace(is_authenticated=False)
    request._messages = FallbackStorage(request)
    return request


def test_a_known_address_is_tied_to_its_person(person):
    login = Outside(("Shen@Example.com", True))
    KnownPeopleAdapter().pre_social_login(from_outside(), login)
    assert login.connected == person


@pytest.mark.parametrize("address", [("shen@example.com", False), ("new@example.com", True)])
def test_an_unverified_or_unknown_address_stays_outside(person, address):
    before = User.objects.count()
    with pytest.raises(ImmediateHttpResponse):
        KnownPeopleAdapter().pre_social_login(from_outside(), Outside(address))
    assert User.objects.count() == before


def test_a_leavers_address_stays_outside(person):
    person.is_active = False
    person.save(update_fields=["is_active"])
    with pytest.raises(ImmediateHttpResponse):
        KnownPeopleAdapter().pre_social_login(from_outside(), Outside(("shen@example.com", True)))


# ---------- language ----------


def test_the_language_of_the_settings_wins_over_cookie_and_browser(client, person):
    page = client.get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE="en")
    assert page["Content-Language"] == "en"
    client.cookies["kam_language"] = "zh-hans"
    page = client.get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE="en")
    assert page["Content-Language"] == "zh-hans"
    person.language = "en"
    person.save(update_fields=["language"])
    client.force_login(person)
    assert client.get(reverse("teams:profile"))["Content-Language"] == "en"


def test_switching_the_language_is_a_post_and_leaves_a_line_in_the_history(client, person):
    client.force_login(person)
    url = reverse("core:language")
    assert client.get(url).status_code == 405
    answer = client.post(url, {"language": "en", "next": "/profile/"})
    assert answer["Location"] == "/profile/"
    person.refresh_from_db()
    assert person.language == "en"
    assert AuditEntry.objects.filter(target_id=person.pk, action="user.language_set").count() == 1
    client.post(url, {"language": "en"})
    assert AuditEntry.objects.filter(target_id=person.pk, action="user.language_set").count() == 1


def test_an_unknown_language_or_a_foreign_way_back_is_refused(client):
    url = reverse("core:language")
    assert client.post(url, {"language": "xx"}).status_code == 400
    assert client.post(url, {"language": "en", "next": "//evil.example"})["Location"] == "/"


def test_the_profile_saves_the_language(client, person):
    client.force_login(person)
    url = reverse("teams:profile")
    assert client.post(url, {"language": "xx"}).status_code == 422
    assert client.post(url, {"language": "zh-hans"})["Location"] == url
    person.refresh_from_db()
    assert person.language == "zh-hans"


@pytest.mark.parametrize(
    "name", ["account_change_password", "mfa_index", "account_reauthenticate", "teams:profile"]
)
def test_the_pages_of_ones_own_settings_answer(client, person, name):
    client.force_login(person)
    assert client.get(reverse(name), follow=True).status_code == 200
