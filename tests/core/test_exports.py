"""Exported files: nothing calculates, everything is readable."""

import datetime
import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from core.exports import export_response, harmless


def content(response):
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "＝", "＋", "－", "＠"]
)
def test_a_cell_that_would_calculate_becomes_text(sign):
    assert harmless(f"{sign}1+1").startswith("'")
    assert harmless(f"  {sign}1+1").startswith("'")


def test_plain_text_and_numbers_stay_what_they_are():
    assert harmless("苏州衡曜") == "苏州衡曜"
    rows = [[Decimal("-5.10"), -3, datetime.date(2026, 11, 21), None, True]]
    sheet = load_workbook(
        io.BytesIO(content(export_response(kind="xlsx", name="x", header=["a"] * 5, rows=rows)))
    ).active
    assert [c.value for c in sheet[2]][:2] == [-5.1, -3]
    assert sheet["C2"].value.date() == datetime.date(2026, 11, 21)


def test_headers_are_made_harmless_too():
    text = content(export_response(kind="csv", name="x", header=["=A1", "b"], rows=[])).decode(
        "utf-8-sig"
    )
    assert text.splitlines()[0] == "'=A1,b"
    sheet = load_workbook(
        io.BytesIO(content(export_response(kind="xlsx", name="x", header=["＝A1"], rows=[])))
    ).active
    assert sheet["A1"].value == "'＝A1" and sheet["A1"].data_type == "s"


def test_csv_begins_with_a_byte_order_mark_and_keeps_line_breaks_inside_cells():
    raw = content(export_response(kind="csv", name="x", header=["a"], rows=[["one\ntwo"], ['q"q']]))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b'"one\ntwo"' in raw and b'"q""q"' in raw


def test_control_characters_do_not_break_xlsx():
    raw = content(export_response(kind="xlsx", name="x", header=["a"], rows=[["a\x07b"]]))
    assert load_workbook(io.BytesIO(raw)).active["A2"].value == "ab"


def test_a_chinese_file_name_is_given_in_both_ways():
    response = export_response(kind="csv", name="客户-2026", header=["a"], rows=[])
    assert "filename*=UTF-8''%E5%AE%A2" in response["Content-Disposition"]
    assert response["Cache-Control"] == "private, no-store"
