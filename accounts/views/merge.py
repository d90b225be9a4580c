"""Merging two records of one customer, and handing over what a leaver looks after."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import forms, permissions, services
from accounts.services.accounts import EDITABLE
from accounts.views.actions import account_of
from accounts.views.merging import merge_page
from core.dialogs import status_of
from core.exceptions import DomainError
from teams.rights import Right


@require_http_methods(["GET", "POST"])
def account_merge(request, pk):
    keep = account_of(request, pk)
    if not permissions.can_merge_accounts(request.user, keep):
        raise PermissionDenied

    def refusal(other):
        if other == keep:
            return _("Choose two different records.")
        if not permissions.can_merge_accounts(request.user, other):
            return _("You may not merge this account.")
        return ""

    return merge_page(
        request,
        keep=keep,
        form_class=forms.MergePickForm,
        refusal=refusal,
        fields=EDITABLE,
        preview=services.preview_merge,
        merge=services.merge_accounts,
    )


@require_http_methods(["GET", "POST"])
def handover(request):
    """Pick who leaves and who takes over, see everything that would move, confirm."""
    if not request.user.has_right(Right.TRANSFER_ACCOUNTS):
        raise PermissionDenied
    posted = request.method == "POST"
    initial = {"leaver": request.GET.get("leaver"), "to": request.GET.get("to")}
    form = forms.HandoverForm(request.POST if posted else None, user=request.user, initial=initial)
    plan, counts = None, None
    if posted and form.is_valid():
        if request.POST.get("step") == "confirm":
            counts = _hand_over(request, form)
            if counts is not None:
                said = _("Handed over: %(accounts)s accounts, %(contacts)s contacts.")
                messages.success(request, said % counts)
                return redirect(reverse("accounts:account_list"))
        plan = _plan(request, form)
    context = {"form": form, "plan": plan, "cancel": reverse("accounts:account_list")}
    return render(request, "accounts/handover.html", context, status=status_of(form))


def _plan(request, form):
    if not permissions.can_hand_over(request.user, form.cleaned_data["leaver"]):
        form.add_error("leaver", _("This person does not belong to your departments."))
        return None
    if form.cleaned_data["leaver"] == form.cleaned_data["to"]:
        form.add_error("to", _("Choose somebody else to take over."))
        return None
    plan = services.preview_handover(
        leaver=form.cleaned_data["leaver"], to=form.cleaned_data["to"], actor=request.user
    )
    sections = [
        (_("Accounts managed"), [row.account for row in plan["managed"]]),
        (_("Other roles"), list(plan["roles"])),
        (_("Contacts"), list(plan["contacts"])),
        (_("Team memberships that end"), list(plan["memberships"])),
        *((capfirst(label), list(rows)) for label, rows in plan["others"]),
    ]
    return {
        "leaver": form.cleaned_data["leaver"],
        "to": form.cleaned_data["to"],
        "sections": [
            {"label": label, "count": len(rows), "rows": rows[:50], "more": max(0, len(rows) - 50)}
            for label, rows in sections
        ],
    }


def _hand_over(request, form):
    data = form.cleaned_data
    try:
        return services.hand_over(
            leaver=data["leaver"],
            to=data["to"],
            reason=data["reason"],
            on=data["on"],
            actor=request.user,
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
