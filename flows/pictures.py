"""A flow as a picture in the reader's language, with what it says beside the names."""

from django.utils.translation import gettext as _

from flows.cache import flow_of
from flows.diagram import Diagram, draw
from flows.models import StepState
from flows.pages import language
from flows.rule_words import Words, limit_words


def picture(flow, *, here=frozenset(), done=frozenset()) -> Diagram:
    """Time limits stand under the names of steps, conditions at the ways of decisions."""
    words = Words(flow)
    texts = {text for step in flow.steps.values() for text in step.conditions}
    return draw(
        flow,
        language(),
        here=here,
        done=done,
        notes={step.code: _limits(words, step) for step in flow.steps.values()},
        cases={text: words.record.words(text) for text in texts},
    )


def _limits(words, step) -> str:
    lines = [limit_words(step.within)]
    for line in words.limits(step):
        told = {"when": line["when"], "limit": line["within"]}
        lines.append(_("%(when)s: %(limit)s") % told)
    return "\n".join(line for line in lines if line)


def diagram_of(run) -> Diagram:
    """The flow of a run as a picture, with the steps it stands at and those it passed."""
    visits = list(run.steps.values_list("step", "state"))
    here = {step for step, state in visits if state == StepState.OPEN}
    passed = {step for step, state in visits if state == StepState.DONE}
    return picture(flow_of(run.version), here=here, done=passed)
