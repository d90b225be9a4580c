"""What may be wrong with an expression, in English; core.expression_words says it in Chinese."""


def gettext_noop(text: str) -> str:
    """Marks a text for translation; this module is pure and must not import Django's."""
    return text


MESSAGES = {
    "empty": gettext_noop("Nothing is written here."),
    "too_long": gettext_noop("Longer than {limit} characters."),
    "too_large": gettext_noop("More than {limit} parts."),
    "too_deep": gettext_noop("Nested more than {limit} levels deep."),
    "character": gettext_noop("“{found}” is not understood."),
    "attribute": gettext_noop("Only plain names can be used, nothing after a dot."),
    "unclosed": gettext_noop("The text that begins here has no closing quotation mark."),
    "empty_text": gettext_noop("An empty text never equals anything."),
    "value": gettext_noop("A name, a number or a text is expected here, not “{found}”."),
    "value_at_end": gettext_noop("A name, a number or a text is missing at the end."),
    "sign": gettext_noop("“{wanted}” is expected here, not “{found}”."),
    "sign_at_end": gettext_noop("“{wanted}” is missing at the end."),
    "rest": gettext_noop("“{found}” cannot stand here."),
    "chain": gettext_noop("Comparisons cannot be chained; join two of them with “and”."),
    "unknown_name": gettext_noop("There is no “{name}” here. Known: {known}."),
    "unusable": gettext_noop("“{name}” cannot be used in an expression."),
    "date": gettext_noop("“{found}” is not a date; write it as date '2026-05-01'."),
    "operands": gettext_noop("“{operator}” does not go with {left} and {right}."),
    "operand": gettext_noop("“{operator}” does not go with {left}."),
    "order": gettext_noop("{left} cannot be put in order; use = or !=."),
    "result": gettext_noop("This gives {left}, but {right} is needed."),
}
FAMILY_WORDS = {
    "number": gettext_noop("a number"),
    "text": gettext_noop("a text"),
    "date": gettext_noop("a date"),
    "yes_no": gettext_noop("yes or no"),
    "reference": gettext_noop("a reference"),
}


class ExpressionError(Exception):
    """The text is no expression. `position` counts characters from 0; `code` and `params` let
    core.expression_words say it in the reader's language."""

    def __init__(self, code: str, position: int, **params):
        self.code, self.position, self.params = code, position, params
        self.message = self.say(gettext_noop)
        super().__init__(self.message, position)

    def say(self, translate) -> str:
        """The message without its place, through a function that translates one text."""
        words = {
            key: translate(FAMILY_WORDS[value]) if key in ("left", "right") else value
            for key, value in self.params.items()
        }
        return translate(MESSAGES[self.code]).format(**words)
