"""Where a registration stands: the way of its flow, whose turn it is, what was done."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.duplicates import find_duplicates
from core.models import in_language
from core.subjects import adapter_of
from documents.models import Document
from documents.selectors import latest_document
from flows import pictures
from flows.cache import flow_of
from flows.models import FlowRun, ItemState, WorkItem
from planning.subjects import FORM
from teams.selectors import pool_ids


@dataclass(frozen=True)
class Turn:
    """An open work item: what is asked of whom until when; `outcomes` where it is this person's."""

    item: object
    title: str
    who: str
    outcomes: tuple
    late: bool


def run_of(registration):
    """Its newest run, or None."""
    runs = FlowRun.objects.about("registration", registration.pk)
    return runs.select_related("version", "template").order_by("-pk").first()


def way_of(run) -> list[dict]:
    """The steps of people on the main line and the end: behind, here, ahead."""
    flow = flow_of(run.version)
    visits = list(run.steps.all())
    here = {visit.step for visit in visits if visit.state == "open"}
    done = {visit.step for visit in visits if visit.state == "done"}
    way = [
        {
            "label": in_language(step.name.zh, step.name.en),
            "kind": "here" if step.code in here else "" if step.code in done else "next",
            "said": "",
        }
        for step in flow.steps.values()
        if step.by_person and not step.block and not _aside(step, here | done)
    ]
    if run.end in flow.ends:
        name = flow.ends[run.end].name
        way.append({"label": in_language(name.zh, name.en), "kind": "here", "said": ""})
    return way


def diagram_of(run):
    """The whole flow as a picture, with the steps it stands at and those it passed."""
    return pictures.diagram_of(run)


def _aside(step, visited) -> bool:
    """Steps nobody needs unless something was returned stay off the way until then."""
    return step.status == "returned" and step.code not in visited


def turns_of(run, user) -> list[Turn]:
    """Who has to do something now."""
    items = run.items.filter(state=ItemState.OPEN).select_related("assignee", "step_run")
    pools = set(pool_ids(user, timezone.localdate()))
    flow, now = flow_of(run.version), timezone.now()
    turns = []
    for item in items.prefetch_related("candidates__pool"):
        waiting = [candidate.pool for candidate in item.candidates.all()]
        mine = item.assignee_id == user.pk or (
            item.assignee_id is None and any(pool.pk in pools for pool in waiting)
        )
        step = flow.steps[item.step_run.step]
        turns.append(
            Turn(
                item=item,
                title=item.title,
                who=str(item.assignee or "、".join(pool.name for pool in waiting)),
                outcomes=tuple(_choices(step)) if mine else (),
                late=item.due_at <= now,
            )
        )
    return turns


def _choices(step):
    for outcome in step.outcomes.values():
        name = in_language(outcome.name.zh, outcome.name.en)
        yield {
            "code": outcome.code,
            "name": name,
            "reason": outcome.reason,
            "yes": outcome.code == step.positive,
        }


def trail_of(run) -> list[dict]:
    """What was done, newest first, in the words of the flow."""
    flow = flow_of(run.version)
    lines = []
    for event in run.events.select_related("actor", "other").order_by("-pk"):
        step = flow.steps.get(event.step)
        outcome = step.outcomes.get(event.outcome) if step else None
        end = flow.ends.get(event.outcome) if event.verb == "end" else None
        lines.append(
            {
                "at": event.at,
                "actor": event.actor,
                "step": in_language(step.name.zh, step.name.en) if step else "",
                "outcome": _words(outcome or end) or _verb(event.verb),
                "note": event.note if event.verb != "start" else "",
            }
        )
    return lines


def _words(thing) -> str:
    return in_language(thing.name.zh, thing.name.en) if thing else ""


def _verb(verb) -> str:
    words = {
        "start": _("started"),
        "withdraw": _("withdrawn"),
        "return": _("returned"),
        "delegate": _("delegated"),
        "claim": _("taken over"),
        "take_back": _("taken back"),
        "nudge": _("reminded"),
        "reassign": _("reassigned"),
    }
    return words.get(verb, verb)


def form_of(registration, user):
    """The basic information form of the customer as the person may read it: newest, or None."""
    found = latest_document("account", registration.account_id, FORM, complete=False)
    if found is None or not Document.objects.visible_to(user).filter(pk=found.pk).exists():
        return None
    return found


def missing_of(registration) -> list[str]:
    """What is still needed before it may be submitted."""
    adapter = adapter_of(registration)
    gates = ("basic_form", "contact", "manager")
    if registration.kind == "deal":
        gates = ("manager", "account_registered")
    return [text for gate in gates for text in adapter.missing(registration, gate)]


def duplicates_of(account, user):
    """Other accounts that might be the same customer."""
    return find_duplicates(
        user=user,
        name=account.name,
        registration_no=account.registration_no or "",
        exclude_pk=account.pk,
    )


def item_of(registration, pk):
    """An open or closed item of this registration's flow, or None."""
    return WorkItem.objects.about("registration", registration.pk).filter(pk=pk).first()
