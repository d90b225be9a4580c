"""The demo people on the log-in page."""

from django import template

from teams.access import demo_login_open
from teams.selectors import demo_cast as cast_of_demo

register = template.Library()


@register.simple_tag(takes_context=True)
def demo_cast(context):
    """Who can be tried with one click: only on the own machine, only in a demo install."""
    return list(cast_of_demo()) if demo_login_open(context["request"]) else []
