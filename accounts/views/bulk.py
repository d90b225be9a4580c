"""Bulk edit of accounts and of contacts: choose a field and its value, see, apply."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import contact_forms, forms, services
from accounts.contact_lists import CONTACTS
from accounts.lists import account_list
from accounts.models import Account, Contact
from accounts.services import bulk
from core.dialogs import next_url
from core.exceptions import DomainError
from core.formats import number
from core.lists import ListSpec
from core.lists.listing import chosen_rows


@dataclass(frozen=True, kw_only=True)
class BulkPage:
    """The page of one kind: its list, its form, what its service does."""

    model: Any
    kind: bulk.BulkKind
    spec: Callable[[], ListSpec]
    form: Callable

    def counted(self, n: int) -> str:
        """ "3 accounts" """
        return self.spec().counted % {"n": number(n), "count": n}

    def answer(self, request) -> HttpResponse:
        """Steps by what is posted: ids only, then field and value, then `apply`."""
        spec = self.spec()
        home = next_url(request, reverse(spec.url))
        rows = self.model.objects.visible_to(request.user).filter(merged_into=None)
        chosen = chosen_rows(spec, request, rows)
        names = list(chosen.order_by("name"))
        if not names:
            messages.info(request, _("Tick the rows to edit first."))
            return redirect(home)
        step = request.POST.get("step", "")
        form = self.form(request.POST if step else None, chosen=request.POST.get("field", ""))
        preview = None
        if step in ("preview", "apply") and "value" in form.fields and form.is_valid():
            values = {form.cleaned_data["field"]: form.cleaned_data["value"]}
            if step == "apply" and self.applied(request, form, names, values):
                return redirect(home)
            preview = self.preview(names, values, request.user)
        context = {
            "form": form,
            "ids": [record.pk for record in names],
            "names": names[:5],
            "preview": preview,
            "next": home,
            "url": reverse(spec.bulk_url),
            "title": _("Edit %(rows)s") % {"rows": self.counted(len(names))},
            "head": capfirst(self.model._meta.verbose_name),
        }
        if preview is not None:
            rows = self.counted(len(preview.rows))
            context["submit"] = _("Change %(rows)s") % {"rows": rows}
        status = 422 if step == "apply" and form.errors else 200
        return render(request, "accounts/bulk.html", context, status=status)

    def preview(self, chosen, values, user):
        preview = services.preview_bulk_update(
            records=chosen, values=values, actor=user, kind=self.kind
        )
        preview.rows = [
            {"record": record, "old": self.words(name, old), "new": self.words(name, new)}
            for record, name, old, new in preview.changes
        ]
        return preview

    def words(self, name, value):
        choices = dict(self.model._meta.get_field(name).flatchoices or ())
        return choices.get(value, value) if choices else value

    def applied(self, request, form, chosen, values) -> bool:
        """Apply to those the person may edit; the preview said which."""
        allowed = [record for record in chosen if self.kind.may_edit(request.user, record)]
        try:
            changed = services.bulk_update(
                records=allowed, values=values, actor=request.user, kind=self.kind
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return False
        messages.success(request, _("%(rows)s changed.") % {"rows": self.counted(changed)})
        return True


ACCOUNT_PAGE = BulkPage(
    model=Account, kind=bulk.ACCOUNTS, spec=account_list, form=forms.AccountBulkForm
)
CONTACT_PAGE = BulkPage(
    model=Contact, kind=bulk.CONTACTS, spec=lambda: CONTACTS, form=contact_forms.ContactBulkForm
)


@require_http_methods(["GET", "POST"])
def account_bulk(request):
    return ACCOUNT_PAGE.answer(request)


@require_http_methods(["GET", "POST"])
def contact_bulk(request):
    return CONTACT_PAGE.answer(request)
