"""Contacts: list, page, entry, roles, merge, and what a person may ask for."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import contact_forms as forms
from accounts import permissions, selectors, services
from accounts.contact_lists import CONTACTS
from accounts.filters import narrow_text
from accounts.forms import EndForm, ReasonForm
from accounts.models import Account, Contact, ContactRole
from accounts.services.contacts import EDITABLE
from accounts.views.detail import history_page
from accounts.views.merging import merge_page
from core.bookmarks import set_star
from core.dialogs import carried_out, conflicts_of, dialog, done, next_url, posted, status_of
from core.exports import attachment
from core.history import told
from core.htmx import is_partial
from core.lists import Listing

CELLS = ("closeness", "mobile", "email")
OPTIONS = 20


def visible(request):
    return Contact.objects.visible_to(request.user)


@require_GET
def contact_list(request):
    create = None
    if permissions.can_create_account(request.user):
        create = {"label": _("New contact"), "url": reverse("accounts:contact_create")}
    return Listing(CONTACTS, request, visible(request).filter(merged_into=None)).respond(
        create=create
    )


@require_GET
def contact_export(request):
    return Listing(CONTACTS, request, visible(request).filter(merged_into=None)).export()


@require_GET
def contact_options(request):
    rows = visible(request).current()
    text = request.GET.get("q", "")[:100].replace("\0", "")
    rows = narrow_text(rows, text, None).order_by("name")[:OPTIONS]
    return JsonResponse(
        {"results": [{"id": c.pk, "text": c.name, "hint": c.mobile or c.email} for c in rows]}
    )


@require_GET
def contact_detail(request, pk):
    contact = selectors.contact_for_page(request.user, pk)
    if contact.pk != pk:
        return redirect("accounts:contact_detail", contact.pk)
    page = history_page(request, contact)
    roles = selectors.roles_of(contact, request.user)
    context = {
        "contact": contact,
        "roles": roles,
        "main": next((r["role"] for r in roles if r["present"] and r["seen"]), None),
        "page": page,
        "entries": told(page.rows, request.user, subject=contact),
        "may": {
            "edit": permissions.can_edit_contact(request.user, contact)
            and contact.archived_at is None,
            "anonymise": permissions.can_anonymise(request.user, contact)
            and contact.anonymised_at is None,
        },
    }
    return render(request, "accounts/contact_detail.html", context)


def contact_of(request, pk) -> Contact:
    """The contact a form is about; a merged one is gone."""
    contact = selectors.contact_for_page(request.user, pk)
    if contact.pk != pk:
        raise Http404
    return contact


def editable(request, pk) -> Contact:
    contact = contact_of(request, pk)
    if not permissions.can_edit_contact(request.user, contact):
        raise PermissionDenied
    return contact


def act(request, contact, form, call, *, said, **context):
    """Show the form, or carry it out and go back to the contact's page."""
    home = next_url(request, contact.get_absolute_url())
    if request.method == "POST" and form.is_valid() and carried_out(form, lambda: call(form)):
        messages.success(request, said)
        return done(request, home)
    return dialog(request, form=form, cancel=home, **context)


# ---------- entry ----------


