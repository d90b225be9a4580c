"""What would strand a run: found before a flow may be started (R-PLT-06)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.expressions import ExpressionError, parse
from flows.shape import END_OF_BRANCH, KINDS, Flow, Problem, Step

MILESTONES = (
    "identified",
    "qualified",
    "contacted",
    "needs_known",
    "proposed",
    "signed",
    "delivered",
    "retained",
)
PERSON = r"owner|originator|person (?P<role>\w+)"
RULE = re.compile(
    rf"(?:{PERSON})|superior (?:(?P<level>[1-9]) )?of (?:owner|originator|person (?P<of>\w+))"
    r"|department head|team leader|post (?P<post>[\w-]+)|pool (?P<pool>[\w:-]+)"
    r"|user (?P<user>[\w.@+-]+)|same as (?P<step>[\w-]+)"
)
WON, SIGNED = "won", "signed"
DOCUMENT = "document "


@dataclass(frozen=True)
class House:
    """What a definition may refer to, as plain values.

    `names` are the fields an expression may read, with their kinds; `hidden` those the editor
    may not see. `flows` maps the other flows to the codes of their ends.
    """

    subjects: frozenset[str] = frozenset()
    statuses: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    gates: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    posts: Mapping[str, int] = field(default_factory=dict)
    pools: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    documents: frozenset[str] | None = None
    flows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accountable: bool = True


def check(flow: Flow, house: House) -> list[Problem]:
    """Everything that is wrong; the ways through the flow only where each step is sound."""
    found = list(_of_flow(flow, house))
    for step in flow.steps.values():
        found += _of_step(flow, step, house)
    return found or list(_of_ways(flow, house))


def _of_flow(flow, house) -> Iterator[Problem]:
    if flow.subject not in house.subjects:
        yield Problem("", "subject_unknown", flow.subject)
    if not flow.steps:
        yield Problem("", "no_steps")
    elif flow.start not in flow.steps or flow.steps[flow.start].block:
        yield Problem("", "start_unknown", flow.start)
    if not (flow.name.zh and flow.name.en):
        yield Problem("", "names_missing")
    if not house.accountable:
        yield Problem("", "no_accountable")
    for end in flow.ends.values():
        if flow.steers and not end.status:
            yield Problem("", "end_status_missing", end.code)
        if end.status and end.status not in house.statuses:
            yield Problem("", "status_unknown", end.status)
        if not (end.name.zh and end.name.en):
            yield Problem("", "outcome_name", end.code)
    if flow.cancel and flow.cancel not in flow.ends:
        yield Problem("", "cancel_unknown", flow.cancel)


def _of_step(flow, step, house) -> Iterator[Problem]:
    if not (step.name.zh and step.name.en):
        yield Problem(step.code, "names_missing")
    if step.kind not in KINDS:
        yield Problem(step.code, "kind_unknown", step.kind)
        return
    if not step.outcomes:
        yield Problem(step.code, "leads_nowhere")
    if step.kind == "approval" and len(step.outcomes) < 2:
        yield Problem(step.code, "approval_without_no")
    yield from _of_status(flow, step, house)
    for milestone in step.milestones:
        if milestone not in MILESTONES:
            yield Problem(step.code, "milestone_unknown", milestone)
    yield from _of_people(flow, step, house)
    yield from _of_outcomes(flow, step, house)
    yield from _of_kind(step, house)
    yield from _of_limits(step, house)


def _of_status(flow, step, house) -> Iterator[Problem]:
    if step.status and step.status not in house.statuses:
        yield Problem(step.code, "status_unknown", step.status)
    if step.status and step.block:
        yield Problem(step.code, "status_in_branch")
    passing = step.kind in ("decision", "automatic")
    if flow.steers and not step.status and not step.block and not passing:
        yield Problem(step.code, "status_missing")


def _of_people(flow, step, house) -> Iterator[Problem]:
    if step.by_person and not step.who:
        yield Problem(step.code, "nobody")
    for rule in (*step.who, *step.copy):
        yield from _of_rule(flow, step, rule, house)
    if step.mode == "n_of_m" and not _enough_seats(step, house):
        yield Problem(step.code, "seats", f"{step.need} / {len(step.who)}")


def _of_rule(flow, step, rule, house) -> Iterator[Problem]:
    match = RULE.fullmatch(rule)
    if match is None:
        yield Problem(step.code, "person_unknown", rule)
        return
    role, post = match["role"] or match["of"], match["post"]
    if role and role not in house.roles:
        yield Problem(step.code, "person_unknown", rule)
    if post and post not in house.posts:
        yield Problem(step.code, "post_unknown", post)
    elif post and not house.posts[post]:
        yield Problem(step.code, "post_empty", post)
    if match["pool"] and match["pool"] not in house.pools:
        yield Problem(step.code, "pool_unknown", match["pool"])
    if match["user"] and match["user"] not in house.users:
        yield Problem(step.code, "user_unknown", match["user"])
    same = match["step"]
    if same and (same not in flow.steps or not flow.steps[same].by_person):
        yield Problem(step.code, "same_as_unknown", same)


def _enough_seats(step: Step, house) -> bool:
    """A post or pool may have as many seats as it has people today; others have one."""
    seats = 0
    for rule in step.who:
        match = RULE.fullmatch(rule)
        if match and match["pool"]:
            return True
        seats += house.posts.get(match["post"], 1) if match and match["post"] else 1
    return seats >= step.need


def _of_outcomes(flow, step, house) -> Iterator[Problem]:
    for outcome in step.outcomes.values():
        if step.by_person and not (outcome.name.zh and outcome.name.en):
            yield Problem(step.code, "outcome_name", outcome.code)
        for gate in outcome.needs:
            if gate.startswith(DOCUMENT):
                if house.documents is not None and gate[len(DOCUMENT) :] not in house.documents:
                    yield Problem(step.code, "document_unknown", gate[len(DOCUMENT) :])
            elif gate not in house.gates:
                yield Problem(step.code, "gate_unknown", gate)
        yield from _of_target(flow, step, outcome)
    for code in step.fills:
        if house.documents is not None and code not in house.documents:
            yield Problem(step.code, "document_unknown", code)


def _of_target(flow, step, outcome) -> Iterator[Problem]:
    if outcome.end:
        inside = outcome.end == END_OF_BRANCH and step.block
        if not inside and outcome.end not in flow.ends:
            yield Problem(step.code, "end_unknown", outcome.end)
    elif outcome.to not in flow.steps:
        yield Problem(step.code, "to_unknown" if outcome.to else "leads_nowhere", outcome.to)
    elif flow.steps[outcome.to].block not in flow.blocks_around(step.code) or (
        flow.steps[outcome.to].block == step.block and flow.steps[outcome.to].branch != step.branch
    ):
        yield Problem(step.code, "into_block", flow.steps[outcome.to].block)


def _of_kind(step, house) -> Iterator[Problem]:
    for text in (*step.conditions, *([step.until] if step.until else ())):
        yield from _of_expression(step, text, house)
    if step.kind == "decision" and "else" not in step.outcomes:
        yield Problem(step.code, "else_missing")
    if step.kind == "wait" and not step.until:
        yield Problem(step.code, "until_missing")
    if step.kind == "parallel" and not step.branches:
        yield Problem(step.code, "branches_missing")
    if step.kind == "automatic" and step.do not in house.actions:
        yield Problem(step.code, "action_unknown", step.do)
    if step.kind == "subflow":
        if step.flow not in house.flows:
            yield Problem(step.code, "flow_unknown", step.flow)
        for end in sorted(house.flows.get(step.flow, frozenset()) - step.outcomes.keys()):
            yield Problem(step.code, "ends_uncovered", end)


def _of_limits(step, house) -> Iterator[Problem]:
    """Each line says when and by when; only a person or a wait has use for them."""
    if step.limits and not (step.by_person or step.waits):
        yield Problem(step.code, "limits_not_here")
    for number, line in enumerate(step.limits, start=1):
        if not line.within:
            yield Problem(step.code, "limit_missing", str(number))
        if line.condition:
            yield from _of_expression(step, line.condition, house)
        else:
            yield Problem(step.code, "limit_condition_missing", str(number))


def _of_expression(step, text, house) -> Iterator[Problem]:
    try:
        expression = parse(text, house.names, "yes_no")
    except ExpressionError as error:
        yield Problem(step.code, "expression", str(error))
        return
    for name in sorted(expression.names & house.hidden):
        yield Problem(step.code, "name_forbidden", name)


def _of_ways(flow: Flow, house) -> Iterator[Problem]:
    seen, todo = set(), [flow.start]
    while todo:
        code = todo.pop()
        if code not in seen:
            seen.add(code)
            todo += flow.next_steps(code)
    for code in flow.steps:
        if code not in seen:
            yield Problem(code, "unreachable")
    good = {code for code, s in flow.steps.items() if any(o.end for o in s.outcomes.values())}
    while more := {c for c in flow.steps if c not in good and flow.next_steps(c) & good}:
        good |= more
    for code in flow.steps:
        if code not in good:
            yield Problem(code, "no_way_out")
    for code in flow.steps:
        if _spins(flow, code, frozenset()):
            yield Problem(code, "loop")
    if flow.steers and WON in house.statuses:
        yield from _of_won(flow)


def _spins(flow, code, path) -> bool:
    """A loop that neither a person nor a clock interrupts."""
    step = flow.steps[code]
    if step.kind not in ("decision", "automatic"):
        return False
    return code in path or any(_spins(flow, o, path | {code}) for o in flow.next_steps(code))


def _of_won(flow) -> Iterator[Problem]:
    """Won is the status after the milestone signed, on every path."""
    if not any(SIGNED in step.milestones for step in flow.steps.values()):
        return
    seen, todo = set(), [(flow.start, False)]
    while todo:
        code, signed = todo.pop()
        if (code, signed) in seen:
            continue
        seen.add((code, signed))
        step = flow.steps[code]
        yield from _won_at(step.status, signed, code)
        todo += [(branch.first, signed) for branch in step.branches]
        for outcome in step.outcomes.values():
            passed = signed or (outcome.code == step.positive and SIGNED in step.milestones)
            if outcome.to:
                todo.append((outcome.to, passed))
            elif outcome.end in flow.ends:
                yield from _won_at(flow.ends[outcome.end].status, passed, code)


def _won_at(status, signed, code) -> Iterator[Problem]:
    if status == WON and not signed:
        yield Problem(code, "won_early")
    if status and status != WON and signed:
        yield Problem(code, "won_missing")
