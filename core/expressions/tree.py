"""The checked form of an expression."""

from dataclasses import dataclass

# kind of a name -> what it counts as in the expression.
FAMILIES = {
    "number": "number",
    "money": "number",
    "text": "text",
    "choice": "text",
    "date": "date",
    "yes_no": "yes_no",
    "reference": "reference",
}
ORDERED = ("number", "date")


@dataclass(frozen=True)
class Node:
    """A part of an expression: `does` is value, name or an operator; `family` what it gives."""

    family: str
    does: str
    value: object = None
    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Expression:
    """A checked expression; `kind` is what it gives: number, text, date, yes_no or reference."""

    text: str
    root: Node
    names: frozenset[str]

    @property
    def kind(self) -> str:
        return self.root.family
