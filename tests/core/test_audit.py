"""Every write leaves exactly one line of history, whatever the way it came in (T48)."""

import datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import services as accounts
from core import audit
from core.importing import services as imports
from core.models import AuditEntry, SavedView
from core.tokens import create_token
from opportunities import services as deals
from tests.access.harness import Clients, ask, target, url_of, watched_writes
from tests.access.policy import API, UNSAFE, rule_for
from tests.access.routes import walk

WRITING = [
    (route, method)
    for route in walk()
    # Imports tell of themselves; reading a note is one's own bookkeeping.
    if route.key in API and not route.key.startswith(("api:import", "api:notification"))
    for method in sorted(UNSAFE)
    if (rule := rule_for(route, method)) and rule.ok & {200, 201} and rule.may
]
# Setting something to what it is already is no write.
# A nudge stands in the trail of its run alone.
UNCHANGING = {
    "api:run-nudge",
    "api:account-restore",
    "api:opportunity-restore",
    "api:user-reactivate",
}
# A call passes steps of its flow, and each status it takes has an entry.
PASSING = {"api:callback-contact": 3}
# Work is answered by whoever has it in hand, not by an administrator.
BY_HOLDER = {"api:work-item-answer-many"}


@pytest.fixture(scope="module")
def clients(built_world):
    return Clients(built_world)


def new_entries(act):
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    act()
    return list(AuditEntry.objects.exclude(pk__in=before).order_by("pk"))


@pytest.mark.parametrize(
    ("route", "method"), WRITING, ids=[f"{route}-{method}" for route, method in WRITING]
)
def test_each_write_of_the_api(route, method, world, clients):
    rule = rule_for(route, method)
    url = url_of(route, rule, world, "own")
    data = rule.data(world, "own")
    of_holder = route.key in BY_HOLDER or "administrator" not in rule.may
    role = "manager" if of_holder else "administrator"
    answers = []
    entries = new_entries(
        lambda: answers.append(ask(clients[role], method, url, data=data, is_api=True))
    )
    assert answers[0].status_code in rule.ok
    assert len(entries) == (0 if route.key in UNCHANGING else PASSING.get(route.key, 1))
    for entry in entries:
        assert entry.channel == "api"
        assert entry.actor == getattr(world, role)
        if rule.noun:
            record = target(world, "own", rule.noun)
            if entry.action.startswith("flowrun."):
                record = getattr(record, "run", record)  # what is done with work, its run tells
            assert entry.target_id == record.pk


def version(record):
    record.refresh_from_db()
    return record.version


PAGES = {
    "accounts:account_change_tier": (
        "account",
        lambda w: {"tier": w.tiers["strategic"].pk, "reason": "grows"},
    ),
    "accounts:account_transfer": (
        "account",
        lambda w: {"to": w.rival.pk, "reason": "moves", "on": str(w.today)},
    ),
    "accounts:account_archive": ("account", lambda w: {"reason": "closed"}),
    "accounts:account_set_credit": (
        "account",
        lambda w: {"grade": "A", "reason": "pays", "effective_on": str(w.today)},
    ),
    "accounts:contact_archive": ("contact", lambda w: {"reason": "retired"}),
    "opportunities:opportunity_win": (
        "opportunity",
        lambda w: {"closed_on": str(w.today), "amount": "10.00"},
    ),
    "opportunities:opportunity_lose": (
        "opportunity",
        lambda w: {"closed_on": str(w.today), "reason": "price"},
    ),
    "opportunities:opportunity_move": ("opportunity", lambda w: {"lane": "proposed"}),
    "opportunities:opportunity_step": (
        "opportunity",
        lambda w: {"next_step": "call", "next_step_on": str(w.today)},
    ),
    "opportunities:opportunity_archive": ("opportunity", lambda w: {"reason": "double"}),
}


@pytest.mark.parametrize("name", PAGES)
def test_each_write_of_a_page(name, world, clients):
    noun, body = PAGES[name]
    record = getattr(world.own, noun)
    data = {"version": version(record), **body(world)}
    answers = []
    url = reverse(name, args=[record.pk])
    entries = new_entries(
        lambda: answers.append(clients["administrator"].post(url, data))
    )
    assert answers[0].status_code in (200, 204, 302), answers[0].content[:500]
    assert [(entry.channel, entry.target_id) for entry in entries] == [("page", record.pk)]


def test_a_write_of_the_admin(world, clients):
    product = world.products.two
    url = reverse("admin:opportunities_product_change", args=[product.pk])
    form = clients["administrator"].get(url).context["adminform"].form
    data = {
        bound.html_name: "" if bound.value() is None else bound.value()
        for bound in form
        if bound.value() is not False
    }
    data |= {"name_en": "Renamed", "_save": "1"}
    answers = []
    entries = new_entries(lambda: answers.append(clients["administrator"].post(url, data)))
    assert answers[0].status_code == 302, answers[0].context["errors"]
    assert [(entry.channel, entry.target_id) for entry in entries] == [("admin", product.pk)]
    assert "name_en" in entries[0].changes


