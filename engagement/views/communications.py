"""The log of communications: write down, look at, correct, answer, list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Contact
from accounts.views.actions import account_of
from core.dialogs import carried_out, dialog, done, next_url, posted
from core.lists import Listing
from engagement import services
from engagement.forms import communications as forms
from engagement.lists.communications import (
    COMMUNICATIONS,
    CONTACTS_DUE,
    answer_hours,
    answer_state,
    letter_state,
)
from engagement.models import Communication, Mailing
from engagement.permissions import communications as permissions
from engagement.selectors import communications as selectors


def _number(text) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _first(request) -> dict:
    """What a link to the form says already."""
    first = {
        name: request.GET[name]
        for name in ("channel", "direction", "subject", "next")
        if name in request.GET
    }
    first["at"] = timezone.localtime().replace(second=0, microsecond=0)
    return first


@require_http_methods(["GET", "POST"])
def communication_create(request):
    """From the palette, a contact or anywhere: whose it was is chosen in the form."""
    first = _first(request)
    contact = _number(request.GET.get("contact", ""))
    if contact is not None:
        first["contact"] = Contact.objects.visible_to(request.user).filter(pk=contact).first()
    form = forms.CommunicationForm(posted(request), user=request.user, initial=first)
    return _log(request, form, lambda: form.cleaned_data["account"])


@require_http_methods(["GET", "POST"])
def account_log(request, pk):
    """From the page of an account."""
    account = account_of(request, pk)
    if not permissions.can_log(request.user, account):
        raise PermissionDenied
    first = _first(request) | {"contact": _number(request.GET.get("contact", ""))}
    form = forms.CommunicationForm(
        posted(request), user=request.user, account=account, initial=first
    )
    return _log(request, form, lambda: account, account)


def _log(request, form, account_of_form, account=None):
    def write():
        values = form.values()
        values.pop("account", None)
        services.log_communication(account=account_of_form(), actor=request.user, **values)

    home = account.get_absolute_url() if account else reverse("engagement:communication_list")
    if request.method == "POST" and form.is_valid() and carried_out(form, write):
        messages.success(request, _("Written down."))
        return done(request, next_url(request, home))
    title = _("Log a call, a message or a meeting")
    if account:
        title = _("%(account)s: log a call, a message or a meeting") % {"account": account}
    return dialog(
        request, form=form, title=title, submit=_("Write down"), cancel=next_url(request, home)
    )


def _communication(request, pk) -> Communication:
    rows = Communication.objects.visible_to(request.user)
    related = ("account__tier", "account__department", "contact", "author", "answered_by")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@require_GET
def communication_detail(request, pk):
    row, user = _communication(request, pk), request.user
    seen = Contact.objects.visible_to(user).filter(pk=row.contact_id)
    context = {
        "row": row,
        "state": answer_state(row),
        "hours": answer_hours(row),
        "letter": letter_state(row) if row.letter else "",
        "mailing": _mailing_of(row, user),
        "contact_seen": bool(row.contact_id) and seen.exists(),
        "may_edit": permissions.can_edit(user, row),
        "may_answer": row.waits and permissions.can_answer(user, row),
    }
    return render(request, "engagement/communication_detail.html", context)


def _mailing_of(row, user) -> Mailing | None:
    """The mailing whose message it was, for who sees it."""
    if not row.letter:
        return None
    rows = Mailing.objects.visible_to(user)
    return rows.filter(recipients__communication=row).first()


@require_http_methods(["GET", "POST"])
def communication_edit(request, pk):
    row = _communication(request, pk)
    if not permissions.can_edit(request.user, row):
        raise PermissionDenied
    form = forms.CommunicationForm(
        posted(request), user=request.user, account=row.account, initial=forms.initial_of(row)
    )

    def change():
        services.update_communication(
            communication=row,
            values=form.values(),
            actor=request.user,
            version=form.cleaned_data["version"],
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, change):
        messages.success(request, _("Saved."))
        return done(request, row.get_absolute_url())
    return dialog(
        request,
        form=form,
        title=_("Edit %(name)s") % {"name": row.subject},
        submit=_("Save"),
        cancel=row.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def communication_answer(request, pk):
    row = _communication(request, pk)
    if not permissions.can_answer(request.user, row):
        raise PermissionDenied
    if not row.needs_answer:
        raise Http404
    now = timezone.localtime().replace(second=0, microsecond=0)
    first = {"at": now, "version": row.version, "next": request.GET.get("next", "")}
    form = forms.AnswerForm(posted(request), initial=first)

    def answer():
        services.answer_communication(
            communication=row,
            actor=request.user,
            version=form.cleaned_data["version"],
            **form.values(),
        )

    home = next_url(request, row.get_absolute_url())
    if request.method == "POST" and form.is_valid() and carried_out(form, answer):
        messages.success(request, _("The answer is written down."))
        return done(request, home)
    return dialog(
        request,
        form=form,
        title=_("%(account)s was answered") % {"account": row.account},
        text=row.subject,
        submit=_("Write down"),
        cancel=home,
    )


@require_GET
def communication_list(request):
    rows = selectors.communications_of(request.user)
    url = reverse("engagement:communication_create")
    acts = [
        {
            "label": _("Contacts to reach"),
            "icon": "users",
            "url": f"{reverse('engagement:contact_due_list')}?state=overdue",
        },
        {"label": _("Mailings"), "icon": "mail", "url": reverse("engagement:mailing_list")},
    ]
    return Listing(COMMUNICATIONS, request, rows).respond(
        create={"label": _("Log a call"), "url": url}, acts=acts
    )


@require_GET
def communication_export(request):
    return Listing(COMMUNICATIONS, request, selectors.communications_of(request.user)).export()


def _due(request):
    return selectors.roles_with_due(request.user, timezone.localdate()).exclude(due=None)


@require_GET
def contact_due_list(request):
    return Listing(CONTACTS_DUE, request, _due(request)).respond()


@require_GET
def contact_due_export(request):
    return Listing(CONTACTS_DUE, request, _due(request)).export()
