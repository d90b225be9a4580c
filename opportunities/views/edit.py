"""Entering and editing an opportunity; cells; archiving."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Account
from core.dialogs import dialog, done, posted
from core.htmx import is_partial
from core.lists import Listing
from opportunities import forms, permissions, selectors, services
from opportunities.lists import OPPORTUNITIES
from opportunities.models import Opportunity
from opportunities.services.opportunities import currency_for
from opportunities.views.common import attempt, get_deal


@require_http_methods(["GET", "POST"])
def opportunity_create(request):
    if not permissions.can_create_opportunity(request.user):
        raise PermissionDenied
    form = forms.OpportunityForm(
        posted(request), user=request.user, initial=_initial(request)
    )
    lines = forms.lines_form(data=posted(request))
    if request.method == "POST" and form.is_valid() & lines.is_valid():
        made = []

        def act():
            made.append(
                services.create_opportunity(actor=request.user, lines=lines.lines, **form.values)
            )

        if attempt(form, act):
            messages.success(request, _("The opportunity is entered."))
            return redirect(made[0])
    return _form_page(request, form, lines, title=_("New opportunity"), submit=_("Enter"))


def _initial(request) -> dict:
    """What the place one comes from knows: the account, the currency of one's division."""
    known = {"currency": currency_for(request.user)}
    account = request.GET.get("account", "")
    if account.isascii() and account.isdigit() and len(account) < 19:
        seen = Account.objects.visible_to(request.user).current()
        known["account"] = get_object_or_404(seen, pk=account).pk
    return known


@require_http_methods(["GET", "POST"])
def opportunity_edit(request, pk):
    deal = get_deal(request, pk)
    if not permissions.can_edit_opportunity(request.user, deal):
        raise PermissionDenied
    form = forms.OpportunityForm(posted(request), user=request.user, opportunity=deal)
    lines = forms.lines_form(deal, posted(request))
    conflicts = []
    if request.method == "POST" and form.is_valid() & lines.is_valid():

        def act():
            services.edit_opportunity(
                opportunity=deal,
                values=form.values,
                lines=lines.lines,
                actor=request.user,
                version=form.cleaned_data["version"],
            )

        if attempt(form, act, conflicts=conflicts):
            messages.success(request, _("Saved."))
            return redirect(deal)
        deal = get_deal(request, pk)
    return _form_page(
        request, form, lines, title=deal.name, submit=_("Save"), deal=deal, conflicts=conflicts
    )


def _form_page(request, form, lines, *, title, submit, deal=None, conflicts=()):
    context = {
        "form": form,
        "lines": lines,
        "title": title,
        "submit": submit,
        "deal": deal,
        "conflicts": conflicts,
        "cancel": deal.get_absolute_url() if deal else reverse("opportunities:opportunity_list"),
    }
    status = 409 if conflicts else 422 if form.errors or any(lines.errors) else 200
    return render(request, "opportunities/opportunity_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def opportunity_cell(request, pk, field):
    """A list cell: GET the control, POST the value; the answer is the cell."""
    if field not in forms.CELLS:
        raise Http404
    deal = get_deal(request, pk)
    if not permissions.can_edit_opportunity(request.user, deal):
        raise PermissionDenied
    form = forms.CellForm(posted(request), opportunity=deal, field=field)
    conflicts = []
    if request.method == "POST" and form.is_valid():

        def act():
            services.update_opportunity(
                opportunity=deal,
                values={field: form.cleaned_data[field]},
                actor=request.user,
                version=form.cleaned_data["version"],
            )

        if attempt(form, act, conflicts=conflicts):
            return _cell(request, deal, field) if is_partial(request) else redirect(deal)
    return _edit_cell(request, deal, field, form, conflicts)


def _cell(request, deal, field):
    """The cell as the list shows it."""
    listing = Listing(OPPORTUNITIES, request, Opportunity.objects.none())
    code = {"expected_close_on": "expected"}.get(field, field)
    column = next(c for c in OPPORTUNITIES.columns if c.code == code)
    listing.context_of_list.kept["seen"] = selectors.seen_accounts(request.user, [deal])
    content = column.cell(deal, listing.context_of_list)
    return render(
        request, "opportunities/cell.html", {"attributes": column.attributes, "content": content}
    )


def _edit_cell(request, deal, field, form, conflicts):
    url = reverse("opportunities:opportunity_cell", args=[deal.pk, field])
    label = form.fields[field].label
    if not is_partial(request):
        return dialog(
            request,
            title=label,
            form=form,
            submit=_("Save"),
            url=url,
            cancel=deal.get_absolute_url(),
            conflicts=conflicts,
        )
    context = {
        "form": form,
        "url": url,
        "label": label,
        "num": field != "next_step",
        "conflict": conflicts[0] if conflicts else None,
    }
    status = 409 if conflicts else 422 if form.errors else 200
    return render(request, "components/edit_cell.html", context, status=status)


@require_http_methods(["GET", "POST"])
def opportunity_step(request, pk):
    """The next step of an open deal, from its page."""
    deal = get_deal(request, pk)
    if not permissions.can_edit_opportunity(request.user, deal):
        raise PermissionDenied
    form = forms.StepForm(posted(request), opportunity=deal)
    conflicts = []
    if request.method == "POST" and form.is_valid():

        def act():
            values = dict(form.cleaned_data)
            version = values.pop("version")
            services.update_opportunity(
                opportunity=deal, values=values, actor=request.user, version=version
            )

        if attempt(form, act, conflicts=conflicts):
            return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Next step"),
        form=form,
        submit=_("Save"),
        cancel=deal.get_absolute_url(),
        conflicts=conflicts,
    )


@require_http_methods(["GET", "POST"])
def opportunity_archive(request, pk):
    deal = get_deal(request, pk)
    if not permissions.can_lead_opportunity(request.user, deal):
        raise PermissionDenied
    form = forms.ReasonForm(posted(request), initial={"version": deal.version})
    if request.method == "POST" and form.is_valid():

        def act():
            services.archive_opportunity(
                opportunity=deal, actor=request.user, **form.cleaned_data
            )

        if attempt(form, act):
            messages.success(request, _("The opportunity is archived."))
            return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Archive the opportunity"),
        text=_("It leaves lists and figures. Nothing is deleted; you can restore it."),
        form=form,
        submit=_("Archive"),
        cancel=deal.get_absolute_url(),
    )


@require_POST
def opportunity_restore(request, pk):
    deal = get_deal(request, pk)
    services.restore_opportunity(opportunity=deal, actor=request.user)
    messages.success(request, _("The opportunity is restored."))
    return redirect(deal)
