"""Entering and editing an account; suspected duplicates while typing; options of pickers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import forms, permissions, selectors, services
from accounts.duplicates import find_duplicates
from accounts.filters import narrow_text
from accounts.models import Account
from core.dialogs import carried_out, conflicts_of, done, next_url, posted, status_of
from core.normalise import fold
from teams.models import User

OPTIONS = 20


@require_http_methods(["GET", "POST"])
def account_create(request):
    if not permissions.can_create_account(request.user):
        raise PermissionDenied
    form = forms.NewAccountForm(
        posted(request),
        user=request.user,
        ask_confirmation=request.method == "POST",
        initial={"parent": request.GET.get("parent"), "name": request.GET.get("name", "")[:200]},
    )
    duplicates = []
    if request.method == "POST" and form.is_valid():
        made = []
        if carried_out(
            form,
            lambda: made.append(
                services.create_account(actor=request.user, **form.account_values())
            ),
        ):
            messages.success(request, _("%(name)s is entered.") % {"name": made[0]})
            return redirect(made[0])
        duplicates = _alike(request, form.data)
    context = {"form": form, "duplicates": duplicates, "cancel": reverse("accounts:account_list")}
    return render(request, "accounts/account_create.html", context, status=status_of(form))


def _alike(request, data):
    name = data.get("name", "")[:200].replace("\0", "")
    number = data.get("registration_no", "")[:40].replace("\0", "")
    if not name and not number:
        return []
    return find_duplicates(user=request.user, name=name, registration_no=number)


@require_GET
def account_duplicates(request):
    """What the account being entered might be; asked while the name is typed."""
    if not permissions.can_create_account(request.user):
        raise PermissionDenied
    return render(
        request, "accounts/_duplicates.html", {"duplicates": _alike(request, request.GET)}
    )


@require_http_methods(["GET", "POST"])
def account_edit(request, pk):
    account = selectors.account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("accounts:account_edit", account.pk)
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    form = forms.AccountForm(posted(request), instance=account)
    if request.method == "POST" and form.is_valid():
        current = Account.objects.get(pk=account.pk)
        if carried_out(
            form,
            lambda: services.update_account(
                account=current,
                values=form.values(),
                version=form.cleaned_data["version"],
                actor=request.user,
            ),
        ):
            messages.success(request, _("Saved."))
            return done(request, next_url(request, account.get_absolute_url()))
    context = {
        "title": _("Edit %(name)s") % {"name": account},
        "account": account,
        "form": form,
        "submit": _("Save"),
        "cancel": account.get_absolute_url(),
        "conflicts": conflicts_of(form),
        "reload": request.path,
    }
    return render(request, "accounts/account_edit.html", context, status=status_of(form))


# ---------- what pickers offer ----------


@require_GET
def account_options(request):
    rows = Account.objects.visible_to(request.user).current().select_related("city", "tier")
    text = request.GET.get("q", "")[:100].replace("\0", "")
    rows = narrow_text(rows, text, None).order_by("name")[:OPTIONS]
    return JsonResponse(
        {
            "results": [
                {
                    "id": a.pk,
                    "text": a.name,
                    "hint": f"{a.file_number or ''} {a.city or ''}".strip(),
                }
                for a in rows
            ]
        }
    )


@require_GET
def people_options(request):
    """Colleagues by any part of name, pinyin, login or employee number; leavers too if asked."""
    rows = User.objects.visible_to(request.user).select_related("unit", "post")
    if not request.GET.get("leavers"):
        rows = rows.filter(is_active=True)
    for word in fold(request.GET.get("q", "")[:100].replace("\0", "")).split()[:5]:
        rows = rows.filter(name_index__contains=word) | rows.filter(username__icontains=word)
    rows = rows.order_by("name_zh", "name_en", "username")[:OPTIONS]
    return JsonResponse(
        {
            "results": [
                {
                    "id": u.pk,
                    "text": u.name,
                    "hint": " ".join(str(p) for p in (u.post, u.unit) if p),
                }
                for u in rows
            ]
        }
    )
