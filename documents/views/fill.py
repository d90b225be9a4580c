"""Filling a document: the page, saving as one goes, files, completing."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.exceptions import DomainError, StaleVersion
from core.htmx import add_event, is_partial
from core.models import Currency
from documents import answers as rules
from documents import permissions, services, wording
from documents.models import Attachment
from documents.posted import values_of
from documents.services import attachments as files
from documents.services.filling import clean_values
from documents.sheet import parts_of
from documents.views.common import about_of, get_document

COMPLETE = "complete"


@require_http_methods(["GET", "POST"])
def document_fill(request, pk):
    """The whole form. POST saves everything on it, and completes it where asked to."""
    document = _fillable(request, pk)
    errors, conflicts, entered = {}, [], {}
    if request.method == "POST":
        entered = values_of(document.form.read, request.POST)
        errors, conflicts = _save(request, document, entered)
        errors |= _take_files(request, document)
        if not errors and not conflicts:
            answer = _finish(request, document)
            if answer is not None:
                return answer
        document = get_document(request, pk)
    context = _context(request, document, errors=errors, conflicts=conflicts, entered=entered)
    status = 409 if conflicts else 422 if request.method == "POST" else 200
    return render(request, "documents/document_fill.html", context, status=status)


@require_POST
def document_save(request, pk):
    """Saving as one goes: what was touched. Answers the state of the document; a refused answer
    is told beside its field and the others are kept."""
    document = _fillable(request, pk)
    entered = values_of(document.form.read, request.POST)
    errors, conflicts = _save(request, document, entered)
    document = get_document(request, pk)
    context = _context(request, document, errors=errors, conflicts=conflicts)
    status = 409 if conflicts else 200
    if not is_partial(request):
        return redirect("documents:document_fill", pk)
    response = render(request, "documents/document_fill.html#state", context, status=status)
    shown = {f.code for f in rules.shown_fields(document.form.read, document.answers)}
    hidden = [f.code for f in document.form.read.fields if f.code not in shown]
    told = {"hidden": hidden, "errors": errors, "asked": list(entered), "saved": not conflicts}
    return add_event(response, "kam:filled", told)


@require_POST
def document_file_add(request, pk, field):
    """A file for a field; the answer is the list of its files."""
    document = _fillable(request, pk)
    error = ""
    upload = request.FILES.get(f"f-{field}")
    try:
        if upload is None:
            raise DomainError(_("Choose a file."))
        files.attach(upload=upload, actor=request.user, document=document, field=field)
    except DomainError as refused:
        error = str(refused)
    return _file_list(request, pk, field, error)


@require_POST
def document_file_remove(request, pk, field, uuid):
    document = _fillable(request, pk)
    rows = Attachment.objects.current().filter(document=document, field=field)
    files.remove(attachment=get_object_or_404(rows, uuid=uuid), actor=request.user)
    return _file_list(request, pk, field, "")


def _fillable(request, pk):
    document = get_document(request, pk)
    if not permissions.can_fill(request.user, document):
        raise PermissionDenied
    return document


def _save(request, document, entered) -> tuple[dict, list]:
    """(refusals by field, conflicts). What is right is saved also where something else is not."""
    _cleaned, errors = clean_values(document, entered, request.user)
    good = {code: raw for code, raw in entered.items() if code not in errors}
    version = request.POST.get("version", "")
    try:
        services.save_answers(
            document=document,
            values=good,
            actor=request.user,
            version=int(version) if version.isdigit() and len(version) < 10 else 0,
        )
    except StaleVersion as stale:
        fields = document.form.read.by_code
        return errors, [
            {"label": wording.name(fields[code]), "theirs": theirs, "yours": yours}
            for code, (theirs, yours) in stale.conflicts.items()
        ]
    return errors, []


def _take_files(request, document) -> dict:
    """Files sent with the whole form, where no script sent them one by one."""
    errors = {}
    for field in document.form.read.fields:
        for upload in request.FILES.getlist(f"f-{field.code}") if field.kind == "file" else ():
            try:
                files.attach(
                    upload=upload, actor=request.user, document=document, field=field.code
                )
            except DomainError as refused:
                errors[field.code] = str(refused)
    return errors


def _finish(request, document):
    if request.POST.get("do") != COMPLETE:
        messages.success(request, _("Saved."))
        return redirect(document)
    try:
        services.complete_document(document=document, actor=request.user)
    except services.Incomplete:
        messages.warning(request, _("Saved. Not complete yet: see what is missing."))
        return None
    messages.success(request, _("The document is complete."))
    return redirect(document)


def _context(request, document, *, errors=(), conflicts=(), entered=None) -> dict:
    definition = document.form.read
    lacking = rules.missing(definition, document.answers)
    return {
        "document": document,
        "parts": parts_of(document, request.user, dict(errors), entered),
        "errors": errors,
        "conflicts": conflicts,
        "lacking": [
            {"said": wording.lacking(one), "link": f"#f-{one.field.code}"} for one in lacking
        ],
        "about": about_of(document, request.user),
        "help": wording.name(definition.help),
        "scored": definition.is_scored,
        "currencies": list(Currency.objects.values_list("code", flat=True)),
    }


def _file_list(request, pk, field, error) -> HttpResponse:
    document = get_document(request, pk)
    if not is_partial(request):
        if not error:
            return redirect("documents:document_fill", pk)
        context = _context(request, document, errors={field: error})
        return render(request, "documents/document_fill.html", context, status=422)
    asks = [ask for part in parts_of(document, request.user) for ask in part.asks]
    ask = next((ask for ask in asks if ask.code == field and ask.kind == "file"), None)
    context = {"document": document, "ask": ask, "error": error}
    status = 422 if error else 200
    response = render(request, "documents/files_of_field.html", context, status=status)
    return add_event(response, "kam:version", {"version": document.version})
