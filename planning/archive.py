"""The archive index of an account (信息档案管理, R-ACC-38): documents and files by category, how
long they are kept, and what is past its time."""

import datetime
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from documents.models import ArchiveCategory, Attachment, Document, DocumentState
from planning import permissions, retention

MOST = 200
BATCH = 200
NO_CATEGORY = 32_767


@dataclass(frozen=True)
class Filed:
    """One thing in the archive; `until` is the last day it is kept."""

    kind: str
    item: object
    category: str
    place: tuple
    name: str
    version: int | None
    confidential: bool
    author: object
    filed_at: datetime.datetime
    url: str
    until: datetime.date | None
    past: bool
    may_keep: bool


def archive_index(account, user) -> list[tuple[str, list[Filed]]]:
    """(category, what is filed there, newest first) in the order of the categories, as far as
    the person may read it."""
    groups: dict[tuple, list[Filed]] = {}
    for one in sorted(_filed(account, user), key=lambda f: f.filed_at, reverse=True):
        groups.setdefault((one.place, one.category), []).append(one)
    return [(category, filed) for (_place, category), filed in sorted(groups.items())]


def _filed(account, user):
    by_kind, today = categories_by_kind(), timezone.localdate()
    documents = Document.objects.visible_to(user).current().filter(account=account)
    for one in documents.select_related("template", "form", "created_by", "retention")[:MOST]:
        one.account = account  # whose roles the page knows already
        category = by_kind.get(one.template.kind)
        yield Filed(
            kind="document",
            name=one.label,
            version=one.form.number,
            confidential=one.audience != "account",
            author=one.created_by,
            url=reverse("documents:document_detail", args=[one.pk]),
            **_standing(one, category, one.template.get_kind_display(), user, today),
        )
    files = Attachment.objects.visible_to(user).current().filter(account=account)
    for one in files.select_related("uploaded_by", "category", "retention")[:MOST]:
        one.account = account
        yield Filed(
            kind="file",
            name=one.name,
            version=None,
            confidential=one.is_confidential,
            author=one.uploaded_by,
            url=reverse("documents:attachment_open", args=[one.uuid]),
            **_standing(one, one.category, "", user, today),
        )


def _standing(item, category, otherwise, user, today) -> dict:
    until = _end(item, category)
    return {
        "item": item,
        "category": category.name if category else str(otherwise),
        "place": (category.position if category else NO_CATEGORY,),
        "filed_at": item.created_at,
        "until": until,
        "past": retention.is_past(until, today),
        "may_keep": until is not None and permissions.can_keep(user, item),
    }


def categories_by_kind() -> dict[str, ArchiveCategory]:
    return {one.form_kind: one for one in ArchiveCategory.objects.exclude(form_kind="")}


def categories_among(codes) -> dict[str, ArchiveCategory]:
    return ArchiveCategory.objects.in_bulk({code for code in codes if code}, field_name="code")


def end_of(item) -> datetime.date | None:
    """The last day a document or file is kept; None without end."""
    if isinstance(item, Document):
        return _end(item, categories_by_kind().get(item.template.kind))
    return _end(item, item.category)


def _end(item, category):
    """A document counts from its completion; a file that answers a field stays with its record."""
    filed_at = item.completed_at if isinstance(item, Document) else item.created_at
    within = isinstance(item, Attachment) and bool(item.document_id or item.field)
    record = getattr(item, "retention", None)
    return last_day(filed_at, category, record and record.keep_until, within=within)


def last_day(filed_at, category, prolonged, *, within=False) -> datetime.date | None:
    """The last day of keeping by its columns; None without end."""
    if filed_at is None or category is None or within:
        return None
    months = category.retention_months
    return retention.keep_until(timezone.localdate(filed_at), months, prolonged if months else None)


def is_past_today(until) -> bool:
    return retention.is_past(until, timezone.localdate())


def ended(today):
    """Documents and files of accounts that are past their time and were not told of yet."""
    for category in ArchiveCategory.objects.filter(retention_months__isnull=False):
        latest = retention.filed_by(today, category.retention_months)
        before = timezone.make_aware(
            datetime.datetime.combine(latest + datetime.timedelta(days=1), datetime.time())
        )
        files = Attachment.objects.filter(
            category=category, document=None, field="", created_at__lt=before
        ).select_related("uploaded_by", "category")
        yield from _past(files, category, today)
        if category.form_kind:
            documents = Document.objects.filter(
                template__kind=category.form_kind, completed_at__lt=before
            ).exclude(state=DocumentState.DRAFT)
            yield from _past(documents.select_related("created_by"), category, today)


def _past(rows, category, today):
    open_ones = Q(retention=None) | Q(retention__flagged_on=None) | Q(retention__flagged_on=today)
    rows = rows.filter(open_ones, archived_at=None, account__archived_at=None)
    rows = rows.filter(account__isnull=False).exclude(retention__keep_until__gte=today)
    for item in rows.select_related("account", "owner", "retention").iterator(chunk_size=BATCH):
        if retention.is_past(_end(item, category), today):
            yield item
