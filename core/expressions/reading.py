"""From text to a checked tree: one descent, from `or` down to single values."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.expressions.errors import ExpressionError
from core.expressions.tree import FAMILIES, ORDERED, Node

MAX_LENGTH = 2000
MAX_PARTS = 200
MAX_DEPTH = 20
WORDS = frozenset({"and", "or", "not", "in", "true", "false", "min", "max"})
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)(?![\w.])|(?P<text>'[^']*')"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|!=|==|[-+*/()<>=,]))"
)


@dataclass(frozen=True)
class _Token:
    kind: str  # number, text, name, sign, end
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if not match:
            raise _unreadable(text, at)
        kind = match.lastgroup
        tokens.append(_Token(kind, match[kind].replace("==", "="), match.start(kind)))
        at = match.end()
    return [*tokens, _Token("end", "", end)]


def _unreadable(text: str, at: int) -> ExpressionError:
    at += len(text[at:]) - len(text[at:].lstrip())
    if text[at] == "'":
        return ExpressionError("unclosed", at)
    if text[at] == ".":
        return ExpressionError("attribute", at)
    return ExpressionError("character", at, found=re.match(r"\w+\S*|.", text[at:])[0][:20])


class Parser:
    """One descent from `or` to single values; every node passes `node`, which counts them."""

    def __init__(self, text, names):
        self.tokens, self.names = _tokens(text), names
        self.used: set[str] = set()
        self.at = self.parts = self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        return self.next.kind in ("sign", "name") and self.next.text in texts

    def expect(self, sign: str):
        if not self.sees(sign):
            if self.next.kind == "end":
                raise ExpressionError("sign_at_end", self.next.at, wanted=sign)
            raise ExpressionError("sign", self.next.at, wanted=sign, found=self.next.text)
        self.take()

    def node(self, at: int, family: str, does: str, value=None, parts=()) -> Node:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise ExpressionError("too_large", at, limit=MAX_PARTS)
        return Node(family, does, value, tuple(parts))

    def deeper(self, rule: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("too_deep", self.next.at, limit=MAX_DEPTH)
        node = rule()
        self.depth -= 1
        return node

    def whole(self) -> Node:
        if self.next.kind == "end":
            raise ExpressionError("empty", 0)
        root = self.any_of()
        if self.next.kind != "end":
            raise ExpressionError("rest", self.next.at, found=self.next.text)
        return root

    def any_of(self) -> Node:
        return self._joined("or", self.all_of)

    def all_of(self) -> Node:
        return self._joined("and", self.negation)

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        first = part()
        if not self.sees(word):
            return first
        at, parts = self.next.at, [first]
        while self.sees(word):
            self.take()
            parts.append(part())
        for found in parts:
            if found.family != "yes_no":
                raise ExpressionError("operand", at, operator=word, left=found.family)
        return self.node(at, "yes_no", word, parts=parts)

    def negation(self) -> Node:
        if not self.sees("not"):
            return self.comparison()
        at = self.take().at
        part = self.deeper(self.negation)
        if part.family != "yes_no":
            raise ExpressionError("operand", at, operator="not", left=part.family)
        return self.node(at, "yes_no", "not", parts=[part])

    def comparison(self) -> Node:
        left = self.sum()
        if self.sees("in", "not"):
            left = self.membership(left)
        elif self.sees(*COMPARISONS):
            sign = self.take()
            right = self.sum()
            _check_comparison(sign, left, right)
            left = self.node(sign.at, "yes_no", sign.text, parts=[left, right])
        else:
            return left
        if self.sees("in", *COMPARISONS):
            raise ExpressionError("chain", self.next.at)
        return left

    def membership(self, left: Node) -> Node:
        negated = self.sees("not") and self.take()
        at = self.next.at
        self.expect("in")
        parts = [left, *self.arguments()]
        for part in parts[1:]:
            _check_comparison(_Token("sign", "=", at), left, part, shown="in")
        found = self.node(at, "yes_no", "in", parts=parts)
        return self.node(negated.at, "yes_no", "not", parts=[found]) if negated else found

    def arguments(self) -> list[Node]:
        self.expect("(")
        parts = [self.deeper(self.sum)]
        while self.sees(","):
            self.take()
            parts.append(self.deeper(self.sum))
        self.expect(")")
        return parts

    def sum(self) -> Node:
        return self._chain(("+", "-"), self.product)

    def product(self) -> Node:
        return self._chain(("*", "/"), self.unary)

    def _chain(self, signs: tuple[str, str], part: Callable[[], Node]) -> Node:
        left = part()
        while self.sees(*signs):
            sign = self.take()
            right = part()
            family = _arithmetic_family(sign, left, right)
            left = self.node(sign.at, family, sign.text, parts=[left, right])
        return left

    def unary(self) -> Node:
        if not self.sees("-"):
            return self.single()
        at = self.take().at
        part = self.deeper(self.unary)
        if part.family != "number":
            raise ExpressionError("operand", at, operator="-", left=part.family)
        return self.node(at, "number", "minus", parts=[part])

    def single(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return self.node(token.at, "number", "value", Decimal(token.text))
        if token.kind == "text":
            return self.node(token.at, "text", "value", _written_text(token))
        if token.kind == "name":
            return self.named(token)
        if token.text == "(" and token.kind == "sign":
            inner = self.deeper(self.any_of)
            self.expect(")")
            return inner
        if token.kind == "end":
            raise ExpressionError("value_at_end", token.at)
        raise ExpressionError("value", token.at, found=token.text)

    def named(self, token: _Token) -> Node:
        if token.text == "date" and self.next.kind == "text":
            return self.node(token.at, "date", "value", _written_date(self.take()))
        if token.text in ("true", "false"):
            return self.node(token.at, "yes_no", "value", token.text == "true")
        if token.text in ("min", "max"):
            return self.extreme(token)
        if token.text in WORDS:
            raise ExpressionError("value", token.at, found=token.text)
        if token.text not in self.names:
            known = ", ".join(sorted(self.names)) or "–"
            raise ExpressionError("unknown_name", token.at, name=token.text, known=known)
        if self.names[token.text] not in FAMILIES:
            raise ExpressionError("unusable", token.at, name=token.text)
        self.used.add(token.text)
        return self.node(token.at, FAMILIES[self.names[token.text]], "name", token.text)

    def extreme(self, token: _Token) -> Node:
        parts = self.arguments()
        for part in parts:
            if part.family not in ORDERED:
                raise ExpressionError("operand", token.at, operator=token.text, left=part.family)
            if part.family != parts[0].family:
                raise _unlike(token.at, token.text, parts[0], part)
        return self.node(token.at, parts[0].family, token.text, parts=parts)


def _unlike(at: int, operator: str, left: Node, right: Node) -> ExpressionError:
    return ExpressionError("operands", at, operator=operator, left=left.family, right=right.family)


def _written_text(token: _Token) -> str:
    text = token.text[1:-1]
    if not text.strip():
        raise ExpressionError("empty_text", token.at)
    return text


def _written_date(token: _Token) -> datetime.date:
    text = token.text[1:-1]
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ExpressionError("date", token.at, found=text) from None


def _check_comparison(sign: _Token, left: Node, right: Node, shown: str = ""):
    """Both sides of one family; a reference is also compared with a number or a text."""
    families = {left.family, right.family}
    if len(families) > 1 and ("reference" not in families or families & {"date", "yes_no"}):
        raise _unlike(sign.at, shown or sign.text, left, right)
    if sign.text not in ("=", "!=") and not families <= set(ORDERED):
        raise ExpressionError("order", sign.at, left=(families - set(ORDERED)).pop())


def _arithmetic_family(sign: _Token, left: Node, right: Node) -> str:
    families = (left.family, right.family)
    if families == ("number", "number"):
        return "number"
    if families == ("date", "date") and sign.text == "-":
        return "number"
    if families == ("date", "number") and sign.text in "+-":
        return "date"
    raise _unlike(sign.at, sign.text, left, right)
