"""Rights that work items give: rows of documents.ReadGrant and FillGrant follow the items."""

import datetime

from django.utils import timezone

from documents.models import DocumentTemplate, FillGrant, ReadGrant
from flows.cache import flow_of
from flows.models import FlowSettings, ItemState, WorkItem
from teams.selectors import people_of_pool


def give(item, *, fills=(), pool=None) -> None:
    """Whoever is asked reads the subject's documents while the item is open, and fills the forms
    that its step offers."""
    if item.subject_id is None or not (item.grants_read or fills):
        return
    people = [item.assignee] if item.assignee_id else []
    if pool is not None:
        people = list(people_of_pool(pool, timezone.localdate()))
    about = {"subject_type": item.subject_type, "subject_id": item.subject_id}
    for user in people if item.grants_read else ():
        ReadGrant.objects.update_or_create(user=user, **about, defaults={"until": None})
    if fills and item.state == ItemState.OPEN:
        forms = DocumentTemplate.objects.filter(code__in=fills)
        rows = [FillGrant(user=user, template=form, **about) for form in forms for user in people]
        FillGrant.objects.bulk_create(rows, ignore_conflicts=True)


def settle(subject_type, subject_id) -> None:
    """The grants of one subject are what its items say now."""
    if subject_id is None:
        return
    items = WorkItem.objects.about(subject_type, subject_id)
    unfinished = [(item, _people(item)) for item in _unfinished(items)]
    _settle_reading(subject_type, subject_id, items, unfinished)
    _settle_filling(subject_type, subject_id, unfinished)


def _unfinished(items):
    rows = items.unfinished().select_related("step_run__version")
    return rows.prefetch_related("candidates__pool")


def _people(item) -> set[int]:
    """Who may answer the item now."""
    found = {item.assignee_id} if item.assignee_id else set()
    for candidate in item.candidates.all():
        found |= {user.pk for user in people_of_pool(candidate.pool, timezone.localdate())}
    return found


def _settle_reading(subject_type, subject_id, items, unfinished):
    days = datetime.timedelta(days=FlowSettings.current().grant_days)
    wanted: dict[int, datetime.datetime | None] = {}
    done = items.filter(grants_read=True, state=ItemState.DONE, done_by__isnull=False)
    for item in done.order_by("done_at"):
        wanted[item.done_by_id] = item.done_at + days
    for item, people in unfinished:
        if item.grants_read:
            wanted |= dict.fromkeys(people)
    rows = ReadGrant.objects.filter(subject_type=subject_type, subject_id=subject_id)
    held = {grant.user_id: grant for grant in rows}
    gone = [grant.pk for pk, grant in held.items() if pk not in wanted]
    ReadGrant.objects.filter(pk__in=gone).delete()
    for pk, until in wanted.items():
        if pk not in held:
            ReadGrant.objects.create(
                user_id=pk, subject_type=subject_type, subject_id=subject_id, until=until
            )
        elif held[pk].until != until:
            ReadGrant.objects.filter(pk=held[pk].pk).update(until=until)


def _settle_filling(subject_type, subject_id, unfinished):
    """Only while the item is open, and only the forms of its step."""
    wanted = {
        (user, code)
        for item, people in unfinished
        if item.state == ItemState.OPEN
        for code in fills_of(item)
        for user in people
    }
    rows = FillGrant.objects.filter(subject_type=subject_type, subject_id=subject_id)
    held = {(row.user_id, row.template.code): row.pk for row in rows.select_related("template")}
    gone = [pk for key, pk in held.items() if key not in wanted]
    if gone:
        FillGrant.objects.filter(pk__in=gone).delete()
    if fresh := wanted - held.keys():
        codes = {code for _user, code in fresh}
        forms = dict(DocumentTemplate.objects.filter(code__in=codes).values_list("code", "pk"))
        about = {"subject_type": subject_type, "subject_id": subject_id}
        FillGrant.objects.bulk_create(
            [
                FillGrant(user_id=user, template_id=forms[code], **about)
                for user, code in fresh
                if code in forms
            ],
            ignore_conflicts=True,
        )


def fills_of(item) -> tuple[str, ...]:
    """The codes of the forms that the step of an item offers to fill."""
    if not item.step_run_id:
        return ()
    step = flow_of(item.step_run.version).steps.get(item.step_run.step)
    return step.fills if step else ()
