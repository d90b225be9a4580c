"""What a list is: its columns, filters and words. Plain data; nothing here asks the database."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.compiled import DAY, NUMBERS, Compiled
from core.lists.filters import Filter


@dataclass
class ListContext:
    """Who asks, when and how; `kept` is for what `attach` brings along."""

    user: Any
    today: datetime.date
    language: str
    currency: str
    kept: dict = field(default_factory=dict)

    def words(self, model_field) -> dict:
        """The words of a field's choices in the reader's language, looked up once a page."""
        known = self.kept.setdefault("words", {})
        if model_field not in known:
            known[model_field] = {v: str(label) for v, label in model_field.flatchoices}
        return known[model_field]

    def said(self, text) -> str:
        """A translatable text, translated once a page."""
        known = self.kept.setdefault("said", {})
        if id(text) not in known:
            known[id(text)] = str(text)
        return known[id(text)]


def _nothing(row, context):
    return ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `cell` gives text (escaped by the template) or SafeString markup.

    sort: field paths or expressions, in order of weight; empty means it does not sort.
    nullable: the first of them may be null (unknown sorts last both ways). falling: the first
    click sorts from the highest. ways: words for both directions, where "ascending" says little.
    export: the value in files, else the cell's own text.
    total: makes the aggregate expression of the footer; total_cell words its value.
    related: select_related paths the cell needs. right: who may see it at all.
    annotate, sort_by: what is annotated, or sorted by, where that depends on who asks.
    attach: brings values for the rows of a page in one query. lazy_total(rows, context): a total
    too dear for the page; the browser asks for it afterwards. sum_cell words a sum of exports.
    phone: a name, b its figure, c and d below it on a narrow screen; labelled says the head there.
    wide: hidden on narrow screens (data-p).
    """

    code: str
    label: Any
    cell: Callable[[Any, ListContext], str] = _nothing
    export: Callable[[Any, ListContext], Any] | None = None
    head: Callable[[ListContext], str] | None = None
    sort: tuple = ()
    nullable: bool = False
    numeric: bool = False
    falling: bool = False
    ways: tuple = ()
    right: str = ""
    shown: bool = True
    fixed: bool = False
    phone: str = ""
    labelled: bool = False
    wide: str = ""
    soft: bool = False
    total: Callable[[], Any] | None = None
    total_cell: Callable[[Any, ListContext], str] | None = None
    related: tuple[str, ...] = ()
    annotate: Callable[[ListContext], dict] | None = None
    sort_by: Callable[[ListContext], tuple] | None = None
    attach: Callable[[Sequence, ListContext], None] | None = None
    lazy_total: Callable[[Any, ListContext], str] | None = None
    sum_cell: Callable[[Any, ListContext], str] | None = None

    def keys(self, context: ListContext) -> tuple:
        return self.sort_by(context) if self.sort_by else self.sort

    @property
    def sortable(self) -> bool:
        return bool(self.sort or self.sort_by)

    def orders(self) -> list[tuple[str, str]]:
        """Both directions with their words, the more usual one first."""
        up, down = self.ways or (
            _("%(column)s, ascending") % {"column": self.label},
            _("%(column)s, descending") % {"column": self.label},
        )
        both = [(self.code, up), (f"-{self.code}", down)]
        return both[::-1] if self.falling else both

    @property
    def attributes(self) -> SafeString:
        """Of every cell in this column; made once a page."""
        css = " ".join(c for c, on in (("k-num", self.numeric), ("k-2", self.soft)) if on)
        parts = [f' class="{css}"'] if css else []
        if self.phone:
            parts.append(f' data-c="{self.phone}"')
        if self.labelled:
            parts.append(f' data-l="{escape(self.label)}"')
        if self.wide:
            parts.append(f' data-p="{self.wide}"')
        return mark_safe("".join(parts))  # noqa: S308 - our own column definitions


@dataclass(frozen=True, kw_only=True)
class BulkAct:
    """A further thing to do with ticked rows, beside the bulk edit: the name of its page, which
    gets the ticked ids as that of the bulk edit does, and the right it needs."""

    label: Any
    all_label: Any
    icon: str
    url: str
    right: str = ""


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    """A list page.

    sentence: what is shown, in words, with a {place} for filters that stand in it and {sort}.
    counted: an ngettext_lazy with %(n)s, "22 accounts". attach(rows, context) brings what the
    rows need in one go (never a query a row). bulk_more: what else is done with ticked rows.
    only, parts: the fields to read, of the record and of
    each joined path. url, export_url, bulk_url: names of the pages. built_in: (label, query) of
    the views that come with the list; a query is written as `Listing.query` writes it.
    plain: what a page shows of chosen records is the same for everybody and comes from the records
    themselves, so that its query is written once; annotations may depend on the day only.
    """

    code: str
    title: Any
    sentence: Any
    counted: Any
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    url: str
    default_sort: str
    export_url: str = ""
    bulk_url: str = ""
    bulk_label: Any = ""
    bulk_more: tuple[BulkAct, ...] = ()
    file_name: Any = ""
    attach: Callable[[Sequence, ListContext], None] | None = None
    only: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    built_in: tuple[tuple[Any, str], ...] = ()
    empty_title: Any = ""
    empty_text: Any = ""
    plain: type[Model] | None = None
    _written: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def bring(self, rows: Sequence, columns: Sequence[Column], context: ListContext) -> None:
        """Everything the rows need beyond their own query; the same bringer is called once."""
        bringers = dict.fromkeys(c.attach for c in columns if c.attach)
        for attach in (self.attach, *bringers):
            if attach and rows:
                attach(rows, context)

    def columns_for(self, user) -> list[Column]:
        return [c for c in self.columns if not c.right or user.has_right(c.right)]

    def filters_for(self, user) -> list[Filter]:
        return [f for f in self.filters if not f.right or user.has_right(f.right)]

    def prepare(self, rows: QuerySet, columns: Sequence[Column], context: ListContext) -> QuerySet:
        """Join what the shown columns need, fetch only what they read."""
        for column in columns:
            if column.annotate:
                rows = rows.annotate(**column.annotate(context))
        related = dict.fromkeys(path for column in columns for path in column.related)
        if related:
            rows = rows.select_related(*related)
        return rows.only(*self.only, *self.only_related(related)) if self.only else rows

    def shown(self, keys: list, columns: Sequence[Column], context: ListContext) -> list:
        """The records of a `plain` list with what the shown columns need, in any order."""
        annotated = tuple(column.code for column in columns if column.annotate)
        what = (context.language, annotated, frozenset(p for c in columns for p in c.related))
        days = {"today": context.today} if annotated else {}
        if what not in self._written:

            def written(pks, today=None):
                rows = self.plain._default_manager.filter(pk__among=pks).order_by()
                return self.prepare(rows, columns, replace(context, user=None, today=today))

            self._written[what] = Compiled(written, pks=NUMBERS, **dict.fromkeys(days, DAY))
        return self._written[what].rows(pks=keys, **days)

    def only_related(self, related) -> list[str]:
        """Of joined records nothing but what names them: their `only` is given as path__field."""
        return [name for path in related for name in self.parts.get(path, ())]
