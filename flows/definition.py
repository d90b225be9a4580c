"""Reads a flow written in YAML into frozen values; says what it cannot read (R-PLT-06, R-PLT-13).

The definition is text for people who do not program. Every value is a word: yes, no, on and 1:30
stay what they are written as. Nothing here touches the database; `flows.checking` says whether
what was read can run.

Keys of a flow
  flow        its code, unique in the house, for instance F-01
  number      the number people know it by; the code where left out
  subject     the kind of subject it runs on (an adapter of KAM_SUBJECTS), for instance account
  zh, en      its name
  start       code of the first step; the first written where left out
  steers      yes (the default) or no: whether it moves the status of its subject
  cancel      code of the end that cancelling leads to; without it nobody can cancel a run
  source      where the flow comes from, free text
  goal, knowledge, key_points, execution, document
              the SOP card, each a pair of zh and en; all optional
  outcomes    names of outcomes this flow calls its own: {code: {zh, en}}
  steps       list of steps
  ends        {code: {zh, en, status}}; a status is needed where the flow steers

Keys of a step
  step        its code, unique in the flow, also inside branches
  kind        task (the default), approval, stage, decision, parallel, wait, subflow, automatic
  zh, en      its name
  help        a pair of zh and en: what to mind here (key point)
  who         one rule or a list of rules (task, approval, stage):
                owner                    who looks after the subject
                originator               who started the run
                post CODE                holders of a post, nearest to the subject's unit
                superior of RULE         the superior of owner, originator or person ROLE;
                superior 2 of RULE       the superior's superior
                department head          head of the subject's unit
                team leader              leader of a virtual team that serves the account
                user NAME                a named person by login name
                pool CODE                a group of people
                person ROLE              a role the subject's adapter knows
                same as STEP             whoever did that step
  mode        any (the default, 或签), all (会签), in_order (依次) or "2 of 3"
  status      status the subject takes when the step is entered; never inside a branch
  within      working time: "2 days", "4 hours", "15 minutes"; "30 calendar days" never stands
              still
  green       the same for accounts of the green channel
  within_when limits for where a condition holds: list of {if: CONDITION, within: LIMIT, green:
              LIMIT}. The first that holds counts, within and green alike (without green its
              within); where none holds, or a value is unknown, within and green of the step.
              Looked at when the step opens; a step that waits looks each time it wakes
  milestone   one or a list of: identified qualified contacted needs_known proposed signed
              delivered retained
  then        {outcome: target} or one target alone, which is the outcome "done". A target is a
              step's code, `end CODE`, or `end branch` inside a branch. The FIRST outcome is the
              yes. Known outcomes: approve reject return submit done cancel yes no late
  reason      outcome or list of outcomes for which an opinion is compulsory
  needs       {outcome: gate or list of gates}: what must be there first. A gate is one of the
              adapter's, or `document CODE` for a complete document of that template
  fills       code or list of codes of document templates this step offers to fill
  copy        rules as for `who`: who is told when the step is done (抄送)
  own_request allowed: the originator may approve this step themselves
  signs_once  no: who approved the step before is asked again
  skip        allowed: the step may be skipped with a reason
  proposed    yes: the step is our proposal, the source lost it
  when, else  decision: list of {if: CONDITION, then: target}, and the target otherwise
  until       wait: the condition waited for; `then` has the outcome and perhaps `late`
  do          automatic: name of one of the adapter's actions
  flow        subflow: code of the other flow; `then` maps its ends (and perhaps `late`)
  branches    parallel: {code: {zh, en, steps: [...]}}; each begins with its first step; codes of
              branches are unique in the flow

A flow mapping in one line breaks on a comma or a question mark in a name: write blocks.
"""

import re
from types import MappingProxyType

import yaml

from core.worktime import parse_limit
from flows.shape import Branch, DefinitionError, End, Flow, Limit, Outcome, Problem, Step, Words

# Outcomes every flow may use without naming them: code to (zh, en).
OUTCOMES = MappingProxyType(
    {
        "approve": ("同意", "Approve"),
        "reject": ("驳回", "Reject"),
        "return": ("退回", "Return"),
        "submit": ("提交", "Submit"),
        "done": ("完成", "Done"),
        "cancel": ("取消", "Cancel"),
        "yes": ("是", "Yes"),
        "no": ("否", "No"),
        "late": ("超期", "Too late"),
        "else": ("否则", "Otherwise"),
    }
)
CARD_KEYS = ("goal", "knowledge", "key_points", "execution", "document")
FLOW_KEYS = frozenset(
    {"flow", "number", "subject", "zh", "en", "start", "steers", "cancel", "source", "version"}
    | {"outcomes", "steps", "ends", *CARD_KEYS}
)
STEP_KEYS = frozenset(
    {"step", "kind", "zh", "en", "help", "who", "mode", "status", "within", "green", "within_when"}
    | {
        "milestone",
        "then",
        "reason",
        "needs",
        "fills",
        "copy",
        "own_request",
        "signs_once",
        "skip",
        "proposed",
    }
    | {"when", "else", "until", "do", "flow", "branches"}
)
MODE = re.compile(r"(?P<name>any|all|in_order)|(?P<need>[1-9]\d?) of (?P<seats>[1-9]\d?)")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
MAX_LENGTH, MAX_DEPTH = 200_000, 24


