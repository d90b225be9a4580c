"""From a checked tree to a value. Unknown is None and spreads."""

import datetime
from collections.abc import Callable
from decimal import Context, Decimal

from core.expressions.tree import Node

ARITHMETIC = Context(prec=28)
MOST_DAYS = 4_000_000  # more than lie between the first and the last day of the calendar


def value_of(node: Node, get: Callable[[str], object]):
    if node.does == "value":
        return node.value
    if node.does in ("and", "or"):
        return _joined(node, get)
    if node.does == "name":
        return READ[node.family](get(node.value))
    values = [value_of(part, get) for part in node.parts]
    if node.does == "in":
        return _is_in(*values)
    if None in values:
        return None
    try:
        return OPERATORS[node.does](*values)
    except (ArithmeticError, ValueError):  # divided by zero, out of range
        return None


def _joined(node: Node, get) -> bool | None:
    """False settles `and`, true settles `or`; short of that one unknown part leaves it open."""
    settles = node.does == "or"
    unknown = False
    for part in node.parts:
        value = value_of(part, get)
        if value is settles:
            return settles
        unknown = unknown or value is None
    return None if unknown else not settles


def _is_in(wanted, *found) -> bool | None:
    if wanted is None:
        return None
    if any(value is not None and _equal(wanted, value) for value in found):
        return True
    return None if None in found else False


def _equal(left, right) -> bool:
    """A reference (kept as text) equals the number that is written the same way."""
    if isinstance(left, str) != isinstance(right, str):
        return str(left) == str(right)
    return left == right


def _number(value) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def _text(value) -> str | None:
    return str(value) if isinstance(value, str) and value.strip() else None


def _date(value) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    return value if isinstance(value, datetime.date) else None


def _yes_no(value) -> bool | None:
    return value if isinstance(value, bool) else None


def _reference(value) -> str | None:
    """The key of a record, as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() <= 64 else None
    return _text(value)


# What a name gives, by family; a value of the wrong kind is unknown.
READ = {
    "number": _number,
    "text": _text,
    "date": _date,
    "yes_no": _yes_no,
    "reference": _reference,
}


def _days(number: Decimal) -> datetime.timedelta:
    if abs(number) > MOST_DAYS:
        raise ValueError
    return datetime.timedelta(days=int(number))


def _plus(left, right):
    if isinstance(left, datetime.date):
        return left + _days(right)
    return ARITHMETIC.add(left, right)


def _minus(left, right):
    if not isinstance(left, datetime.date):
        return ARITHMETIC.subtract(left, right)
    if isinstance(right, datetime.date):
        return Decimal((left - right).days)
    return left - _days(right)


OPERATORS = {
    "not": lambda value: not value,
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "+": _plus,
    "-": _minus,
    "*": lambda left, right: ARITHMETIC.multiply(left, right),
    "/": lambda left, right: ARITHMETIC.divide(left, right),
    "minus": lambda value: ARITHMETIC.minus(value),
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
}
