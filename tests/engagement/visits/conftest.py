"""A customer that is visited: who looks after it, whom one meets there, who decides."""

import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from core.library import read_yaml
from engagement.services import plan_visit
from flows.models import FlowBinding, FlowTemplate
from flows.services.templates import create_template, loaded_from_library
from tests import factories as make

ROOT = Path(__file__).parents[3]
FORMS = ("opinion_sheet", "customer_basic_information", "customer_maintenance")
FLOWS = ("f02a_visit_four_steps", "f02b_visit_five_steps")
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def client(client):
    """Pages in English, whatever the language of the installation."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def load_visit_flows() -> None:
    """The flows of visits as shipped, and what says which of them starts."""
    for code in FORMS:
        make.make_form(code)
    for name in FLOWS:
        path = ROOT / f"flows/library/flows/{name}.yaml"
        create_template(definition=path.read_text(encoding="utf-8"), actor=None)
    loaded_from_library(list(FlowTemplate.objects.all()))
    rows = read_yaml((ROOT / "flows/library/bindings.yaml").read_text(encoding="utf-8"))
    for row in rows["bindings"]:
        if row["subject"] == "visit":
            FlowBinding.objects.create(
                subject_type="visit",
                condition=row["condition"],
                priority=int(row["priority"]),
                template=FlowTemplate.objects.get(code=row["flow"].removeprefix("flow:")),
            )


@pytest.fixture
def house(db, english):
    """kim manages Acme, lee sells there, dora is the director; mia confirms plans, leo and fin
    decide on funds; nobody else knows the customer."""
    root = make.make_unit("co")
    make.make_currency()
    east = make.make_unit("east", parent=root, kind="division")
    kim = make.make_user("kim", unit=east)
    acme = make.make_account(
        "Acme Corporation",
        manager=kim,
        tier=make.make_tier("important"),
        phone="025-1",
        status="registered",
    )
    lee = make.make_user("lee", unit=east)
    make.assign(acme, lee, "seller")
    people = {
        name: make.make_user(name, unit=root, post=make.make_post(code, scope="own", rights=[]))
        for name, code in (
            ("mia", "marketing_promotion"),
            ("leo", "company_leader"),
            ("fin", "finance"),
        )
    }
    make.make_administrator("root", unit=root)
    load_visit_flows()
    return SimpleNamespace(
        root=root,
        east=east,
        kim=kim,
        lee=lee,
        dora=make.make_director("dora", unit=east),
        stranger=make.make_user("stranger", unit=make.make_unit("west", parent=root)),
        acme=acme,
        chen=make.make_contact("Chen Wei", account=acme, level="senior", title="CEO"),
        lin=make.make_contact("Lin Yue", account=acme, level="middle"),
        **people,
    )


def tomorrow(hour=10):
    day = timezone.localtime() + datetime.timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def plan(house, *, actor=None, begins=None, **fields):
    """A visit as kim plans it, handed in with `hand_in=True`."""
    begins = begins or tomorrow()
    fields.setdefault("purpose", "Talk about next year")
    fields.setdefault("place", "Acme, third floor")
    fields.setdefault("contacts", [house.chen])
    fields.setdefault("ends_at", begins + HOUR)
    return plan_visit(account=house.acme, actor=actor or house.kim, starts_at=begins, **fields)


@pytest.fixture
def planned(house):
    return lambda **fields: plan(house, **fields)
