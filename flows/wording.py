"""What is wrong with a flow, worded for the person who edits it."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import in_language

TEXTS = {
    # What cannot be read
    "not_yaml": _("This is not readable as YAML; look at line and column %(value)s."),
    "not_a_flow": _("A flow is a list of keys with values."),
    "too_long": _("The definition is longer than %(value)s characters."),
    "too_deep": _("The definition is nested too deeply or refers to itself."),
    "key_twice": _("The key “%(value)s” is written twice."),
    "key_unknown": _("“%(value)s” is no key that is known here."),
    "code": _("“%(value)s” is no code: letters, digits, - and _ only, 40 at most."),
    "step_twice": _("There are two steps with this code."),
    "mode": _("The mode “%(value)s” is not any, all, in_order or for instance “2 of 3”."),
    "limit": _("“%(value)s” is no time limit; write for instance “2 days” or “4 hours”."),
    "switch": _("Only these words are possible here: %(value)s."),
    "not_text": _("“%(value)s” must be a word or a list of words."),
    "not_a_list": _("“%(value)s” must be a list."),
    "not_a_mapping": _("“%(value)s” must be a list of keys with values."),
    "not_a_pair": _("“%(value)s” must be a pair of zh and en."),
    "outcome_unknown": _("“%(value)s” is no outcome of this step."),
    "branch_twice": _("Two branches are called “%(value)s”."),
    "branch_empty": _("The branch “%(value)s” has no step."),
    # What cannot run
    "subject_unknown": _("There is no kind of subject called “%(value)s”."),
    "no_steps": _("The flow has no step."),
    "start_unknown": _("“%(value)s” is no step of the main line to start at."),
    "names_missing": _("A name in both languages is missing."),
    "kind_unknown": _("“%(value)s” is no kind of step."),
    "nobody": _("Nobody is named who could do it."),
    "person_unknown": _("Nobody is called “%(value)s”."),
    "post_unknown": _("There is no post “%(value)s”."),
    "post_empty": _("Nobody holds the post “%(value)s”."),
    "pool_unknown": _("There is no group “%(value)s”."),
    "user_unknown": _("There is no active colleague “%(value)s”."),
    "same_as_unknown": _("“%(value)s” is no step that a person does."),
    "no_accountable": _("No administrator is left to answer for what finds nobody."),
    "leads_nowhere": _("The step leads nowhere."),
    "approval_without_no": _("An approval needs a second outcome, the no."),
    "outcome_name": _("The outcome “%(value)s” has no name in both languages."),
    "status_unknown": _("“%(value)s” is no status of the subject."),
    "status_in_branch": _("A step inside a branch cannot set the status: branches would disagree."),
    "status_missing": _("People see this step, so it needs a status."),
    "end_status_missing": _("The end “%(value)s” needs a status."),
    "end_unknown": _("“%(value)s” is no end of this flow."),
    "cancel_unknown": _("“%(value)s” is no end that cancelling could lead to."),
    "to_unknown": _("“%(value)s” is no step."),
    "into_block": _("Nobody can jump into the middle of “%(value)s”."),
    "milestone_unknown": _("“%(value)s” is no milestone."),
    "gate_unknown": _("“%(value)s” is nothing that could be needed here."),
    "document_unknown": _("There is no document template “%(value)s”."),
    "action_unknown": _("“%(value)s” is no action of the subject."),
    "flow_unknown": _("There is no flow “%(value)s”."),
    "ends_uncovered": _("The end “%(value)s” of the other flow leads nowhere."),
    "expression": _("The condition cannot be read: %(value)s"),
    "name_forbidden": _("The condition uses “%(value)s”, which it may not read."),
    "else_missing": _("A decision needs an “else”."),
    "until_missing": _("A wait needs an “until”."),
    "limits_not_here": _("Only a step that somebody does, or that waits, has limits by condition."),
    "limit_missing": _("Limit by condition %(value)s says no time."),
    "limit_condition_missing": _("Limit by condition %(value)s says no condition."),
    "branches_missing": _("A parallel step needs branches."),
    "seats": _("More must agree than there are people to ask."),
    "unreachable": _("No way leads to this step."),
    "no_way_out": _("No way leads from this step to an end."),
    "loop": _("The flow would run in circles here by itself."),
    "won_early": _("The status says won before the milestone “signed”."),
    "won_missing": _("After the milestone “signed” the status must say won."),
}


def sentence(problem) -> str:
    """What is wrong, said beside the part it is about."""
    return str(TEXTS[problem.code] % {"value": problem.value})


def worded(problem, flow=None) -> str:
    """One sentence in the reader's language, with the step it is about."""
    text = sentence(problem)
    if not problem.step:
        return text
    step = flow.steps.get(problem.step) if flow else None
    name = in_language(step.name.zh, step.name.en) if step else ""
    return gettext("Step “%(step)s”: %(text)s") % {"step": name or problem.step, "text": text}
