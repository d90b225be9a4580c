"""What the pages of one visit show: where it stands, whose turn it is, who takes part."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Account, ContactRole
from core.templatetags.kam import status
from documents.models import DocumentTemplate
from documents.selectors import latest_document, may_open
from engagement.models import HELD_STATUSES, VisitStatus
from engagement.permissions import visits as permissions
from engagement.services import visit_flow
from engagement.services.visit_records import changes_of
from flows import pages
from flows.cache import flow_of
from flows.models import FlowRun, ItemState, RunState, WorkItem

SHAPES = {
    VisitStatus.FUNDED: "good",
    VisitStatus.ARCHIVED: "good",
    VisitStatus.RECORDED: "good",
    VisitStatus.VISITED: "watch",
    VisitStatus.REFUSED: "bad",
    VisitStatus.CANCELLED: "quiet",
}


def visit_state(visit):
    return status(visit.get_status_display(), SHAPES.get(visit.status, ""), True)


def run_of(visit) -> FlowRun | None:
    """Its newest steering run, ended or not."""
    runs = FlowRun.objects.about(visit_flow.KIND, visit.pk).filter(steers=True)
    return runs.select_related("version", "template", "originator").order_by("-pk").first()


def turns_of(run, user) -> list[pages.Card]:
    """What is open in the flow, as far as the person may know of it."""
    items = run.items.open().visible_to(user)
    related = ("run__version", "step_run", "assignee", "account__city")
    items = items.select_related(*related).prefetch_related("candidates__pool")
    return [pages.Card(item, user) for item in items]


@dataclass(frozen=True)
class Person:
    """Somebody of the customer at the visit."""

    contact: object
    level: str
    title: str
    attended: bool | None


def people_of(visit) -> list[Person]:
    """Those of the customer, senior ones first."""
    rows = list(visit.contacts.select_related("contact"))
    titles = dict(
        ContactRole.objects.filter(
            account=visit.account_id, contact__in=[row.contact_id for row in rows]
        ).values_list("contact", "title")
    )
    levels = dict(ContactRole._meta.get_field("level").choices)
    order = list(levels)
    rows.sort(key=lambda row: (order.index(row.level) if row.level in order else 9, row.pk))
    return [
        Person(
            contact=row.contact,
            level=levels.get(row.level, ""),
            title=titles.get(row.contact_id, ""),
            attended=row.attended,
        )
        for row in rows
    ]


def commitments_of(visit):
    """The promises made at the visit: free work items about it, open ones first."""
    items = WorkItem.objects.about(visit_flow.KIND, visit.pk).filter(run=None)
    items = items.exclude(state=ItemState.CANCELLED)
    return items.select_related("assignee", "done_by").order_by("-state", "due_at", "pk")


def account_seen(visit, user) -> bool:
    return Account.objects.visible_to(user).filter(pk=visit.account_id).exists()


def forms_of(cards, visit, user) -> list[dict]:
    """The forms that the open steps of this person offer, on the customer's file: the one that is
    there is gone through again (choice C-11), else a new one is begun."""
    codes = [code for card in cards if card.step for code in card.step.fills]
    names = {one.code: one.name for one in DocumentTemplate.objects.filter(code__in=codes)}
    found = []
    for code in dict.fromkeys(codes):
        held = latest_document("account", visit.account_id, code, complete=False)
        if held is not None and not may_open(user, held):
            continue
        start = f"{reverse('documents:document_start', args=[code])}?account={visit.account_id}"
        found.append(
            {
                "name": names.get(code, code),
                "url": held.get_absolute_url() if held else start,
                "said": held.get_state_display() if held else "",
            }
        )
    return found


def end_of(run) -> str:
    """How the flow ended, in the reader's words; empty while it runs."""
    if run is None or run.state == RunState.OPEN:
        return ""
    end = flow_of(run.version).ends.get(run.end)
    return pages.said(end.name) if end else run.get_state_display()


def may(visit, user) -> dict:
    """What the person may do here, for buttons; the services decide again."""
    ahead = visit.is_ahead
    change = permissions.can_change(user, visit)
    ready = ahead and visit_flow.waits_for_holding(visit)
    part = permissions.takes_part(user, visit)
    arrived = part and visit.check_ins.filter(user=user).exists()
    return {
        "edit": ahead and change,
        "move": ahead and change,
        "cancel": ahead and change,
        "check_in": part and not arrived and (ready or visit.status == VisitStatus.VISITED),
        "commit": visit.status in HELD_STATUSES and permissions.can_record(user, visit),
        "record": (ready or visit.status == VisitStatus.VISITED)
        and permissions.can_record(user, visit),
    }


def facts_of(visit) -> dict:
    """Everything the page of a visit shows beside its flow."""
    return {
        "people": people_of(visit),
        "colleagues": list(visit.colleagues.select_related("user")),
        "check_ins": list(visit.check_ins.select_related("user", "photo")),
        "record": getattr(visit, "record", None),
        "commitments": list(commitments_of(visit)),
        "changes": list(changes_of(visit).select_related("decided_by")),
    }
