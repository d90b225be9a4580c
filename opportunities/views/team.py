"""Who works on an opportunity: the owner and the deal team."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.dialogs import dialog, done, posted
from opportunities import forms, permissions, services
from opportunities.views.common import attempt, get_deal


def _led(request, pk):
    deal = get_deal(request, pk)
    if not permissions.can_lead_opportunity(request.user, deal):
        raise PermissionDenied
    return deal


@require_http_methods(["GET", "POST"])
def opportunity_owner(request, pk):
    deal = _led(request, pk)
    form = forms.OwnerForm(
        posted(request), user=request.user, initial={"version": deal.version}
    )
    if request.method == "POST" and form.is_valid() and attempt(
        form,
        lambda: services.change_owner(
            opportunity=deal, actor=request.user, **form.cleaned_data
        ),
    ):
        messages.success(request, _("%(owner)s owns it now.") % {"owner": deal.owner.name})
        return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Change the owner"),
        form=form,
        submit=_("Hand over"),
        cancel=deal.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def opportunity_member_add(request, pk):
    deal = _led(request, pk)
    form = forms.MemberForm(posted(request))
    if request.method == "POST" and form.is_valid() and attempt(
        form,
        lambda: services.add_member(opportunity=deal, actor=request.user, **form.cleaned_data),
    ):
        messages.success(request, _("Added to the deal team."))
        return done(request, deal.get_absolute_url())
    return dialog(
        request,
        title=_("Add to the deal team"),
        text=_("A member sees and edits this opportunity, whoever looks after the account."),
        form=form,
        submit=_("Add"),
        cancel=deal.get_absolute_url(),
    )


@require_POST
def opportunity_member_remove(request, pk, member_pk):
    deal = _led(request, pk)
    member = get_object_or_404(deal.members.select_related("user", "opportunity"), pk=member_pk)
    services.remove_member(member=member, actor=request.user)
    messages.success(request, _("No longer in the deal team."))
    return redirect(deal)
