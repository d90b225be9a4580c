"""Expense claims through pages and the API: the lines editor, answers in place, print, list."""

import datetime
import re
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core import library
from documents.models import Attachment, DocumentTemplate
from engagement.expense_search import search_expenses
from engagement.models import (
    ExpenseCap,
    ExpenseCategory,
    ExpenseClaim,
    ExpenseSettings,
    VisitColleague,
)
from tests import factories as make
from tests.engagement.expense_cast import answer, claim, item_of, line, visit

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def body(house, *lines, **more):
    rows = lines or [{}]
    data = {
        "purpose": "Dinner with the board",
        "payee": "Kim",
        "pay_by": "transfer",
        "dated_on": timezone.localdate().isoformat(),
        "currency": "CNY",
        "lines-TOTAL_FORMS": len(rows),
        "lines-INITIAL_FORMS": 0,
    } | more
    for number, row in enumerate(rows):
        row = {
            "spent_on": timezone.localdate().isoformat(),
            "category": house.meal.pk,
            "amount": "300",
            "people": "2",
            "invoice_no": f"N-{number}",
        } | row
        data |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return data


def url(name, record, *rest):
    return reverse(f"engagement:{name}", args=[record.pk, *rest])


def test_entered_on_the_page_of_a_visit_with_an_invoice(client, spenders):
    seen = visit(spenders)
    client.force_login(spenders.kim)
    page = client.get(url("expense_create", spenders.known), {"visit": seen.pk})
    assert page.context["form"].initial["visit"] == seen
    assert 'accept="image/*,application/pdf"' in page.content.decode()
    data = body(spenders, {"upload": SimpleUploadedFile("i.png", PNG)}, {"amount": "20.50"})
    data |= {"visit": seen.pk, "total": "320.50"}
    done = client.post(url("expense_create", spenders.known), data)
    made = ExpenseClaim.objects.get()
    assert done.status_code == 302 and done.url == made.get_absolute_url()
    assert made.visit == seen and made.total == D("320.50") and made.lines.count() == 2
    assert Attachment.objects.get().field == f"line-{made.lines.first().pk}"


def test_a_voucher_that_differs_from_its_lines_is_refused_beside_the_field(client, spenders):
    client.force_login(spenders.kim)
    page = client.post(url("expense_create", spenders.known), body(spenders, total="301"))
    assert page.status_code == 422 and not ExpenseClaim.objects.exists()
    assert "add up to 300.00" in page.context["form"].errors["total"][0]
    assert "They differ" in page.content.decode()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"spent_on": ""}, "spent_on"),
        ({"category": "999999"}, "category"),
        ({"people": "-1"}, "people"),
        ({"upload": SimpleUploadedFile("a.exe", b"MZ")}, "upload"),
    ],
)
def test_bad_input_stands_beside_its_field(client, spenders, row, field):
    client.force_login(spenders.kim)
    page = client.post(url("expense_create", spenders.known), body(spenders, row))
    assert page.status_code == 422 and not ExpenseClaim.objects.exists()
    assert field in page.context["lines"].forms[0].errors


def test_an_invoice_stands_once_in_a_claim(client, spenders):
    client.force_login(spenders.kim)
    data = body(spenders, {"invoice_no": "A-1"}, {"invoice_no": "a1"})
    page = client.post(url("expense_create", spenders.known), data)
    assert page.status_code == 422
    assert "another line" in page.context["lines"].forms[1].errors["invoice_no"][0]


def test_while_one_types_the_sum_and_the_limits_are_told(client, spenders):
    client.force_login(spenders.kim)
    data = body(
        spenders,
        {"amount": "300"},
        {"amount": "301"},
        {"amount": "601"},
        {"amount": "1", "DELETE": "on"},
        {"amount": ""},
        total="1202",
    )
    text = client.post(url("expense_reckon", spenders.known), data).content.decode()
    assert "1,202.00" in text and "They agree" in text
    limits = dict(re.findall(r'id="limit-lines-(\d)"[^>]*>(.*?)</p>', text))
    assert "Limit" in limits["0"] and "300" in limits["0"]
    assert "say why in the note" in limits["1"] and "Compliance allows" in limits["2"]


def test_a_draft_is_edited_and_a_stale_version_is_told(client, spenders):
    made = claim(spenders)
    client.force_login(spenders.kim)
    page = client.get(url("expense_edit", made))
    assert page.status_code == 200 and "INV-1" in page.content.decode()
    held = made.lines.get()
    data = body(spenders, {"id": held.pk, "amount": "280"}, version=made.version)
    assert client.post(url("expense_edit", made), data).status_code == 302
    made.refresh_from_db()
    assert made.total == D("280.00") and made.lines.get().pk == held.pk
    late = client.post(url("expense_edit", made), data | {"purpose": "Other"})
    assert late.status_code == 409
    answer(made, "kim submit")
    assert client.get(url("expense_edit", made)).status_code == 403


