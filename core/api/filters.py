"""Query parameters are a closed list: a name nobody declared is an error, not ignored.

What is not declared cannot be guessed at: a hidden column is neither filter nor order.
"""

from functools import lru_cache

from django import forms
from django.core.exceptions import ValidationError as InvalidValue
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.constants import EMPTY_VALUES
from rest_framework.exceptions import ValidationError

from core.normalise import fold

PAGING = frozenset({"page", "page_size"})
SEARCH_MAX = 100
LIST_MAX = 100
LARGEST_ID = 2**63 - 1


class StrictFilterBackend(filters.DjangoFilterBackend):
    """The view's `filterset_class` without what the asker has no right to; nothing else."""

    def get_filterset_class(self, view, queryset=None):
        filterset_class = super().get_filterset_class(view, queryset)
        rights = getattr(filterset_class, "rights", None)
        if not rights:
            return filterset_class
        has_right = getattr(getattr(view.request, "user", None), "has_right", lambda right: False)
        hidden = frozenset(name for name, right in rights.items() if not has_right(right))
        return without(filterset_class, hidden) if hidden else filterset_class

    def filter_queryset(self, request, queryset, view):
        if PAGING.issuperset(request.query_params):
            return queryset
        filterset_class = self.get_filterset_class(view, queryset)
        known = PAGING | set(filterset_class.base_filters if filterset_class else ())
        unknown = {
            name: [_("This parameter is unknown.")]
            for name in request.query_params
            if name not in known
        }
        if unknown:
            raise ValidationError(unknown)
        return super().filter_queryset(request, queryset, view)


class OrderingFilter(filters.OrderingFilter):
    """Orders from an allow-list; equal rows keep a fixed order by id."""

    def filter(self, qs, value):
        return qs if value in EMPTY_VALUES else super().filter(qs, [*value, "pk"])


class FilterSet(filters.FilterSet):
    """The filters, search and orders of a list. `rights` names the right a filter or an order
    needs; for somebody without it the name does not exist."""

    rights: dict[str, str] = {}


@lru_cache(maxsize=64)
def without(filterset_class, hidden):
    """The filter set less some names, as filters and as orders."""
    body = dict.fromkeys(hidden)
    order = filterset_class.base_filters.get("ordering")
    if order is not None:
        shown = {column: name for name, column in order.param_map.items() if name not in hidden}
        body["ordering"] = OrderingFilter(fields=shown)
    return type(filterset_class.__name__, (filterset_class,), body)


class IdField(forms.IntegerField):
    def __init__(self, **kwargs):
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class CappedList:
    """At most 100 values in one parameter."""

    def filter(self, qs, value):
        if value and len(value) > LIST_MAX:
            raise InvalidValue({self.field_name: [_("Too many values.")]})
        return super().filter(qs, value)


class IdListFilter(CappedList, filters.BaseInFilter):
    """One id or several, separated by commas. Ids of hidden records simply match nothing."""

    field_class = IdField


class VisibleIdListFilter(IdListFilter):
    """Ids of records of `model`; those the asker does not see match nothing, as if they did not
    exist, also where a record the asker sees refers to them."""

    def __init__(self, *args, model, **kwargs):
        self.referred = model
        super().__init__(*args, **kwargs)

    def filter(self, qs, value):
        if value:
            seen = self.referred.objects.visible_to(self.parent.request.user)
            qs = qs.filter(**{f"{self.field_name}__in": seen.order_by().values("pk")})
        return super().filter(qs, value)


class WordListFilter(CappedList, filters.BaseInFilter, filters.ChoiceFilter):
    """One word of a choice or several, separated by commas."""


class SlugListFilter(CappedList, filters.BaseInFilter):
    """One code of rows that administrators keep, or several, separated by commas."""

    field_class = forms.SlugField


class SearchFilter(filters.CharFilter):
    """Words found in any part of the searchable text, at most 100 characters."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", SEARCH_MAX)
        super().__init__(*args, **kwargs)

    def filter(self, qs, value):
        for word in fold(value).split():
            qs = qs.filter(**{f"{self.field_name}__contains": word})
        return qs
