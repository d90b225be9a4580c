"""What a flow is once it is read: frozen values, and what can be wrong with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

KINDS = ("task", "approval", "stage", "decision", "parallel", "wait", "subflow", "automatic")
PERSON_KINDS = frozenset({"task", "approval", "stage"})
WAITING_KINDS = frozenset({"wait", "subflow"})
END_OF_BRANCH = "branch"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: at which step ("" for the flow), which kind, about what.

    Worded for the person in flows.wording.
    """

    step: str
    code: str
    value: str = ""


class DefinitionError(Exception):
    """A definition cannot be read or cannot run; `problems` says everything at once."""

    def __init__(self, problems):
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.step}: {p.code} {p.value}".strip() for p in self.problems))


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    zh: str = ""
    en: str = ""

    def __bool__(self):
        return bool(self.zh or self.en)


@dataclass(frozen=True)
class Outcome:
    """One answer of a step and where it leads: to a step or to an end, never both."""

    code: str
    name: Words
    to: str = ""
    end: str = ""
    needs: tuple[str, ...] = ()
    reason: bool = False

    @property
    def target(self) -> str:
        return self.to or f"end {self.end}"


@dataclass(frozen=True)
class Branch:
    code: str
    name: Words
    first: str


@dataclass(frozen=True)
class Limit:
    """A time limit for where a condition holds; without `green` the green channel has `within`."""

    condition: str
    within: str = ""
    green: str = ""


@dataclass(frozen=True)
class Step:
    """`branch` and `block` are empty on the main line; `block` is the parallel step around it."""

    code: str
    name: Words
    kind: str = "task"
    help: Words = Words()
    who: tuple[str, ...] = ()
    mode: str = "any"
    need: int = 0
    status: str = ""
    within: str = ""
    green: str = ""
    limits: tuple[Limit, ...] = ()
    milestones: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    until: str = ""
    do: str = ""
    flow: str = ""
    fills: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    branch: str = ""
    block: str = ""
    own_request: bool = False
    signs_once: bool = True
    skip: bool = False
    proposed: bool = False

    @property
    def positive(self) -> str:
        """The yes: the outcome written first."""
        return next(iter(self.outcomes))

    def limit(self, holds: Callable[[str], bool], *, green: bool) -> str:
        """The limit that counts: of the first line whose condition holds, else the plain one."""
        found = next((line for line in self.limits if holds(line.condition)), self)
        return (green and found.green) or found.within

    @property
    def by_person(self) -> bool:
        return self.kind in PERSON_KINDS

    @property
    def waits(self) -> bool:
        return self.kind in WAITING_KINDS


@dataclass(frozen=True)
class End:
    code: str
    name: Words
    status: str = ""


@dataclass(frozen=True)
class Flow:
    code: str
    number: str
    name: Words
    subject: str
    start: str
    steps: Mapping[str, Step]
    ends: Mapping[str, End]
    card: Mapping[str, Words]
    cancel: str = ""
    steers: bool = True
    source: str = ""

    def says_the_same(self, other: "Flow") -> bool:
        """Equal also in the order of steps, ends and answers: the first answer is the yes."""
        return self == other and self._orders() == other._orders()

    def _orders(self) -> list[list[str]]:
        return [list(self.steps), list(self.ends), *(list(s.outcomes) for s in self.steps.values())]

    def blocks_around(self, code: str) -> set[str]:
        """The parallel steps a step lies in, from the inside out, and "" for the main line."""
        found, block = {""}, self.steps[code].block
        while block:
            found.add(block)
            block = self.steps[block].block
        return found

    def next_steps(self, code: str) -> set[str]:
        """Steps that may follow, with the first step of each branch."""
        step = self.steps[code]
        return {o.to for o in step.outcomes.values() if o.to} | {b.first for b in step.branches}

    def person_steps(self) -> Iterator[Step]:
        return (step for step in self.steps.values() if step.by_person)
