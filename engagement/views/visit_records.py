"""Arriving at a visit, and its record."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.dialogs import carried_out, conflicts_of, dialog, done, posted, status_of
from core.exceptions import DomainError
from engagement import services
from engagement.forms import visits as forms
from engagement.permissions import visits as permissions
from engagement.services.visit_records import PromiseRefused, changes_of
from engagement.views.visits import visit_of

HELD = ("held_at", "contacts", "colleagues", "files", "version", "next")


@require_http_methods(["GET", "POST"])
def visit_check_in(request, pk):
    """One thumb: the device says where, or the person does."""
    visit = visit_of(request, pk)
    if not permissions.can_check_in(request.user, visit):
        raise PermissionDenied
    form = forms.CheckInForm(posted(request), request.FILES or None)

    def arrive():
        services.check_in(visit=visit, actor=request.user, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and carried_out(form, arrive):
        messages.success(request, _("You are checked in."))
        return done(request, visit.get_absolute_url())
    context = {"form": form, "visit": visit, "account": visit.account}
    return render(request, "engagement/visit_check_in.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def visit_record(request, pk):
    """What the visit brought; what is typed stays on the device until it is saved."""
    visit = visit_of(request, pk)
    if not permissions.can_record(request.user, visit):
        raise PermissionDenied
    form = forms.RecordForm(posted(request), request.FILES or None, visit=visit)
    rows = forms.CommitmentRows(posted(request), prefix="promise")
    file = forms.FileForm(posted(request), instance=visit.account, prefix="file")
    valid = request.method == "POST" and all([form.is_valid(), rows.is_valid(), file.is_valid()])
    if valid and carried_out(form, lambda: _record(visit, form, rows, file, request.user)):
        messages.success(request, _("The record is saved."))
        return done(request, visit.get_absolute_url())
    status = status_of(form)
    if request.method == "POST" and status == 200:
        status = 422
    context = {
        "form": form,
        "rows": rows,
        "file": file,
        "visit": visit,
        "account": visit.account,
        "changes": list(changes_of(visit)),
        "conflicts": conflicts_of(form),
    }
    return render(request, "engagement/visit_record.html", context, status=status)


def _record(visit, form, rows, file, actor):
    data, promised = form.cleaned_data, [row for row in rows if row.line]
    try:
        services.record_visit(
            visit=visit,
            actor=actor,
            values={name: value for name, value in data.items() if name not in HELD},
            held_at=data["held_at"],
            contacts=list(data["contacts"]),
            colleagues=list(data["colleagues"]),
            commitments=[row.line for row in promised],
            changes=file.changed(),
            uploads=data["files"],
            version=data["version"],
        )
    except PromiseRefused as refusal:
        names = {"assignee": "who", "due_on": "due_on"}
        promised[refusal.number].add_error(names.get(refusal.field, "what"), str(refusal))
        raise
    except DomainError as refusal:
        if refusal.field == "file":  # said over the form, in its own words
            refusal.field = None
        raise


@require_http_methods(["GET", "POST"])
def visit_commit(request, pk):
    """One more promise, also later."""
    visit = visit_of(request, pk)
    if not permissions.can_record(request.user, visit):
        raise PermissionDenied
    form = forms.CommitmentForm(posted(request), initial={"who": request.user})

    def commit():
        data = form.cleaned_data
        services.commit(
            visit=visit,
            what=data["what"],
            who=data["who"],
            due_on=data["due_on"],
            actor=request.user,
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, commit):
        messages.success(request, _("Noted; it is in their work now."))
        return done(request, visit.get_absolute_url())
    return dialog(
        request,
        form=form,
        title=_("Add a commitment"),
        submit=_("Add"),
        cancel=visit.get_absolute_url(),
    )
