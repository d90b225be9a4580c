"""Conditions and formulas: what they say, what they refuse, and that unknown never turns to yes."""

import datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from core.expression_words import explain
from core.expressions import ExpressionError, evaluate, holds, parse
from core.expressions.errors import FAMILY_WORDS, MESSAGES
from core.expressions.reading import MAX_DEPTH, MAX_LENGTH, MAX_PARTS

NAMES = {
    "amount": "money",
    "margin": "number",
    "status": "choice",
    "city": "text",
    "registered": "yes_no",
    "green": "yes_no",
    "signed": "date",
    "today": "date",
    "tier": "reference",
    "date": "date",
    "客户数": "number",
    "photo": "file",
}
VALUES = {
    "amount": Decimal("12000.50"),
    "margin": 7,
    "status": "lost",
    "city": "Suzhou",
    "registered": True,
    "green": None,
    "signed": datetime.date(2026, 3, 1),
    "today": datetime.date(2026, 3, 31),
    "tier": 3,
    "date": datetime.date(2026, 1, 1),
    "客户数": 5,
}


def value_of(text, **values):
    return evaluate(parse(text, NAMES), {**VALUES, **values}.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("12 / 4 / 3", 1),
        ("-2 * -3", 6),
        ("- - 2", 2),
        ("0.1 + 0.2", Decimal("0.3")),
        ("min(3, 1, 2) + max(4, 9)", 10),
        ("amount * margin / 100", Decimal("840.0350")),
        ("max(signed, today)", datetime.date(2026, 3, 31)),
        ("today - signed", 30),
        ("signed + 10", datetime.date(2026, 3, 11)),
        ("signed - 1", datetime.date(2026, 2, 28)),
        ("date '2026-02-28' + 1", datetime.date(2026, 3, 1)),
        ("客户数 + 1", 6),
        ("city", "Suzhou"),
        ("tier", "3"),
    ],
)
def test_formulas(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 10000", True),
        ("amount >= 12000.50 and amount <= 12000.5", True),
        ("amount != 12000.5", False),
        ("amount == 12000.5", True),
        ("status = 'lost'", True),
        ("status in ('lost', 'ended')", True),
        ("status not in ('lost', 'ended')", False),
        ("margin in (1, margin, 3)", True),
        ("not registered or city = 'Suzhou'", True),
        ("not (registered and city = 'Suzhou')", False),
        ("true or false and false", True),
        ("registered = true", True),
        ("signed < date '2026-03-02'", True),
        ("date = date '2026-01-01'", True),
        ("tier = 3", True),
        ("tier = '3'", True),
        ("tier != 4", True),
        ("tier in (1, 2, 3)", True),
        ("today - signed > 29 and min(margin, 3) = 3", True),
    ],
)
def test_conditions(text, expected):
    assert value_of(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("green", None),
        ("not green", None),
        ("green and registered", None),
        ("green and false", False),
        ("false and green", False),
        ("green or registered", True),
        ("green or false", None),
        ("not (margin < 5)", None),
        ("margin + 1 > 0", None),
        ("margin != 5", None),
        ("margin in (1, 2)", None),
        ("1 in (margin, 1)", True),
        ("2 in (margin, 1)", None),
        ("min(margin, 1)", None),
        ("city = 'Suzhou'", None),
        ("1 / 0 = 1", None),
        ("margin = margin", None),
        ("signed + 99999999 > signed", None),
        ("999999999999999999999 * signed = 1", "operands"),
    ],
)
def test_an_empty_value_makes_the_answer_unknown_not_yes(text, expected):
    empty = {"margin": None, "city": " "}
    if expected == "operands":
        assert refusal(text).code == expected
    else:
        assert value_of(text, **empty) is expected
        assert holds(parse(text, NAMES), {**VALUES, **empty}.get) is (expected is True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", "12"),
        ("amount", True),
        ("amount", float("nan")),
        ("amount", Decimal("Infinity")),
        ("registered", 1),
        ("registered", "yes"),
        ("signed", "2026-01-01"),
        ("city", 5),
        ("tier", 1.5),
        ("tier", True),
        pytest.param("tier", 10**5000, id="tier-huge"),
    ],
)
def test_a_value_of_the_wrong_kind_is_unknown(name, value):
    assert value_of(name, **{name: value}) is None


