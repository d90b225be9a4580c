"""What an answer would bring about, told before it is given: for answering many at once."""

from dataclasses import dataclass, field

from flows.models import ItemState
from flows.services.engine import Move
from flows.services.gates import missing_for
from flows.services.people import Finder
from flows.services.voting_of import decided

MOST_STEPS = 30


@dataclass(frozen=True)
class Forecast:
    """Where one item's run would go. `step` and `end` are names in both languages (Words) or
    None; `waits`: others still have to answer; `refused`: why it would not go through."""

    item: object
    step: object = None
    end: object = None
    waits: bool = False
    refused: str = ""
    missing: list = field(default_factory=list)


def foresee(item, outcome, actor) -> Forecast:
    """Asks the same gates and conditions as the engine, and writes nothing."""
    move = Move(item.run, actor)
    step = move.flow.steps[item.step_run.step]
    choice = step.outcomes.get(outcome)
    if choice is None:
        return Forecast(item, refused="outcome")
    if Finder(move, step).refuses(actor):
        return Forecast(item, refused="own")
    if missing := missing_for(move, choice):
        return Forecast(item, refused="missing", missing=[str(text) for text, _link in missing])
    result = decided(step, _as_answered(item, outcome))
    if result is None:
        return Forecast(item, waits=True)
    choice = step.outcomes.get(result, choice)
    back = item.step_run.resume_at if result == step.positive else ""
    return _arrive(move, item, back or choice.to, "" if back else choice.end)


def _as_answered(item, outcome) -> list:
    votes = list(item.step_run.items.exclude(state=ItemState.CANCELLED))
    for vote in votes:
        if vote.pk == item.pk:
            vote.outcome, vote.state = outcome, ItemState.DONE
    return votes


def _arrive(move, item, to, end) -> Forecast:
    """Through decisions and automatic steps to where somebody or something waits, or to an end."""
    for _step in range(MOST_STEPS):
        if not to:
            return Forecast(item, end=move.flow.ends.get(end))
        step = move.flow.steps[to]
        if step.kind == "decision":
            chosen = step.outcomes[_case(move, step)]
        elif step.kind == "automatic":
            chosen = step.outcomes[step.positive]
        else:
            return Forecast(item, step=step.name)
        to, end = chosen.to, chosen.end
    return Forecast(item, step=move.flow.steps[to].name)


def _case(move, step) -> str:
    for number, text in enumerate(step.conditions, start=1):
        if move.holds(text):
            return f"case{number}"
    return "else"
