"""Lists: narrow, order, page, count, save, export exactly what is shown."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import QueryDict
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Account
from core.lists import (
    Column,
    Listing,
    ListSpec,
    choice_filter,
    date_filter,
    number_filter,
    paginate,
    reference_filter,
    text_filter,
)
from tests.factories import (
    make_account,
    make_company,
    make_general_manager,
    make_industry,
    make_post,
    make_user,
)

pytestmark = pytest.mark.django_db

SPEC = ListSpec(
    code="accounts",
    title=_("Accounts"),
    sentence="Accounts of {status}, by {sort}",
    counted=ngettext_lazy("%(n)s account", "%(n)s accounts", "count"),
    columns=(
        Column(code="name", label="Name", cell=lambda a, c: a.name, sort=("name",), fixed=True),
        Column(
            code="employees",
            label="Employees",
            cell=lambda a, c: "–" if a.employees is None else str(a.employees),
            export=lambda a, c: a.employees,
            sort=("employees",),
            nullable=True,
            numeric=True,
            total=lambda: Sum("employees"),
        ),
        Column(
            code="turnover",
            label="Turnover",
            cell=lambda a, c: str(a.turnover),
            sort=("turnover", "name"),
            nullable=True,
            shown=False,
        ),
        Column(code="secret", label="Secret", cell=lambda a, c: "s", right="see_cost"),
    ),
    filters=(
        choice_filter(
            "status", "status", [("prospect", "Prospect"), ("registered", "Registered")], place=True
        ),
        text_filter("q", "name", ["name"]),
        number_filter("employees", "employees"),
        date_filter("since", "entered", field="created_at__date"),
        reference_filter("industry", "industry", lambda c: make_industry().__class__.objects.all()),
    ),
    url="core:search",
    default_sort="name",
)


@pytest.fixture
def viewer():
    return make_general_manager("gm")


def listing(viewer, query="", spec=SPEC):
    request = RequestFactory().get("/", QueryDict(query).dict())
    request.GET = QueryDict(query)
    request.user = viewer
    return Listing(spec, request, Account.objects.visible_to(viewer))


def names(found):
    return [a.name for a in found.page.rows]


def walk(rows, **order):
    """Every page forward, then every page back."""
    there, after = [], ""
    while True:
        page = paginate(rows, after=after, order="x", size=3, **order)
        there.append([r.pk for r in page.rows])
        if not page.next:
            break
        after = page.next
    back, before = [], page.previous
    while before:
        page = paginate(rows, before=before, order="x", size=3, **order)
        back.insert(0, [r.pk for r in page.rows])
        before = page.previous
    return there, back


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", [("name",), ("employees",), ("turnover", "name"), ("created_at",)])
def test_pages_meet_every_row_once_in_both_directions(sort, descending):
    values = [(None, None), (5, "7.10"), (5, "7.10"), (None, "0.30"), (9, None), (1, "100.00")]
    for n, (employees, turnover) in enumerate(values * 2):
        make_account(
            f"客户{n % 4}",
            employees=employees,
            turnover=turnover and Decimal(turnover),
            created_at=datetime.datetime(2026, 1, 1 + n % 3, tzinfo=datetime.UTC),
        )
    rows = Account.objects.all()
    there, back = walk(
        rows, sort=sort, descending=descending, nullable=sort[0] in ("employees", "turnover")
    )
    seen = [pk for page in there for pk in page]
    assert len(seen) == len(set(seen)) == 12
    assert back == there[: len(back)] and len(back) == len(there) - 1
    if sort[0] == "employees":
        order = [a.employees for a in sorted(rows, key=lambda a: seen.index(a.pk))]
        known = [e for e in order if e is not None]
        assert order[len(known) :] == [None] * 4
        assert known == sorted(known, reverse=descending)


def test_a_deep_page_has_no_offset(django_assert_num_queries):
    for n in range(8):
        make_account(f"A{n}")
    order = {"sort": ("name",), "descending": False, "nullable": False, "order": "name", "size": 3}
    first = paginate(Account.objects.all(), **order)
    with django_assert_num_queries(1) as captured:
        paginate(Account.objects.all(), after=first.next, **order)
    assert "OFFSET" not in captured.captured_queries[0]["sql"].upper()


@pytest.mark.parametrize("cursor", ["x", "%00", "a:b:c", "W10:abc", "W" * 3000, "é:ü"])
def test_a_garbled_cursor_is_the_first_page(viewer, cursor):
    make_account("A")
    assert names(listing(viewer, f"after={cursor}")) == ["A"]
    assert names(listing(viewer, f"before={cursor}")) == ["A"]


def test_a_cursor_of_another_order_is_the_first_page(viewer):
    make_company(list_page_size=10)
    for n in range(12):
        make_account(f"A{n:02}")
    cursor = listing(viewer).page.next
    assert names(listing(viewer, f"sort=-name&after={cursor}"))[0] == "A11"


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "employees_from=many",
        "employees_from=1e999",
        "since_from=2026-02-31",
        "since_to=yesterday",
        "industry=x",
        "industry=99999999999999999999",
        "industry=%00",
    ],
)
def test_what_is_not_understood_is_left_out_and_said(viewer, query):
    make_account("A")
    found = listing(viewer, query)
    assert names(found) == ["A"]
    assert len(found.notes) == 1
    assert not found.query


def test_nul_bytes_in_a_text_do_no_harm(viewer):
    make_account("Acme")
    assert names(listing(viewer, "q=%00acme")) == ["Acme"]


def test_count_and_totals_are_of_the_whole_filtered_list(viewer):
    make_company(list_page_size=10)
    for n in range(15):
        make_account(f"A{n}", employees=10, status="registered" if n else "prospect")
    found = listing(viewer, "status=registered")
    assert (found.count, found.totals["employees"], len(found.page.rows)) == (14, 140, 10)
    assert found.foot[-1][1] == "140"


def test_a_column_without_the_right_cannot_be_shown_sorted_or_exported():
    clerk = make_user("clerk", post=make_post("clerk", rights=["export_data"]))
    found = listing(clerk, "columns=secret&sort=secret")
    assert "secret" not in [c.code for c in found.columns]
    header = b"".join(listing(clerk, "columns=secret&format=csv").export()).decode()
    assert "Secret" not in header


def test_the_query_keeps_filters_order_and_columns_but_no_page(viewer):
    make_account("A", status="registered")
    found = listing(
        viewer, "columns=turnover&sort=-name&status=registered&after=zzz&employees_from=2"
    )
    assert (
        found.query == "status=registered&employees_from=2&sort=-name&columns=name&columns=turnover"
    )


def test_the_sentence_says_what_holds(viewer):
    found = listing(viewer, "status=registered&status=prospect&employees_from=5")
    words = {w.name: w.text for w in [*found.sentence.words, *found.sentence.added]}
    assert "Prospect" in words["status"] and "Registered" in words["status"]
    assert "5" in words["employees"]


def test_export_needs_the_right_and_is_exactly_what_is_shown(viewer):
    make_account("=cmd()", employees=7, status="registered")
    make_account("B", employees=9)
    with pytest.raises(PermissionDenied):
        listing(make_user("none", post=make_post("none", rights=[])), "format=csv").export()
    text = b"".join(
        listing(viewer, "status=registered&columns=employees&format=csv").export()
    ).decode("utf-8-sig")
    assert text.splitlines() == ["Name,Employees", "'=cmd(),7"]


def test_export_goes_on_over_all_pages_in_order(viewer, monkeypatch):
    monkeypatch.setattr("core.lists.listing.EXPORT_CHUNK", 4)
    for n in range(11):
        make_account(f"A{n:02}")
    text = b"".join(listing(viewer, "sort=-name&format=csv").export()).decode()
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [
        f"A{n:02}" for n in range(10, -1, -1)
    ]


def test_export_above_the_limit_is_refused_with_words(viewer):
    make_company(export_max_rows=1)
    make_account("A")
    make_account("B")
    with pytest.raises(Exception, match="[2２]"):
        listing(viewer, "format=csv").export()


def test_paging_by_an_annotation_that_may_be_null_works():
    big, small = make_account("big"), make_account("small")
    make_account("child", parent=big)
    rows = Account.objects.annotate(size=Count("children"))
    page = paginate(rows, sort=("size",), descending=True, nullable=False, size=1, order="s")
    assert page.rows == [big]
    rest = paginate(
        rows, sort=("size",), descending=True, nullable=False, size=5, order="s", after=page.next
    )
    assert small in rest.rows and big not in rest.rows