def test_a_moment_counts_as_its_day_and_a_fraction_as_written():
    moment = datetime.datetime(2026, 3, 1, 23, 59, tzinfo=datetime.UTC)
    assert value_of("signed", signed=moment) == datetime.date(2026, 3, 1)
    assert value_of("amount = 0.1", amount=0.1) is True


def test_only_the_names_that_count_are_asked_for():
    asked = []
    expression = parse("registered or amount > 1", NAMES)
    assert expression.names == {"registered", "amount"}
    assert holds(expression, lambda name: asked.append(name) or VALUES[name])
    assert asked == ["registered"]


def test_an_error_while_getting_a_value_is_not_swallowed():
    def broken(name):
        raise ValueError(name)

    with pytest.raises(ValueError, match="margin"):
        evaluate(parse("margin + 1 > 0", NAMES), broken)


def refusal(text, **more) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, NAMES, **more)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "empty", 0),
        ("   ", "empty", 0),
        ("amount > ", "value_at_end", 8),
        ("amount >", "value_at_end", 8),
        ("amount > 1 )", "rest", 11),
        ("amount amount", "rest", 7),
        ("(amount > 1", "sign_at_end", 11),
        ("min amount", "sign", 4),
        ("margin in 5", "sign", 10),
        ("not", "value_at_end", 3),
        ("margin not 5", "sign", 11),
        ("and", "value", 0),
        ("margin = * 2", "value", 9),
        ("min()", "value", 4),
        ("profit > 1", "unknown_name", 0),
        ("amount > 1 and profit", "unknown_name", 15),
        ("photo = 'a'", "unusable", 0),
        ("city.upper", "attribute", 4),
        ("amount . real", "attribute", 7),
        ("__class__", "unknown_name", 0),
        ("print(1)", "unknown_name", 0),
        ("amount ； 1", "character", 7),
        ("5abc > 1", "character", 0),
        ("1.2.3", "character", 0),
        ("2 ** 3", "value", 3),
        ("status = 'lost", "unclosed", 9),
        ("status = ''", "empty_text", 9),
        ("status = ' '", "empty_text", 9),
        ('status = "lost"', "character", 9),
        ("1 < amount < 5", "chain", 11),
        ("margin in (1) in (2)", "chain", 14),
        ("amount = 'lost'", "operands", 7),
        ("signed > 5", "operands", 7),
        ("signed = '2026-01-01'", "operands", 7),
        ("registered = 1", "operands", 11),
        ("status in ('a', 1)", "operands", 7),
        ("tier = signed", "operands", 5),
        ("status < 'b'", "order", 7),
        ("tier < 5", "order", 5),
        ("registered > false", "order", 11),
        ("amount and registered", "operand", 7),
        ("not amount", "operand", 0),
        ("-city", "operand", 0),
        ("city + 'a'", "operands", 5),
        ("signed + signed", "operands", 7),
        ("5 - signed", "operands", 2),
        ("min(city)", "operand", 0),
        ("max(1, signed)", "operands", 0),
        ("date '2026-02-30' = today", "date", 5),
        ("date '20260201' = today", "date", 5),
        ("x" * (MAX_LENGTH + 1), "too_long", MAX_LENGTH),
    ],
)
def test_a_refusal_says_what_and_where(text, code, position):
    error = refusal(text)
    assert (error.code, error.position) == (code, position)
    assert error.message and "{" not in error.message


