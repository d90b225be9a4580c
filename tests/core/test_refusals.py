"""How the product says no, to a browser and to htmx."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from core import htmx
from core.exceptions import DomainError, StaleVersion
from core.middleware import RefusalMiddleware
from core.views import errors
from tests.factories import make_user


def note_of(response) -> dict:
    return json.loads(response["HX-Trigger"])["kam:toast"]


@pytest.fixture
def asked():
    request = RequestFactory().get("/x/", HTTP_HX_REQUEST="true")
    request.htmx = type("Htmx", (), {"boosted": False, "history_restore_request": False})()
    return request


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.permission_denied, 403),
        (errors.page_not_found, 404),
        (errors.csrf_failure, 403),
        (errors.server_error, 500),
    ],
)
def test_htmx_gets_a_note_and_no_swap(asked, view, status):
    response = view(asked)
    assert response.status_code == status
    assert response["HX-Reswap"] == "none"
    assert note_of(response)["level"] == "bad"
    assert response.content == b""


def test_a_refusal_may_say_why(asked):
    with translation.override("zh-hans"):
        response = errors.permission_denied(asked, PermissionDenied("只有首席可以定级"))
    assert note_of(response)["text"] == "只有首席可以定级"
    assert response["HX-Trigger"].isascii()


def test_an_uncaught_rule_is_a_note(asked):
    response = RefusalMiddleware(None).process_exception(asked, DomainError("缺首席意见"))
    assert response.status_code == 422
    assert note_of(response)["text"] == "缺首席意见"
    assert RefusalMiddleware(None).process_exception(asked, ValueError()) is None


def test_a_stale_version_is_a_conflict(asked):
    response = RefusalMiddleware(None).process_exception(asked, StaleVersion(None))
    assert response.status_code == 409


def test_events_add_up():
    response = htmx.add_event(HttpResponse(), "kam:close", True)
    htmx.toast(response, "已转交", "good", undo="/undo/")
    events = json.loads(response["HX-Trigger"])
    assert events["kam:close"] is True
    assert events["kam:toast"] == {"text": "已转交", "level": "good", "undo": "/undo/"}


@pytest.mark.django_db
def test_hidden_and_absent_look_the_same(client):
    client.force_login(make_user())
    bodies = {client.get(path).content for path in ("/nowhere/1/", "/nowhere/2/")}
    assert client.get("/nowhere/1/").status_code == 404
    assert len(bodies) == 1


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_with_a_page():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/language/", {"language": "en"})
    assert response.status_code == 403
    assert b"k-error" in response.content


@pytest.mark.django_db
def test_a_page_says_that_it_differs_for_htmx(client):
    client.force_login(make_user())
    request = RequestFactory().get("/x/")
    request.htmx = False
    request.user = make_user()
    response = htmx.render_page(request, "404.html", "rows", {})
    assert "HX-Request" in response["Vary"]
