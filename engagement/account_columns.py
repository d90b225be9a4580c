"""What the list of accounts shows of their visits."""

from django.utils.translation import gettext_lazy as _

from accounts.lists import date_cell
from core.lists import Column


def _day(name):
    return lambda account, context: getattr(account.figures, name)


def _shown(name):
    return lambda account, context: date_cell(getattr(account.figures, name), context)


def _column(code, label, name, **more) -> Column:
    return Column(
        code=code,
        label=label,
        cell=_shown(name),
        export=_day(name),
        sort=(f"figures__{name}", "name"),
        related=("figures",),
        nullable=True,
        numeric=True,
        **more,
    )


LAST_VISIT = _column("last_visit", _("Last visit"), "last_visit_on", wide="3")
NEXT_VISIT = _column("next_visit", _("Next visit"), "next_visit_on", wide="3")