def test_size_and_depth_are_capped():
    assert refusal("+".join(["1"] * MAX_PARTS)).code == "too_large"
    assert refusal("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1)).code == "too_deep"
    assert refusal("not " * (MAX_DEPTH + 1) + "green").code == "too_deep"
    assert refusal("-" * (MAX_DEPTH + 1) + "1").code == "too_deep"
    assert refusal("min(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1)).code == "too_deep"
    longest = "+".join(["1"] * (MAX_PARTS // 2))
    assert value_of(longest) == MAX_PARTS // 2
    assert value_of("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH) == 1


def test_the_result_may_be_asked_for():
    assert parse("amount + 1", NAMES, result="money").kind == "number"
    assert refusal("amount + 1", result="yes_no").message == (
        "This gives a number, but yes or no is needed."
    )


def test_a_name_that_is_also_a_kind_is_not_mistaken_for_it():
    with pytest.raises(ExpressionError) as caught:
        parse("number > 1", {"text": "text"})
    assert caught.value.message == "There is no “number” here. Known: text."


@pytest.mark.parametrize("text", ["amount >", "profit", "city + 1", "status = ''", "1 < 2 < 3"])
def test_a_refusal_reads_in_chinese(text):
    with translation.override("zh-hans"):
        said = explain(refusal(text))
    assert said.startswith("第 ") and "expected" not in said and "Character" not in said


def test_every_message_is_translated():
    with translation.override("zh-hans"):
        for text in [*MESSAGES.values(), *FAMILY_WORDS.values()]:
            assert translation.gettext(text) != text


# Properties

conditions = st.sampled_from(["registered", "green", "true", "margin > 5", "status = 'lost'"])
formulas = st.recursive(
    st.sampled_from(["amount", "margin", "3", "0", "2.5", "(today - signed)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
    ),
    max_leaves=6,
)
questions = st.recursive(
    st.one_of(
        conditions,
        st.tuples(formulas, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), formulas).map(
            " ".join
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({' '.join(t)})"),
        inner.map(lambda text: f"(not {text})"),
    ),
    max_leaves=6,
)
numbers = st.one_of(
    st.none(),
    st.integers(),
    st.decimals(),
    st.floats(),
)
records = st.fixed_dictionaries(
    {
        "amount": numbers,
        "margin": numbers,
        "status": st.sampled_from([None, "", "lost", "won"]),
        "registered": st.sampled_from([None, True, False]),
        "green": st.sampled_from([None, True, False]),
        "signed": st.one_of(st.none(), st.dates()),
        "today": st.one_of(st.none(), st.dates()),
    }
)
tokens = st.sampled_from(
    [
        *NAMES,
        "and",
        "or",
        "not",
        "in",
        "(",
        ")",
        ",",
        "+",
        "-",
        "=",
        "<",
        "min",
        "'a'",
        "1",
        ".",
        "'",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(tokens, max_size=14).map(" ".join)))
@settings(max_examples=400)
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        expression = parse(text, NAMES)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
        return
    assert expression.names <= set(NAMES)
    evaluate(expression, VALUES.get)


@given(questions, records)
@settings(max_examples=300)
def test_a_condition_answers_yes_no_or_unknown_and_never_fails(text, record):
    assert evaluate(parse(text, NAMES), record.get) in (True, False, None)


@given(questions, records, st.sets(st.sampled_from(sorted(VALUES))))
@settings(max_examples=300)
def test_filling_in_what_was_unknown_never_overturns_an_answer(text, record, hidden):
    expression = parse(text, NAMES)
    before = evaluate(expression, lambda name: None if name in hidden else record.get(name))
    if before is not None:
        assert evaluate(expression, record.get) is before


@given(questions, questions, records)
def test_de_morgan_holds_with_unknown(left, right, record):
    one = parse(f"not ({left} and {right})", NAMES)
    other = parse(f"not ({left}) or not ({right})", NAMES)
    assert evaluate(one, record.get) is evaluate(other, record.get)


@given(questions, records)
def test_a_condition_and_its_opposite_are_never_both_met(text, record):
    opposite = parse(f"not ({text})", NAMES)
    assert not (holds(parse(text, NAMES), record.get) and holds(opposite, record.get))


@given(formulas, records)
def test_a_formula_gives_a_finite_number_or_nothing(text, record):
    value = evaluate(parse(text, NAMES), record.get)
    assert value is None or value.is_finite()
