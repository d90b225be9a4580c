"""Rights that work items give: rows of documents.ReadGrant and FillGrant follow the items."""

import datetime

from django.db import transaction
from django.utils import timezone

from documents.models import DocumentTemplate, FillGrant, ReadGrant
from flows.cache import flow_of
from flows.models import FlowSettings, FlowVersion, ItemState, WorkItem
from teams.selectors import people_of_pool

CHUNK = 400


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


def settle_filling() -> dict[str, int]:
    """Rights to fill, of everybody: what an upgrade or a change of posts left out is given, what
    no open step asks for is taken away. In the nightly check and after each upgrade."""
    held = {
        (row.subject_type, row.subject_id, row.user_id, row.template_id): row.pk
        for row in FillGrant.objects.all()
    }
    forms = dict(DocumentTemplate.objects.values_list("code", "pk"))
    given, wanted, members = 0, set(), {}
    ids = list(_offering_forms().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            keys = set(_wanted_of(ids[start : start + CHUNK], forms, members))
            fresh = [_grant(key) for key in sorted(keys - held.keys() - wanted)]
            FillGrant.objects.bulk_create(fresh, ignore_conflicts=True)
        given, wanted = given + len(fresh), wanted | keys
    gone = [pk for key, pk in held.items() if key not in wanted]
    for start in range(0, len(gone), CHUNK):
        FillGrant.objects.filter(pk__in=gone[start : start + CHUNK]).delete()
    return {"given": given, "taken": len(gone)}


def _offering_forms():
    """Open items about something, of versions whose steps offer forms at all."""
    items = WorkItem.objects.open().filter(subject_id__isnull=False, step_run__isnull=False)
    versions = FlowVersion.objects.filter(pk__in=items.values("step_run__version"))
    offering = [
        version.pk
        for version in versions
        if any(step.fills for step in flow_of(version).steps.values())
    ]
    return items.filter(step_run__version__in=offering)


def _wanted_of(ids, forms, members):
    """(subject type, subject, user, form) for each who may fill, of items that stay as they are
    until the transaction ends."""
    rows = WorkItem.objects.open().filter(pk__in=ids).select_for_update(of=("self",))
    rows = rows.select_related("step_run__version").prefetch_related("candidates__pool")
    for item in rows:
        people = {item.assignee_id} if item.assignee_id else set()
        for candidate in item.candidates.all():
            pool = candidate.pool
            if pool.pk not in members:
                found = people_of_pool(pool, timezone.localdate())
                members[pool.pk] = {user.pk for user in found}
            people |= members[pool.pk]
        for code in fills_of(item):
            for user in people if code in forms else ():
                yield item.subject_type, item.subject_id, user, forms[code]


def _grant(key) -> FillGrant:
    kind, subject, user, form = key
    return FillGrant(subject_type=kind, subject_id=subject, user_id=user, template_id=form)


def fills_of(item) -> tuple[str, ...]:
    """The codes of the forms that the step of an item offers to fill."""
    if not item.step_run_id:
        return ()
    step = flow_of(item.step_run.version).steps.get(item.step_run.step)
    return step.fills if step else ()