@require_http_methods(["GET", "POST"])
def contact_create(request):
    if not permissions.can_create_account(request.user):
        raise PermissionDenied
    given = request.GET.get("account", "")
    initial = {"account": given if given.isdigit() and len(given) < 18 else None}
    initial["owner"] = request.user.pk
    form = forms.NewContactForm(posted(request), user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = []
        if carried_out(
            form,
            lambda: made.append(
                services.create_contact(actor=request.user, **form.contact_values())
            ),
        ):
            messages.success(request, _("%(name)s is entered.") % {"name": made[0]})
            return redirect(made[0])
    context = {
        "title": _("New contact"),
        "form": form,
        "submit": _("Enter contact"),
        "cancel": next_url(request, reverse("accounts:contact_list")),
    }
    return render(request, "accounts/contact_form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def contact_edit(request, pk):
    contact = editable(request, pk)
    form = forms.ContactForm(posted(request), instance=contact)
    if request.method == "POST" and form.is_valid():
        current = Contact.objects.get(pk=contact.pk)
        if carried_out(
            form,
            lambda: services.update_contact(
                contact=current,
                values=form.values(),
                version=form.cleaned_data["version"],
                actor=request.user,
            ),
        ):
            messages.success(request, _("Saved."))
            return done(request, contact.get_absolute_url())
    context = {
        "title": _("Edit %(name)s") % {"name": contact},
        "form": form,
        "submit": _("Save"),
        "cancel": contact.get_absolute_url(),
        "conflicts": conflicts_of(form),
        "reload": request.path,
    }
    return render(request, "accounts/contact_form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def contact_cell(request, pk, field):
    """One cell of the list, edited in place."""
    if field not in CELLS:
        raise Http404
    contact = editable(request, pk)
    form = forms.cell_form(
        field,
        posted(request),
        initial={field: getattr(contact, field), "version": contact.version},
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.update_contact(
                contact=contact,
                values=form.values(),
                version=form.cleaned_data["version"],
                actor=request.user,
            ),
        )
    ):
        if not request.htmx:
            return redirect(contact)
        return _fresh_cell(request, contact, field)
    stale = getattr(form, "stale", None)
    context = {
        "form": form,
        "url": reverse("accounts:contact_cell", args=[pk, field]),
        "label": f"{contact}: {Contact._meta.get_field(field).verbose_name}",
        "conflict": {"theirs": getattr(stale.current, field)} if stale else None,
        "title": str(contact),
        "cancel": contact.get_absolute_url(),
    }
    template = "components/edit_cell.html" if request.htmx else "accounts/cell_page.html"
    return render(request, template, context, status=status_of(form))


def _fresh_cell(request, contact, field):
    listing = Listing(CONTACTS, request, visible(request).filter(pk=contact.pk), request.GET)
    attributes, content = listing.cell_of(listing.page.rows[0], field)
    return render(request, "core/lists/cell.html", {"attributes": attributes, "content": content})


# ---------- roles ----------


@require_http_methods(["GET", "POST"])
def contact_role_create(request, pk):
    contact = editable(request, pk)
    form = forms.NewRoleForm(posted(request), user=request.user)
    return act(
        request,
        contact,
        form,
        lambda f: services.add_role(contact=contact, actor=request.user, **f.values()),
        said=_("The role is added."),
        title=_("New role of %(name)s") % {"name": contact},
        submit=_("Save"),
    )


@require_http_methods(["GET", "POST"])
def contact_change_employer(request, pk):
    contact = editable(request, pk)
    form = forms.ChangeEmployerForm(posted(request), user=request.user)
    return act(
        request,
        contact,
        form,
        lambda f: services.change_employer(contact=contact, actor=request.user, **f.values()),
        said=_("The new employer is noted."),
        title=_("%(name)s changes employer") % {"name": contact},
        text=_("The history of employers is kept."),
        submit=_("Save"),
    )


def _role(request, pk, role_pk):
    """A role of the contact at an account this person sees and may edit."""
    contact = contact_of(request, pk)
    role = get_object_or_404(
        ContactRole.objects.select_related("account").filter(
            account__in=Account.objects.visible_to(request.user)
        ),
        pk=role_pk,
        contact=contact,
    )
    if not permissions.can_edit_account(request.user, role.account):
        raise PermissionDenied
    return contact, role


@require_http_methods(["GET", "POST"])
def contact_role_edit(request, pk, role_pk):
    contact, role = _role(request, pk, role_pk)
    form = forms.RoleForm(posted(request), instance=role)
    current = ContactRole.objects.get(pk=role.pk) if request.method == "POST" else role
    return act(
        request,
        contact,
        form,
        lambda f: services.update_role(
            role=current, values=f.values(), version=f.cleaned_data["version"], actor=request.user
        ),
        said=_("Saved."),
        title=_("Role at %(name)s") % {"name": role.account},
        submit=_("Save"),
    )


@require_http_methods(["GET", "POST"])
def contact_role_end(request, pk, role_pk):
    contact, role = _role(request, pk, role_pk)
    form = EndForm(posted(request), initial={"version": role.version})
    return act(
        request,
        contact,
        form,
        lambda f: services.end_role(
            role=role,
            ends_on=f.cleaned_data["ends_on"],
            version=f.cleaned_data["version"],
            actor=request.user,
        ),
        said=_("The role ends."),
        title=_("%(name)s leaves %(account)s") % {"name": contact, "account": role.account},
        text=_("The role stays as history."),
        submit=_("Save"),
    )


# ---------- merge, archive, personal data ----------


@require_http_methods(["GET", "POST"])
def contact_merge(request, pk):
    keep = editable(request, pk)

    def refusal(other):
        if other == keep or not permissions.can_edit_contact(request.user, other):
            return _("Choose another contact that you may edit.")
        return ""

    return merge_page(
        request,
        keep=keep,
        form_class=forms.MergeContactForm,
        refusal=refusal,
        fields=EDITABLE,
        preview=services.preview_merge,
        merge=services.merge_contacts,
    )


@require_http_methods(["GET", "POST"])
def contact_archive(request, pk):
    contact = editable(request, pk)
    form = ReasonForm(posted(request), initial={"version": contact.version})
    return act(
        request,
        contact,
        form,
        lambda f: services.archive_contact(
            contact=contact,
            reason=f.cleaned_data["reason"],
            version=f.cleaned_data["version"],
            actor=request.user,
        ),
        said=_("The contact is archived."),
        title=_("Archive %(name)s") % {"name": contact},
        text=_("For instance after retirement. Nothing is deleted."),
        submit=_("Archive"),
    )


@require_POST
def contact_star(request, pk):
    contact = contact_of(request, pk)
    set_star(target=contact, actor=request.user, starred=not contact.starred)
    if is_partial(request):
        contact.starred = not contact.starred
        return render(request, "accounts/_star.html", {"record": contact, "star_url": request.path})
    return redirect(contact)


@require_POST
def contact_personal_data(request, pk):
    """Everything stored about a person, as a JSON file for them; the request is recorded."""
    contact = contact_of(request, pk)
    data = services.export_person(contact=contact, actor=request.user)
    response = HttpResponse(
        json.dumps(data, ensure_ascii=False, indent=2, default=str),
        content_type="application/json; charset=utf-8",
    )
    response["Content-Disposition"] = attachment(f"{contact.name}.json")
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
def contact_anonymise(request, pk):
    contact = contact_of(request, pk)
    if not permissions.can_anonymise(request.user, contact):
        raise PermissionDenied
    form = forms.AnonymiseForm(posted(request))
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.anonymise_contact(
                contact=contact, reason=form.cleaned_data["reason"], actor=request.user
            ),
        )
    ):
        messages.success(request, _("The personal data is removed."))
        return done(request, reverse("accounts:contact_list"))
    return dialog(
        request,
        form=form,
        cancel=contact.get_absolute_url(),
        title=_("Remove the personal data of %(name)s") % {"name": contact},
        text=_(
            "Name, numbers, notes and the words of the history are erased everywhere. What was done"
            " stays countable, without the person."
        ),
        submit=_("Remove for good"),
    )
