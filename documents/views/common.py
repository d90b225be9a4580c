"""What the views of documents share: the getters, and the choice of a subject."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from core.subjects import subjects
from documents import selectors
from documents.models import Document, DocumentTemplate

RELATED = ("template", "form", "account", "owner", "completed_by", "created_by", "supersedes")


def get_document(request, pk) -> Document:
    """A document the person opens, archived ones too; anything else is 404."""
    rows = Document.objects.visible_to(request.user).select_related(*RELATED)
    document = get_object_or_404(rows, pk=pk)
    if not (
        selectors.subject_seen(request.user, document)
        or selectors.granted(request.user, document)
    ):
        raise Http404
    return document


def get_template(request, code) -> DocumentTemplate:
    rows = DocumentTemplate.objects.visible_to(request.user).offered()
    return get_object_or_404(rows, code=code)


def get_subject(request, kind, pk):
    """(adapter, record) of anything that can be talked about; hidden and unknown are 404."""
    adapter = subjects().get(kind)
    if adapter is None:
        raise Http404
    if kind == "document":
        return adapter, get_document(request, pk)
    return adapter, get_object_or_404(adapter.visible_to(request.user), pk=pk)


def about_of(document, user) -> dict | None:
    """The subject of a document with a link; without one where the person reads by a grant."""
    adapter = subjects().get(document.subject_type)
    if adapter is None:
        return None
    subject = adapter.visible_to(user).filter(pk=document.subject_id).first()
    if subject is None:
        return {"title": "", "url": ""}
    return {"title": adapter.title(subject), "url": adapter.url(subject)}
