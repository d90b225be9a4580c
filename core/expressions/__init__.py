"""Conditions and formulas as data: `amount > 10000 and not status in ('lost', 'ended')`.

Pure. Names come only from a given list of names and kinds; there is no attribute access, no call
but min and max, and a cap on length, parts and nesting. An empty value is unknown (None); unknown
spreads through arithmetic, comparisons, and/or/not as in three-valued logic (false and unknown
is false), and counts as no at the top (`holds`). Kinds are those of core.subjects.SubjectField.

    or, and, not, = != < <= > >=, in (a, b), + - * /, min(a, b), max(a, b),
    12.5, 'text', true, false, date '2026-05-01'; date - date gives days, date + days a date
"""

from collections.abc import Callable, Mapping

from core.expressions.errors import ExpressionError
from core.expressions.reading import MAX_LENGTH, Parser
from core.expressions.tree import FAMILIES, Expression
from core.expressions.values import value_of

__all__ = ["FAMILIES", "Expression", "ExpressionError", "evaluate", "holds", "parse"]


def parse(text: str, names: Mapping[str, str], result: str = "") -> Expression:
    """Reads and checks a text; `names` maps each usable name to its kind, `result` (a kind) says
    what must come out. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too_long", MAX_LENGTH, limit=MAX_LENGTH)
    parser = Parser(text, names)
    root = parser.whole()
    if result and root.family != FAMILIES[result]:
        raise ExpressionError("result", 0, left=root.family, right=FAMILIES[result])
    return Expression(text, root, frozenset(parser.used))


def evaluate(expression: Expression, get: Callable[[str], object]):
    """The value (Decimal, str, date or bool), or None where it is unknown. `get` is asked for the
    names the expression needs, and never for another."""
    return value_of(expression.root, get)


def holds(expression: Expression, get: Callable[[str], object]) -> bool:
    """Whether a condition is met; unknown counts as no."""
    return evaluate(expression, get) is True
