"""Time zones to choose from, by name."""

from zoneinfo import available_timezones

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget


def zones() -> list[tuple[str, str]]:
    """Places only: no abbreviations and no offsets."""
    return [(name, name) for name in sorted(available_timezones()) if _is_place(name)]


def _is_place(name: str) -> bool:
    area = name.partition("/")[0]
    return area in {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific"}


def zone_field():
    return forms.ChoiceField(
        label=_("time zone"), choices=lazy(zones, list)(), widget=UnfoldAdminSelectWidget
    )
