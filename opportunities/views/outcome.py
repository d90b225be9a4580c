"""Moving, winning, losing and reopening an opportunity."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.dialogs import dialog, done, posted
from core.exceptions import DomainError, StaleVersion
from core.htmx import is_partial, refused, toast
from opportunities import forms, permissions, services
from opportunities.board import Board
from opportunities.models import Milestone
from opportunities.views.common import attempt, get_deal


@require_http_methods(["GET", "POST"])
def opportunity_move(request, pk):
    """To another milestone: a dropped card gets the board or why not, a form gets the page."""
    deal = _editable(request, pk)
    form = forms.MoveForm(posted(request), opportunity=deal)
    if request.method == "POST" and form.is_valid():
        if is_partial(request) and request.headers.get("HX-Target") != "k-dialog":
            return _drop(request, deal, form.cleaned_data)

        def act():
            _move(request, deal, form.cleaned_data)

        if attempt(form, act):
            messages.success(request, _("Moved."))
            return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Move to another milestone"),
        form=form,
        submit=_("Move"),
        cancel=deal.get_absolute_url(),
        url=request.path,
    )


def _move(request, deal, cleaned):
    services.move_milestone(
        opportunity=deal,
        milestone=cleaned["lane"],
        actor=request.user,
        version=cleaned["version"],
    )


def _drop(request, deal, cleaned):
    """The answer to board.js: the board anew, or a refusal that names the first thing missing."""
    try:
        _move(request, deal, cleaned)
    except StaleVersion as stale:
        return refused(stale, 409)
    except DomainError as refusal:
        response = refused(refusal)
        if refusal.missing:
            words = "、" if request.LANGUAGE_CODE.startswith("zh") else ", "
            what = words.join(str(missing) for missing, _link in refusal.missing)
            text = _("%(refusal)s Missing: %(what)s.") % {"refusal": refusal, "what": what}
            toast(response, text, "bad", url=refusal.missing[-1][1], label=_("Enter it"))
        return response
    response = render(
        request, "opportunities/opportunity_board.html#board", {"board": Board(request)}
    )
    lane = Milestone(cleaned["lane"]).label
    return toast(response, _("%(deal)s: %(lane)s") % {"deal": deal.name, "lane": lane}, "good")


@require_http_methods(["GET", "POST"])
def opportunity_win(request, pk):
    """The signed contract: day, amount, and the account where it is still unknown."""
    deal = _editable(request, pk)
    form = forms.WinForm(posted(request), user=request.user, opportunity=deal)
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: _win(request, deal, dict(form.cleaned_data))
    ):
        messages.success(request, _("Won: %(deal)s.") % {"deal": deal.name})
        return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Win the opportunity"),
        text=_("The contract is signed. The milestone becomes “signed”."),
        form=form,
        submit=_("Won"),
        cancel=deal.get_absolute_url(),
        url=request.path,
    )


@transaction.atomic
def _win(request, deal, cleaned):
    account, version = cleaned.pop("account", None), cleaned.pop("version")
    if account is not None:
        services.update_opportunity(
            opportunity=deal, values={"account": account}, actor=request.user, version=version
        )
        version = deal.version
    services.win(opportunity=deal, actor=request.user, version=version, **cleaned)


@require_http_methods(["GET", "POST"])
def opportunity_lose(request, pk):
    deal = _editable(request, pk)
    form = forms.LoseForm(posted(request), opportunity=deal)
    if request.method == "POST" and form.is_valid() and attempt(
        form,
        lambda: services.lose(opportunity=deal, actor=request.user, **form.cleaned_data),
    ):
        messages.success(request, _("Marked as lost."))
        return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Mark as lost"),
        text=_("The reason stays with the opportunity, so that the next offer is better."),
        form=form,
        submit=_("Lost"),
        cancel=deal.get_absolute_url(),
        url=request.path,
    )


@require_http_methods(["GET", "POST"])
def opportunity_reopen(request, pk):
    deal = _editable(request, pk)
    form = forms.ReasonForm(posted(request), initial={"version": deal.version})
    if request.method == "POST" and form.is_valid() and attempt(
        form,
        lambda: services.reopen(opportunity=deal, actor=request.user, **form.cleaned_data),
    ):
        messages.success(request, _("The opportunity is open again."))
        return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Reopen the opportunity"),
        text=_("It counts as open again; the win or loss leaves the figures."),
        form=form,
        submit=_("Reopen"),
        cancel=deal.get_absolute_url(),
        url=request.path,
    )


def _editable(request, pk):
    deal = get_deal(request, pk)
    if not permissions.can_edit_opportunity(request.user, deal):
        raise PermissionDenied
    return deal
