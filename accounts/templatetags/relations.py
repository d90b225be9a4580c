"""Marks of how well we know somebody."""

from django import template
from django.utils.safestring import SafeString

register = template.Library()
# 0 unknown to us … 5 trusted partner (Contact.closeness).
STRENGTH = {None: "", 0: "none", 1: "faint", 2: "faint", 3: "steady", 4: "deep", 5: "deep"}


@register.simple_tag
def tie(closeness) -> SafeString:
    """The line between one of theirs and one of ours; its weight is the closeness."""
    kind = STRENGTH.get(closeness, "")
    if not kind:
        return SafeString("")
    return SafeString(
        f'<svg class="k-tie" data-k="{kind}" viewBox="0 0 64 8" aria-hidden="true">'
        '<line x1="0" y1="4" x2="64" y2="4"/></svg>'
    )
