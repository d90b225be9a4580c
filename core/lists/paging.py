"""Pages by key, never by OFFSET: a deep page costs what the first one costs.

The order is some sort keys and then the primary key; unknown values come last in both
directions. A cursor holds the keys of a row, signed, so that what comes back is what was sent.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core import signing
from django.db import connections
from django.db.models import F, FloatField, Q, QuerySet, Value

_signer = signing.Signer(salt="core.lists.paging")


@dataclass(frozen=True)
class Page:
    """Rows of one page; the cursors are "" where there is nothing that way."""

    rows: list
    previous: str = ""
    next: str = ""


@dataclass(frozen=True)
class Key:
    alias: str
    nullable: bool


def paginate(
    rows: QuerySet,
    *,
    sort: Sequence,
    descending: bool,
    nullable: bool,
    size: int,
    order: str,
    after: str = "",
    before: str = "",
    show: Callable[[list], Iterable] | None = None,
) -> Page:
    """One page of `rows`. `sort` are field paths or expressions; `order` names this order, so
    that a cursor of another one is not taken for its own. An unreadable cursor is the first page.
    `show` brings the records of some keys in any order; without it they are taken from `rows`.
    """
    keys = [Key(f"_key{n}", nullable if n == 0 else False) for n in range(len(sort))]
    rows = rows.annotate(
        **{
            key.alias: F(expression) if isinstance(expression, str) else expression
            for key, expression in zip(keys, sort, strict=True)
        }
    )
    keys.append(Key("pk", False))
    backwards = bool(before)
    values = _read(before or after, order, len(keys))
    if values is None:
        backwards = False
    falling = descending != backwards
    beyond = rows
    if values is not None:
        beyond = rows.filter(_beyond(rows, keys, values, falling, nulls_first=backwards))
    order_by = list(_order(keys, falling, nulls_first=backwards))
    # Which rows first, what they show then: sorting thousands of whole rows is what costs.
    chosen = beyond.select_related(None).order_by(*order_by)
    if show is None:
        found = list(rows.filter(pk__in=chosen.values("pk")[: size + 1]).order_by(*order_by))
        placed = [([getattr(row, key.alias) for key in keys], row) for row in found]
    else:
        places = list(chosen.values_list(*(key.alias for key in keys))[: size + 1])
        shown = {row.pk: row for row in show([place[-1] for place in places])}
        placed = [(place, shown[place[-1]]) for place in places if place[-1] in shown]
    more = len(placed) > size
    placed = placed[:size]
    if backwards:
        placed.reverse()
    if not placed:
        return Page([], previous="", next="")
    has_previous = more if backwards else values is not None
    has_next = True if backwards else more
    return Page(
        [row for _place, row in placed],
        previous=_write(placed[0][0], order) if has_previous else "",
        next=_write(placed[-1][0], order) if has_next else "",
    )


def _order(keys, falling: bool, nulls_first: bool):
    """Unknown last; reading backwards turns everything round, so unknown first."""
    for key in keys:
        place = F(key.alias)
        how = {}
        if key.nullable:
            how = {"nulls_first": True} if nulls_first else {"nulls_last": True}
        yield place.desc(**how) if falling else place.asc(**how)


def _beyond(rows, keys, values, falling: bool, nulls_first: bool) -> Q:
    """Rows after the cursor's row in this reading direction."""
    operator = "lt" if falling else "gt"
    same, anywhere = Q(), Q(pk__in=[])
    for key, value in zip(keys, values, strict=True):
        compared = _comparable(rows, value)
        if value is None:
            here = Q(**{f"{key.alias}__isnull": False}) if nulls_first else None
            equal = Q(**{f"{key.alias}__isnull": True})
        else:
            here = Q(**{f"{key.alias}__{operator}": compared})
            if key.nullable and not nulls_first:
                here |= Q(**{f"{key.alias}__isnull": True})
            equal = Q(**{key.alias: compared})
        if here is not None:
            anywhere |= same & here
        same &= equal
    first, value = keys[0], values[0]
    if value is not None and not first.nullable:  # lets an index start at the right place
        anywhere &= Q(**{f"{first.alias}__{operator}e": _comparable(rows, value)})
    return anywhere


def _comparable(rows, value):
    """SQLite compares a text with a number by type; a decimal goes in as a number there."""
    if isinstance(value, Decimal) and connections[rows.db].vendor == "sqlite":
        return Value(float(value), output_field=FloatField())
    return value


_READERS = {
    "d": datetime.date.fromisoformat,
    "t": datetime.datetime.fromisoformat,
    "n": Decimal,
    "p": lambda value: value,
}


def _plain(value):
    if isinstance(value, datetime.datetime):
        return ["t", value.isoformat()]
    if isinstance(value, datetime.date):
        return ["d", value.isoformat()]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    return ["p", value]


def _write(place, order: str) -> str:
    return _signer.sign_object([order, [_plain(value) for value in place]])


def _read(cursor: str, order: str, width: int):
    """The keys of a cursor, or None for one that is empty, foreign or broken."""
    if not cursor or len(cursor) > 2000:
        return None
    try:
        made_for, values = _signer.unsign_object(cursor)
        if made_for != order or len(values) != width:
            return None
        return [_READERS[kind](value) for kind, value in values]
    except (signing.BadSignature, ValueError, TypeError, KeyError, UnicodeError):
        return None
