"""Writing forms: drafts, putting them to use, retiring them, following the library."""

import hashlib

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from documents import permissions
from documents.definition import definition_of, mapping_of, read, text_of
from documents.models import DocumentTemplate, DocumentVersion, VersionState


class NotReady(DomainError):
    """The draft has problems; `problems` are those of documents.definition."""

    def __init__(self, problems):
        super().__init__(_("The form cannot be used yet; what is missing is said beside it."))
        self.problems = tuple(problems)


@transaction.atomic
def create_template(*, code, kind, name_zh, name_en, subject_kind, actor) -> DocumentTemplate:
    """A form that nobody can use yet: an empty draft to build on."""
    _keeper(actor)
    mapping = {"document": code, "kind": kind, "zh": name_zh, "en": name_en}
    if subject_kind:
        mapping["subject"] = subject_kind
    text = text_of({**mapping, "sections": []})
    template = writing.create(
        instance=DocumentTemplate(
            code=code,
            kind=kind,
            name_zh=name_zh,
            name_en=name_en,
            subject_kind=subject_kind,
            definition=text,
        ),
        actor=actor,
        action="documenttemplate.created",
    )
    _add_version(template, text, actor)
    return template


def draft_of(template, *, actor) -> DocumentVersion:
    """The draft of a template; where there is none, one that begins with the text in use."""
    _keeper(actor)
    draft = template.versions.filter(state=VersionState.DRAFT).first()
    return draft or _add_version(template, template.definition, actor)


@transaction.atomic
def save_draft(*, draft, mapping, actor, version=None) -> DocumentVersion:
    """Keep what was built so far; it need not be right yet. The code stays the template's."""
    _keeper(actor)
    if draft.state != VersionState.DRAFT:
        raise DomainError(_("Only a draft can be changed."))
    text = text_of({**mapping, "document": draft.template.code})
    return writing.edit(
        instance=draft,
        values={"definition": text, "digest": _digest(text)},
        actor=actor,
        action="documentversion.edited",
        version=version,
        parent=draft.template,
    )


@transaction.atomic
def activate(*, draft, actor, version=None, at=None) -> DocumentVersion:
    """Put a draft to use: new documents follow it, those begun stay on theirs. Raises NotReady."""
    _keeper(actor)
    if draft.state != VersionState.DRAFT:
        raise DomainError(_("Only a draft can be put to use."))
    found, problems = read(draft.definition)
    if problems:
        raise NotReady(problems)
    _retire_active(draft.template, actor)
    writing.edit(
        instance=draft,
        values={"state": VersionState.ACTIVE, "activated_at": at or timezone.now()},
        actor=actor,
        action="documentversion.activated",
        version=version,
        parent=draft.template,
    )
    values = {
        "definition": draft.definition,
        "name_zh": found.zh,
        "name_en": found.en,
        "kind": found.kind,
        "subject_kind": found.subject,
    }
    writing.edit(
        instance=draft.template,
        values=values,
        actor=actor,
        action="documenttemplate.edited",
    )
    return draft


@transaction.atomic
def discard_draft(*, draft, actor) -> None:
    """Throw a draft away; the version in use stays."""
    _keeper(actor)
    if draft.state != VersionState.DRAFT or draft.documents.exists():
        raise DomainError(_("Only a draft can be thrown away."))
    writing.edit(
        instance=draft,
        values={"state": VersionState.RETIRED},
        actor=actor,
        action="documentversion.discarded",
        parent=draft.template,
    )


@transaction.atomic
def offer(*, template, offered: bool, actor) -> DocumentTemplate:
    """Whether new documents may be started with the template."""
    _keeper(actor)
    return writing.edit(
        instance=template,
        values={"is_active": offered},
        actor=actor,
        action="documenttemplate.edited",
    )


def follow_library(templates, actor) -> None:
    """A template that took shipped values gets them as a version of its own, in use at once; one
    that is shipped as not offered is offered no longer."""
    for template in templates:
        active = template.active_version()
        if active is not None and active.definition == template.definition:
            continue
        found = definition_of(template.definition)
        _retire_active(template, actor)
        version = _add_version(template, template.definition, actor)
        writing.edit(
            instance=version,
            values={"state": VersionState.ACTIVE, "activated_at": timezone.now()},
            actor=actor,
            action="documentversion.activated",
            parent=template,
        )
        if not found.offered and template.is_active:
            offer(template=template, offered=False, actor=actor)


def _keeper(actor):
    if actor is not None and not permissions.can_manage_templates(actor):
        raise PermissionDenied


def _add_version(template, text, actor) -> DocumentVersion:
    """A draft with the next number; one that stands there is retired, it was never in use."""
    last = template.versions.order_by("-number").values_list("number", flat=True).first() or 0
    old = template.versions.filter(state=VersionState.DRAFT).first()
    if old is not None:
        discard_draft(draft=old, actor=actor)
    return writing.create(
        instance=DocumentVersion(
            template=template, number=last + 1, definition=text, digest=_digest(text)
        ),
        actor=actor,
        action="documentversion.created",
        parent=template,
    )


def _retire_active(template, actor):
    active = template.active_version()
    if active is not None:
        writing.edit(
            instance=active,
            values={"state": VersionState.RETIRED},
            actor=actor,
            action="documentversion.retired",
            parent=template,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def mapping_to_build(draft) -> dict:
    """The raw mapping of a draft; an empty form where its text is no longer YAML."""
    return mapping_of(draft.definition) or {"document": draft.template.code, "sections": []}
