"""The four-file data set becomes an organisation with its history, figures exact."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Sum

from accounts.models import Account, AccountAssignment, Industry
from core import library
from core.company import update_company
from core.models import AuditEntry, CompanySettings, Currency, ImportBatch, ImportMapping, company
from kam import maven
from opportunities.models import Opportunity, OpportunityLine, Product
from teams.models import Unit, User
from tests.factories import make_account, make_administrator
from tests.sample import write_sample

REAL = settings.BASE_DIR.parent / "shared" / "data" / "maven-crm"


@pytest.fixture
def empty(db, settings, tmp_path):
    """What `up --empty` leaves: library rows and an administrator."""
    settings.MEDIA_ROOT = tmp_path / "media"
    library.load()
    return make_administrator("admin", unit=None)


def totals():
    won = Opportunity.objects.won()
    return {
        "accounts": Account.objects.count(),
        "without_parent": Account.objects.filter(parent=None).count(),
        "opportunities": Opportunity.objects.count(),
        "won": won.count(),
        "lost": Opportunity.objects.filter(status="lost").count(),
        "won_value": won.aggregate(total=Sum("amount_base"))["total"],
    }


def by_quarter():
    found = {}
    for month, total in (
        Opportunity.objects.won().values_list("closed_month").annotate(total=Sum("amount_base"))
    ):
        quarter = (month.month - 1) // 3 + 1
        found[quarter] = found.get(quarter, 0) + total
    return found


def best(field, count):
    rows = Opportunity.objects.won().values_list(field).annotate(total=Sum("amount_base"))
    return [(name, int(total)) for name, total in rows.order_by("-total")[:count]]


def test_the_sample_gives_its_own_figures(empty, tmp_path):
    sample = write_sample(tmp_path)
    batches = maven.import_folder(folder=tmp_path, user=empty)
    assert [batch.state for batch in batches] == ["done"] * 5, [b.error for b in batches]
    assert totals() == {
        name: getattr(sample, name)
        for name in ("accounts", "without_parent", "opportunities", "won", "lost", "won_value")
    }
    assert by_quarter() == sample.quarters
    assert dict(best("account__name", 99)) == dict(sample.by_account)
    assert dict(best("owner__name_en", 99)) == dict(sample.by_agent)
    assert Opportunity.objects.filter(account=None).count() == sample.without_account
    assert company().currency_id == "USD"
    held = AccountAssignment.objects.filter(role="manager")
    assert dict(held.values_list("account__name", "user__name_en")) == {
        account: sample.manager_of[account] for account in sample.manager_of
    }


def test_a_manager_sees_their_people_and_an_agent_only_their_own(empty, tmp_path):
    sample = write_sample(tmp_path)
    maven.import_folder(folder=tmp_path, user=empty)
    agent = User.objects.get(name_en="Agent Dana A")
    seen = Opportunity.objects.visible_to(agent)
    assert set(seen.values_list("owner", flat=True)) == {agent.pk}
    manager = User.objects.get(name_en="Dana Brook")
    team = {name for name, boss in sample.agents.items() if boss == "Dana Brook"}
    seen = Opportunity.objects.visible_to(manager)
    assert set(seen.values_list("owner__name_en", flat=True)) <= team
    won = seen.won().aggregate(total=Sum("amount_base"))["total"]
    assert won == sum(sample.by_agent[name] for name in team)
    assert agent.superior == manager
    assert agent.unit.parent.name_en == "Central"


def test_importing_again_changes_nothing(empty, tmp_path):
    write_sample(tmp_path)
    maven.import_folder(folder=tmp_path, user=empty)
    written = AuditEntry.objects.exclude(action__startswith="importbatch").count()
    versions = Account.objects.aggregate(total=Sum("version"))
    again = maven.import_folder(folder=tmp_path, user=empty)
    for batch in again:
        assert set(batch.counts["done"]) == {"unchanged"}, (batch.file_name, batch.counts)
        assert not batch.rows.exists()
    assert AuditEntry.objects.exclude(action__startswith="importbatch").count() == written
    assert Account.objects.aggregate(total=Sum("version")) == versions


def test_undo_removes_all_of_it(empty, tmp_path):
    models = (
        Account,
        Opportunity,
        OpportunityLine,
        Product,
        Unit,
        User,
        Industry,
        AccountAssignment,
    )
    before = [model.objects.count() for model in models]
    write_sample(tmp_path)
    maven.import_folder(folder=tmp_path, user=empty)
    undone = maven.undo_folder(user=empty)
    assert [batch.state for batch in undone] == ["undone"] * 5
    assert all(batch.counts["kept"] == 0 for batch in undone)
    assert [model.objects.count() for model in models] == before


def test_undo_gives_the_company_its_currency_back(empty, tmp_path):
    write_sample(tmp_path)
    maven.import_folder(folder=tmp_path, user=empty)
    assert company().currency_id == "USD"
    maven.undo_folder(user=empty)
    assert company().currency_id == "CNY"
    assert CompanySettings.objects.get().currency_id == "CNY"


def test_undo_leaves_a_currency_that_something_else_uses(empty, tmp_path):
    write_sample(tmp_path)
    maven.import_folder(folder=tmp_path, user=empty)
    own = make_account("Own", turnover_currency_id="USD")
    maven.undo_folder(user=empty)
    assert Account.objects.get() == own
    assert company().currency_id == "USD"


def test_undo_leaves_a_currency_that_somebody_chose(empty, tmp_path):
    dollar, row = Currency.objects.get(code="USD"), CompanySettings.objects.get()
    update_company(company=row, values={"currency": dollar}, actor=empty)
    write_sample(tmp_path)
    maven.import_folder(folder=tmp_path, user=empty)
    maven.undo_folder(user=empty)
    assert company().currency_id == "USD"


def test_the_shipped_mappings_are_rows_that_people_can_use(empty):
    shipped = ImportMapping.objects.filter(library_code__startswith="mapping:maven-")
    assert {row.kind: row.name for row in shipped.filter(is_shared=True, owner=None)} == {
        kind: f"maven-{kind}" for kind in maven.TABLES
    }


def test_the_command_says_what_it_did(empty, tmp_path, capsys):
    write_sample(tmp_path)
    call_command("import_data", "maven-crm", str(tmp_path))
    assert "sales_pipeline.csv: done: create 160" in capsys.readouterr().out
    call_command("import_data", "maven-crm", str(tmp_path), "--undo")
    assert "undone 160, kept 0" in capsys.readouterr().out
    assert not Opportunity.objects.exists()


@pytest.mark.skipif(
    not REAL.is_dir(), reason="the public data set does not lie beside this checkout"
)
def test_the_real_files_give_the_published_figures(empty):
    batches = maven.import_folder(folder=Path(REAL), user=empty)
    assert [batch.state for batch in batches] == ["done"] * 5
    assert totals() == {
        "accounts": 85,
        "without_parent": 70,
        "opportunities": 8800,
        "won": 4238,
        "lost": 2473,
        "won_value": Decimal(10_005_534),
    }
    assert by_quarter() == {1: 1_134_672, 2: 3_086_111, 3: 2_982_255, 4: 2_802_496}
    assert best("account__name", 5) == [
        ("Kan-code", 341_455),
        ("Konex", 269_245),
        ("Condax", 206_410),
        ("Cheers", 198_020),
        ("Hottechi", 194_957),
    ]
    assert best("owner__name_en", 1) == [("Darcel Schlecht", 1_153_214)]
    assert Opportunity.objects.filter(account=None).count() == 1425
    assert OpportunityLine.objects.filter(product__code="GTX Pro").exists()
    assert not Product.objects.filter(code="GTXPro").exists()
    assert User.objects.exclude(pk=empty.pk).count() == 41
    one_each = AccountAssignment.objects.filter(role="manager").values("account")
    assert one_each.annotate(n=Count("pk")).filter(n=1).count() == 85
    undone = maven.undo_folder(user=empty)
    assert all(batch.counts["kept"] == 0 for batch in undone)
    assert not Opportunity.objects.exists() and not Account.objects.exists()
    assert ImportBatch.objects.filter(state="undone").count() == 5
