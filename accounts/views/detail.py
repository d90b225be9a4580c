"""The tabs of an account's page."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors
from accounts.models import Account
from accounts.pages import frame
from core.audit import history_of
from core.bookmarks import set_star
from core.dialogs import next_url
from core.history import told
from core.htmx import is_partial
from core.lists import paginate

LATEST = 6
ENTRIES = 40


@require_GET
def account_detail(request, pk):
    account = selectors.account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("accounts:account_detail", account.pk)
    if request.GET.get("part") == "changes":
        return _changes(request, account)
    roles = selectors.people_of(account)
    sites = selectors.sites_of(account)
    served, there = selectors.penetration_of(sites)
    context = frame(
        request,
        account,
        "overview",
        axes=selectors.axes_of(account),
        traits=selectors.traits_of(account),
        coverage=selectors.coverage_of(roles),
        sites=sites,
        served=served,
        there=there,
        former_names=selectors.former_names_of(account),
        children=list(
            Account.objects.visible_to(request.user)
            .current()
            .filter(parent=account)
            .select_related("tier")[:20]
        ),
    )
    context["met"] = sum(bool(t["answer"] and t["answer"].is_met) for t in context["traits"])
    context["gaps"] = [row for row in context["coverage"] if not row["people"]]
    return render(request, "accounts/account_detail.html", context)


def _changes(request, account):
    entries = history_of(account)[: LATEST * 2]
    context = {"account": account, "entries": told(entries, request.user, subject=account)[:LATEST]}
    return render(request, "accounts/_changes.html", context)


@require_GET
def account_people(request, pk):
    account = selectors.account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("accounts:account_people", account.pk)
    roles = selectors.people_of(account)
    context = frame(
        request,
        account,
        "people",
        roles=roles,
        coverage=selectors.coverage_of(roles),
        unplaced=[r for r in roles if not r.level],
        former=selectors.former_people_of(account),
    )
    return render(request, "accounts/account_people.html", context)


@require_GET
def account_team(request, pk):
    account = selectors.account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("accounts:account_team", account.pk)
    context = frame(request, account, "team", **selectors.team_of(account))
    return render(request, "accounts/account_team.html", context)


@require_GET
def account_history(request, pk):
    account = selectors.account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("accounts:account_history", account.pk)
    page = history_page(request, account)
    entries = told(page.rows, request.user, subject=account)
    context = frame(request, account, "history", page=page, entries=entries)
    return render(request, "accounts/account_history.html", context)


def history_page(request, record):
    """One page of a record's history, newest first."""
    return paginate(
        history_of(record),
        sort=("happened_at",),
        descending=True,
        nullable=False,
        size=ENTRIES,
        order="history",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )


@require_POST
def account_star(request, pk):
    account = selectors.account_for_page(request.user, pk)
    set_star(target=account, actor=request.user, starred=not account.starred)
    if is_partial(request):
        account.starred = not account.starred
        return render(request, "accounts/_star.html", {"record": account, "star_url": request.path})
    return redirect(next_url(request, account.get_absolute_url()))
