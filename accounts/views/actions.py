"""Small forms over an account: tier, transfer, credit, classification, group, archive."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import forms, permissions, selectors, services
from accounts.models import Account
from core.dialogs import carried_out, dialog, done, next_url, posted
from core.htmx import add_event


def account_of(request, pk) -> Account:
    """The account a form is about; a merged one is gone."""
    account = selectors.account_for_page(request.user, pk)
    if account.pk != pk:
        raise Http404
    return account


def act(request, account, form, call, *, said, **context):
    """Show the form, or carry it out and go back. `call(form)` is the service."""
    if request.method == "POST" and form.is_valid() and carried_out(form, lambda: call(form)):
        messages.success(request, said)
        return done(request, next_url(request, account.get_absolute_url()))
    context.setdefault("cancel", next_url(request, account.get_absolute_url()))
    return dialog(request, form=form, **context)


def start(request, account) -> dict:
    """Initial values of a form over an account."""
    return {"version": account.version, "next": request.GET.get("next", "")}


@require_http_methods(["GET", "POST"])
def account_change_tier(request, pk):
    account = account_of(request, pk)
    if not permissions.can_change_tier(request.user, account):
        raise PermissionDenied
    initial = start(request, account) | {"tier": request.GET.get("tier")}
    form = forms.TierForm(posted(request), account=account, initial=initial)
    return act(
        request,
        account,
        form,
        lambda f: services.change_tier(
            account=account,
            tier=f.cleaned_data["tier"],
            reason=f.cleaned_data["reason"],
            version=f.cleaned_data["version"],
            actor=request.user,
        ),
        said=_("The tier is changed."),
        title=_("Change the tier of %(name)s") % {"name": account},
        text=_("Now: %(tier)s") % {"tier": account.tier or _("none")},
        submit=_("Change tier"),
    )


@require_POST
def account_move(request, pk):
    """A card was dropped on another lane of the board: a tier changes with a reason, so ask."""
    account = account_of(request, pk)
    if not permissions.can_change_tier(request.user, account):
        raise PermissionDenied(_("You may not change the tier of this account."))
    lane = request.POST.get("lane", "")
    url = reverse("accounts:account_change_tier", args=[pk])
    board = reverse("accounts:account_board")
    address = f"{url}?tier={lane if lane.isdigit() else ''}&next={board}"
    return add_event(HttpResponse(status=204), "kam:dialog", address)


@require_http_methods(["GET", "POST"])
def account_transfer(request, pk):
    account = account_of(request, pk)
    if not permissions.can_transfer_account(request.user, account):
        raise PermissionDenied
    form = forms.TransferForm(posted(request), initial=start(request, account))
    return act(
        request,
        account,
        form,
        lambda f: services.transfer_account(
            account=account,
            to=f.cleaned_data["to"],
            on=f.cleaned_data["on"],
            reason=f.cleaned_data["reason"],
            version=f.cleaned_data["version"],
            actor=request.user,
        ),
        said=_("The account is transferred."),
        title=_("Transfer %(name)s") % {"name": account},
        text=_(
            "The department follows the new manager. Where that is another division with other"
            " tiers, the tier changes by the tier mapping; without a mapping it becomes empty."
        ),
        submit=_("Transfer"),
    )


@require_http_methods(["GET", "POST"])
def account_set_credit(request, pk):
    account = account_of(request, pk)
    if not permissions.can_set_credit(request.user, account):
        raise PermissionDenied
    form = forms.CreditForm(posted(request), initial=start(request, account))
    return act(
        request,
        account,
        form,
        lambda f: services.set_credit_grade(account=account, actor=request.user, **given(f)),
        said=_("The credit grade is set."),
        title=_("Credit grade of %(name)s") % {"name": account},
        submit=_("Set grade"),
    )


@require_http_methods(["GET", "POST"])
def account_classify(request, pk):
    account = account_of(request, pk)
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    key = {True: "1", False: "0", None: ""}[account.is_key_override]
    initial = start(request, account) | {
        "age_override": account.age_override,
        "is_key_override": key,
        "reason": account.override_reason,
    }
    form = forms.ClassificationForm(posted(request), initial=initial)
    return act(
        request,
        account,
        form,
        lambda f: services.override_classification(account=account, actor=request.user, **given(f)),
        said=_("Saved."),
        title=_("Classification of %(name)s") % {"name": account},
        text=_(
            "These two are computed. Set them by hand only where that does not fit, and say why."
        ),
        submit=_("Save"),
    )


@require_http_methods(["GET", "POST"])
def account_move_in_group(request, pk):
    account = account_of(request, pk)
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    visible = Account.objects.visible_to(request.user).filter(pk=account.parent_id)
    if account.parent_id and not visible.exists():
        raise PermissionDenied(_("The account belongs to a group that is not yours to see."))
    initial = start(request, account) | {"parent": account.parent_id}
    form = forms.GroupForm(posted(request), user=request.user, initial=initial)
    return act(
        request,
        account,
        form,
        lambda f: services.move_in_group(account=account, actor=request.user, **given(f)),
        said=_("Saved."),
        title=_("Group of %(name)s") % {"name": account},
        submit=_("Save"),
    )


@require_http_methods(["GET", "POST"])
def account_archive(request, pk):
    account = account_of(request, pk)
    if not (
        permissions.can_edit_account(request.user, account)
        and permissions.covers(request.user, account)
    ):
        raise PermissionDenied
    form = forms.ReasonForm(posted(request), initial=start(request, account))
    return act(
        request,
        account,
        form,
        lambda f: services.archive_account(account=account, actor=request.user, **given(f)),
        said=_("The account is archived. It can be restored."),
        title=_("Archive %(name)s") % {"name": account},
        text=_("It leaves the lists. Nothing is deleted, and it can be restored."),
        submit=_("Archive"),
    )


@require_POST
def account_restore(request, pk):
    account = account_of(request, pk)
    services.restore_account(account=account, actor=request.user)
    messages.success(request, _("The account is in use again."))
    return done(request, account.get_absolute_url())


def given(form) -> dict:
    """What was entered, with the version the person saw."""
    return form.values() | {"version": form.cleaned_data["version"]}
