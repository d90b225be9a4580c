"""The pages of an import, from the upload to the undo, as a browser and as htmx meet them."""

# ruff: noqa: E501 - rows read better on one line
import io

import openpyxl
import pytest
from django.urls import reverse

from accounts.models import Account
from core.importing import services, sheets
from core.importing.guard import Limits
from core.jobs import resume_imports
from core.models import ImportBatch, ImportMapping
from tests.core.import_cast import build_cast, dry, load, table, upload

HX = {"HX-Request": "true"}


@pytest.fixture
def cast(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return build_cast()


@pytest.fixture
def dora(client, cast):
    client.force_login(cast.dora)
    return client


def url(name, *args):
    return reverse(f"core:{name}", args=args)


def send(client, content, name="客户.csv", **fields):
    file = io.BytesIO(content)
    file.name = name
    return client.post(
        url("import_create"), {"kind": "accounts", "mode": "both", "file": file, **fields}
    )


BAD = (["单位名称", "级别", "地市", "员工人数"], ["甲公司", "VIP", "苏州", "5"], ["乙公司", "VIP", "常洲", "六"], ["丙公司", "核心", "", ""])  # fmt: skip


def test_from_the_upload_to_the_undo(dora, cast, django_capture_on_commit_callbacks):
    answer = send(dora, table(*BAD))
    batch = ImportBatch.objects.get()
    assert answer.headers["Location"] == url("import_detail", batch.pk)
    page = dora.get(url("import_detail", batch.pk)).content.decode()
    assert "单位名称" in page and "VIP · 核心" in page
    columns = {
        "mode": "both",
        "column0": "name",
        "column1": "tier",
        "column2": "city",
        "column3": "",
        "save_as": "市里的",
    }
    answer = dora.post(url("import_columns", batch.pk), columns)
    assert answer.status_code == 302
    assert ImportMapping.objects.get(owner=cast.dora).name == "市里的"
    page = dora.get(url("import_detail", batch.pk)).content.decode()
    assert "导入 1 行" in page and "第 3 行" in page
    answer = dora.post(
        url("import_alike", batch.pk), {"field": "tier", "value": "VIP", "to": "战略"}, headers=HX
    )
    assert 'hx-swap-oob="true"' in answer.content.decode()
    answer = dora.post(
        url("import_cell", batch.pk),
        {"line": 3, "field": "city", "value": "常州", "columns": "name,tier,city"},
        headers=HX,
    )
    row, _end, beside = answer.content.decode().partition("</tr>")
    assert "已改" in row and "导入 3 行" in beside and "没有错" in beside
    assert beside.startswith("<template>")  # a form that follows a row outside of one is emptied
    with django_capture_on_commit_callbacks(execute=True):
        dora.post(url("import_commit", batch.pk))
    assert Account.objects.filter(name__in=["甲公司", "乙公司", "丙公司"]).count() == 3
    page = dora.get(url("import_detail", batch.pk)).content.decode()
    assert "写入了 <b>3</b> 行" in page
    with django_capture_on_commit_callbacks(execute=True):
        dora.post(url("import_undo", batch.pk))
    assert not Account.objects.filter(name="甲公司").exists()
    assert "撤销了 <b>3</b> 行" in dora.get(url("import_detail", batch.pk)).content.decode()


def test_a_refused_file_says_why_beside_the_field(dora):
    answer = send(dora, b"\xd0\xcf\x11\xe0", name="旧.xls")
    assert answer.status_code == 422
    assert "只能导入 .csv 和 .xlsx 文件" in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_file_beyond_the_limit_is_not_read(dora, monkeypatch):
    monkeypatch.setattr("core.views.imports.engine.limits", lambda: Limits(megabytes=0))
    assert "MB" in send(dora, table(["客户"], ["甲"])).content.decode()


def test_sheet_and_encoding_can_be_chosen(dora, cast):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["这是说明"])
    book.active.append(["请看第二张表"])
    second = book.create_sheet("客户")
    for row in (["客户全称"], ["甲公司"]):
        second.append(row)
    out = io.BytesIO()
    book.save(out)
    send(dora, out.getvalue(), name="两张表.xlsx")
    batch = ImportBatch.objects.get()
    page = dora.get(url("import_detail", batch.pk)).content.decode()
    assert "<option>客户</option>" in page
    dora.post(url("import_read", batch.pk), {"sheet": "客户"})
    batch.refresh_from_db()
    assert (batch.columns, batch.row_count, batch.sheet) == (["客户全称"], 1, "客户")
    send(dora, "客戶全稱\n甲公司\n".encode("big5"), name="b.csv")
    dora.post(url("import_read", ImportBatch.objects.latest("pk").pk), {"encoding": "big5"})
    assert ImportBatch.objects.latest("pk").columns == ["客戶全稱"]


