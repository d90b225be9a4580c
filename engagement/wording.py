"""What surveys, opinions and improvements are called, in the reader's language."""

from django.utils import translation
from django.utils.translation import gettext as _

from core.models import in_language
from engagement.scoring import DETRACTOR, SCORE


def reason_in(action) -> str:
    """Why something is improved."""
    if action.reason == SCORE:
        return _("low satisfaction")
    if action.reason == DETRACTOR:
        return _("would not recommend us")
    if action.reason.startswith("dimension:"):
        name = in_language(action.dimension_zh, action.dimension_en)
        return _("low mark for %(dimension)s") % {"dimension": name or action.reason[10:]}
    return action.title or _("what the customer asked for")


def in_both(say, *args) -> tuple[str, str]:
    """(Chinese, English) of what a function says."""
    told = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            told.append(str(say(*args)))
    return tuple(told)
