"""A questionnaire as the customer meets it, what they send, and what it says of dimensions."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from documents import answers as rules
from documents import posted, wording
from documents.answers import AnswerError
from documents.definition import Definition, Field
from engagement.scoring import Dimension

# What a page without log-in cannot ask for.
UNASKABLE = ("file", "reference", "table", "money")
WIDEST = 11


@dataclass
class Question:
    """One question on the page. `scale`: as a row of marks; `ends` the words below it."""

    number: int
    code: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    hidden: bool = False
    scale: bool = False
    options: list = field(default_factory=list)
    value: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        return f"f-{self.code}"


def unaskable(definition: Definition) -> list[Field]:
    return [one for one in definition.fields if one.kind in UNASKABLE]


def dimensions_of(definition: Definition) -> list[tuple[Dimension, Field]]:
    """What is marked: ratings whose answers are counted."""
    return [
        (Dimension(one.code, one.weight, 1, one.scale), one)
        for one in definition.fields
        if one.kind == "rating" and one.reportable
    ]


def questions_of(definition: Definition, answers: dict, errors=None) -> list[Question]:
    """Every question in its order; those whose condition does not hold are marked hidden."""
    shown = {one.code for one in rules.shown_fields(definition, answers)}
    errors = errors or {}
    fields = [one for one in definition.fields if one.kind not in UNASKABLE]
    return [
        _question(number, one, answers.get(one.code), one.code not in shown, errors)
        for number, one in enumerate(fields, start=1)
    ]


def _question(number, one: Field, answer, hidden, errors) -> Question:
    question = Question(
        number=number,
        code=one.code,
        kind=one.kind,
        label=wording.name(one),
        help=wording.name(one.help),
        required=one.required,
        hidden=hidden,
        error=errors.get(one.code, ""),
    )
    steps = _steps(one)
    if steps:
        question.scale = True
        question.options = [(str(n), str(n), str(answer) == str(n)) for n in steps]
    elif one.kind in ("choice", "multiple"):
        chosen = answer if isinstance(answer, list) else [answer]
        question.options = [
            (option.code, wording.name(option), option.code in chosen) for option in one.options
        ]
    elif one.kind == "yes_no":
        said = answer and answer["yes"]
        question.options = [("yes", _("Yes"), said is True), ("no", _("No"), said is False)]
    else:
        question.value = "" if answer is None else str(answer)
    return question


def _steps(one: Field) -> list[int]:
    """The marks of a rating, and of a number with few whole steps."""
    if one.kind == "rating":
        return list(range(1, one.scale + 1))
    if one.kind != "number" or one.low is None or one.high is None:
        return []
    low, high = one.low, one.high
    whole = low == low.to_integral_value() and high == high.to_integral_value()
    return list(range(int(low), int(high) + 1)) if whole and high - low < WIDEST else []


def read(definition: Definition, data) -> tuple[dict, dict]:
    """(answers in their plain form, refusals by field) of what a customer sent. The questions of
    the form are read, whatever else was sent."""
    answers, errors = {}, {}
    for one in definition.fields:
        if one.kind in UNASKABLE:
            continue
        try:
            answer = rules.clean(one, posted.value_of(one, data))
            if answer is not None and _steps(one) and Decimal(answer) not in _steps(one):
                raise AnswerError("choice")
        except AnswerError as error:
            errors[one.code] = wording.refusal(error)
        else:
            if answer is not None:
                answers[one.code] = answer
    return answers, errors


def lacking(definition: Definition, answers: dict) -> dict[str, str]:
    """Refusals of what was not answered and has to be, by field."""
    said = _("Please answer this question.")
    return {one.field.code: said for one in rules.missing(definition, answers)}


def words_in(definition: Definition, answers: dict) -> str:
    """Everything written freely, in the order of the form."""
    texts = [
        str(answers[one.code])
        for one in rules.shown_fields(definition, answers)
        if one.kind in ("text", "long_text") and answers.get(one.code)
    ]
    return "\n".join(texts)


def free_text_codes(definition: Definition) -> set[str]:
    return {one.code for one in definition.fields if one.kind in ("text", "long_text")}