def test_a_write_of_a_job(world):
    entries = new_entries(
        lambda: accounts.update_account(
            account=world.own.account, values={"phone": "by a job"}, actor=None
        )
    )
    assert [(entry.channel, entry.actor) for entry in entries] == [("job", None)]


def test_each_row_of_an_import(world):
    """One line for each record, and the import's own lines on the import."""
    content = b"code,name_en\nIMP-1,One\nIMP-2,Two\n"
    batch = imports.create_batch(
        kind="products", file_name="p.csv", content=content, user=world.administrator,
        mapping=None,
    )  # fmt: skip
    entries = new_entries(
        lambda: imports.commit_batch(batch=batch, user=world.administrator, wait=True)
    )
    batch.refresh_from_db()
    assert batch.state == "done", batch.error
    written = [entry for entry in entries if entry.target_type.model == "product"]
    assert len(written) == 2
    assert {entry.channel for entry in written} == {"import"}
    assert {entry.batch_id for entry in written} == {batch.pk}


def test_a_refused_write_leaves_none(world, clients):
    url = reverse("accounts:account_change_tier", args=[world.own.account.pk])
    data = {"tier": world.tiers["strategic"].pk, "reason": "x", "version": 1}
    assert new_entries(lambda: clients["manager"].post(url, data)) == []
    assert new_entries(lambda: clients["director"].post(url, {**data, "reason": ""})) == []


def test_an_edit_that_changes_nothing_leaves_none(world):
    account = world.own.account
    assert (
        new_entries(
            lambda: accounts.update_account(
                account=account, values={"phone": account.phone}, actor=world.manager
            )
        )
        == []
    )


def test_what_it_says(world):
    deal = world.own.opportunity
    [entry] = new_entries(
        lambda: deals.win(
            opportunity=deal, closed_on=world.today, amount=Decimal("12.50"), actor=world.manager
        )
    )
    assert entry.changes["amount"] == ["5000.00", "12.50"]
    assert entry.changes["status"] == ["open", "won"]
    assert entry.happened_at.date() - datetime.date.today() <= datetime.timedelta(days=1)


@pytest.mark.parametrize("change", ["update", "delete", "raw"])
def test_history_refuses_to_be_changed(world, change):
    entry = AuditEntry.objects.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        if change == "update":
            AuditEntry.objects.filter(pk=entry.pk).update(reason="nothing happened")
        elif change == "delete":
            AuditEntry.objects.filter(pk=entry.pk)._raw_delete("default")
        else:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM core_auditentry WHERE id = %s", [entry.pk])
    entry.refresh_from_db()


def test_no_page_and_no_api_writes_history(world, clients):
    entry = AuditEntry.objects.first()
    for name in ("change", "delete"):
        url = reverse(f"admin:core_auditentry_{name}", args=[entry.pk])
        with watched_writes() as written:
            answer = clients["administrator"].post(url, {"reason": "x", "post": "yes"})
        assert answer.status_code in (200, 403)
        assert written == []
    assert clients["administrator"].get("/api/v1/audit/").status_code == 404


def test_the_record_shows_its_history(world, clients):
    accounts.update_account(
        account=world.own.account, values={"phone": "shown-in-history"}, actor=world.manager
    )
    page = clients["manager"].get(
        reverse("accounts:account_history", args=[world.own.account.pk])
    ).content.decode()
    assert "shown-in-history" in page


def test_tokens_and_views_leave_a_line_without_a_secret(world):
    secrets = []
    entries = new_entries(
        lambda: secrets.append(create_token(user=world.manager, actor=world.manager)[1])
    )
    assert len(entries) == 1
    assert secrets[0] not in str(entries[0].changes)
    client = Client()
    client.force_login(world.manager)
    assert SavedView.objects.filter(owner=world.manager).exists()


def test_the_admin_tells_history_only_of_what_one_sees(world, clients):
    """A keeper of settings reads all lines but those of accounts, contacts and deals."""
    url = reverse("admin:core_auditentry_changelist")
    everything = clients["administrator"].get(url).content.decode()
    assert "CANARYOWN" in everything
    entries = new_entries(lambda: create_token(user=world.keeper, actor=world.keeper))
    shown = audit.visible_to(world.keeper)
    assert entries[0] in shown
    assert not shown.filter(target_label__contains="CANARY").exists()
    assert audit.visible_to(world.manager).filter(target_label__contains="CANARYOWN").exists()
    assert not audit.visible_to(world.manager).filter(target_label__contains="FOREIGN").exists()
