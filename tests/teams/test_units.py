"""The organisation tree: add, change, move."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from core.exceptions import DomainError, StaleVersion
from core.models import AuditEntry
from teams import services
from teams.models import Unit
from teams.signals import unit_moved
from tests.factories import make_account, make_opportunity, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    company = services.create_unit(actor=None, code="co", kind="company", name_zh="公司")
    north, south = (
        services.create_unit(actor=None, code=c, kind="division", parent=company, name_en=c)
        for c in ("north", "south")
    )
    sales = services.create_unit(
        actor=None, code="sales", kind="department", parent=north, name_en="Sales"
    )
    city = services.create_unit(
        actor=None, code="city", kind="city_unit", parent=sales, name_en="City"
    )
    return {"company": company, "north": north, "south": south, "sales": sales, "city": city}


def fresh(unit):
    return Unit.objects.get(pk=unit.pk)


def test_a_new_unit_knows_its_path_and_division(tree):
    city = fresh(tree["city"])
    assert city.path == "/".join(
        ["", *(str(tree[k].pk) for k in ("company", "north", "sales", "city")), ""]
    )
    assert city.division == tree["north"]
    assert fresh(tree["company"]).division == tree["company"]


def test_a_department_directly_below_the_company_has_the_company_as_division(tree):
    unit = services.create_unit(
        actor=None, code="hq", kind="department", parent=tree["company"], name_en="HQ"
    )
    assert fresh(unit).division == tree["company"]


def test_moving_takes_everything_below_along_and_tells_the_floors_above(tree):
    heard = []

    def hear(sender, unit_ids, actor, **kwargs):
        heard.extend(unit_ids)

    unit_moved.connect(hear)
    try:
        services.move_unit(unit=fresh(tree["sales"]), parent=fresh(tree["south"]), actor=None)
    finally:
        unit_moved.disconnect(hear)
    city = fresh(tree["city"])
    assert city.division == tree["south"]
    assert city.path.startswith(fresh(tree["south"]).path)
    assert sorted(heard) == sorted([tree["sales"].pk, tree["city"].pk])
    entry = AuditEntry.objects.get(action="unit.moved")
    assert entry.changes["parent"][1]["id"] == tree["south"].pk


@pytest.mark.parametrize("below", ["sales", "city"])
def test_a_unit_cannot_be_put_below_itself(tree, below):
    with pytest.raises(services.UnitLoop):
        services.move_unit(unit=fresh(tree["sales"]), parent=fresh(tree[below]), actor=None)
    assert fresh(tree["sales"]).parent == tree["north"]


def test_a_division_that_becomes_a_department_hands_its_units_up(tree):
    services.update_unit(unit=fresh(tree["north"]), values={"kind": "department"}, actor=None)
    assert fresh(tree["city"]).division == tree["company"]
    assert fresh(tree["north"]).division == tree["company"]


def test_only_the_company_stands_at_the_top(tree):
    with pytest.raises(DomainError):
        services.create_unit(actor=None, code="x", kind="department", name_en="X")
    with pytest.raises(DomainError):
        services.create_unit(
            actor=None, code="x", kind="company", parent=tree["north"], name_en="X"
        )


def test_a_unit_needs_a_name(tree):
    with pytest.raises(DomainError):
        services.create_unit(actor=None, code="x", kind="department", parent=tree["north"])


def test_a_stale_edit_is_refused(tree):
    unit = fresh(tree["sales"])
    services.update_unit(unit=fresh(unit), values={"name_en": "New"}, actor=None)
    with pytest.raises(StaleVersion):
        services.update_unit(unit=fresh(unit), values={"name_en": "Old"}, actor=None, version=1)


def test_only_who_manages_people_changes_the_tree(tree):
    clerk = make_user(unit=make_unit())
    for call in (
        lambda: services.create_unit(
            actor=clerk, code="x", kind="department", parent=tree["north"], name_en="X"
        ),
        lambda: services.update_unit(unit=tree["sales"], values={"name_en": "X"}, actor=clerk),
        lambda: services.move_unit(unit=tree["sales"], parent=tree["south"], actor=clerk),
    ):
        with pytest.raises(PermissionDenied):
            call()
    assert not AuditEntry.objects.exclude(action="unit.created").exists()


def test_accounts_follow_their_department_into_another_division(tree):
    account = make_account(department=fresh(tree["city"]))
    services.move_unit(unit=fresh(tree["sales"]), parent=fresh(tree["south"]), actor=None)
    account.refresh_from_db()
    assert account.division == tree["south"] and account.department == tree["city"]


def test_open_deals_follow_their_owner_and_closed_ones_stay(tree):
    owner = make_user(unit=fresh(tree["city"]))
    open_deal = make_opportunity(owner=owner)
    won = make_opportunity(
        owner=owner, status="won", milestone="signed", closed_on=date(2026, 1, 5)
    )
    services.update_user(user=owner, values={"unit": fresh(tree["south"])}, actor=None)
    open_deal.refresh_from_db()
    won.refresh_from_db()
    assert open_deal.owner_unit == tree["south"] and won.owner_unit == tree["city"]
