"""One machinery for every list page; docs/lists.md shows how to use it."""

from core.lists.filters import (
    Filter,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
    yes_no_filter,
)
from core.lists.listing import Listing
from core.lists.paging import Page, paginate
from core.lists.spec import BulkAct, Column, ListContext, ListSpec

__all__ = [
    "BulkAct",
    "Column",
    "Filter",
    "ListContext",
    "ListSpec",
    "Listing",
    "Page",
    "choice_filter",
    "date_filter",
    "number_filter",
    "paginate",
    "reference_filter",
    "text_filter",
    "yes_no_filter",
]
