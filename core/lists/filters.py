"""Conditions a list may be narrowed by. Values from outside are checked here and nowhere else."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core.sentence import Option, Word, options, said

RANGES = ("number", "dates")
TEXT_LENGTH = 200
MANY = 100


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One condition. kind: one, many, text, number, dates.

    apply(rows, value, context): value is a text (one, text), a list of texts (many), or a pair
    of which either may be None (number, dates). choices(context) gives (value, label) pairs;
    `named(values, context)` the pairs of chosen values where loading all would be a waste.
    default: the value of `one` when the address says nothing. place: it has a place in the
    sentence; `otherwise` are its words there when it does not hold. Long or stored choices are
    `lazy`: brought when the word is opened.
    """

    code: str
    label: Any
    kind: str
    apply: Callable[[QuerySet, Any, Any], QuerySet]
    choices: Callable[[Any], Iterable[tuple]] | None = None
    named: Callable[[Sequence[str], Any], Iterable[tuple]] | None = None
    otherwise: Any = ""
    default: str = ""
    place: bool = False
    lazy: bool = False
    right: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        if self.kind in RANGES:
            return (f"{self.code}_from", f"{self.code}_to")
        return (self.code,)

    def read(self, data, context) -> tuple[Any, bool]:
        """(the value in force or None, whether something was not understood)."""
        if self.kind in RANGES:
            pair, bad = self._pair(data)
            return (None if pair == (None, None) else pair), bad
        if self.kind == "text":
            text = data.get(self.code, "").replace("\0", "").strip()[:TEXT_LENGTH]
            return text or None, False
        raw = [v for v in data.getlist(self.code) if v][:MANY]
        if not raw:
            return self.default or None, False
        known = [value for value, _label in self.labels(raw, context)]
        good = [value for value in raw if value in known]
        bad = len(good) < len(raw)
        if self.kind == "one":
            return (good[0] if good else self.default or None), bad
        return good or None, bad

    def _pair(self, data) -> tuple[tuple, bool]:
        ends, bad = [], False
        for name in self.parameters:
            text = data.get(name, "").strip()
            end = _date(text) if self.kind == "dates" else _decimal(text)
            bad = bad or bool(text and end is None)
            ends.append(end)
        return (ends[0], ends[1]), bad

    def labels(self, values: Sequence[str], context) -> list[tuple[str, str]]:
        """(value, label) of those values that exist."""
        if self.named:
            return [(str(v), str(label)) for v, label in self.named(values, context)]
        wanted = set(values)
        return [(str(v), str(label)) for v, label in self.choices(context) if str(v) in wanted]

    def word(self, value, context, *, whole: bool) -> Word:
        """The control in the sentence. `whole`: with every choice, else only what is chosen."""
        text, low, high, shown = "", "", "", ()
        if self.kind in RANGES:
            low, high = (("" if end is None else str(end)) for end in value or (None, None))
            text = _range(low, high)
        elif self.kind == "text":
            text = f"“{value}”" if value else ""
        else:
            chosen = [value] if isinstance(value, str) else list(value or ())
            named = self.labels(chosen, context) if chosen else []
            text = said([label for _value, label in named], "", _(" or "))
            offered = self.choices(context) if whole else named
            shown = options(offered, chosen)
            if whole and self.kind == "one" and not self.default:
                first = Option("", str(self.otherwise or _("any")), not chosen)
                shown = (first, *shown)
        return Word(
            name=self.code,
            label=str(self.label),
            text=text or (str(self.otherwise) if self.place else ""),
            kind=self.kind,
            options=shown,
            value=value if self.kind == "text" and value else "",
            low=low,
            high=high,
        )


def _range(low: str, high: str) -> str:
    if low and high:
        return f"{low} – {high}"
    if low:
        return _("from %(value)s") % {"value": low}
    return _("up to %(value)s") % {"value": high} if high else ""


def _date(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 15 else None


def choice_filter(code, label, choices, *, field=None, many=True, **more) -> Filter:
    """Of a fixed list (a TextChoices class or pairs)."""
    pairs = tuple(getattr(choices, "choices", choices))
    path = field or code

    def narrow(rows, value, context):
        return rows.filter(**{f"{path}__in": [value] if isinstance(value, str) else value})

    return Filter(
        code=code,
        label=label,
        kind="many" if many else "one",
        choices=lambda context: pairs,
        apply=more.pop("apply", narrow),
        **more,
    )


def reference_filter(code, label, rows: Callable[[Any], QuerySet], *, field=None, **more) -> Filter:
    """Of stored records: rows(context) are those one may choose; asked only when opened."""
    path = field or code

    def narrow(queryset, value, context):
        return queryset.filter(**{f"{path}__in": value})

    def named(values, context):
        keys = [int(v) for v in values if v.isascii() and v.isdigit() and len(v) < 18]
        return [(row.pk, _label(row)) for row in rows(context).filter(pk__in=keys)]

    return Filter(
        code=code,
        label=label,
        kind="many",
        choices=lambda context: [(row.pk, _label(row)) for row in rows(context)],
        named=named,
        apply=more.pop("apply", narrow),
        lazy=True,
        **more,
    )


def _label(row: Model) -> str:
    return getattr(row, "label", None) or str(row)


def text_filter(code, label, paths: Sequence[str], **more) -> Filter:
    """Some part of the text, upper or lower case alike."""

    def narrow(rows, value, context):
        found = rows.none()
        for path in paths:
            found = found | rows.filter(**{f"{path}__icontains": value})
        return found

    return Filter(code=code, label=label, kind="text", apply=more.pop("apply", narrow), **more)


def _between(path):
    def narrow(rows, value, context):
        low, high = value
        if low is not None:
            rows = rows.filter(**{f"{path}__gte": low})
        return rows if high is None else rows.filter(**{f"{path}__lte": high})

    return narrow


def date_filter(code, label, *, field=None, **more) -> Filter:
    """Days from and to, both inclusive. For a time, give its path as `created_at__date`."""
    return Filter(code=code, label=label, kind="dates", apply=_between(field or code), **more)


def number_filter(code, label, *, field=None, **more) -> Filter:
    return Filter(
        code=code,
        label=label,
        kind="number",
        apply=more.pop("apply", _between(field or code)),
        **more,
    )


def yes_no_filter(code, label, apply, *, yes, no, **more) -> Filter:
    """apply(rows, wanted: bool, context)."""
    return Filter(
        code=code,
        label=label,
        kind="one",
        choices=lambda context: (("yes", yes), ("no", no)),
        apply=lambda rows, value, context: apply(rows, value == "yes", context),
        **more,
    )
