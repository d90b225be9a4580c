"""How improvements and opinions are said in templates."""

from django import template

from engagement.lists.states import state_cell
from engagement.wording import reason_in

register = template.Library()


@register.filter
def reason(action) -> str:
    return action.title or reason_in(action)


@register.filter
def state(row):
    return state_cell(row)