def test_the_page_says_what_is_missing_with_the_way_there(client, spenders):
    seen = visit(spenders, recorded=False)
    made = claim(spenders, visit=seen)
    client.force_login(spenders.kim)
    page = client.get(made.get_absolute_url())
    assert page.context["missing"] == [
        (f"the record of the visit {seen.number}", seen.get_absolute_url())
    ]
    item = item_of(made)
    body_ = {"item": item.pk, "version": item.version, "outcome": "submit"}
    refused = client.post(url("expense_answer", made), body_)
    assert refused.status_code == 422 and "the record of the visit" in refused.content.decode()
    ExpenseSettings.objects.create(needs_visit_record=False)
    assert client.post(url("expense_answer", made), body_).status_code == 302
    made.refresh_from_db()
    assert made.status == "submitted"
    client.force_login(spenders.mia)
    page = client.get(made.get_absolute_url())
    assert [turn.who for turn in page.context["turns"]] == [str(spenders.mia)]
    assert page.context["turns"][0].outcomes


def test_where_it_waits_the_registration_is_named(client, spenders):
    made = answer(claim(spenders, account=spenders.newcomer), "kim submit", "mia done")
    client.force_login(spenders.kim)
    page = client.get(made.get_absolute_url())
    [awaited] = page.context["awaited"]
    assert awaited["title"].startswith("REG-") and awaited["url"]
    assert "goes on by itself" in page.content.decode()


def test_the_papers_carry_number_sum_and_who_signed(client, spenders):
    made = answer(claim(spenders), "kim submit", "mia done", "gina approve", "leo approve")
    client.force_login(spenders.fin)
    voucher = client.get(url("expense_print", made, "voucher")).content.decode()
    assert made.number in voucher and "300.00" in voucher
    # What is filed says its year.
    assert f"<dd>{made.dated_on:%Y-%m-%d}</dd>" in voucher
    signed = client.get(url("expense_print", made, "sheet")).context["signatures"]
    assert [(one["step"], one["who"]) for one in signed] == [
        ("Fill the payment voucher and the detail sheet", spenders.kim),
        ("Marketing promotion signs for receipt", spenders.mia),
        ("The division's general manager signs", spenders.gina),
        ("Company leaders sign", spenders.leo),
    ]
    assert client.get(url("expense_print", made, "napkin")).status_code == 404


def test_who_sees_the_account_alone_meets_no_claim(client, spenders):
    make.assign(spenders.known, spenders.lee, "seller")
    made = claim(spenders, purpose="SECRETDINNER")
    client.force_login(spenders.lee)
    tab = client.get(url("account_expenses", spenders.known))
    assert tab.status_code == 200 and "SECRETDINNER" not in tab.content.decode()
    assert tab.context["categories"] == []
    assert client.get(made.get_absolute_url()).status_code == 404
    assert search_expenses(spenders.lee, "SECRET", 5)["hits"] == []
    assert search_expenses(spenders.kim, "inv-1", 5)["hits"][0]["url"] == made.get_absolute_url()


def test_pages_keep_their_query_budgets(client, spenders, django_assert_max_num_queries):
    for number in range(12):
        claim(spenders, line(spenders, invoice_no=f"A-{number}"))
    made = claim(
        spenders, *[line(spenders, invoice_no=f"B-{number}") for number in range(20)]
    )
    client.force_login(spenders.kim)
    with django_assert_max_num_queries(22):
        page = client.get(reverse("engagement:expense_list"))
    assert page.context["listing"].count == 13
    with django_assert_max_num_queries(60):
        client.get(made.get_absolute_url())
    with django_assert_max_num_queries(42):
        client.get(url("account_expenses", spenders.known))
    with django_assert_max_num_queries(42):
        client.get(url("expense_edit", made))


def test_the_list_adds_up_and_is_exported(client, spenders):
    claim(spenders, line(spenders, "100.25"))
    claim(spenders, line(spenders, "50.50", invoice_no="X"))
    client.force_login(spenders.fin)
    page = client.get(reverse("engagement:expense_list"))
    assert page.context["listing"].totals["base"] == D("150.75")
    answer_ = client.get(reverse("engagement:expense_export"), {"format": "csv"})
    assert answer_.status_code == 200
    text = b"".join(answer_.streaming_content).decode("utf-8-sig")
    assert "100.25" in text and "50.50" in text


