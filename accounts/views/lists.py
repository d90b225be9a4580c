"""The list of accounts, its export, the cell edited in place, bulk edit."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import forms, permissions, services
from accounts.lists import account_list as spec
from accounts.models import Account
from core.dialogs import carried_out, next_url, posted, status_of
from core.lists import Listing

CELLS = ("closeness", "purchasing_power", "phone", "short_name", "nature")


def places(current: str) -> list[dict]:
    """List, board and group tree."""
    return [
        {
            "label": label,
            "icon": icon,
            "url": reverse(f"accounts:{name}"),
            "current": name == current,
        }
        for name, icon, label in (
            ("account_list", "layout-list", _("List")),
            ("account_board", "layout-board", _("Board")),
            ("account_tree", "sitemap", _("Groups")),
        )
    ]


def create_button(user) -> dict | None:
    if not permissions.can_create_account(user):
        return None
    return {"label": _("New account"), "url": reverse("accounts:account_create")}


@require_GET
def account_list(request):
    listing = Listing(spec(), request, Account.objects.visible_to(request.user))
    acts = []
    if request.user.has_right("transfer_accounts"):
        url = reverse("accounts:handover")
        acts.append({"label": _("Hand over"), "icon": "arrows-exchange", "url": url})
    return listing.respond(
        places=places("account_list"), create=create_button(request.user), acts=acts
    )


@require_GET
def account_export(request):
    return Listing(spec(), request, Account.objects.visible_to(request.user)).export()


@require_http_methods(["GET", "POST"])
def account_cell(request, pk, field):
    """One cell: the control, then what was saved; 409 with both values where it moved on."""
    if field not in CELLS:
        raise Http404
    account = get_object_or_404(
        Account.objects.visible_to(request.user).filter(merged_into=None), pk=pk
    )
    if not permissions.can_edit_account(request.user, account):
        raise PermissionDenied
    form = forms.cell_form(
        field,
        posted(request),
        initial={field: getattr(account, field), "version": account.version},
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.update_account(
                account=account,
                values=form.values(),
                version=form.cleaned_data["version"],
                actor=request.user,
            ),
        )
    ):
        if not request.htmx:
            return redirect(next_url(request, account.get_absolute_url()))
        return _fresh_cell(request, account, field)
    context = {
        "form": form,
        "url": reverse("accounts:account_cell", args=[pk, field]),
        "label": f"{account}: {Account._meta.get_field(field).verbose_name}",
        "conflict": _conflict(form, field),
        "title": str(account),
        "cancel": account.get_absolute_url(),
    }
    template = "components/edit_cell.html" if request.htmx else "accounts/cell_page.html"
    return render(request, template, context, status=status_of(form))


def _conflict(form, field):
    stale = getattr(form, "stale", None)
    if stale is None:
        return None
    theirs = getattr(stale.current, f"get_{field}_display", lambda: getattr(stale.current, field))()
    return {"theirs": theirs}


def _fresh_cell(request, account, field):
    """The cell as the list draws it."""
    rows = Account.objects.visible_to(request.user).filter(pk=account.pk)
    codes = [c.code for c in spec().columns]
    code = field if field in codes else "name"
    query = QueryDict(urlencode([("columns", code), ("state", "all")]))
    listing = Listing(spec(), request, rows, query)
    attributes, content = listing.cell_of(listing.page.rows[0], code)
    return render(request, "core/lists/cell.html", {"attributes": attributes, "content": content})