def test_two_columns_for_one_field_are_refused(dora, cast):
    batch = upload(cast.dora, "accounts", ["a", "b"], ["甲", "乙"])
    answer = dora.post(
        url("import_columns", batch.pk), {"mode": "both", "column0": "name", "column1": "name"}
    )
    assert answer.status_code == 422
    assert "有两列都对到" in answer.content.decode()


def test_a_value_for_every_row_and_a_second_field_of_a_column_are_kept(dora, cast):
    mapping = {
        "fields": {
            "number": "id",
            "status": "stage",
            "milestone": {"column": "stage", "values": {"x": "signed"}},
            "currency": {"constant": "CNY"},
        }
    }
    batch = upload(cast.dora, "opportunities", ["id", "stage"], ["1", "x"], mapping=mapping)
    page = dora.get(url("import_columns", batch.pk)).content.decode()
    assert 'name="also_milestone" checked' in page and 'value="CNY"' in page
    dora.post(
        url("import_columns", batch.pk),
        {
            "mode": "create",
            "column0": "number",
            "column1": "status",
            "also_milestone": "on",
            "fixed_field0": "currency",
            "fixed_value0": "CNY",
        },
    )
    batch.refresh_from_db()
    assert batch.mapping == {
        "fields": {
            "number": {"column": "id"},
            "status": {"column": "stage"},
            "milestone": mapping["fields"]["milestone"],
            "currency": {"constant": "CNY"},
        }
    }
    assert batch.mode == "create"


def test_suspected_duplicates_are_decided_on_the_page(dora, cast):
    batch = dry(cast.dora, "accounts", ["客户全称"], ["苏州衡曜半导体公司"])
    page = dora.get(url("import_detail", batch.pk)).content.decode()
    assert "并入 KA-0032" in page
    answer = dora.post(url("import_decide", batch.pk), {"line": 2, "decision": "new"}, headers=HX)
    assert "导入 1 行" in answer.content.decode()
    answer = dora.post(url("import_decide", batch.pk), {"line": 99, "decision": "new"}, headers=HX)
    assert answer.status_code == 422


def test_the_progress_survives_a_reload_and_sends_on_when_done(dora, cast):
    batch = upload(cast.dora, "accounts", ["客户全称"], ["甲公司"])
    ImportBatch.objects.filter(pk=batch.pk).update(state="running", row_count=10, done=4, resumed=1)
    for _ in range(2):
        page = dora.get(url("import_detail", batch.pk)).content.decode()
        assert "已处理 4 行，共 10 行。" in page and "接着做" in page
        assert url("import_progress", batch.pk) in page
    piece = dora.get(url("import_progress", batch.pk), headers=HX)
    assert 'hx-trigger="every' in piece.content.decode()
    ImportBatch.objects.filter(pk=batch.pk).update(state="done")
    piece = dora.get(url("import_progress", batch.pk), headers=HX)
    assert piece.headers["HX-Redirect"] == url("import_detail", batch.pk)


