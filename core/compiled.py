"""Queries whose text is always the same: written once, asked again with other values.

The ORM takes longer to write most of our queries than the database takes to answer them. Where a
page asks the same question every time, the text is kept; the rows are asked for anew each time.

    TOKEN = Compiled(lambda digest: ApiToken.objects.filter(digest=digest), digest="-")
    TOKEN.rows(digest=digest_of(raw))

Only the values named in `samples` may differ from one time to the next. A queryset that depends on
who asks in any other way (visible_to) has no place here.
"""

import datetime
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from core.lookups import among_parameter

# Stand for whole numbers, a day and a moment in `samples`; no record has such.
NUMBER, OTHER_NUMBER, THIRD_NUMBER = -987_654_321, -987_654_322, -987_654_323
NUMBERS = (-987_654_324, -987_654_325)
DAY = datetime.date(1907, 7, 7)
MOMENT = datetime.datetime(1907, 7, 7, 7, 7, 7, tzinfo=datetime.UTC)


class Compiled:
    """`make(**samples)` builds the queryset. Every sample is of the right type and stands nowhere
    else in the query; sequences of whole numbers go with the lookup `among`."""

    def __init__(self, make: Callable[..., QuerySet], **samples):
        self.make, self.samples = make, samples

    def rows(self, **values) -> list:
        """What the queryset holds now, with these values in the place of the samples."""
        return self._text(connections[DEFAULT_DB_ALIAS]).rows(values)

    def _text(self, connection) -> "_Text":
        """Kept with the connection it was written for: no two threads share one, and it goes
        when the connection goes."""
        texts = vars(connection).setdefault("kept_texts", {})
        if self not in texts:
            texts[self] = _Text(self.make(**self.samples), connection, self.samples)
        return texts[self]

    def first(self, **values):
        """The first of them, or None."""
        return next(iter(self.rows(**values)), None)


class _Text:
    """A queryset whose compiler answers with the kept text."""

    def __init__(self, queryset: QuerySet, connection, samples: dict):
        self.connection, self.queryset = connection, queryset
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        self.parameters = list(parameters)
        self.places = {
            name: [n for n, value in enumerate(parameters) if _same(value, self._adapted(sample))]
            for name, sample in samples.items()
        }
        if missing := [name for name, places in self.places.items() if not places]:
            raise ValueError(f"not in the query: {', '.join(missing)}")
        converters = compiler.get_converters([column[0] for column in compiler.select])
        compiler.get_converters = lambda expressions: converters
        compiler.as_sql = lambda *args, **kwargs: (self.sql, tuple(self.parameters))
        queryset.query.get_compiler = lambda *args, **kwargs: compiler

    def rows(self, values: dict) -> list:
        for name, places in self.places.items():
            value = self._adapted(values[name])
            for place in places:
                self.parameters[place] = value
        return list(self.queryset._iterable_class(self.queryset))

    def _adapted(self, value):
        """As a field of that type hands it to the database."""
        if isinstance(value, datetime.datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, datetime.date):
            return self.connection.ops.adapt_datefield_value(value)
        if isinstance(value, (str, int)):
            return value
        return among_parameter(value, self.connection.vendor)


def _same(parameter, sample) -> bool:
    return type(parameter) is type(sample) and parameter == sample
