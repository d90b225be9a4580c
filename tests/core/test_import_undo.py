"""Taking an import back: what nobody touched goes, the rest stays and is listed."""

# ruff: noqa: E501 - rows read better on one line
import pytest
from django.core.exceptions import PermissionDenied

from accounts import services as accounts
from accounts.models import Account, AccountAssignment, Contact
from core.importing import services
from core.models import AuditEntry, ImportState
from opportunities.models import Product
from tests import factories as make
from tests.core.import_cast import build_cast, load


@pytest.fixture
def cast(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return build_cast()


def undo(batch, user):
    return services.undo_batch(batch=batch, user=user, wait=True)


def test_created_records_go_with_all_that_came_with_them(cast):
    counts = [m.objects.count() for m in (Account, Contact, AccountAssignment)]
    batch = load(
        cast.dora,
        "accounts",
        ["客户全称", "上级集团", "客户经理", "联系人"],
        ["子公司甲", "母公司甲", "lee", "王工"],
        ["子公司甲", "母公司甲", "lee", "李总"],
        ["母公司甲", "", "lee", ""],
    )
    batch = undo(batch, cast.dora)
    assert (batch.state, batch.counts["undone"], batch.counts["kept"]) == ("undone", 3, 0)
    assert [m.objects.count() for m in (Account, Contact, AccountAssignment)] == counts
    entries = AuditEntry.objects.filter(batch_id=batch.pk, action="account.import_undone")
    assert entries.count() == 3
    assert set(entries.values_list("actor", flat=True)) == {cast.dora.pk}


def test_updates_are_restored_field_by_field(cast):
    batch = load(
        cast.dora,
        "accounts",
        ["档案编号", "客户全称", "电话", "客户经理", "等级"],
        ["KA-0032", "苏州衡曜芯片有限公司", "0512-1234567", "lee", "核心"],
    )
    batch = undo(batch, cast.dora)
    cast.mine.refresh_from_db()
    assert (cast.mine.name, cast.mine.phone, cast.mine.tier) == ("苏州衡曜半导体有限公司", "", None)
    assert cast.mine.version == 3
    assert "芯片" not in cast.mine.search_index
    held = cast.mine.assignments.get(role="manager")
    assert (held.user, held.ends_on) == (cast.kim, None)
    assert not cast.mine.former_names.exists()
    assert not cast.mine.tier_changes.exists()


def test_what_somebody_changed_since_is_kept_and_listed(cast):
    batch = load(cast.kim, "accounts", ["客户全称"], ["甲公司"], ["乙公司"])
    changed = Account.objects.get(name="甲公司")
    accounts.update_account(account=changed, values={"phone": "025-12345"}, actor=cast.kim)
    batch = undo(batch, cast.kim)
    assert (batch.counts["undone"], batch.counts["kept"]) == (1, 1)
    assert batch.rows.get(state="kept").note == "changed"
    assert Account.objects.filter(pk=changed.pk).exists()
    assert not Account.objects.filter(name="乙公司").exists()


def test_what_something_else_refers_to_is_kept(cast):
    batch = load(cast.kim, "accounts", ["客户全称", "上级集团"], ["母公司甲", ""], ["子公司甲", "母公司甲"], ["丙公司", ""])  # fmt: skip
    make.make_opportunity("商机", owner=cast.kim, account=Account.objects.get(name="子公司甲"))
    batch = undo(batch, cast.kim)
    kept = batch.rows.filter(state="kept").values_list("line", "note")
    assert set(kept) == {(2, "used"), (3, "used")}
    assert set(Account.objects.filter(name__endswith="公司甲").values_list("name", flat=True)) == {
        "母公司甲",
        "子公司甲",
    }
    assert not Account.objects.filter(name="丙公司").exists()


def test_a_contact_used_elsewhere_stays_without_its_account(cast):
    batch = load(cast.kim, "accounts", ["客户全称", "联系人"], ["甲公司", "王工"])
    wang = Contact.objects.get(name="王工")
    accounts.add_role(contact=wang, account=cast.mine, actor=cast.kim)
    batch = undo(batch, cast.kim)
    assert batch.counts["kept"] == 0
    assert list(wang.roles.values_list("account", flat=True)) == [cast.mine.pk]
    assert not Account.objects.filter(name="甲公司").exists()


def test_what_was_removed_before_is_said(cast):
    batch = load(cast.admin, "products", ["编码", "名称"], ["P1", "专线"])
    Product.objects.all().delete()
    batch = undo(batch, cast.admin)
    assert batch.rows.get().note == "gone"


def test_an_import_is_undone_once_and_by_those_who_may(cast):
    batch = load(cast.kim, "accounts", ["客户全称"], ["甲公司"])
    with pytest.raises(PermissionDenied):
        undo(batch, cast.dora)
    batch = undo(batch, cast.kim)
    assert batch.state == ImportState.UNDONE
    with pytest.raises(services.WrongState):
        undo(batch, cast.kim)