def test_error_rows_come_back_with_reasons_and_go_in_again(dora, cast):
    batch = load(
        cast.dora,
        "accounts",
        ["客户全称", "备注", "员工人数"],
        ["甲公司", "'+1", "五"],
        ["乙公司", "-x", "六"],
    )
    for form in ("csv", "xlsx"):
        answer = dora.get(url("import_errors", batch.pk, form))
        assert answer.headers["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0] == ("客户全称", "备注", "员工人数", "行", "原因")
    assert rows[2] == ("乙公司", "'-x", "六", "3", "员工人数: 不是数，要写成 1200.50 这样。")
    csv_file = dora.get(url("import_errors", batch.pk, "csv")).content.decode("utf-8-sig")
    fixed = csv_file.replace("六", "6").replace("五", "5").encode()
    send(dora, fixed)
    again = ImportBatch.objects.latest("pk")
    assert set(again.mapping["fields"]) == {"name", "notes", "employees"}
    dora.post(url("import_check", again.pk))
    again.refresh_from_db()
    assert again.counts["plan"]["create"] == 2
    assert dora.get(f"/imports/{batch.pk}/errors.exe").status_code == 404


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_formula_cells_are_neutralised(start):
    assert sheets.neutral(f"{start}cmd") == f"'{start}cmd"
    assert sheets.neutral("-12.5") == "-12.5"


def test_an_empty_sheet_has_titles_that_are_recognised(dora, cast):
    answer = dora.get(url("import_template", "accounts"))
    send(dora, answer.content, name="accounts.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    titles = [cell.value for cell in next(book.active.iter_rows())]
    assert titles[0] == "客户全称"
    book.active.append(["x"] * len(titles))
    out = io.BytesIO()
    book.save(out)
    send(dora, out.getvalue(), name="accounts.xlsx")
    batch = ImportBatch.objects.get()
    assert len(batch.mapping["fields"]) == len(titles)


def test_the_phone_gets_one_bad_cell_at_a_time(dora, cast):
    batch = dry(cast.dora, "accounts", *BAD)
    page = dora.get(url("import_detail", batch.pk)).content.decode()
    assert page.count('id="one-value"') == 1
    answer = dora.post(
        url("import_cell", batch.pk),
        {"line": 2, "field": "tier", "value": "核心", "one": "1"},
        headers=HX,
    )
    assert "第 3 行：乙公司" in answer.content.decode()
    assert (
        "第 3 行：乙公司" in dora.get(url("import_detail", batch.pk) + "?after=2").content.decode()
    )


def test_others_do_not_see_an_import_and_people_without_the_right_none(client, cast):
    batch = dry(cast.kim, "accounts", ["客户全称"], ["甲公司"])
    client.force_login(cast.dora)
    assert client.get(url("import_detail", batch.pk)).status_code == 404
    assert client.post(url("import_commit", batch.pk)).status_code == 404
    client.force_login(cast.lee)
    assert client.get(url("import_list")).status_code == 403
    assert client.get(url("import_create")).status_code == 403
    client.force_login(cast.admin)
    assert client.get(url("import_detail", batch.pk)).status_code == 200
    assert b"rows.csv" in client.get(url("import_list")).content


def test_kinds_one_may_not_import_are_not_offered(dora, cast):
    page = dora.get(url("import_create")).content.decode()
    assert 'value="accounts"' in page and 'value="users"' not in page
    assert dora.get(url("import_template", "users")).status_code == 403
    assert dora.get(url("import_template", "nothing")).status_code == 404
    assert send(dora, table(["用户名"], ["x"]), kind="users").status_code == 422


def test_a_step_out_of_order_changes_nothing(dora, cast):
    batch = load(cast.dora, "accounts", ["客户全称"], ["甲公司"])
    for name in ("import_check", "import_commit"):
        assert dora.post(url(name, batch.pk)).status_code == 302
    batch.refresh_from_db()
    assert batch.state == "done"
    assert dora.get(url("import_columns", batch.pk)).status_code == 302
    answer = dora.post(url("import_cell", batch.pk), {"line": 2, "field": "name", "value": "x"})
    assert answer.status_code == 422


def test_without_a_broker_the_minute_job_does_the_work(cast, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    batch = upload(cast.dora, "accounts", ["客户全称"], ["甲公司"])
    services.commit_batch(batch=batch, user=cast.dora)
    services.wake(batch.pk)
    assert not Account.objects.filter(name="甲公司").exists()
    assert resume_imports() == 1
    assert Account.objects.filter(name="甲公司").exists()
