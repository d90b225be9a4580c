"""Tokens and sessions (T27, T28, T29)."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import ApiToken, AuditEntry
from core.tokens import create_token, revoke_token
from tests import factories as make

ACCOUNTS = "/api/v1/accounts/"


@pytest.fixture
def kim(db):
    make.make_currency()
    return make.make_user("kim")


def bearer(secret) -> dict:
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


@pytest.fixture
def token(kim):
    return create_token(user=kim, actor=kim, name="report", scope="read")


def test_a_token_reads_and_only_its_hash_is_stored(client, token):
    row, secret = token
    assert client.get(ACCOUNTS, **bearer(secret)).status_code == 200
    stored = str(ApiToken.objects.values().get(pk=row.pk))
    assert secret not in stored
    assert secret not in str(list(AuditEntry.objects.values()))
    assert row.digest not in str(list(AuditEntry.objects.values()))


def test_a_read_token_never_writes(client, kim, token):
    _row, secret = token
    answer = client.post(
        ACCOUNTS, {"name": "Acme"}, content_type="application/json", **bearer(secret)
    )
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"


def test_revoking_holds_with_the_next_call(client, kim, token):
    row, secret = token
    assert client.get(ACCOUNTS, **bearer(secret)).status_code == 200
    revoke_token(token=row, actor=kim)
    answer = client.get(ACCOUNTS, **bearer(secret))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_so_does_leaving_the_company(client, kim, token):
    kim.is_active = False
    kim.save(update_fields=["is_active"])
    assert client.get(ACCOUNTS, **bearer(token[1])).status_code == 401


def test_and_the_end_of_its_time(client, kim):
    _row, secret = create_token(
        user=kim, actor=kim, expires_at=timezone.now() - datetime.timedelta(seconds=1)
    )
    assert client.get(ACCOUNTS, **bearer(secret)).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer nonsense", "Bearer \xff\xfe"])
def test_broken_headers_are_refused_alike(client, db, header):
    answer = client.get(ACCOUNTS, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "authentication_failed"


def test_last_use_is_written_once_a_minute(client, token, django_assert_num_queries):
    row, secret = token
    client.get(ACCOUNTS, **bearer(secret))
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    client.get(ACCOUNTS, **bearer(secret))
    row.refresh_from_db()
    assert row.last_used_at == first


def test_a_token_is_no_session(client, token):
    assert client.get(reverse("accounts:account_list"), **bearer(token[1])).status_code == 302


def test_a_session_needs_the_csrf_token_to_write(kim):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(kim)
    assert strict.get(ACCOUNTS).status_code == 200
    answer = strict.post(ACCOUNTS, {"name": "Acme"}, content_type="application/json")
    assert answer.status_code == 403
    assert "csrftoken" not in answer.cookies


def test_changes_say_that_they_came_by_the_api(client, kim):
    _row, secret = create_token(user=kim, actor=kim, scope="write")
    answer = client.post(
        ACCOUNTS, {"name": "Acme"}, content_type="application/json", **bearer(secret)
    )
    assert answer.status_code == 201
    entry = AuditEntry.objects.get(target_id=answer.json()["id"], action="account.created")
    assert entry.channel == "api"
    assert entry.actor == kim


def test_the_command_prints_the_token_alone_on_its_last_line(client, kim, capsys):
    call_command("create_token", "kim", "--scope", "read")
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert client.get(ACCOUNTS, **bearer(last)).status_code == 200
    with pytest.raises(CommandError):
        call_command("create_token", "nobody")


def test_people_make_see_and_end_their_own_tokens(client, kim):
    client.force_login(kim)
    answer = client.post(
        reverse("core:token_create"), {"name": "mine", "scope": "write", "lifetime": "30"}
    )
    secret = answer.context["secret"]
    assert client.get(ACCOUNTS, **bearer(secret)).status_code == 200
    assert secret not in client.get(reverse("core:token_list")).content.decode()
    row = ApiToken.objects.get(user=kim)
    assert client.post(reverse("core:token_revoke", args=[row.pk])).status_code == 302
    assert Client().get(ACCOUNTS, **bearer(secret)).status_code == 401


def test_nobody_ends_the_token_of_another(client, kim, token):
    client.force_login(make.make_user("lee"))
    assert client.post(reverse("core:token_revoke", args=[token[0].pk])).status_code == 404
    token[0].refresh_from_db()
    assert token[0].revoked_at is None
