"""A figure of the dashboard and its lines."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.history import HIDDEN
from kpi import sums


@dataclass
class Row(sums.Sum):
    """One line of a figure. `url` leads to its deals, `page` to the record itself; `named` is
    false for "none" and for what is gathered in one line."""

    key: object = None
    label: str = ""
    url: str = ""
    lost_url: str = ""
    page: str = ""
    named: bool = True
    rest: int = 0
    late: int = 0
    share: Decimal | None = None


def nameless(row) -> Row:
    """The row of an account that is hidden from the reader: its sums are of deals they see."""
    return replace(row, key=None, label=str(HIDDEN), url="", lost_url="", page="")


@dataclass
class Figure:
    """A picture with its table. `whole` is the line under the double rule."""

    code: str
    title: str
    head: str
    rows: list = field(default_factory=list)
    whole: Row | None = None
    kind: str = "rank"
    says: str = ""

    @property
    def most(self):
        """The largest amount of a row: the unit of the column."""
        return max((r.amount for r in self.rows if r.amount is not None), default=None)

    @property
    def has_before(self) -> bool:
        return any(row.before for row in self.rows)
