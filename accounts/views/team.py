"""Assignments and serving teams of an account; its sites and traits."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import forms, permissions, services
from accounts.models import (
    AccountAssignment,
    AccountSite,
    AccountTrait,
    QualificationTrait,
    ServedAccount,
)
from accounts.views.actions import account_of, act, given
from core.dialogs import posted


def _team_page(account) -> str:
    return reverse("accounts:account_team", args=[account.pk])


@require_http_methods(["GET", "POST"])
def account_assign(request, pk):
    account = account_of(request, pk)
    if not (
        permissions.can_transfer_account(request.user, account)
        or permissions.can_edit_account(request.user, account)
    ):
        raise PermissionDenied
    form = forms.AssignForm(posted(request))
    return act(
        request,
        account,
        form,
        lambda f: services.assign(account=account, actor=request.user, **f.cleaned_data),
        said=_("Assigned."),
        title=_("Assign a colleague to %(name)s") % {"name": account},
        text=_("The account manager changes by a transfer."),
        submit=_("Assign"),
        cancel=_team_page(account),
    )


@require_http_methods(["GET", "POST"])
def assignment_end(request, pk, assignment_pk):
    account = account_of(request, pk)
    row = get_object_or_404(AccountAssignment, pk=assignment_pk, account=account, ends_on=None)
    if not (
        permissions.can_transfer_account(request.user, account)
        or permissions.can_edit_account(request.user, account)
    ):
        raise PermissionDenied
    form = forms.EndForm(posted(request), initial={"version": row.version})
    return act(
        request,
        account,
        form,
        lambda f: services.end_assignment(assignment=row, actor=request.user, **given(f)),
        said=_("The assignment ends."),
        title=_("End the assignment of %(name)s") % {"name": row.user},
        text=_("Access ends with that day."),
        submit=_("End"),
        cancel=_team_page(account),
    )


@require_http_methods(["GET", "POST"])
def account_serve(request, pk):
    account = account_of(request, pk)
    if not permissions.can_transfer_account(request.user, account):
        raise PermissionDenied
    form = forms.ServeForm(posted(request))
    return act(
        request,
        account,
        form,
        lambda f: services.serve_account(account=account, actor=request.user, **f.cleaned_data),
        said=_("The team serves the account."),
        title=_("Let a team serve %(name)s") % {"name": account},
        text=_("Its members see the account from that day on."),
        submit=_("Save"),
        cancel=_team_page(account),
    )


@require_http_methods(["GET", "POST"])
def service_end(request, pk, served_pk):
    account = account_of(request, pk)
    served = get_object_or_404(ServedAccount, pk=served_pk, account=account, ends_on=None)
    if not permissions.can_transfer_account(request.user, account):
        raise PermissionDenied
    form = forms.EndForm(posted(request), initial={"version": served.version})
    return act(
        request,
        account,
        form,
        lambda f: services.end_service(served=served, actor=request.user, **given(f)),
        said=_("The service ends."),
        title=_("End the service of %(name)s") % {"name": served.team},
        text=_("Access of its members ends with that day."),
        submit=_("End"),
        cancel=_team_page(account),
    )


@require_http_methods(["GET", "POST"])
def site_create(request, pk):
    account = account_of(request, pk)
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    form = forms.SiteForm(posted(request))
    return act(
        request,
        account,
        form,
        lambda f: services.add_site(account=account, actor=request.user, **f.values()),
        said=_("The site is entered."),
        title=_("New site of %(name)s") % {"name": account},
        submit=_("Save"),
    )


@require_http_methods(["GET", "POST"])
def site_edit(request, pk, site_pk):
    account = account_of(request, pk)
    site = get_object_or_404(AccountSite, pk=site_pk, account=account)
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    form = forms.SiteForm(posted(request), instance=site)
    current = AccountSite.objects.get(pk=site.pk) if request.method == "POST" else site
    return act(
        request,
        account,
        form,
        lambda f: services.update_site(
            site=current,
            values=f.values(),
            version=f.cleaned_data["version"],
            actor=request.user,
        ),
        said=_("Saved."),
        title=_("Edit site %(name)s") % {"name": site},
        submit=_("Save"),
    )


@require_http_methods(["GET", "POST"])
def trait_answer(request, pk, trait_pk):
    account = account_of(request, pk)
    trait = get_object_or_404(QualificationTrait, pk=trait_pk)
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    row = AccountTrait.objects.filter(account=account, trait=trait).first()
    initial = {"is_met": "1" if row.is_met else "0", "evidence": row.evidence} if row else {}
    form = forms.TraitForm(posted(request), initial=initial)
    return act(
        request,
        account,
        form,
        lambda f: services.set_trait(
            account=account, trait=trait, actor=request.user, **f.cleaned_data
        ),
        said=_("Saved."),
        title=str(trait),
        submit=_("Save"),
    )
