"""List, export and bulk edit of opportunities; the board."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.htmx import render_page
from core.lists import Listing
from core.lists.listing import chosen_rows
from opportunities import forms, permissions, selectors, services
from opportunities.board import Board
from opportunities.lists import OPPORTUNITIES
from opportunities.models import Opportunity
from opportunities.views.common import attempt, said


@require_GET
def opportunity_list(request):
    listing = Listing(OPPORTUNITIES, request, selectors.deals_of(request.user))
    return listing.respond(places=places("list"), create=create_action(request.user))


@require_GET
def opportunity_export(request):
    return Listing(OPPORTUNITIES, request, selectors.deals_of(request.user)).export()


@require_GET
def opportunity_board(request):
    board = Board(request)
    if request.GET.get("choices"):
        return board.choices(request.GET["choices"])
    context = {
        "board": board,
        "places": places("board"),
        "create": create_action(request.user),
    }
    return render_page(request, "opportunities/opportunity_board.html", "page", context)


@require_POST
def opportunity_bulk(request):
    """First what would change, then, with `apply`, the change."""
    if not permissions.can_bulk_edit(request.user):
        raise PermissionDenied
    deals = _ticked(request)
    form = forms.BulkForm(request.POST if "preview" in request.POST else None, user=request.user)
    lines = []
    if form.is_bound and form.is_valid():

        def act():
            lines.extend(
                services.preview_bulk_update(
                    opportunities=deals, values=form.values, actor=request.user
                )
            )
            if "apply" in request.POST:
                _apply(request, deals, form.values)

        if attempt(form, act) and "apply" in request.POST:
            return redirect(_next(request))
    context = {
        "form": form,
        "deals": deals,
        "lines": lines,
        "rows": [_row(line) for line in lines] or [{"deal": deal} for deal in deals],
        "refused": [line for line in lines if line.refused],
        "changed": sum(bool(line.changes) for line in lines),
        "next": _next(request),
    }
    status = 422 if form.errors else 200
    return render(request, "opportunities/opportunity_bulk.html", context, status=status)


def _row(line) -> dict:
    """A line of the preview in words."""
    changes = [
        {
            "label": Opportunity._meta.get_field(name).verbose_name,
            "before": said(Opportunity._meta.get_field(name), before),
            "after": said(Opportunity._meta.get_field(name), after),
        }
        for name, (before, after) in line.changes.items()
    ]
    return {"deal": line.opportunity, "changes": changes, "refused": line.refused}


def _apply(request, deals, values):
    count = services.bulk_update_opportunities(
        opportunities=deals, values=values, actor=request.user
    )
    messages.success(
        request,
        ngettext("%(n)s opportunity changed.", "%(n)s opportunities changed.", count)
        % {"n": count},
    )


def _ticked(request):
    """The chosen deals; one that is not the person's to see makes all of it 404 (T6)."""
    rows = selectors.deals_of(request.user).select_related("owner", "account")
    deals = list(chosen_rows(OPPORTUNITIES, request, rows).order_by("pk"))
    asked = set(request.POST.getlist("ids"))
    if not deals or (asked and len(deals) < len(asked) and not request.GET.get("all")):
        raise Http404
    return deals


def _next(request) -> str:
    """Back to the list one came from; never to another site."""
    home = reverse("opportunities:opportunity_list")
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith(f"{home}?") or wanted == home else home


def places(current) -> list[dict]:
    return [
        {
            "label": _("Board"),
            "icon": "columns-3",
            "url": reverse("opportunities:opportunity_board"),
            "current": current == "board",
        },
        {
            "label": _("List"),
            "icon": "layout-list",
            "url": reverse("opportunities:opportunity_list"),
            "current": current == "list",
        },
    ]


def create_action(user) -> dict:
    if not permissions.can_create_opportunity(user):
        return {}
    return {"label": _("New opportunity"), "url": reverse("opportunities:opportunity_create")}
