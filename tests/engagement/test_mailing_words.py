"""Placeholders and numbers: the rules, without a database."""

import pytest

from engagement import placeholders

VALUES = {"name": "王勃", "salutation": "", "account": "{manager}", "manager": "金悦"}


def test_placeholders_are_filled_in_one_pass():
    said = placeholders.fill("{name}{salutation}：{account}，{manager}", VALUES)
    assert said == "王勃：{manager}，金悦", "what a value holds is not looked at again"


def test_an_empty_salutation_leaves_no_gap():
    assert placeholders.fill("Dear {salutation} , hello", VALUES) == "Dear, hello"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{name} {account}", []),
        ("{nmae}", ["{nmae}"]),
        ("{name", ["{"]),
        ("name}", ["}"]),
        ("{{name}}", ["{", "}"]),
        ("{}", ["{}"]),
        ("｛name｝", ["name"]),
        ("{name.__class__}", ["{name.__class__}"]),
    ],
)
def test_nothing_but_placeholders_stands_in_braces(text, wrong):
    assert placeholders.wrong_in(text) == wrong


def test_only_the_salutation_may_be_empty():
    used = placeholders.used_in("{name}{salutation} {manager_phone}")
    assert used == {"name", "salutation", "manager_phone"}
    assert placeholders.lacking(used, VALUES) == {"manager_phone"}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138 1234-5678", "13812345678"),
        ("+86 (138) 1234 5678", "+8613812345678"),
        ("", ""),
        ("ext. 12", ""),
        ("12345", ""),
        ("138a12345678", ""),
        ("+86+13812345678", ""),
    ],
)
def test_numbers_are_written_as_gateways_want_them(typed, number):
    assert placeholders.number_of(typed) == number
