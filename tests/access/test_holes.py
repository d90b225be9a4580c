"""Planted holes: a matrix that stays green with one of them would prove nothing."""

import pytest
from django.contrib.admin import AdminSite

from accounts import permissions
from accounts.models import Account, Contact
from accounts.views import entry
from core.api.metadata import FieldsMetadata
from core.api.viewsets import RecordViewSet
from core.models import ImportBatch, Star
from opportunities.models import Opportunity
from tests.access.harness import check, csrf_gaps, unlisted_methods
from tests.access.routes import walk

ROUTES = {route.key: route for route in walk()}
ROLES = ("anonymous", "manager", "rival", "removed", "read_token")


@pytest.fixture
def found(world, clients):
    """What the matrix says of one address."""

    def ask(key, method):
        return check(ROUTES[key], world, clients, roles=ROLES, methods=[method])

    return ask


def open_wide(monkeypatch, model):
    """`visible_to` forgets to look at who asks."""
    queryset = type(model.objects.all())
    monkeypatch.setattr(queryset, "visible_to", lambda self, user, **kw: self)


CHANNELS = {
    "list": (Account, "accounts:account_list", "GET"),
    "detail": (Account, "accounts:account_detail", "GET"),
    "export": (Contact, "accounts:contact_export", "GET"),
    "API": (Opportunity, "api:opportunity-list", "GET"),
    "file": (ImportBatch, "core:import_errors", "GET"),
    "search": (Account, "core:search", "GET"),
    "drill-down": (Opportunity, "opportunities:opportunity_list", "GET"),
    # Deals without their account name nobody there.
    "dashboard": (Account, "kpi:dashboard", "GET"),
    "board": (Opportunity, "opportunities:opportunity_board", "GET"),
    "picker": (Account, "accounts:account_options", "GET"),
    "bulk": (Account, "accounts:account_bulk", "POST"),
    "API write": (Account, "api:account-detail", "PATCH"),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_rows_of_others(channel, found, monkeypatch):
    model, key, method = CHANNELS[channel]
    assert found(key, method) == []
    open_wide(monkeypatch, model)
    assert found(key, method)


def test_options_that_lists_related_rows(found, monkeypatch):
    plain = FieldsMetadata.describe

    def describe(self, field):
        told = plain(self, field)
        rows = getattr(field, "queryset", None)
        return told if rows is None else {**told, "choices": [str(row) for row in rows.all()]}

    assert found("api:account-list", "OPTIONS") == []
    monkeypatch.setattr(FieldsMetadata, "describe", describe)
    assert any("leaks" in line for line in found("api:account-list", "OPTIONS"))


def test_an_admin_site_open_to_everybody(found, monkeypatch):
    assert found("admin:index", "GET") == []
    site = type(ROUTES["admin:index"].callback.admin_site)
    assert issubclass(site, AdminSite)
    monkeypatch.setattr(site, "has_permission", lambda self, request: request.user.is_active)
    assert found("admin:index", "GET")


def test_a_right_nobody_checks(found, monkeypatch):
    assert found("accounts:account_change_tier", "POST") == []
    monkeypatch.setattr(permissions, "can_change_tier", lambda user, account: True)
    assert found("accounts:account_change_tier", "POST")


def test_a_scope_nobody_checks(found, monkeypatch):
    monkeypatch.setattr(RecordViewSet, "permission_classes", [])
    assert any("read_token" in line for line in found("api:account-detail", "PATCH"))


def test_a_write_before_the_refusal(found, monkeypatch, world):
    def careless(user, account):
        Star.objects.filter(user=user).delete()
        return False

    monkeypatch.setattr(permissions, "can_edit_account", careless)
    assert any("but wrote" in line for line in found("accounts:account_edit", "POST"))


def test_a_get_that_writes(found, monkeypatch):
    plain = entry.narrow_text

    def counting(*args):
        Star.objects.filter(pk=0).update(target_id=0)
        return plain(*args)

    monkeypatch.setattr(entry, "narrow_text", counting)
    assert any("but wrote" in line for line in found("accounts:account_options", "GET"))


def test_a_view_without_csrf(world, strict_clients, monkeypatch):
    route = ROUTES["accounts:account_star"]
    assert csrf_gaps(route, world, strict_clients) == []
    monkeypatch.setattr(route.callback, "csrf_exempt", True, raising=False)
    assert csrf_gaps(route, world, strict_clients)


def test_a_method_nobody_listed(world, clients, monkeypatch):
    route = ROUTES["api:account-detail"]
    assert unlisted_methods(route, world, clients) == []
    monkeypatch.setattr(RecordViewSet, "http_method_not_allowed", RecordViewSet.options)
    assert unlisted_methods(route, world, clients)


def test_a_hidden_record_that_answers_unlike_an_absent_one(found, monkeypatch, world):
    """403 would tell a rival that the account exists."""
    assert found("accounts:account_history", "GET") == []

    def telling(self, user, **kw):
        return self

    monkeypatch.setattr(type(Account.objects.all()), "visible_to", telling)
    assert any("wanted [404]" in line for line in found("accounts:account_history", "GET"))
