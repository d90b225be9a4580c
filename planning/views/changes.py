"""Proposing changes of a customer file, and deciding on them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.views.actions import account_of, act
from core.dialogs import (
    carried_out,
    conflicts_of,
    dialog,
    done,
    next_url,
    posted,
    status_of,
)
from core.lists import Listing
from planning import forms, permissions, selectors, services
from planning.lists import CHANGES
from planning.models import FileChange
from planning.values import held, shown


@require_http_methods(["GET", "POST"])
def account_propose(request, pk):
    account = account_of(request, pk)
    if not permissions.can_propose(request.user, account):
        raise PermissionDenied
    back = reverse("planning:account_file", args=[pk])
    form = forms.ProposalForm(posted(request), instance=account)
    made = []

    def propose():
        made.extend(
            services.propose_changes(
                account=account,
                values=form.proposed(),
                source=form.cleaned_data["source"],
                actor=request.user,
            )
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, propose):
        said = ngettext("%(n)s change is proposed.", "%(n)s changes are proposed.", len(made))
        messages.success(request, said % {"n": len(made)})
        return done(request, back)
    context = {
        "form": form,
        "title": _("Propose a change: %(name)s") % {"name": account},
        "lead": _("Change what you know better. Who looks after the account accepts or refuses."),
        "submit": _("Propose"),
        "cancel": back,
        "conflicts": conflicts_of(form),
    }
    return render(request, "components/form_page.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def change_accept(request, pk):
    change = _to_decide(request, pk)
    initial = {"version": change.version, "seen": change.old_value, "next": _back(change)}
    form = forms.AcceptForm(posted(request), change=change, initial=initial)

    if request.method == "POST" and form.is_valid():
        if carried_out(form, lambda: _accept(change, form, request.user)):
            messages.success(request, _("The change is accepted; the file is updated."))
            return done(request, next_url(request, _back(change)))
        _know_better(form, change)
    return dialog(
        request,
        form=form,
        title=_("Accept this change?"),
        text=_("%(field)s: from “%(old)s” to “%(new)s”. Source: %(source)s")
        % {
            "field": change.field_label,
            "old": shown(change.field, change.old_value),
            "new": shown(change.field, change.new_value),
            "source": change.source,
        },
        submit=_("Accept"),
        cancel=_back(change),
    )


def _accept(change, form, actor):
    services.accept_change(
        change=change,
        actor=actor,
        seen=form.cleaned_data["seen"],
        version=form.cleaned_data["version"],
    )


@require_http_methods(["GET", "POST"])
def change_refuse(request, pk):
    change = _to_decide(request, pk)
    initial = {"version": change.version, "next": _back(change)}
    form = forms.RefuseForm(posted(request), initial=initial)
    return act(
        request,
        change.account,
        form,
        lambda f: services.refuse_change(
            change=change,
            actor=request.user,
            reason=f.cleaned_data["reason"],
            version=f.cleaned_data["version"],
        ),
        said=_("The change is refused."),
        title=_("Refuse this change?"),
        submit=_("Refuse"),
        cancel=_back(change),
    )


@require_GET
def change_list(request):
    return Listing(CHANGES, request, selectors.changes_of(request.user)).respond()


@require_GET
def change_export(request):
    return Listing(CHANGES, request, selectors.changes_of(request.user)).export()


def _to_decide(request, pk) -> FileChange:
    """A change the person sees and may decide on: 404 hidden, 403 not theirs, 404 merged."""
    rows = FileChange.objects.visible_to(request.user).select_related("account__department")
    change = get_object_or_404(rows, pk=pk)
    if change.account.merged_into_id:
        raise Http404
    if not permissions.can_decide(request.user, change.account):
        raise PermissionDenied
    return change


def _back(change) -> str:
    return reverse("planning:account_file", args=[change.account_id])


def _know_better(form, change):
    """After a refusal the form knows what the file says now: accepting again is on purpose."""
    change.refresh_from_db(fields=["version"])
    form.data = form.data.copy()
    form.data["version"] = change.version
    form.data["seen"] = held(change.account, change.field)
