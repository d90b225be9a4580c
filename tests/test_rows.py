"""docs/rows.csv says where each requirement is met and which test proves it."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import NoReverseMatch, get_resolver, reverse

ROOT = Path(__file__).resolve().parents[1]
with (ROOT / "docs" / "rows.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def known_address(name: str) -> bool:
    """Whether a URL of this name exists, whatever arguments it takes."""
    try:
        reverse(name)
    except NoReverseMatch as error:
        return "pattern(s) tried" in str(error)
    return True


def test_there_are_rows():
    assert len(ROWS) > 20
    assert get_resolver() is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['row']} {row['what']}")
def test_the_row_leads_to_a_page_or_command_and_to_a_test(row):
    assert re.fullmatch(r"R-(ACC|TEA|OPP|ENG|KPI|PLT)-\d\d", row["row"])
    where = row["where"]
    assert where in get_commands() or known_address(where), f"no such page or command: {where}"
    path, _, name = row["test"].partition("::")
    assert name in functions_of(path), f"no such test: {row['test']}"
