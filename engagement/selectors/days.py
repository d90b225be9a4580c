"""Days computed by the database, the same on both."""

import datetime

from django.db.models import Case, DateField, DateTimeField, ExpressionWrapper, F, When
from django.db.models.functions import Cast


def due_day(basis: str, interval: str, intervals):
    """`basis` plus the days in `interval`, as a day; empty where that is empty. `intervals` are
    the values that occur: a date plus a column of days is written differently everywhere."""
    whens = [
        When(
            **{interval: days},
            then=Cast(
                ExpressionWrapper(
                    F(basis) + datetime.timedelta(days=days), output_field=DateTimeField()
                ),
                DateField(),
            ),
        )
        for days in sorted(intervals) or [0]  # PostgreSQL orders by no bare NULL
    ]
    return Case(*whens, default=None, output_field=DateField(null=True))