def test_the_api_enters_changes_and_refuses_the_status(client, spenders):
    client.force_login(spenders.kim)
    sent = {
        "account": spenders.known.pk,
        "purpose": "Taxi",
        "payee": "Kim",
        "lines": [
            {"spent_on": str(timezone.localdate()), "category": "travel", "amount": "88.80"}
        ],
    }
    made = client.post("/api/v1/expense-claims/", sent, content_type="application/json")
    assert made.status_code == 201, made.content
    row = made.json()
    assert row["total"] == "88.80" and row["status"] == "draft"
    assert row["lines"][0]["category"] == "travel"
    link = f"/api/v1/expense-claims/{row['id']}/"
    differs = {"version": row["version"], "total": "90.00"}
    assert client.patch(link, differs, content_type="application/json").status_code == 400
    status = {"version": row["version"], "status": "paid"}
    assert client.patch(link, status, content_type="application/json").status_code == 409
    edited = client.patch(
        link, {"version": row["version"], "purpose": "Train"}, content_type="application/json"
    )
    assert edited.status_code == 200 and edited.json()["purpose"] == "Train"
    assert edited.json()["lines"][0]["id"] == row["lines"][0]["id"]
    client.force_login(spenders.stranger)
    assert client.get(link).status_code == 404
    assert client.get("/api/v1/expense-claims/").json()["count"] == 0


def test_a_day_that_has_not_come_is_no_date_of_a_voucher(client, spenders):
    client.force_login(spenders.kim)
    tomorrow = (timezone.localdate() + datetime.timedelta(days=1)).isoformat()
    page = client.post(url("expense_create", spenders.known), body(spenders, dated_on=tomorrow))
    assert page.status_code == 422 and "dated_on" in page.context["form"].errors


def test_categories_and_limits_are_shipped(db):
    library.load()
    assert list(ExpenseCategory.objects.values_list("code", flat=True)) == [
        "travel",
        "meal",
        "gift",
        "event",
        "other",
    ]
    core = ExpenseCap.objects.get(category__code="meal", tier__code="core", tier__scheme__code="a")
    assert core.per_person == D("250.00") and core.kind == "budget"
    gift = ExpenseCap.objects.get(category__code="gift", kind="compliance")
    assert (gift.tier, gift.per_line, gift.per_person) == (None, D("2000.00"), D("200.00"))
    # The typed claim is where they are filled in; the papers of the same name are kept as forms.
    papers = DocumentTemplate.objects.filter(code__in=["payment_voucher", "expense_detail"])
    assert papers.count() == 2 and not papers.offered().exists()
    assert not library.load().changed


def test_who_went_along_claims_from_the_visit_though_the_customer_is_hidden(client, spenders):
    went = visit(spenders)
    went.colleagues.create(user=spenders.stranger)
    client.force_login(spenders.stranger)
    form = url("expense_create", spenders.known)
    way = f"{form}?visit={went.pk}"
    assert way in client.get(went.get_absolute_url()).content.decode()
    assert client.get(form).status_code == 404
    page = client.get(way)
    assert page.status_code == 200 and page.context["cancel"] == went.get_absolute_url()
    assert client.post(url("expense_reckon", spenders.known), body(spenders)).status_code == 404
    data = body(spenders, visit=went.pk)
    assert client.post(url("expense_reckon", spenders.known), data).status_code == 200
    assert client.post(way, body(spenders)).status_code == 422  # for that visit, nothing else
    assert client.post(way, data).status_code == 302
    made = ExpenseClaim.objects.get()
    assert (made.claimant, made.visit) == (spenders.stranger, went)
    page = client.get(made.get_absolute_url()).content.decode()
    assert spenders.known.get_absolute_url() not in page


def test_over_the_api_a_visit_says_whose_customer_it_was(client, spenders):
    went = visit(spenders)
    VisitColleague.objects.create(visit=went, user=spenders.stranger)
    client.force_login(spenders.stranger)
    line = {"spent_on": str(timezone.localdate()), "category": "travel", "amount": "20.00"}
    sent = {"purpose": "Taxi", "payee": "Me", "lines": [line]}

    def enter(**more):
        url = "/api/v1/expense-claims/"
        return client.post(url, {**sent, **more}, content_type="application/json")

    assert enter().status_code == 400 and "account" in enter().json()["error"]["fields"]
    assert enter(account=went.account_id, visit=went.pk).status_code == 400
    assert enter(visit=visit(spenders).pk).status_code == 400
    made = enter(visit=went.pk)
    assert made.status_code == 201, made.content
    assert ExpenseClaim.objects.get(pk=made.json()["id"]).account_id == went.account_id