def read(text: str) -> Flow:
    """Raises DefinitionError with everything that cannot be read."""
    return Reader().flow(load_words(text))


class _Loader(yaml.CBaseLoader):
    """Words only; a key written twice is an error, not a silent winner."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                raise DefinitionError([Problem("", "key_twice", key.value)])
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load_words(text: str) -> dict:
    """The YAML as nested words. Anchors, deep nesting and long texts are refused."""
    if len(text) > MAX_LENGTH:
        raise DefinitionError([Problem("", "too_long", str(MAX_LENGTH))])
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
                raise DefinitionError([Problem("", "too_deep")])
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a loader of words only
    except (yaml.YAMLError, TypeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        raise DefinitionError([Problem("", "not_yaml", place)]) from error
    if not isinstance(document, dict):
        raise DefinitionError([Problem("", "not_a_flow")])
    return document


class Reader:
    """Turns words into values; collects what it cannot read and goes on."""

    def __init__(self):
        self.problems: list[Problem] = []
        self.steps: dict[str, Step] = {}
        self.own_names: dict[str, Words] = {}
        self.branches: set[str] = set()

    def flow(self, row: dict) -> Flow:
        self._known_keys("", row, FLOW_KEYS)
        code = self._code("", row, "flow")
        self.own_names = {
            key: self._pair("", value, "outcomes") for key, value in self._dict("", row, "outcomes")
        }
        first = self._walk(self._rows("", row, "steps"), branch="", block="")
        ends = {key: self._end(key, value) for key, value in self._dict("", row, "ends")}
        flow = Flow(
            code=code,
            number=self._text("", row, "number") or code,
            name=self._pair("", row, "zh"),
            subject=self._text("", row, "subject"),
            start=self._text("", row, "start") or first,
            steps=MappingProxyType(self.steps),
            ends=MappingProxyType(ends),
            card=MappingProxyType({k: self._pair("", row[k], k) for k in CARD_KEYS if k in row}),
            cancel=self._text("", row, "cancel"),
            steers=self._switch("", row, "steers", "yes", "no", default=True),
            source=self._text("", row, "source"),
        )
        if self.problems:
            raise DefinitionError(self.problems)
        return flow

    def _walk(self, rows, *, branch, block) -> str:
        """Reads a line of steps; returns the code of its first."""
        first = ""
        for row in rows:
            code = self._code("", row, "step")
            if code in self.steps:
                self._bad(code, "step_twice")
            first = first or code
            self._known_keys(code, row, STEP_KEYS)
            # The place is kept before the branches, so that steps stay in written order.
            self.steps[code] = None
            self.steps[code] = self._step(code, row, branch=branch, block=block)
        return first

    def _step(self, code, row, *, branch, block) -> Step:
        mode = MODE.fullmatch(self._text(code, row, "mode") or "any")
        if mode is None:
            self._bad(code, "mode", row["mode"])
        conditions, outcomes = self._outcomes(code, row)
        return Step(
            code=code,
            name=self._pair(code, row, "zh"),
            kind=self._text(code, row, "kind") or "task",
            help=self._pair(code, row.get("help", {}), "help"),
            who=self._words(code, row, "who"),
            mode=(mode["name"] or "n_of_m") if mode else "any",
            need=int(mode["need"] or 0) if mode else 0,
            status=self._text(code, row, "status"),
            within=self._limit(code, row, "within"),
            green=self._limit(code, row, "green"),
            limits=self._limits(code, row),
            milestones=self._words(code, row, "milestone"),
            outcomes=MappingProxyType(outcomes),
            conditions=conditions,
            until=self._text(code, row, "until"),
            do=self._text(code, row, "do"),
            flow=self._text(code, row, "flow"),
            fills=self._words(code, row, "fills"),
            copy=self._words(code, row, "copy"),
            branches=self._branches(code, row),
            branch=branch,
            block=block,
            own_request=self._switch(code, row, "own_request", "allowed", "no", default=False),
            signs_once=self._switch(code, row, "signs_once", "yes", "no", default=True),
            skip=self._switch(code, row, "skip", "allowed", "no", default=False),
            proposed=self._switch(code, row, "proposed", "yes", "no", default=False),
        )

    def _outcomes(self, code, row) -> tuple[tuple[str, ...], dict[str, Outcome]]:
        """(conditions, outcomes); those of a decision are called case1, case2, ... and else."""
        conditions, targets = [], {}
        for number, case in enumerate(self._rows(code, row, "when"), start=1):
            self._known_keys(code, case, {"if", "then"})
            conditions.append(self._text(code, case, "if"))
            targets[f"case{number}"] = self._text(code, case, "then")
        if "else" in row:
            targets["else"] = self._text(code, row, "else")
        then = row.get("then", {})
        if isinstance(then, str):
            then = {"done": then}
        targets |= dict(self._dict(code, {"then": then}, "then"))
        needs = dict(self._dict(code, row, "needs"))
        reasons = self._words(code, row, "reason")
        for name in [*needs, *reasons]:
            if name not in targets:
                self._bad(code, "outcome_unknown", name)
        return tuple(conditions), {
            key: self._outcome(code, key, target, needs, reasons) for key, target in targets.items()
        }

    def _outcome(self, code, key, target, needs, reasons) -> Outcome:
        if not isinstance(target, str):
            self._bad(code, "not_text", "then")
            target = ""
        name = self.own_names.get(key) or Words(*OUTCOMES.get(key, ("", "")))
        ends = target == "end" or target.startswith("end ")
        return Outcome(
            code=key,
            name=name,
            to="" if ends else target,
            end=(target[4:].strip() or "done") if ends else "",
            needs=self._words(code, needs, key),
            reason=key in reasons,
        )

    def _branches(self, code, row) -> tuple[Branch, ...]:
        found = []
        for key, value in self._dict(code, row, "branches"):
            if not isinstance(value, dict):
                self._bad(code, "not_a_mapping", key)
                continue
            self._known_keys(code, value, {"zh", "en", "steps"})
            if key in self.branches:
                self._bad(code, "branch_twice", key)
            self.branches.add(key)
            first = self._walk(self._rows(code, value, "steps"), branch=key, block=code)
            found.append(Branch(key, self._pair(code, value, key), first))
            if not first:
                self._bad(code, "branch_empty", key)
        return tuple(found)

    def _end(self, code, value) -> End:
        if not isinstance(value, dict):
            self._bad(code, "not_a_mapping", "ends")
            return End(code, Words())
        self._known_keys(code, value, {"zh", "en", "status"})
        return End(code, self._pair(code, value, "ends"), self._text(code, value, "status"))

    # Single values

    def _bad(self, step: str, code: str, value: str = ""):
        self.problems.append(Problem(step, code, str(value)))

    def _known_keys(self, step, row, known):
        for key in row:
            if key not in known:
                self._bad(step, "key_unknown", key)

    def _text(self, step, row, key) -> str:
        value = row.get(key, "")
        if isinstance(value, str):
            return value.strip()
        self._bad(step, "not_text", key)
        return ""

    def _code(self, step, row, key) -> str:
        code = self._text(step, row, key)
        if not CODE.fullmatch(code):
            self._bad(step, "code", code)
        return code

    def _pair(self, step, row, key) -> Words:
        if not isinstance(row, dict):
            self._bad(step, "not_a_pair", key)
            return Words()
        return Words(self._text(step, row, "zh"), self._text(step, row, "en"))

    def _words(self, step, row, key) -> tuple[str, ...]:
        value = row.get(key, ())
        value = [value] if isinstance(value, str) else value
        if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
            return tuple(word.strip() for word in value if word.strip())
        self._bad(step, "not_text", key)
        return ()

    def _rows(self, step, row, key) -> list[dict]:
        value = row.get(key) or []
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self._bad(step, "not_a_list", key)
        return []

    def _dict(self, step, row, key):
        value = row.get(key) or {}
        if isinstance(value, dict):
            return value.items()
        self._bad(step, "not_a_mapping", key)
        return ()

    def _limit(self, step, row, key) -> str:
        text = self._text(step, row, key)
        try:
            return text and parse_limit(text) and text
        except ValueError:
            self._bad(step, "limit", text)
            return ""

    def _limits(self, step, row) -> tuple[Limit, ...]:
        found = []
        for line in self._rows(step, row, "within_when"):
            self._known_keys(step, line, {"if", "within", "green"})
            words = {key: self._limit(step, line, key) for key in ("within", "green")}
            found.append(Limit(self._text(step, line, "if"), **words))
        return tuple(found)

    def _switch(self, step, row, key, on, off, *, default) -> bool:
        text = self._text(step, row, key)
        if text and text not in (on, off):
            self._bad(step, "switch", f"{key}: {on}, {off}")
        return default if not text else text == on
