"""Answers, refusals and problems of definitions in the reader's language."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.expression_words import explain
from core.formats import UNKNOWN, full_money, number
from core.history import both as in_both
from core.models import in_language
from documents.references import HIDDEN


def name(words) -> str:
    """The label of a section, a field, an option … in the language of the reader."""
    return in_language(words.zh, words.en)


def refusal(error) -> str:
    """Why an answer was not taken (documents.answers.AnswerError)."""
    said = {
        "text": _("Write a text."),
        "too_long": _("At most %(a)s characters."),
        "number": _("Enter a number."),
        "cents": _("At most two decimal places."),
        "at_least": _("At least %(a)s."),
        "at_most": _("At most %(a)s."),
        "date": _("Enter a date as YYYY-MM-DD."),
        "choice": _("Choose from the list."),
        "rating": _("Choose a mark from 1 to %(a)s."),
        "yes_no": _("Answer yes or no."),
        "reference": _("Choose from the list."),
        "file": _("There is no such file here."),
        "table": _("These lines do not fit the table."),
        "currency": _("There is no such currency."),
        "unknown": _("There is no such field in this form."),
    }[error.code]
    text = said % {"a": error.params[0]} if error.params else said
    if error.where:
        column, line = error.where
        place = _("Line %(line)s, %(column)s:") % {"line": line, "column": name(column)}
        return f"{place} {text}"
    return text


def lacking(missing) -> str:
    """What a document still misses (documents.answers.Missing)."""
    label = name(missing.field)
    if missing.code == "evidence":
        return _("%(field)s: the evidence is missing") % {"field": label}
    if missing.line:
        return _("%(field)s, line %(line)s: %(column)s is missing") % {
            "field": label,
            "line": missing.line,
            "column": name(missing.column),
        }
    return label


def problem(found) -> str:
    """What is wrong in a definition (documents.definition.Problem)."""
    if found.code == "expression":
        return explain(found.params[0])
    said = {
        "unreadable": _("This cannot be read as a form."),
        "mapping": _("Named entries are expected here."),
        "list": _("A list is expected here."),
        "pair": _("A text in Chinese and one in English are expected here."),
        "text": _("A text is expected here."),
        "yes_no": _("Only yes or no can stand here."),
        "number": _("Enter a number."),
        "between": _("A whole number from %(a)s to %(b)s is expected here."),
        "one_of": _("One of these is expected here: %(a)s"),
        "code": _("A code has small letters, digits and underscores and begins with a letter."),
        "twice": _("“%(a)s” is there twice."),
        "unknown_key": _("“%(a)s” is not known here."),
        "unnamed": _("Give a Chinese or an English name."),
        "no_fields": _("Add at least one field."),
        "too_many": _("A form has at most %(a)s fields."),
        "few_options": _("Give at least two choices."),
        "no_columns": _("Give the table at least one column."),
        "weight": _("Only choices, ratings and yes/no can have a weight, and none below 0."),
        "no_scores": _("Give the choices a score, or the field no weight."),
        "reportable": _("Tables and files cannot be counted."),
        "bounds": _("The highest value is below the lowest."),
        "circle": _("The condition waits for its own field."),
    }[found.code]
    return said % dict(zip("ab", found.params, strict=False))


def said(field, answer, known=None) -> str:
    """An answer in words. `known` are the labels of references the reader sees."""
    if answer is None:
        return UNKNOWN
    if field.kind in ("choice", "multiple"):
        chosen = answer if isinstance(answer, list) else [answer]
        options = {option.code: name(option) for option in field.options}
        return ", ".join(options.get(code, code) for code in chosen)
    if field.kind == "money":
        return full_money(answer["amount"], answer["currency"], get_language())
    if field.kind == "number":
        digits = len(answer.partition(".")[2])
        unit = name(field.unit) if getattr(field, "unit", None) else ""
        return f"{number(answer, digits)} {unit}".strip()
    if field.kind == "rating":
        return f"{answer} / {field.scale}"
    if field.kind == "yes_no":
        word = {True: _("yes"), False: _("no"), None: UNKNOWN}[answer["yes"]]
        return f"{word}: {answer['evidence']}" if answer["evidence"] else word
    if field.kind == "reference":
        return (known or {}).get((field.refers, answer["id"])) or str(HIDDEN)
    if field.kind == "file":
        return number(len(answer))
    if field.kind == "table":
        return "; ".join(
            ", ".join(said(c, line.get(c.code)) for c in field.columns if c.code in line)
            for line in answer
        )
    return str(answer)


def both(words) -> str:
    """In both languages: for history, whose reader is not known."""
    return in_both(words.zh, words.en)


def kept(field, answer):
    """An answer as history keeps it: plain text that needs no form to be read."""
    if answer is None:
        return None
    if field.kind in ("choice", "multiple"):
        chosen = answer if isinstance(answer, list) else [answer]
        options = {option.code: both(option) for option in field.options}
        return ", ".join(options.get(code, code) for code in chosen)
    if field.kind == "money":
        return f"{answer['amount']} {answer['currency']}"
    if field.kind == "yes_no":
        word = {True: in_both("是", "yes"), False: in_both("否", "no"), None: ""}[answer["yes"]]
        return ": ".join(part for part in (word, answer["evidence"]) if part)
    if field.kind == "reference":
        return f"#{answer['id']}"
    if field.kind == "file":
        return len(answer)
    if field.kind == "table":
        lines = (
            ", ".join(str(kept(c, line[c.code])) for c in field.columns if c.code in line)
            for line in answer
        )
        return "; ".join(lines)
    return answer
