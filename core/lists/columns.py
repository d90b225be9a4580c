"""Columns that most lists have, ready made: a declaration says only what is its own.

Each takes a code, a label and where the value stands (a path with dots, the code by default);
whatever else a `Column` takes may be given too and goes before what is set here. Columns that
show an account are in accounts/columns.py.
"""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.html import format_html

from core.formats import UNKNOWN, date_short, full_money, number, short_money, time_short
from core.links import link
from core.lists.spec import Column

# ---------- values and cells ----------


def raw(path: str) -> Callable:
    """The value for files; None where a step of the path is empty."""
    if "." not in path:
        return lambda row, context: getattr(row, path)
    steps = path.split(".")

    def value(row, context):
        for step in steps:
            row = getattr(row, step, None)
        return row

    return value


def _reader(value) -> Callable:
    """A path, or a function of the row."""
    return raw(value) if isinstance(value, str) else lambda row, context: value(row)


def plain(path: str) -> Callable:
    """A text, or a dash."""
    get = raw(path)
    return lambda row, context: get(row, context) or UNKNOWN


def named(path: str) -> Callable:
    """The name of a joined record."""
    get = raw(path)
    return lambda row, context: str(get(row, context) or UNKNOWN)


def said(field: str) -> Callable:
    """The word of a choice."""

    def word(row, context):
        value = getattr(row, field)
        return context.words(type(row)._meta.get_field(field)).get(value, value)

    return word


def choice_cell(field: str) -> Callable:
    """The same for eyes: a dash where nothing is chosen."""
    word = said(field)
    return lambda row, context: word(row, context) or UNKNOWN


def date_cell(value, context) -> str:
    """A day; of a time the day it was here."""
    return date_short(_local(value), context.today, context.language)


def time_cell(value, context) -> str:
    return time_short(_local(value), context.today, context.language)


def _local(value):
    return timezone.localtime(value) if getattr(value, "tzinfo", None) else value


def day(path: str) -> Callable:
    get = raw(path)
    return lambda row, context: date_cell(get(row, context), context)


def money_total(value, context) -> str:
    """A sum in the company's currency."""
    return short_money(value, context.currency, context.language)


def link_cell(page: str, value, key: str = "pk", css: str = "k-who") -> Callable:
    """The value, leading to the page of the row or of what `key` names."""
    get = _reader(value)

    def cell(row, context):
        return format_html(
            '<a class="{}" href="{}" data-open><span class="k-one">{}</span></a>',
            css,
            link(page, getattr(row, key)),
            get(row, context),
        )

    return cell


# ---------- columns ----------


def _column(more: dict, **usual) -> Column:
    return Column(**{**usual, **more})


def _key(path: str) -> tuple:
    return (path.replace(".", "__"),)


def link_column(code: str, label, page: str, value: Any = "", css="k-who", **more) -> Column:
    """What a row is called, leading to its page; `value` is a path or a function of the row."""
    value = value or code
    sort = _key(value) if isinstance(value, str) else ()
    return _column(
        more,
        code=code,
        label=label,
        cell=link_cell(page, value, css=css),
        export=_reader(value),
        sort=sort,
        fixed=True,
        phone="a",
    )


def text_column(code: str, label, path: str = "", **more) -> Column:
    """A text that may be empty; does not sort unless it is told to."""
    return _column(more, code=code, label=label, cell=plain(path or code))


def choice_column(code: str, label, field: str = "", **more) -> Column:
    """One of a list of choices, in words."""
    return _column(more, code=code, label=label, cell=choice_cell(field or code), soft=True)


def state_column(code: str, label, shown: Callable, field: str = "", **more) -> Column:
    """Where the row stands: `shown(row)` is its shape, the word goes into files."""
    field = field or code
    return _column(
        more,
        code=code,
        label=label,
        cell=lambda row, context: shown(row),
        export=said(field),
        sort=(field,),
        phone="b",
    )


def name_column(code: str, label, path: str = "", **more) -> Column:
    """The name of a person or another record that the row refers to."""
    path = path or code
    return _column(
        more,
        code=code,
        label=label,
        cell=named(path),
        related=_key(path),
        soft=True,
    )


def day_column(code: str, label, path: str = "", **more) -> Column:
    """A day, or the day of a time."""
    path = path or code
    return _column(
        more,
        code=code,
        label=label,
        cell=day(path),
        export=raw(path),
        sort=_key(path),
        numeric=True,
    )


def time_column(code: str, label, path: str = "", **more) -> Column:
    """A day with its hour."""
    get = raw(path or code)
    return day_column(
        code, label, path, **{"cell": lambda row, c: time_cell(get(row, c), c), **more}
    )


def number_column(code: str, label, path: str = "", digits: int = 0, **more) -> Column:
    path = path or code
    get = raw(path)
    return _column(
        more,
        code=code,
        label=label,
        cell=lambda row, context: number(get(row, context), digits),
        export=get,
        sort=_key(path),
        numeric=True,
    )


def money_column(
    code: str, label, path: str = "", currency: str = "currency_id", exact=False, **more
) -> Column:
    """A sum in its own currency, or with currency="" in the company's; does not sort unless told
    to, for sums in several currencies do not compare."""
    get, written = raw(path or code), full_money if exact else short_money

    def cell(row, context):
        unit = getattr(row, currency) if currency else context.currency
        return written(get(row, context), unit, context.language)

    return _column(more, code=code, label=label, cell=cell, export=get, numeric=True)
