"""The tab of the customer file, its data card, confirmation and control points."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.pages import frame
from accounts.selectors import account_for_page
from accounts.views.actions import account_of, act
from core.dialogs import done, posted
from core.lists import Listing
from core.subjects import addresses
from planning import archive, cards, forms, freshness, permissions, points, services
from planning.control_points import POINTS
from planning.lists import FILES, change_state, rows_of_files
from planning.values import shown

LATEST = 20


@require_GET
def account_file(request, pk):
    account = account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("planning:account_file", account.pk)
    user = request.user
    blocks = cards.data_card(account, user)
    # The head of the page first: it leaves on the account who has which role there.
    context = frame(request, account, "file") | {
        "blocks": blocks,
        "completeness": cards.completeness(blocks),
        "upkeep": upkeep_of(account),
        "changes": changes_of(account, request.user),
        "standings": points.standings(account, user),
        "index": archive.archive_index(account, user),
        "may_propose": permissions.can_propose(user, account),
        "may_decide": permissions.can_decide(user, account),
        "list_url": f"{reverse('planning:change_list')}?account={account.pk}",
    }
    return render(request, "planning/account_file.html", context)


def upkeep_of(account) -> dict:
    """When the file was confirmed, by whom, and until when that holds."""
    today = timezone.localdate()
    record = getattr(account, "customer_file", None)
    basis = (record and record.confirmed_on) or timezone.localdate(account.created_at)
    days = account.tier.file_interval_days if account.tier_id else None
    return {
        "record": record,
        "basis": basis,
        "days": days,
        "due": freshness.due_on(basis, days),
        "stale": freshness.is_stale(basis, days, today),
    }


def changes_of(account, user) -> list[dict]:
    rows = account.file_changes.select_related("author", "decided_by")
    # Those to be decided first ("proposed" is last in the alphabet before "refused").
    rows = sorted(rows[:LATEST], key=lambda row: row.state != "proposed")
    sources = addresses([row.source for row in rows], user)
    return [
        {
            "change": row,
            "source_url": sources.get(row.source, ""),
            "state": change_state(row),
            "old": shown(row.field, row.old_value),
            "new": shown(row.field, row.new_value),
            "open": row.state == "proposed",
        }
        for row in rows
    ]


@require_GET
def account_card(request, pk):
    """The data card alone, for print."""
    account = account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("planning:account_card", account.pk)
    blocks = cards.data_card(account, request.user)
    context = {
        "account": account,
        "blocks": blocks,
        "completeness": cards.completeness(blocks),
        "today": timezone.localdate(),
    }
    return render(request, "planning/account_card.html", context)


@require_POST
def account_collect(request, pk):
    account = account_of(request, pk)
    items = services.collect_missing(account=account, actor=request.user)
    said = ngettext("%(n)s task was given out.", "%(n)s tasks were given out.", len(items))
    messages.success(request, said % {"n": len(items)})
    return done(request, reverse("planning:account_file", args=[pk]))


@require_POST
def account_confirm(request, pk):
    account = account_of(request, pk)
    services.confirm_file(account=account, actor=request.user)
    messages.success(request, _("The file is confirmed."))
    return done(request, reverse("planning:account_file", args=[pk]))


@require_http_methods(["GET", "POST"])
def account_point(request, pk, point):
    account = account_of(request, pk)
    known = {one.code: one for one in POINTS}
    if point not in known:
        raise Http404
    if not permissions.can_record_point(request.user, account):
        raise PermissionDenied
    back = reverse("planning:account_file", args=[pk])
    form = forms.PointForm(posted(request), initial={"next": back})
    return act(
        request,
        account,
        form,
        lambda f: services.record_point(
            account=account, point=point, actor=request.user, **f.values()
        ),
        said=_("Saved."),
        title=known[point].name,
        text=_("%(account)s: when was this done, and what shows it?") % {"account": account},
        submit=_("Save"),
        cancel=back,
    )


@require_GET
def file_list(request):
    listing = Listing(FILES, request, rows_of_files(request.user, timezone.localdate()))
    return listing.respond()


@require_GET
def file_export(request):
    return Listing(FILES, request, rows_of_files(request.user, timezone.localdate())).export()
