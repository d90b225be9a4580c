"""Reading a document: page, print, spreadsheet, comparison; revising and archiving it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.audit import history_of
from core.dialogs import carried_out, dialog, done, posted
from core.exports import export_response
from core.history import told
from documents import permissions, services, wording
from documents.forms import ReasonForm
from documents.models import Document, DocumentState
from documents.sheet import compared, rows_for_file, shown_parts
from documents.views.common import about_of, get_document
from documents.views.talk import talk_of

HISTORY = 50


@require_GET
def document_detail(request, pk):
    document = get_document(request, pk)
    user, definition = request.user, document.form.read
    context = {
        "document": document,
        "parts": shown_parts(document, user),
        "about": about_of(document, user),
        "definition": definition,
        "help": wording.name(definition.help),
        "signatures": [wording.name(one) for one in definition.signatures],
        "siblings": _siblings(document, user)[:20],
        "revision": Document.objects.visible_to(user).filter(supersedes=document).first(),
        "may_fill": permissions.can_fill(user, document),
        "may_revise": permissions.can_revise(user, document),
        "may_archive": permissions.can_archive(user, document),
        "newer_form": document.form.state != "active"
        and document.state == DocumentState.COMPLETE,
        "history": told(history_of(document)[:HISTORY], user, subject=document),
        "talk": talk_of(request, "document", document),
    }
    return render(request, "documents/document_detail.html", context)


@require_GET
def document_file(request, pk):
    """The document as a spreadsheet: section, field, answer."""
    document = get_document(request, pk)
    header = [_("Section"), _("Field"), _("Answer")]
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    name = f"{document.number} {document.template.name}"
    return export_response(
        kind=kind, name=name, header=header, rows=rows_for_file(document, request.user)
    )


@require_GET
def document_compare(request, pk):
    """This document beside another of the same form on the same subject."""
    document = get_document(request, pk)
    others = _siblings(document, request.user)
    wanted = request.GET.get("with", "")
    other = None
    if wanted:
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 18 else 0
        other = get_document(request, get_object_or_404(others, pk=number).pk)
    elif others:
        older = [row for row in others if row.created_at <= document.created_at]
        other = get_document(request, (older or list(others))[0].pk)
    newer, older = document, other
    if other is not None and other.created_at > document.created_at:
        newer, older = other, document
    context = {
        "document": document,
        "older": older,
        "newer": newer,
        "other": other,
        "others": others[:50],
        "rows": compared(older, newer, request.user) if other is not None else [],
    }
    return render(request, "documents/document_compare.html", context)


@require_POST
def document_revise(request, pk):
    document = get_document(request, pk)
    revision = services.revise_document(document=document, actor=request.user)
    messages.success(request, _("The revision is begun; the answers were carried over."))
    return redirect("documents:document_fill", revision.pk)


@require_http_methods(["GET", "POST"])
def document_archive(request, pk):
    document = get_document(request, pk)
    if not permissions.can_archive(request.user, document):
        raise PermissionDenied
    form = ReasonForm(posted(request), initial={"version": document.version})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def act():
            services.archive_document(
                document=document,
                reason=values["reason"],
                actor=request.user,
                version=values["version"],
            )

        if carried_out(form, act):
            messages.success(request, _("The document is archived."))
            return done(request, document.get_absolute_url())
    return dialog(
        request,
        title=_("Archive document"),
        form=form,
        submit=_("Archive"),
        cancel=document.get_absolute_url(),
    )


def _siblings(document, user):
    """Other documents of the same form on the same subject, newest first."""
    if not document.subject_type:
        return Document.objects.none()
    rows = Document.objects.visible_to(user).about(document.subject_type, document.subject_id)
    return (
        rows.filter(template=document.template, created_at__lte=timezone.now())
        .exclude(pk=document.pk)
        .order_by("-created_at", "-pk")
    )
