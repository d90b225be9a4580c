"""Accounts as a board by tier, and as trees of groups."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts import permissions, selectors
from accounts.cells import manager_name, manager_of
from accounts.lists import account_list as spec
from accounts.models import Account
from accounts.views.lists import create_button, places
from core.formats import number, short_money
from core.lists import ListContext, paginate
from core.lists.listing import Listing
from core.models import company

LEVEL = 100


def _context_of(request) -> ListContext:
    return ListContext(
        user=request.user,
        today=timezone.localdate(),
        language=get_language() or "zh-hans",
        currency=company().currency_id,
    )


def _sums():
    """The columns that the apps above add to the list: here sums on cards and groups."""
    return [c for c in spec().columns if c.attach and c.lazy_total]


@require_GET
def account_board(request):
    """The accounts of the list's conditions, by tier of one scheme."""
    listing = Listing(spec(), request, Account.objects.visible_to(request.user))
    parts = ("tier", "city", "industry")
    names = [name for part in parts for name in spec().parts[part]]
    rows = (
        listing.filtered.select_related(*parts)
        .annotate(**manager_of(listing.context_of_list))
        .only(*spec().only, "version", *names)
    )
    board = selectors.board_of(rows, request.user, request.GET.get("scheme", ""))
    cards = [account for lane in board["lanes"] for account in lane["cards"]]
    _dress(cards, listing.context_of_list, request.user)
    return render(
        request,
        "accounts/account_board.html",
        {
            **board,
            "listing": listing,
            "counted": spec().counted % {"n": number(board["total"]), "count": board["total"]},
            "places": places("account_board"),
            "create": create_button(request.user),
        },
    )


def _dress(cards, context, user) -> None:
    """What a card shows beside its record."""
    columns = _sums()
    for attach in dict.fromkeys(c.attach for c in columns):
        if cards:
            attach(cards, context)
    for account in cards:
        account.manager_shown = manager_name(account)
        account.figures_shown = [
            (c.label, short_money(c.export(account, context), context.currency, context.language))
            for c in columns
        ]
        account.may_move = user.has_right("change_tier") and permissions.covers(user, account)


@require_GET
def account_tree(request):
    """Groups by name; what lies below is brought when opened."""
    context = _context_of(request)
    page = paginate(
        selectors.group_roots(request.user).select_related("tier", "city"),
        sort=("name",),
        descending=False,
        nullable=False,
        size=company().list_page_size,
        order="tree",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    columns = _sums()
    template_context = {
        "nodes": _nodes(page.rows, request.user, columns, context),
        "heads": [c.head(context) if c.head else c.label for c in columns],
        "page": page,
        "places": places("account_tree"),
        "create": create_button(request.user),
    }
    return render(request, "accounts/account_tree.html", template_context)


@require_GET
def account_children(request, pk):
    """The accounts directly below one, as a piece of the tree."""
    account = selectors.account_for_page(request.user, pk)
    below = (
        Account.objects.visible_to(request.user)
        .current()
        .filter(parent=account)
        .select_related("tier", "city")
        .order_by("name", "pk")
    )
    columns, context = _sums(), _context_of(request)
    total = below.count()
    nodes = _nodes(below[:LEVEL], request.user, columns, context)
    answer = {"nodes": nodes, "more": max(0, total - LEVEL), "account": account}
    template = "accounts/_tree_nodes.html" if request.htmx else "accounts/account_children.html"
    return render(request, template, answer)


def _nodes(accounts, user, columns, context) -> list[dict]:
    nodes = selectors.roll_up(accounts, user, columns, context)
    for node in nodes:
        node["sums"] = [
            _money(value, column, context)
            for value, column in zip(node["sums"], columns, strict=True)
        ]
        node["url"] = reverse("accounts:account_children", args=[node["account"].pk])
    return nodes


def _money(value, column, context) -> str:
    """A rolled-up sum, written as the column writes its own."""
    return column.sum_cell(value, context) if column.sum_cell else str(value)
