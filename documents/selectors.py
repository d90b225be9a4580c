"""Reads of documents that span models: gates, account pages, what a person may open."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core.subjects import subjects
from documents import answers as rules
from documents import references, wording
from documents.models import Document, DocumentState, DocumentTemplate


def documents_of(user):
    """What lists show: visible and not archived."""
    return Document.objects.visible_to(user).current()


def may_open(user, document) -> bool:
    """Whether the person opens it: the columns of the row say so and its subject does not
    disagree, or an open work item lets them read."""
    if not Document.objects.visible_to(user).filter(pk=document.pk).exists():
        return False
    return subject_seen(user, document) or granted(user, document)


def subject_seen(user, row) -> bool:
    """Whether the person may open what the row is about."""
    if not row.subject_type:
        return True
    adapter = subjects().get(row.subject_type)
    return adapter is not None and adapter.visible_to(user).filter(pk=row.subject_id).exists()


def granted(user, row) -> bool:
    return Document.objects.granted_to(user).filter(pk=row.pk).exists()


def latest_document(subject_type, subject_id, template_code, *, complete=True):
    """The newest document of a template on a subject, or None; complete ones only by default."""
    rows = Document.objects.about(subject_type, subject_id).current()
    rows = rows.filter(template__code=template_code)
    rows = rows.filter(state=DocumentState.COMPLETE) if complete else rows.in_force()
    return rows.select_related("form", "template").order_by("-created_at", "-pk").first()


def missing_document(subject_type, subject_id, template_code) -> str | None:
    """For gates: None where a complete document is there, else what is missing in a sentence."""
    if latest_document(subject_type, subject_id, template_code) is not None:
        return None
    template = DocumentTemplate.objects.filter(code=template_code).first()
    name = template.name if template else template_code
    draft = latest_document(subject_type, subject_id, template_code, complete=False)
    if draft is None:
        return _("“%(form)s” has not been filled in") % {"form": name}
    lacking = rules.missing(draft.form.read, draft.answers)
    if not lacking:
        return _("“%(form)s” has to be completed") % {"form": name}
    words = [wording.lacking(one) for one in lacking[:3]]
    more = _(" and %(n)s more") % {"n": len(lacking) - 3} if len(lacking) > 3 else ""
    return _("“%(form)s” still lacks: %(fields)s") % {
        "form": name,
        "fields": "; ".join(words) + more,
    }


def page_of(adapter, subject) -> str:
    """The page that shows the files and comments of a subject."""
    if adapter.kind == "account":
        return reverse("documents:account_documents", args=[subject.pk])
    return adapter.url(subject)


def known_labels(document, user) -> dict:
    """Names of what a document refers to, as far as the person sees it."""
    pairs = []
    for field in document.form.read.fields:
        answer = document.answers.get(field.code)
        if field.kind == "reference" and answer:
            pairs.append((field.refers, answer["id"]))
    return references.labels(pairs, user)
