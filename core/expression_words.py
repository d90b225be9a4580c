"""Says what is wrong with an expression, in the reader's language."""

from django.utils.translation import gettext as _

from core.expressions import ExpressionError


def explain(error: ExpressionError) -> str:
    """One sentence with its place; people count characters from 1."""
    return _("Character %(place)d: %(what)s") % {
        "place": error.position + 1,
        "what": error.say(_),
    }
