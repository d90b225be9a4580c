"""What rows come to: created, updated, unchanged, suspected, refused; and what is written."""

from datetime import date
from decimal import Decimal

# ruff: noqa: E501 - rows and parts of files read better on one line
import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    Contact,
    ContactRole,
    DivisionTierScheme,
    TierChange,
    TierMapping,
)
from core.importing import services
from core.models import AuditEntry
from opportunities.models import Opportunity, OpportunityLine, Product
from teams.models import Unit, User
from tests import factories as make
from tests.core.import_cast import build_cast, done, dry, errors, load, plan, upload


@pytest.fixture
def cast(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return build_cast()


# -------------------------------------------------------------------------------------- columns


def test_titles_are_matched_in_both_languages(cast):
    zh = upload(
        cast.kim,
        "accounts",
        ["单位名称", "级别", "地市", "信用代码", "客服经理", "年收入（万元）", "17 收入"],
        ["甲", "", "", "", "", "1", ""],
    )
    found = {code: source["column"] for code, source in zh.mapping["fields"].items()}
    assert found == {
        "name": "单位名称",
        "tier": "级别",
        "city": "地市",
        "registration_no": "信用代码",
        "manager": "客服经理",
        "turnover": "年收入（万元）",
    }
    assert zh.mapping["fields"]["turnover"]["factor"] == "10000"
    en = upload(
        cast.kim,
        "accounts",
        ["Company Name", "Sector", "Year_Established", "Parent account"],
        ["A", "", "", ""],
    )
    assert set(en.mapping["fields"]) == {"name", "industry", "founded_year", "parent"}


def test_a_mapping_is_kept_by_name_and_used_again(cast):
    batch = upload(cast.kim, "accounts", ["zz"], ["甲方"], mapping={"fields": {"name": "zz"}})
    services.save_mapping(batch=batch, user=cast.kim, name="ours")
    again = upload(cast.kim, "accounts", ["zz"], ["乙方"], mapping="ours")
    assert again.mapping["fields"]["name"]["column"] == "zz"
    with pytest.raises(services.UnknownMapping):
        upload(cast.dora, "accounts", ["zz"], ["x"], mapping="ours")


# ------------------------------------------------------------------------------------- accounts


def test_registered_rows_get_a_number_and_given_ones_are_kept(cast):
    cast.dora.post.rights = [*cast.dora.post.rights, "register_accounts"]
    cast.dora.post.save()
    batch = load(
        cast.dora,
        "accounts",
        ["客户全称", "档案编号", "状态"],
        ["已备案甲", "", "registered"],
        ["已备案乙", "OLD-3", "registered"],
        ["未备案丙", "", "prospect"],
    )
    assert done(batch) == {"create": 3}
    numbers = dict(Account.objects.values_list("name", "file_number"))
    assert numbers["已备案甲"].startswith("KA-")
    assert numbers["已备案乙"] == "OLD-3" and numbers["未备案丙"] is None
    later = load(cast.dora, "accounts", ["客户全称", "状态"], ["未备案丙", "registered"])
    assert done(later) == {"update": 1}
    account = Account.objects.get(name="未备案丙")
    assert account.file_number.startswith("KA-")
    assert account.file_number.lower() in account.search_index


def test_accounts_arrive_with_contacts_people_and_their_own_dates(cast):
    batch = load(
        cast.dora,
        "accounts",
        ["客户全称", "统一社会信用代码", "等级", "城市", "行业", "年收入(万元)", "员工人数", "客户经理", "销售人员", "建档日期", "建档人", "联系人", "职务", "手机"],
        ["江阴烽原锻造有限公司", "91320281ma1x00173k", "重要", "苏州市", "制造业", "1,280.5", "１，２００", "俞北辰", "kim", "2019年3月1日", "俞北辰", "王工", "总工", "13900001111"],
        ["江阴烽原锻造有限公司", "91320281MA1X00173K", "", "", "", "", "", "", "", "", "", "李总", "总经理", "13900002222"],
    )  # fmt: skip
    assert done(batch) == {"create": 1, "update": 1}
    account = Account.objects.get(name="江阴烽原锻造有限公司")
    assert account.registration_no == "91320281MA1X00173K"
    assert (account.turnover, account.employees) == (Decimal("12805000.00"), 1200)
    assert account.turnover_currency_id == "CNY"
    assert (account.tier.code, account.city.name_zh) == ("important", "苏州")
    assert (account.department, account.division) == (cast.team, cast.north)
    assert account.created_by == cast.lee
    assert account.created_at.date() <= date(2019, 3, 1)
    assert account.file_number is None
    assert "jiangyin" in account.search_index
    assert AccountFigures.objects.filter(account=account).exists()
    held = account.assignments.values_list("user__username", "role", "starts_on")
    assert set(held) == {("lee", "manager", date(2019, 3, 1)), ("kim", "seller", date(2019, 3, 1))}
    people = account.contact_roles.values_list("contact__name", "title", "contact__mobile")
    assert set(people) == {("王工", "总工", "13900001111"), ("李总", "总经理", "13900002222")}
    entry = AuditEntry.objects.get(action="account.created", target_id=account.pk)
    assert (entry.actor, entry.channel, entry.batch_id) == (cast.dora, "import", batch.pk)
    assert entry.changes["manager"][1]["label"]
    contacts = AuditEntry.objects.filter(action="contact.created", parent_id=account.pk)
    assert contacts.count() == 2


def test_an_update_writes_only_what_differs_and_an_empty_cell_leaves_what_is_there(cast):
    Account.objects.filter(pk=cast.mine.pk).update(phone="0512-11111111", address="旧址")
    batch = load(
        cast.kim, "accounts", ["档案编号", "客户全称", "电话", "地址"],
        ["KA-0032", "苏州衡曜半导体有限公司", "0512-22222222", ""],
    )  # fmt: skip
    assert done(batch) == {"update": 1}
    cast.mine.refresh_from_db()
    assert (cast.mine.phone, cast.mine.address, cast.mine.version) == ("0512-22222222", "旧址", 2)
    entry = AuditEntry.objects.get(action="account.edited", target_id=cast.mine.pk)
    assert entry.changes == {"phone": ["0512-11111111", "0512-22222222"]}


def test_a_new_name_keeps_the_old_one_and_stays_searchable(cast):
    load(cast.kim, "accounts", ["档案编号", "客户全称"], ["KA-0032", "苏州衡曜芯片有限公司"])
    cast.mine.refresh_from_db()
    assert cast.mine.former_names.get().name == "苏州衡曜半导体有限公司"
    assert "半导体" in cast.mine.search_index and "芯片" in cast.mine.search_index


def test_the_same_file_again_changes_nothing(cast):
    rows = (
        ["客户全称", "等级", "客户经理", "城市", "上级集团", "联系人", "手机"],
        ["无锡沅芷生物有限公司", "重要", "lee", "苏州", "青岚集团有限公司", "王工", "13900001111"],
        ["青岚集团有限公司", "核心", "lee", "常州", "", "", ""],
    )
    load(cast.dora, "accounts", *rows)
    entries = AuditEntry.objects.exclude(action__startswith="importbatch").count()
    again = load(cast.dora, "accounts", *rows)
    assert done(again) == {"unchanged": 2}
    assert not again.rows.exists()
    assert AuditEntry.objects.exclude(action__startswith="importbatch").count() == entries
    assert Contact.objects.count() == 1


def test_parents_may_follow_their_children_and_circles_are_refused(cast):
    batch = load(
        cast.dora, "accounts", ["客户全称", "上级集团"],
        ["孙公司", "子公司甲"], ["子公司甲", "母公司甲"], ["母公司甲", ""],
        ["圆一", "圆二"], ["圆二", "圆三"], ["圆三", "圆一"], ["自己", "自己"], ["孤儿", "没有这家"],
    )  # fmt: skip
    chain = Account.objects.get(name="孙公司")
    assert [chain.parent.name, chain.parent.parent.name] == ["子公司甲", "母公司甲"]
    found = errors(batch)
    assert {line: {code for _f, code in problems} for line, problems in found.items()} == {
        5: {"cycle"}, 6: {"cycle"}, 7: {"cycle"}, 8: {"cycle"}, 9: {"unknown"},
    }  # fmt: skip


def test_a_circle_through_records_already_there_is_refused(cast):
    child = make.make_account("下级", manager=cast.kim, parent=cast.mine, file_number="KA-0033")
    batch = dry(
        cast.kim,
        "accounts",
        ["档案编号", "客户全称", "上级集团"],
        ["KA-0032", "苏州衡曜半导体有限公司", child.file_number],
    )
    assert errors(batch) == {2: {("parent", "cycle")}}


def test_a_child_of_a_bad_row_is_refused_too(cast):
    batch = dry(
        cast.kim,
        "accounts",
        ["客户全称", "上级集团", "员工人数"],
        ["子甲", "母甲", "1"],
        ["母甲", "", "很多"],
    )
    assert errors(batch) == {2: {("parent", "parent_error")}, 3: {("employees", "not_number")}}


@pytest.mark.parametrize(
    ("title", "cell", "problem"),
    [
        ("等级", "VIP", "unknown_choice"),
        ("城市", "常洲", "unknown"),
        ("信用代码", "91320281MA1X0017K", "bad_length"),
        ("客户经理", "程末央", "unknown_person"),
        ("年收入", "1.2e3", "not_number"),
        ("年收入", "1,2", "not_number"),
        ("年收入", "-5", "negative"),
        ("员工人数", "1.5", "not_whole"),
        ("成立年份", "12", "out_of_range"),
        ("建档日期", "2023-02-30", "not_date"),
        ("建档日期", "3/4/2017", "ambiguous_date"),
        ("备注", "=cmd|' /C calc'!A0", "formula"),
        ("备注", "长" * 33_000, "too_long"),
        ("简称", "长" * 61, "too_long"),
        ("备注", "a\x00b", "control"),
        ("电话", "call me", "bad_phone"),
        ("网址", "javascript:alert(1)", "bad_url"),
        ("用户性质", "外星", "unknown_choice"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_a_row_error_with_its_line(cast, title, cell, problem):
    batch = dry(cast.dora, "accounts", ["客户全称", title], ["好公司", ""], ["坏公司", cell])
    assert plan(batch) == {"create": 1, "error": 1}
    assert {code for _field, code in errors(batch)[3]} == {problem}
    assert not Account.objects.filter(name__in=["好公司", "坏公司"]).exists()


@pytest.mark.parametrize(
    ("cell", "value"),
    [("88.6万元", "886000"), ("￥1,234.50", "1234.50"), ("（1,200）", None), ("１２８．５", "128.50"), ("1.5亿", "150000000")],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(cast, cell, value):
    batch = load(cast.dora, "accounts", ["客户全称", "年收入"], ["甲乙公司", cell])
    found = Account.objects.filter(name="甲乙公司").values_list("turnover", flat=True)
    assert list(found) == ([Decimal(value)] if value else [])
    assert bool(errors(batch)) is (value is None)


@pytest.mark.parametrize(
    "cell",
    [
        "2017-03-01",
        "2017/3/1",
        "2017.03.01",
        "20170301",
        "2017年3月1日",
        "42795",
        "2017-03-01 00:00:00",
        "1-Mar-2017",
        "Mar 1, 2017",
    ],
)
def test_dates_are_read_in_the_usual_forms(cast, cell):
    make.make_contact("王工", account=cast.mine)
    load(cast.kim, "contacts", ["姓名", "客户", "生日"], ["王工", "KA-0032", cell])
    assert Contact.objects.get(name="王工").birthday == date(2017, 3, 1)


def test_the_order_of_day_and_month_is_seen_from_the_column(cast):
    load(
        cast.kim,
        "contacts",
        ["姓名", "客户", "生日"],
        ["甲", "KA-0032", "3/4/1980"],
        ["乙", "KA-0032", "25/12/1981"],
    )
    assert Contact.objects.get(name="甲").birthday == date(1980, 4, 3)


def test_suggestions_are_close_in_writing(cast):
    batch = dry(cast.dora, "accounts", ["客户全称", "客户经理"], ["甲公司", "程末央"])
    [error] = batch.rows.get().errors
    assert error["suggestions"][0] == "程未央"


def test_a_quoted_formula_from_an_export_is_text_again(cast):
    load(cast.kim, "accounts", ["客户全称", "备注"], ["甲公司", "'=1+1"])
    assert Account.objects.get(name="甲公司").notes == "=1+1"


def test_the_same_key_twice_is_an_error_but_further_contacts_are_not(cast):
    batch = dry(
        cast.kim, "accounts", ["客户全称", "员工人数", "联系人"],
        ["甲公司", "5", "王"], ["甲公司", "5", "李"], ["甲公司", "6", "赵"], ["甲公司", "5", ""],
    )  # fmt: skip
    assert errors(batch) == {4: {("employees", "disagrees")}, 5: {("", "duplicate_key")}}


# --------------------------------------------------------------------------- suspected duplicates


def test_a_name_nearly_the_same_waits_for_a_decision(cast):
    rows = (["客户全称", "电话"], ["苏州衡曜半导体公司", "0512-33333333"])
    batch = dry(cast.kim, "accounts", *rows)
    assert plan(batch) == {"duplicate": 1}
    [suspect] = batch.rows.get().errors
    assert suspect["id"] == cast.mine.pk
    services.decide(batch=batch, user=cast.kim, line=2, decision="same", same_as=cast.mine.pk)
    batch.refresh_from_db()
    assert plan(batch) == {"update": 1}
    batch = services.commit_batch(batch=batch, user=cast.kim, wait=True)
    cast.mine.refresh_from_db()
    assert cast.mine.phone == "0512-33333333"
    assert Account.objects.count() == 2


def test_a_suspected_duplicate_can_be_new_or_left_out(cast):
    batch = dry(
        cast.kim,
        "accounts",
        ["客户全称"],
        ["苏州衡曜半导体公司"],
        ["衡曜二厂"],
        ["衡曜二厂有限公司"],
    )
    assert plan(batch) == {"create": 1, "duplicate": 2}
    services.decide(batch=batch, user=cast.kim, line=2, decision="new")
    services.decide(batch=batch, user=cast.kim, line=4, decision="skip")
    batch = services.commit_batch(batch=batch, user=cast.kim, wait=True)
    assert done(batch) == {"create": 2, "duplicate": 1}
    assert Account.objects.filter(name="苏州衡曜半导体公司").exists()
    assert not Account.objects.filter(name="衡曜二厂有限公司").exists()


def test_a_duplicate_that_is_hidden_is_told_without_its_name(cast):
    batch = dry(cast.kim, "accounts", ["客户全称"], ["FOREIGN 常州砚北装备公司"])
    [suspect] = batch.rows.get().errors
    assert suspect == {"why": "hidden"}


# --------------------------------------------------------------------------------- corrections


def test_a_corrected_cell_is_checked_at_once_and_written(cast):
    batch = dry(cast.dora, "accounts", ["客户全称", "城市"], ["甲公司", "常洲"])
    row = services.correct_cell(batch=batch, user=cast.dora, line=2, field="city", value="常州")
    assert (row.action, row.errors) == ("create", [])
    batch.refresh_from_db()
    assert plan(batch) == {"create": 1}
    batch = services.commit_batch(batch=batch, user=cast.dora, wait=True)
    assert Account.objects.get(name="甲公司").city.name_en == "Changzhou"
    assert batch.rows.get().corrected == {"city": "常州"}


def test_equal_mistakes_are_corrected_at_once_and_kept_in_the_mapping(cast):
    batch = dry(
        cast.dora,
        "accounts",
        ["客户全称", "等级"],
        ["甲公司", "VIP"],
        ["乙公司", "VIP"],
        ["丙公司", "金牌"],
    )
    assert batch.counts["plan"]["kinds"] == 2
    assert (
        services.correct_alike(batch=batch, user=cast.dora, field="tier", value="VIP", to="核心")
        == 2
    )
    batch.refresh_from_db()
    assert plan(batch) == {"create": 2, "error": 1}
    services.commit_batch(batch=batch, user=cast.dora, wait=True)
    assert set(Account.objects.filter(tier__code="core").values_list("name", flat=True)) == {
        "甲公司",
        "乙公司",
    }
    services.save_mapping(batch=batch, user=cast.dora, name="vip")
    again = dry(cast.dora, "accounts", ["客户全称", "等级"], ["丁公司", "VIP"], mapping="vip")
    assert plan(again) == {"create": 1}


# ----------------------------------------------------------------------------------- modes, rights


def test_only_create_and_only_update(cast):
    rows = (
        ["客户全称", "电话"],
        ["苏州衡曜半导体有限公司", "0512-44444444"],
        ["新公司", "0512-55555555"],
    )
    assert plan(dry(cast.kim, "accounts", *rows, mode="create")) == {"create": 1, "unchanged": 1}
    batch = dry(cast.kim, "accounts", *rows, mode="update")
    assert plan(batch) == {"update": 1, "error": 1}
    assert errors(batch) == {3: {("", "not_found")}}


def test_rows_that_reach_for_foreign_records_are_errors_and_write_nothing(cast):
    before = list(Account.objects.order_by("pk").values())
    batch = load(
        cast.kim, "accounts", ["档案编号", "客户全称", "上级集团", "客户经理", "等级", "销售人员"],
        ["KA-9999", "改名", "", "", "", ""],
        ["", "甲公司", "FOREIGN 常州砚北装备有限公司", "", "", ""],
        ["", "乙公司", "", "sam", "", ""],
        ["", "丙公司", "", "", "核心", ""],
        ["KA-0032", "苏州衡曜半导体有限公司", "", "lee", "", ""],
        ["", "丁公司", "", "", "", "sam"],
    )  # fmt: skip
    assert errors(batch) == {
        2: {("", "not_yours")},
        3: {("parent", "unknown")},
        4: {("manager", "no_right")},
        5: {("tier", "no_right")},
        6: {("manager", "no_right")},
        7: {("sellers", "no_right")},
    }
    assert list(Account.objects.order_by("pk").values()) == before
    found = [e for row in batch.rows.all() for e in row.errors]
    assert "FOREIGN" not in str([error["suggestions"] for error in found])


def test_a_leader_transfers_within_reach_and_the_tier_change_is_kept(cast):
    batch = load(
        cast.dora,
        "accounts",
        ["档案编号", "客户全称", "客户经理", "等级"],
        ["KA-0032", "苏州衡曜半导体有限公司", "lee", "核心"],
    )
    assert done(batch) == {"update": 1}
    held = AccountAssignment.objects.get(account=cast.mine, role="manager", ends_on=None)
    assert held.user == cast.lee
    assert TierChange.objects.get(account=cast.mine).to_tier.code == "core"
    entry = AuditEntry.objects.get(action="account.edited", target_id=cast.mine.pk)
    assert entry.changes["manager"][0]["label"] != entry.changes["manager"][1]["label"]


def test_an_account_that_moves_to_another_division_takes_its_tiers(cast):
    """As by hand: the tier mapping of the division's scheme decides, with history."""
    other = make.make_scheme("three")
    ordinary = make.make_tier("ordinary", scheme=other)
    core = make.make_tier("core")
    TierMapping.objects.create(from_tier=core, to_tier=ordinary, to_scheme=other)
    DivisionTierScheme.objects.create(division=cast.sam.unit, scheme=other)
    Account.objects.filter(pk=cast.mine.pk).update(tier=core)
    load(cast.admin, "accounts", ["档案编号", "客户全称", "客户经理"],
         ["KA-0032", cast.mine.name, "sam"])  # fmt: skip
    cast.mine.refresh_from_db()
    change = cast.mine.tier_changes.get()
    assert (cast.mine.division, cast.mine.tier) == (cast.sam.unit, ordinary)
    assert (change.from_tier, change.to_tier) == (core, ordinary)


def test_people_without_the_right_cannot_begin(cast):
    with pytest.raises(PermissionDenied):
        upload(cast.lee, "accounts", ["客户全称"], ["甲"])
    with pytest.raises(PermissionDenied):
        upload(cast.kim, "users", ["工号"], ["1"])


# -------------------------------------------------------------------------- people and organisation


def test_organisation_and_people_in_any_order(cast):
    load(
        cast.admin, "units", ["编码", "部门名称", "类型", "上级部门", "城市"],
        ["SZ-1", "苏州一组", "地市单位", "SZ", "苏州"], ["SZ", "苏州分公司", "部门", "north", ""],
    )  # fmt: skip
    team = Unit.objects.get(code="SZ-1")
    assert team.parent.code == "SZ"
    assert team.path == f"{team.parent.path}{team.pk}/"
    assert team.division == cast.north
    load(
        cast.admin, "users", ["工号", "姓名", "邮箱", "部门", "岗位", "直属上级"],
        ["007", "Anna Snelling", "anna@example.org", "SZ-1", "loader", "008"],
        ["008", "钱经理", "", "苏州分公司", "leader", ""],
    )  # fmt: skip
    anna = User.objects.get(employee_no="007")
    assert (anna.username, anna.name_en, anna.superior.name_zh) == (
        "anna",
        "Anna Snelling",
        "钱经理",
    )
    assert anna.unit == team and not anna.has_usable_password()
    assert not (anna.is_staff or anna.is_superuser)


def test_nobody_imports_people_above_themselves(cast):
    clerk = make.make_user(post=make.make_post("hr", rights=["import_data", "manage_people"]))
    make.make_post("boss", rights=["set_credit"])
    batch = load(
        clerk, "users", ["用户名", "姓名", "岗位"], ["root", "改名", ""], ["new", "新人", "boss"]
    )
    assert errors(batch) == {2: {("", "not_yours")}, 3: {("post", "no_right")}}
    assert not User.objects.filter(username="new").exists()


# ----------------------------------------------------------------------- contacts and opportunities


def test_contacts_find_their_account_and_move_between_jobs(cast):
    other = make.make_account("常州二号公司", manager=cast.kim)
    rows = (
        ["姓名", "单位名称", "职务", "手机", "层级"],
        ["王工", "KA-0032", "总工", "13900001111", "中层"],
        ["王工", "常州二号公司", "顾问", "13900001111", ""],
        ["李四", "FOREIGN 常州砚北装备有限公司", "", "", ""],
    )
    batch = load(cast.kim, "contacts", *rows)
    assert errors(batch)[4] == {("account", "unknown")}
    wang = Contact.objects.get(name="王工")
    assert set(wang.roles.values_list("account", "title")) == {
        (cast.mine.pk, "总工"),
        (other.pk, "顾问"),
    }
    again = load(cast.kim, "contacts", *rows)
    assert done(again) == {"unchanged": 2, "error": 1}
    load(cast.kim, "contacts", ["姓名", "客户", "职务"], ["王工", "KA-0032", "厂长"])
    assert ContactRole.objects.get(contact=wang, account=cast.mine).title == "厂长"


def test_opportunities_know_what_follows_from_what(cast):
    product = make.make_product("GTX", list_price=Decimal(500))
    batch = load(
        cast.kim, "opportunities", ["编号", "客户", "产品", "状态", "金额", "签约日期", "立项日期", "币种"],
        ["D1", "KA-0032", "GTX", "won", "88.6万", "2017-03-01", "2016-12-01", ""],
        ["D2", "", "GTX", "open", "", "", "2017-01-05", ""],
        ["D3", "KA-0032", "", "won", "", "2017-03-01", "", ""],
        ["D4", "KA-0032", "", "lost", "0", "", "", ""],
        ["D5", "KA-0032", "", "lost", "0", "2016-01-01", "2017-01-01", ""],
        ["D6", "KA-0032", "", "open", "5", "", "", "USD"],
        ["D7", "KA-9999", "", "open", "5", "", "", ""],
        ["D1", "KA-0032", "", "open", "5", "", "", ""],
    )  # fmt: skip
    won = Opportunity.objects.get(number="D1")
    assert (won.milestone, won.closed_month, won.amount_base) == (
        "signed",
        date(2017, 3, 1),
        Decimal("886000.00"),
    )
    assert (won.owner, won.owner_unit) == (cast.kim, cast.team)
    assert OpportunityLine.objects.get(opportunity=won).product == product
    unknown = Opportunity.objects.get(number="D2")
    assert (unknown.account, unknown.amount, unknown.amount_base) == (None, None, None)
    figures = AccountFigures.objects.get(account=cast.mine)
    assert figures.first_contract_on == date(2017, 3, 1)
    assert errors(batch) == {
        4: {("amount", "required")},
        5: {("closed_on", "required")},
        6: {("closed_on", "rule")},
        7: {("currency", "unknown")},
        8: {("account", "unknown")},
        9: {("number", "duplicate_key")},
    }
    assert set(Opportunity.objects.visible_to(cast.kim)) >= {won, unknown}


def test_an_opportunity_that_is_won_later_is_updated(cast):
    deal = make.make_opportunity("升级", owner=cast.kim, account=cast.mine, number="D9")
    load(
        cast.kim,
        "opportunities",
        ["编号", "状态", "金额", "签约日期"],
        ["D9", "won", "100", "2017-05-06"],
    )
    deal.refresh_from_db()
    assert (deal.status, deal.milestone, deal.amount_base) == ("won", "signed", Decimal("100.00"))
    again = load(
        cast.kim,
        "opportunities",
        ["编号", "状态", "金额", "签约日期"],
        ["D9", "won", "100", "2017-05-06"],
    )
    assert done(again) == {"unchanged": 1}


def test_foreign_owners_and_deals_are_refused(cast):
    make.make_opportunity("别人的", owner=cast.sam, number="D8")
    batch = load(
        cast.kim,
        "opportunities",
        ["编号", "名称", "负责人"],
        ["D8", "改名", ""],
        ["D10", "给别人", "sam"],
    )
    assert errors(batch) == {2: {("", "not_yours")}, 3: {("owner", "no_right")}}


def test_products_with_a_floor_price_only_for_those_who_may_see_it(cast):
    keeper = make.make_user(
        post=make.make_post("keeper", rights=["import_data", "manage_settings"])
    )
    rows = (
        ["产品编码", "产品名称", "系列", "价格", "底价"],
        ["P1", "专线", "网络", "1,000", "600"],
    )
    batch = load(keeper, "products", *rows)
    assert done(batch) == {"create": 1}
    product = Product.objects.get(code="P1")
    assert (product.name_zh, product.family_zh, product.list_price, product.floor_price) == (
        "专线",
        "网络",
        Decimal(1000),
        None,
    )
    load(cast.admin, "products", *rows)
    product.refresh_from_db()
    assert product.floor_price == Decimal(600)
