"""What the page of one callback shows beside its flow: people, tries, feedback, the three notes."""

from dataclasses import dataclass

from accounts.models import Account, ContactRole
from core.models import in_language
from engagement.models import CallbackStatus, OpinionState
from engagement.permissions import callbacks as permissions
from engagement.services import callback_flow
from flows.cache import flow_of
from flows.models import ItemState, WorkItem
from teams.models import Unit

OPINION_SHAPES = {OpinionState.OPEN: "watch", OpinionState.IN_HAND: "watch"}


@dataclass(frozen=True)
class Note:
    """One of those whom the opinions go to: what they noted; open until they took note."""

    name: str
    who: str
    words: str
    at: object
    is_open: bool


def notes_of(run) -> list[Note]:
    """What each of the recipients said, in the order of the flow; the newest round of each."""
    if run is None:
        return []
    flow = flow_of(run.version)
    names = {
        branch.code: in_language(branch.name.zh, branch.name.en)
        for step in flow.steps.values()
        for branch in step.branches
    }
    items = run.items.exclude(step_run__branch="").exclude(state=ItemState.CANCELLED)
    items = items.select_related("step_run", "assignee", "done_by").prefetch_related(
        "candidates__pool"
    )
    found = {}
    for item in items.order_by("pk"):
        pools = "、".join(one.pool.name for one in item.candidates.all())
        person = item.done_by or item.assignee
        found[item.step_run.branch] = Note(
            name=names.get(item.step_run.branch, item.title),
            who=person.name if person else pools,
            words=item.opinion,
            at=item.done_at,
            is_open=item.state != ItemState.DONE,
        )
    order = list(names)
    return [
        found[code]
        for code in sorted(found, key=lambda code: order.index(code) if code in order else 99)
    ]


def people_of(callback) -> list[dict]:
    rows = list(callback.contacts.select_related("contact"))
    titles = dict(
        ContactRole.objects.filter(
            account=callback.account_id, contact__in=[row.contact_id for row in rows]
        )
        .order_by("starts_on", "pk")
        .values_list("contact", "title")
    )
    return [
        {"contact": row.contact, "title": titles.get(row.contact_id, ""), "reached": row.reached}
        for row in sorted(rows, key=lambda row: row.pk)
    ]


def feedback_of(callback):
    related = ("theme", "opinion", "department", "item__assignee", "item__done_by")
    return list(callback.feedback.select_related(*related).order_by("line"))


def actions_of(callback):
    """What changes in our service because of the call: free work, what departments were asked
    left out (it stands beside its opinion)."""
    asked = callback.feedback.exclude(item=None).values("item")
    items = WorkItem.objects.about(callback_flow.KIND, callback.pk).filter(run=None)
    items = items.exclude(state=ItemState.CANCELLED).exclude(pk__in=asked)
    return items.select_related("assignee", "done_by").order_by("-state", "due_at", "pk")


def before_it(callback, user):
    """The last callback of the account in which the customer was reached, before this one."""
    rows = type(callback).objects.visible_to(user).called().filter(account=callback.account_id)
    rows = rows.exclude(pk=callback.pk).filter(held_at__lt=callback.held_at or callback.planned_at)
    return rows.order_by("-held_at").first()


def account_seen(callback, user) -> bool:
    return Account.objects.visible_to(user).filter(pk=callback.account_id).exists()


def may(callback, user) -> dict:
    """What the person may do here, for buttons; the services decide again."""
    change = permissions.can_change(user, callback)
    callable_now = callback.status in (CallbackStatus.PLANNED, CallbackStatus.CONTACTED)
    return {
        "edit": change and callback.is_ahead,
        "call": callable_now
        and permissions.can_call(user, callback)
        and (not callback.is_ahead or callback_flow.waits_for_call(callback)),
        "act": permissions.can_add_action(user, callback),
        "pass_on": permissions.can_pass_on(user, callback),
    }


def department_offered(feedback) -> Unit | None:
    """The department offered first: whose the opinion's owner is."""
    owner = feedback.opinion.owner
    return feedback.department or (owner.unit if owner and owner.unit_id else None)
