"""Text put into markup where it is done a thousand times a page."""

import html

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString


def escaped(value) -> str:
    """`conditional_escape` without its detour for lazy texts, which the contents of lists are not;
    whatever else comes still takes it."""
    kind = type(value)
    if kind is SafeString:
        return value
    return html.escape(value) if kind is str else conditional_escape(value)
