"""What the list of accounts shows of their visits."""

from django.utils.translation import gettext_lazy as _

from core.lists import Column
from core.lists.columns import day_column


def _column(code, label, name) -> Column:
    return day_column(
        code,
        label,
        f"figures.{name}",
        sort=(f"figures__{name}", "name"),
        related=("figures",),
        nullable=True,
        wide="3",
    )


LAST_VISIT = _column("last_visit", _("Last visit"), "last_visit_on")
NEXT_VISIT = _column("next_visit", _("Next visit"), "next_visit_on")
