"""Files beside records: taken in by extension and content, kept under a number (R-ACC-38)."""

import hashlib
from pathlib import PurePath

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.formats import file_size
from core.subjects import subjects
from documents import permissions
from documents.models import ArchiveCategory, Attachment, DocumentSettings, FileType
from documents.services.filling import ABOUT, _write, place_of

MEGABYTE = 1024 * 1024
HEAD = 512


class FileRefused(DomainError):
    """The file is not one that may be attached."""


class TooLarge(FileRefused):
    """The file, or all files together, would be larger than allowed."""


def limits() -> DocumentSettings:
    return DocumentSettings.objects.first() or DocumentSettings()


@transaction.atomic
def attach(
    *,
    upload,
    actor,
    document=None,
    field="",
    subject_type="",
    subject_id=None,
    category="",
    is_confidential=False,
    at=None,
) -> Attachment:
    """Keep a file beside a record, or as the answer to a field of a document.

    `category` is the code of an archive category, the first one where it is empty. `field`
    beside a record is a place of its own there, for instance a line of it. Confidential files
    are read by the owner's line only. Raises FileRefused, TooLarge."""
    about = _about(document, field, subject_type, subject_id, actor)
    if field and document is None:
        _refuse_sealed(subject_type, subject_id)
    if is_confidential:
        about["audience"] = "line"
    kind, digest = _checked(upload, actor)
    row = Attachment(
        document=document,
        field=field,
        file=upload,
        name=clean_name(upload.name),
        media_type=kind.media_type,
        size=upload.size,
        digest=digest,
        category=_category(category),
        is_confidential=is_confidential,
        uploaded_by=actor,
        **about,
    )
    writing.create(
        instance=row, actor=actor, action="attachment.created", parent=row.account, at=at
    )
    if document is not None and field:
        ids = [*document.answers.get(field, []), str(row.uuid)]
        _write(document, {field: ids}, actor, None, at)
    return row


@transaction.atomic
def remove(*, attachment, actor, reason="", at=None) -> Attachment:
    """Take a file out of sight; its content stays as long as the record it belongs to."""
    if actor is not None and not permissions.can_remove_file(actor, attachment):
        raise PermissionDenied
    document = attachment.document
    if document is None:
        _refuse_sealed(attachment.subject_type, attachment.subject_id)
    elif attachment.field:
        if actor is not None and not permissions.can_fill(actor, document):
            raise PermissionDenied
        ids = [u for u in document.answers.get(attachment.field, []) if u != str(attachment.uuid)]
        _write(document, {attachment.field: ids or None}, actor, None, None)
    attachment.archived_at = at or timezone.now()
    Attachment.objects.filter(pk=attachment.pk).update(archived_at=attachment.archived_at)
    writing.audit.record(
        actor=actor,
        action="attachment.archived",
        target=attachment,
        parent=attachment.account,
        reason=reason,
    )
    return attachment


def _refuse_sealed(subject_type, subject_id):
    adapter = subjects().get(subject_type)
    if adapter is not None and adapter.sealed(adapter.get(subject_id)):
        raise DomainError(_("Its files stay as they were handed in."))


def _category(code) -> ArchiveCategory:
    rows = ArchiveCategory.objects.offered()
    found = rows.filter(code=code).first() if code else rows.first()
    if found is None:
        raise FileRefused(_("Choose a category that is in use."), field="category")
    return found


def clean_name(name: str) -> str:
    """The last part of a name, without control characters and of a length that fits."""
    last = PurePath(str(name).replace("\\", "/")).name
    plain = "".join(c for c in last if c.isprintable()).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:20]}" if dot else plain[:170] or "file"


def _about(document, field, subject_type, subject_id, actor) -> dict:
    if document is None:
        return place_of(subject_type, subject_id, actor)
    if actor is not None and not permissions.can_fill(actor, document):
        raise PermissionDenied
    asked = document.form.read.by_code.get(field)
    if asked is None or asked.kind != "file":
        raise FileRefused(_("This form takes no file here."), field="file")
    return {name: getattr(document, name) for name in ABOUT}


def _checked(upload, actor) -> tuple[FileType, str]:
    ending = clean_name(upload.name).rpartition(".")[2].lower()
    kind = FileType.objects.filter(extension=ending, is_allowed=True).first()
    if kind is None:
        raise FileRefused(
            _("Files of the type “%(type)s” cannot be attached.") % {"type": ending[:10]},
            field="file",
        )
    _refuse_size(upload, actor)
    head = upload.read(HEAD)
    upload.seek(0)
    if not _is_what_it_says(kind, head):
        raise FileRefused(
            _("The content of the file is not that of a %(type)s file.") % {"type": ending},
            field="file",
        )
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return kind, digest.hexdigest()


def _refuse_size(upload, actor):
    allowed = limits()
    if not upload.size:
        raise FileRefused(_("The file is empty."), field="file")
    if upload.size > allowed.max_megabytes * MEGABYTE:
        raise TooLarge(
            _("The file is larger than %(size)s.")
            % {"size": file_size(allowed.max_megabytes * MEGABYTE)},
            field="file",
        )
    everything = Attachment.objects.aggregate(n=Sum("size"))["n"] or 0
    own = Attachment.objects.filter(uploaded_by=actor).aggregate(n=Sum("size"))["n"] or 0
    for held, most in (
        (everything, allowed.quota_megabytes),
        (own, allowed.person_megabytes),
    ):
        if held + upload.size > most * MEGABYTE:
            raise TooLarge(
                _("There is no room for this file: %(size)s are allowed together.")
                % {"size": file_size(most * MEGABYTE)},
                field="file",
            )


def _is_what_it_says(kind, head: bytes) -> bool:
    """By its first bytes; a text file has no NUL and no mark-up at its beginning."""
    if kind.magic:
        marks = [bytes.fromhex(mark.strip()) for mark in kind.magic.split(",")]
        return any(head.startswith(mark) for mark in marks)
    return b"\0" not in head and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
