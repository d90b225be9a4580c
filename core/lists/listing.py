"""A list as one person asks for it now: narrowed, ordered, counted, paged, exported."""

from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.compiled import NUMBER, Compiled
from core.exceptions import DomainError
from core.exports import FORMATS, export_response
from core.formats import number
from core.htmx import is_partial
from core.kept import kept, stamp
from core.lists.paging import Page, paginate
from core.lists.spec import Column, ListContext, ListSpec
from core.markup import escaped
from core.models import SavedView, company
from core.sentence import Option, Sentence, Word, options

SORT = "sort"
COLUMNS = "columns"
CURSORS = ("after", "before")
EXPORT_CHUNK = 1000
QUERY_LENGTH = 2000
# One's own views of a page and the shared ones.
SAVED = Compiled(
    lambda owner, page: (
        SavedView.objects.filter(Q(owner=owner) | Q(is_shared=True), page=page)
        .order_by("name", "pk")
        .values_list("pk", "name", "query", "owner_id")[:30]
    ),
    owner=NUMBER,
    page="-",
)


class TooManyRows(DomainError):
    """More rows than one file or one bulk edit may hold."""


class Listing:
    """Everything a list page, its export and its bulk edit ask for, from one address.

    `rows` must already be what the person may see. `data` is the query (request.GET by default).
    """

    def __init__(self, spec: ListSpec, request: HttpRequest, rows: QuerySet, data=None):
        self.spec = spec
        self.request = request
        self.user = request.user
        self.data = request.GET if data is None else data
        self.base = rows
        self.company = company()
        self.context_of_list = ListContext(
            user=request.user,
            today=timezone.localdate(),
            language=get_language() or "zh-hans",
            currency=self.company.currency_id,
        )
        self.filters = spec.filters_for(request.user)
        self.all_columns = spec.columns_for(request.user)
        self.notes: list[str] = []
        self.values = self._read_filters()

    # ---------- what is asked ----------

    def _read_filters(self) -> dict:
        values = {}
        for condition in self.filters:
            value, bad = condition.read(self.data, self.context_of_list)
            if value is not None:
                values[condition.code] = value
            if bad:
                self.notes.append(
                    _("The condition “%(name)s” was not understood and is left out.")
                    % {"name": condition.label}
                )
        return values

    @cached_property
    def _sort(self) -> tuple[Column, bool]:
        """The column that orders the list and whether it falls."""
        sortable = {column.code: column for column in self.all_columns if column.sortable}
        wanted = self.data.get(SORT, "")
        for text in (wanted, self.spec.default_sort):
            if text.lstrip("-") in sortable:
                return sortable[text.lstrip("-")], text.startswith("-")
        column = next(iter(sortable.values()))
        return column, False

    @property
    def sort(self) -> str:
        column, falling = self._sort
        return f"-{column.code}" if falling else column.code

    @cached_property
    def columns(self) -> list[Column]:
        """The chosen ones in the list's order; fixed ones always; else those shown by default."""
        wanted = set(self.data.getlist(COLUMNS))
        known = wanted & {column.code for column in self.all_columns}
        if not known:
            return [c for c in self.all_columns if c.shown or c.fixed]
        return [c for c in self.all_columns if c.fixed or c.code in known]

    @cached_property
    def query(self) -> str:
        """The address of this list without its place in the pages: what a saved view keeps."""
        pairs = []
        for condition in self.filters:
            value = self.values.get(condition.code)
            if value is None or value == condition.default:
                continue
            if condition.kind in ("number", "dates"):
                ends = zip(condition.parameters, value, strict=True)
                pairs += [(name, str(end)) for name, end in ends if end is not None]
            else:
                chosen = [value] if isinstance(value, str) else value
                pairs += [(condition.code, v) for v in sorted(chosen)]
        if self.sort != self.spec.default_sort:
            pairs.append((SORT, self.sort))
        if [c.code for c in self.columns] != [
            c.code for c in self.all_columns if c.shown or c.fixed
        ]:
            pairs += [(COLUMNS, c.code) for c in self.columns]
        return urlencode(pairs)

    # ---------- rows ----------

    @cached_property
    def filtered(self) -> QuerySet:
        rows = self.base
        for condition in self.filters:
            if condition.code in self.values:
                value = self.values[condition.code]
                rows = condition.apply(rows, value, self.context_of_list)
        return rows

    @cached_property
    def totals(self) -> dict:
        """Count and sums of the whole filtered list, not of the page."""
        summed = tuple(c.code for c in self.columns if c.total)
        return kept(self._summed, stamp(), self.filtered, self.spec.code, summed)

    def _summed(self, rows, _code, _summed) -> dict:
        sums = {c.code: c.total() for c in self.columns if c.total}
        return rows.order_by().aggregate(_count=Count("pk"), **sums)

    @property
    def count(self) -> int:
        return self.totals["_count"]

    @cached_property
    def page(self) -> Page:
        column, falling = self._sort
        rows, show = self.filtered, self._shown
        if not self.spec.plain:
            rows, show = self.spec.prepare(rows, self.columns, self.context_of_list), None
        page = paginate(
            rows,
            sort=column.keys(self.context_of_list),
            descending=falling,
            nullable=column.nullable,
            size=self.company.list_page_size,
            order=self.sort,
            after=self.data.get("after", ""),
            before=self.data.get("before", ""),
            show=show,
        )
        self.spec.bring(page.rows, self.columns, self.context_of_list)
        return page

    def _shown(self, keys: list) -> list:
        return self.spec.shown(keys, self.columns, self.context_of_list)

    @cached_property
    def table_rows(self) -> list[dict]:
        """For each row its key, its words for readers and its cells, ready to be put in line."""
        columns = [(f"<td{c.attributes}>", c.cell) for c in self.columns]
        context = self.context_of_list
        return [
            {
                "pk": row.pk,
                "label": str(row),
                "cells": mark_safe(  # noqa: S308 - every content is escaped here
                    "</td>".join([f"{td}{escaped(cell(row, context))}" for td, cell in columns])
                    + "</td>"
                ),
            }
            for row in self.page.rows
        ]

    def cell_of(self, row, code: str) -> tuple:
        """(attributes, content) of one cell, to be drawn again after it was edited."""
        column = next(c for c in self.columns if c.code == code)
        return column.attributes, column.cell(row, self.context_of_list)

    @property
    def heads(self) -> list[dict]:
        column, falling = self._sort
        heads = []
        for c in self.columns:
            here = c is column
            first = f"-{c.code}" if c.falling else c.code
            turned = c.code if falling else f"-{c.code}"
            head = c.head(self.context_of_list) if c.head else c.label
            heads.append(
                {
                    "attributes": c.attributes,
                    "label": head,
                    "url": self._sorted_url(turned if here else first) if c.sortable else "",
                    "order": ("descending" if falling else "ascending") if here else "",
                }
            )
        return heads

    @property
    def foot(self) -> list[tuple]:
        """The cells under the double rule, or nothing where no column has a total."""
        if not any(c.total or c.lazy_total for c in self.columns):
            return []
        cells, said = [], False
        for c in self.columns:
            text = ""
            if c.lazy_total:
                text = self._awaited(c)
            elif c.total:
                value = self.totals[c.code]
                text = c.total_cell(value, self.context_of_list) if c.total_cell else number(value)
            elif not said:
                text, said = _("Total of %(rows)s") % {"rows": self.counted}, True
            cells.append((c.attributes, text))
        return cells

    def _awaited(self, column: Column) -> str:
        """A total that the browser asks for once the page stands."""
        url = f"{self.url}?{self.query}&total={column.code}"
        return format_html('<span hx-get="{}" hx-trigger="load" hx-target="this">…</span>', url)

    def late_total(self, code: str) -> HttpResponse:
        """The answer to that."""
        for column in self.columns:
            if column.code == code and column.lazy_total:
                text = column.lazy_total(self.filtered, self.context_of_list)
                return HttpResponse(escape(text), headers={"Cache-Control": "private, no-store"})
        raise Http404

    @cached_property
    def counted(self) -> str:
        """ "22 accounts" """
        return self.spec.counted % {"n": number(self.count), "count": self.count}

    @cached_property
    def _kept_pairs(self) -> str:
        """What another order keeps of this address: all but order and place in the pages."""
        if self.data is not self.request.GET:
            return ""
        lists = self.request.GET.lists()
        pairs = [(key, v) for key, several in lists if key not in (SORT, *CURSORS) for v in several]
        return urlencode(pairs) + "&" if pairs else ""

    def _sorted_url(self, sort: str) -> str:
        """This list in another order, on its first page."""
        return f"?{self._kept_pairs}{SORT}={sort}"

    # ---------- the sentence ----------

    def _word(self, condition, whole: bool) -> Word:
        return condition.word(self.values.get(condition.code), self.context_of_list, whole=whole)

    @cached_property
    def sentence(self) -> Sentence:
        places = [c for c in self.filters if c.place]
        words = [self._word(c, whole=not c.lazy) for c in places]
        more = [
            self._word(c, whole=False)
            for c in self.filters
            if not c.place and self.values.get(c.code) not in (None, c.default)
        ]
        return Sentence(self.spec.sentence, [*words, self._sort_word()], more, said=self.counted)

    @property
    def kept_columns(self) -> list[str]:
        """Chosen columns, which a change of the sentence must not lose."""
        return [c.code for c in self.columns] if self.data.getlist(COLUMNS) else []

    @property
    def lazy(self) -> set[str]:
        """Words whose choices are brought when they are opened."""
        return {SORT, *(c.code for c in self.filters if c.lazy or not c.place)}

    def _sort_word(self, whole: bool = False) -> Word:
        """The order as a control; with every order one may choose only where that is asked."""
        column, _falling = self._sort
        sortable = [c for c in self.all_columns if c.sortable] if whole else [column]
        pairs = [pair for c in sortable for pair in c.orders()]
        chosen = options(pairs, [self.sort])
        if not whole:
            chosen = tuple(option for option in chosen if option.selected)
        text = next((o.label for o in chosen if o.selected), "")
        return Word(name=SORT, label=_("Order"), text=text, kind="one", options=chosen)

    def choices(self, code: str) -> HttpResponse:
        """The choices of one condition, or with "*" of all that may be added, as a fragment."""
        places = {c.code: c for c in self.filters}
        if code in (SORT, COLUMNS):
            offered = []
        elif code == "*":
            offered = [
                c
                for c in self.filters
                if not c.place and self.values.get(c.code) in (None, c.default)
            ]
        elif code in places:
            offered = [places[code]]
        else:
            raise Http404
        words = [self._word(c, whole=True) for c in offered]
        if code == SORT:
            words = [self._sort_word(whole=True)]
        response = render(
            self.request,
            "core/lists/choices.html",
            {
                "words": words,
                "several": code == "*",
                "columns": code == COLUMNS,
                "listing": self,
            },
        )
        response["Cache-Control"] = "private, no-store"
        return response

    # ---------- views, columns, the page ----------

    @cached_property
    def tabs(self) -> list[dict]:
        """Views that come with the list, then the saved ones; the current one has its count."""
        tabs = [
            {"label": label, "query": query, "mine": None} for label, query in self.spec.built_in
        ]
        tabs += [
            {"label": name, "query": query, "pk": pk, "mine": owner == self.user.pk}
            for pk, name, query, owner in SAVED.rows(owner=self.user.pk, page=self.spec.code)
        ]
        current = False
        for tab in tabs:
            tab["url"] = f"{self.url}?{tab['query']}" if tab["query"] else self.url
            tab["current"] = not current and tab["query"] == self.query
            current = current or tab["current"]
            tab["count"] = number(self.count) if tab["current"] else None
        return tabs

    @property
    def current_view(self) -> dict | None:
        return next((t for t in self.tabs if t["current"]), None)

    @cached_property
    def url(self) -> str:
        return reverse(self.spec.url)

    @property
    def column_choice(self) -> list[Option]:
        return list(
            options(
                ((c.code, c.label) for c in self.all_columns if not c.fixed),
                [c.code for c in self.columns],
            )
        )

    @property
    def column_keep(self) -> list[tuple[str, str]]:
        """Hidden fields of the column form: everything but columns and cursors."""
        return [
            (key, value)
            for key, several in self.data.lists()
            if key not in (COLUMNS, "choices", *CURSORS)
            for value in several
        ]

    @property
    def may_export(self) -> bool:
        return bool(self.spec.export_url) and self.user.has_right("export_data")

    @property
    def exports(self) -> list[tuple[str, str]]:
        """(format, address) of the files of exactly what is shown."""
        base = reverse(self.spec.export_url)
        extra = f"{self.query}&" if self.query else ""
        return [(kind, f"{base}?{extra}format={kind}") for kind in FORMATS]

    @property
    def bulk_all_url(self) -> str:
        """Bulk edit of the whole filtered list."""
        return f"{reverse(self.spec.bulk_url)}?{urlencode({'all': 1, 'query': self.query})}"

    @property
    def bulk_acts(self) -> list[dict]:
        """What else this person may do with ticked rows, and with the whole filtered list."""
        everything = urlencode({"all": 1, "query": self.query})
        acts = [a for a in self.spec.bulk_more if not a.right or self.user.has_right(a.right)]
        return [
            {
                "act": act,
                "url": reverse(act.url),
                "all_url": f"{reverse(act.url)}?{everything}",
                "all_label": act.all_label % {"rows": self.counted},
            }
            for act in acts
        ]

    @property
    def choices_url(self) -> str:
        return f"{self.url}?{self.query}&choices=" if self.query else f"{self.url}?choices="

    @property
    def choices_keep(self) -> list[tuple[str, str]]:
        """Hidden fields of the page of conditions: what holds and is not offered there."""
        offered = {self.data.get("choices")} if self.data.get("choices") != "*" else set()
        return [pair for pair in parse_qsl(self.query) if pair[0] not in offered]

    @property
    def save_url(self) -> str:
        given = urlencode({"page": self.spec.code, "query": self.query})
        return f"{reverse('core:view_save')}?{given}"

    def respond(self, template: str = "core/lists/page.html", **extra) -> HttpResponse:
        """The page; for htmx only the list; with `choices` the choices of a condition."""
        if wanted := self.data.get("choices"):
            return self.choices(wanted)
        if wanted := self.data.get("total"):
            return self.late_total(wanted)
        context = {"listing": self, "sort": self.sort, **extra}
        partial = is_partial(self.request)
        response = render(self.request, "core/lists/listing.html" if partial else template, context)
        patch_vary_headers(response, ["HX-Request"])
        return response

    # ---------- export and bulk ----------

    def export(self) -> HttpResponseBase:
        """xlsx or CSV of exactly what is shown: same conditions, order, columns, all pages."""
        if not self.user.has_right("export_data"):
            raise PermissionDenied
        kind = self.data.get("format", "xlsx")
        if kind not in FORMATS:
            raise Http404
        limit = self.company.export_max_rows
        if self.count > limit:
            raise TooManyRows(
                _("%(count)s rows are more than one file may hold (%(limit)s). Narrow the list.")
                % {"count": number(self.count), "limit": number(limit)}
            )
        name = f"{self.spec.file_name or self.spec.title}-{self.context_of_list.today:%Y-%m-%d}"
        header = [c.label for c in self.columns]
        return export_response(kind=kind, name=name, header=header, rows=self._export_rows())

    def _export_rows(self):
        column, falling = self._sort
        rows = self.spec.prepare(self.filtered, self.columns, self.context_of_list)
        makers = [c.export or c.cell for c in self.columns]
        after, context = "", self.context_of_list
        while True:
            page = paginate(
                rows,
                sort=column.keys(self.context_of_list),
                descending=falling,
                nullable=column.nullable,
                size=EXPORT_CHUNK,
                order=self.sort,
                after=after,
            )
            self.spec.bring(page.rows, self.columns, context)
            for row in page.rows:
                yield [make(row, context) for make in makers]
            after = page.next
            if not after:
                return


def chosen_rows(spec: ListSpec, request: HttpRequest, rows: QuerySet) -> QuerySet:
    """What a bulk action is about: the ticked rows, or with `all` the whole filtered list.

    More than company().bulk_edit_max_rows is refused (TooManyRows). One ticked row that the person
    may not see makes all of it 404: nothing is changed by halves (T6).
    """
    source = request.POST if request.method == "POST" else request.GET
    if source.get("all") or request.GET.get("all"):
        query = source.get("query", request.GET.get("query", ""))[:QUERY_LENGTH]
        chosen = Listing(spec, request, rows, QueryDict(query)).filtered
    else:
        keys = [int(v) for v in source.getlist("ids") if v.isascii() and v.isdigit()]
        keys = [key for key in keys if key < 2**63][: company().bulk_edit_max_rows + 1]
        chosen = rows.filter(pk__in=keys)
        if chosen.count() < len(set(keys)):
            raise Http404
    limit = company().bulk_edit_max_rows
    if chosen[: limit + 1].count() > limit:
        raise TooManyRows(
            _("At most %(limit)s records can be edited at once. Narrow the list.")
            % {"limit": number(limit)}
        )
    return chosen
