"""Where the flow on a record of engagement stands, for its page."""

from core.models import in_language
from flows.cache import flow_of
from flows.models import FlowRun, ItemState, StepState, WorkItem
from flows.pages import route, sees_subject, subject_url
from flows.pictures import picture
from planning.progress import trail_of, turns_of


def run_about(kind, pk):
    """The newest run on a record, or None."""
    runs = FlowRun.objects.about(kind, pk)
    return runs.select_related("version", "template").order_by("-pk").first()


def stand_of(run, user) -> dict:
    """Context of engagement/_flow_now.html and engagement/_flow_past.html."""
    if run is None:
        return {"run": None}
    flow = flow_of(run.version)
    visits = list(run.steps.select_related("awaits"))
    here = {visit.step for visit in visits if visit.state == StepState.OPEN}
    passed = {visit.step for visit in visits if visit.state == StepState.DONE}
    return {
        "run": run,
        "flow_name": in_language(flow.name.zh, flow.name.en),
        "stops": route(run),
        "end": in_language(flow.ends[run.end].name.zh, flow.ends[run.end].name.en)
        if run.end in flow.ends
        else "",
        "turns": turns_of(run, user),
        "trail": trail_of(run),
        "diagram": picture(flow, here=here, done=passed),
        "awaited": [
            {"title": one.title, "url": subject_url(one) if sees_subject(one, user) else ""}
            for one in (visit.awaits for visit in visits if visit.state == StepState.OPEN)
            if one is not None
        ],
    }


def item_about(kind, pk, item_pk):
    """An item of the flow on this record, or None."""
    return WorkItem.objects.about(kind, pk).filter(pk=item_pk).first()


def signatures_of(run) -> list[dict]:
    """Who said yes to what and when, in order: what stands under a printed form."""
    if run is None:
        return []
    flow = flow_of(run.version)
    items = run.items.filter(state=ItemState.DONE).select_related("done_by", "step_run")
    signed = {}
    for item in items.order_by("done_at", "pk"):
        step = flow.steps.get(item.step_run.step)
        if step is not None and item.outcome == step.positive:
            # The last yes to a step counts; one before a return is past.
            signed[step.code] = {
                "step": in_language(step.name.zh, step.name.en),
                "who": item.done_by,
                "at": item.done_at,
            }
    return list(signed.values())
