"""Expense claims: enter, edit, look at, answer, print, list."""

from types import SimpleNamespace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Account
from accounts.pages import frame
from accounts.selectors import account_for_page
from accounts.views.actions import account_of
from core.dialogs import carried_out, conflicts_of, done, posted
from core.exceptions import MissingRate
from core.lists import Listing
from core.money import to_base
from documents.views.talk import talk_of
from engagement import expense_checks as checks
from engagement import expense_selectors as selectors
from engagement import running, spending
from engagement.forms import expenses as forms
from engagement.lists.expenses import EXPENSES, claim_state
from engagement.models import ExpenseClaim, ExpenseStatus, Visit
from engagement.permissions import expenses as permissions
from engagement.services import expenses as services
from flows.views.here import answer_here

SHOWN = 200
PRINTS = {"voucher": "engagement/expense_voucher.html", "sheet": "engagement/expense_sheet.html"}


@require_http_methods(["GET", "POST"])
def expense_create(request, pk):
    """On the page of an account; `?visit=` where it is about one."""
    account, visit = _spent_on(request, pk)
    known = {"visit": visit, "purpose": visit.purpose} if visit else {}
    form = forms.ClaimForm(posted(request), account=account, user=request.user, initial=known)
    lines = forms.lines_form(data=posted(request), files=request.FILES or None)
    if request.method == "POST" and form.is_valid() & lines.is_valid():
        made = []

        def act():
            made.append(
                services.create_claim(
                    account=account, actor=request.user, lines=lines.lines, **form.values()
                )
            )

        if _carried_out(form, lines, act):
            messages.success(request, _("The claim is entered. Hand it in when it is complete."))
            return done(request, made[0].get_absolute_url())
    return _form_page(
        request,
        account,
        form,
        lines,
        title=_("New expense claim"),
        submit=_("Enter"),
        back=visit,
    )


def _spent_on(request, pk):
    """The account money was spent on, and the visit one comes from or chose: on a visit one may go
    along to an account that one does not see."""
    number = request.GET.get("visit", "") or request.POST.get("visit", "")
    visit = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        visits = Visit.objects.visible_to(request.user).select_related("account__tier")
        visit = get_object_or_404(visits, pk=number, account=pk)
    if visit is not None and permissions.can_claim(request.user, visit.account, visit):
        return visit.account, visit
    account = account_of(request, pk)
    if not permissions.can_claim(request.user, account):
        raise PermissionDenied
    return account, visit


