"""Colleagues over the API: everybody reads, who manages people writes (T31)."""

import pytest

from teams.models import User
from tests import factories as make

USERS = "/api/v1/users/"


@pytest.fixture
def send(client, db):
    make.make_currency()

    def send(user, url, body, method="post"):
        client.force_login(user)
        return getattr(client, method)(url, body, content_type="application/json")

    return send


def keeper():
    post = make.make_post("personnel", rights=[*make.MANAGER_RIGHTS, "manage_people"])
    return make.make_user("hr", post=post)


def test_everybody_finds_colleagues(client, send):
    kim = make.make_user("kim", name_zh="王芳", name_en="Kim Wang")
    client.force_login(kim)
    found = client.get(f"{USERS}?search=wangfang&active=true").json()
    assert [row["username"] for row in found["results"]] == ["kim"]
    assert "password" not in found["results"][0]
    assert client.get(f"{USERS}?ordering=password").status_code == 400
    assert client.get(f"{USERS}?is_superuser=true").status_code == 400


def test_only_who_manages_people_writes(send):
    kim = make.make_user("kim")
    assert send(kim, USERS, {"username": "friend"}).status_code == 403
    assert send(kim, f"{USERS}{kim.pk}/", {"phone": "1", "version": 1}, "patch").status_code == 403
    made = send(keeper(), USERS, {"username": "newcomer", "name_en": "New Comer"})
    assert made.status_code == 201
    assert not User.objects.get(username="newcomer").has_usable_password()


@pytest.mark.parametrize("name", ["is_superuser", "is_staff", "password", "is_active", "groups"])
def test_nobody_makes_an_administrator_by_script(send, name):
    hr = keeper()
    answer = send(hr, f"{USERS}{hr.pk}/", {name: True, "version": 1}, "patch")
    assert answer.status_code == 400
    assert name in answer.json()["error"]["fields"]
    assert name in send(hr, USERS, {"username": "x", name: True}).json()["error"]["fields"]


def test_nobody_edits_somebody_stronger_or_grants_what_they_lack(send):
    hr, root = keeper(), make.make_administrator("root")
    answer = send(hr, f"{USERS}{root.pk}/", {"email": "me@evil.example", "version": 1}, "patch")
    assert answer.status_code == 403
    assert send(hr, f"{USERS}{root.pk}/deactivate/", {}).status_code == 403
    general = make.make_general_manager("gm").post
    answer = send(hr, f"{USERS}{hr.pk}/", {"post": general.pk, "version": 1}, "patch")
    assert answer.status_code == 403


def test_a_leaver_is_out_at_once(client, send):
    kim = make.make_user("kim")
    assert send(keeper(), f"{USERS}{kim.pk}/deactivate/", {"reason": "left"}).status_code == 200
    client.force_login(kim)
    assert client.get(USERS).status_code == 401