@require_http_methods(["GET", "POST"])
def expense_edit(request, pk):
    claim = _claim(request, pk)
    if not permissions.can_edit_claim(request.user, claim):
        raise PermissionDenied
    form = forms.ClaimForm(posted(request), account=claim.account, user=request.user, claim=claim)
    lines = forms.lines_form(claim, posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid() & lines.is_valid():

        def act():
            services.update_claim(
                claim=claim,
                values=form.values(),
                lines=lines.lines,
                actor=request.user,
                version=form.cleaned_data["version"],
            )

        if _carried_out(form, lines, act):
            messages.success(request, _("Saved."))
            return done(request, claim.get_absolute_url())
    return _form_page(
        request,
        claim.account,
        form,
        lines,
        title=_("Edit the claim %(number)s") % {"number": claim.number},
        submit=_("Save"),
        claim=claim,
    )


def _carried_out(form, lines, act) -> bool:
    """What is wrong with one line stands on that line."""

    def told():
        try:
            act()
        except services.LineRefused as refused:
            row = lines.kept[refused.line - 1]
            row.add_error(refused.line_field or "amount", str(refused.what))
            raise

    return carried_out(form, told)


def _form_page(request, account, form, lines, *, title, submit, claim=None, back=None):
    context = {
        "account": account,
        "form": form,
        "lines": lines,
        "title": title,
        "submit": submit,
        "claim": claim,
        "visit": _visit_shown(form),
        "conflicts": conflicts_of(form),
        "cancel": (claim or back or account).get_absolute_url(),
        **_reckoned(account, lines, form, claim, request.user),
    }
    status = 409 if context["conflicts"] else 422 if form.errors or any(lines.errors) else 200
    return render(request, "engagement/expense_form.html", context, status=status)


def _visit_shown(form):
    """The visit of the form with the way to its page, where it is still to be recorded."""
    value = form["visit"].value()
    pk = getattr(value, "pk", value)
    visits = form.fields["visit"].queryset.filter(recorded_at=None)
    visit = visits.filter(pk=pk).first() if str(pk or "").isdigit() else None
    return visit and {"number": visit.number, "url": visit.get_absolute_url()}


@require_POST
def expense_reckon(request, pk):
    """While somebody types: the sum of the lines beside the voucher, and what each may cost."""
    account, _visit = _spent_on(request, pk)
    form = forms.ClaimForm(request.POST, account=account, user=request.user)
    lines = forms.lines_form(data=request.POST)
    context = {"lines": lines, **_reckoned(account, lines, form, None, request.user)}
    return render(request, "engagement/expense_reckoned.html", context)


def _reckoned(account, lines, form, claim, user) -> dict:
    """Sums and limits of what stands in the form, as far as it can be read."""
    caps, amounts = checks.caps(), []
    categories = lines.form_kwargs["categories"]
    files = _files_of(claim, user)
    rows = []
    for row in lines.forms:
        amount = _read(row, "amount")
        removed = bool(row["DELETE"].value()) if "DELETE" in row.fields else False
        if amount is not None and not removed:
            amounts.append(amount)
        category = categories.get(str(row["category"].value() or ""))
        people = _read(row, "people")
        budget, compliance = (None, None)
        if category is not None:
            budget, compliance = selectors.limits_shown(category, account.tier_id, people, caps)
        base = _in_base(amount, form)
        rows.append(
            SimpleNamespace(
                form=row,
                budget=budget,
                compliance=compliance,
                over=base is not None and budget is not None and base > budget,
                refused=base is not None and compliance is not None and base > compliance,
                asks_people=category is not None and category.counts_people,
                files=files.get(str(row["id"].value() or ""), ()),
            )
        )
    lines_sum = spending.total_of(amounts)
    voucher = _read(form, "total")
    return {
        "rows": rows,
        "lines_sum": lines_sum,
        "voucher": voucher,
        "differs": voucher is not None and spending.total_of([voucher]) != lines_sum,
        "claim_currency": form["currency"].value(),
    }


def _read(form, name):
    """The value of one field alone, whatever the others say; None where it cannot be read."""
    field = form.fields[name]
    try:
        return field.clean(form[name].value())
    except forms.forms.ValidationError:
        return None


def _in_base(amount, form):
    """In the company's currency, in which limits are; None where it cannot be told."""
    currency, day = _read(form, "currency"), _read(form, "dated_on")
    if amount is None or currency is None or day is None:
        return None
    try:
        return to_base(amount=amount, currency=currency.pk, on=day)[0]
    except MissingRate:
        return None


def _files_of(claim, user) -> dict:
    if claim is None:
        return {}
    return {str(row.line.pk): row.files for row in selectors.rows_of(claim, user)}


@require_GET
def expense_detail(request, pk):
    return _page(request, _claim(request, pk))


def _page(request, claim, *, refusal=None, status=200):
    user, account = request.user, claim.account
    draft = claim.status == ExpenseStatus.DRAFT
    run = running.run_about(services.KIND, claim.pk)
    visit = claim.visit
    context = {
        "claim": claim,
        "account": account,
        "account_seen": Account.objects.visible_to(user).filter(pk=account.pk).exists(),
        "visit_url": checks.visit_url(visit, user),
        "state": claim_state(claim),
        "rows": selectors.rows_of(claim, user),
        "missing": checks.missing_of(claim, user) if draft else [],
        "may_edit": permissions.can_edit_claim(user, claim),
        "refusal": refusal,
        "talk": talk_of(request, services.KIND, claim),
        "answer_url": "engagement:expense_answer",
        "record": claim,
        **running.stand_of(run, user),
    }
    context["talk"]["files"] = [row for row in context["talk"]["files"] if not row["file"].field]
    return render(request, "engagement/expense_detail.html", context, status=status)


@require_POST
def expense_answer(request, pk):
    """Whoever's turn it is answers on the page itself."""
    claim = _claim(request, pk)
    return answer_here(
        request,
        claim,
        item_of=lambda key: running.item_about(services.KIND, pk, key),
        page=lambda **said: _page(request, _claim(request, pk), **said),
    )


@require_GET
def expense_print(request, pk, what):
    """The voucher (支出凭证) or the detail sheet (费用明细表) as it is signed and filed."""
    if what not in PRINTS:
        raise Http404
    claim = _claim(request, pk)
    rows = selectors.rows_of(claim, request.user)
    context = {
        "claim": claim,
        "rows": rows,
        "papers": sum(len(row.files) for row in rows),
        "signatures": running.signatures_of(running.run_about(services.KIND, claim.pk)),
        "state": claim_state(claim),
    }
    return render(request, PRINTS[what], context)


@require_GET
def expense_list(request):
    return Listing(EXPENSES, request, selectors.claims_of(request.user)).respond()


@require_GET
def expense_export(request):
    return Listing(EXPENSES, request, selectors.claims_of(request.user)).export()


@require_GET
def account_expenses(request, pk):
    """What was claimed for one customer, of what the person may see."""
    account = account_for_page(request.user, pk)
    claims = selectors.claims_of(request.user).filter(account=account)
    rows = claims.select_related("claimant", "visit", "currency")[:SHOWN]
    shown = [(claim, claim_state(claim)) for claim in rows]
    context = frame(
        request,
        account,
        "expenses",
        claims=shown,
        categories=selectors.by_category(claims),
        may_claim=permissions.can_claim(request.user, account),
    )
    return render(request, "engagement/account_expenses.html", context)


def _claim(request, pk) -> ExpenseClaim:
    rows = ExpenseClaim.objects.visible_to(request.user)
    related = (
        "account__tier",
        "account__department",
        "visit",
        "claimant",
        "currency",
        "received_by",
        "exception_by",
    )
    return get_object_or_404(rows.select_related(*related), pk=pk)
