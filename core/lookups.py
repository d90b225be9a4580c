"""Lookups of our own.

Finding any part of a text by index: `search_index__holds="衡曜"`.

PostgreSQL's trigrams see words, and Chinese has none. So every Chinese character becomes a word
of its own: `kam_spread('苏州hy')` is `' 苏  州 hy'`, in the index and in what is looked for. A
part of a text stays a part of it when both are spread, so nothing is found or missed by it.

One of many whole numbers as a single parameter: `pk__among=[1, 2, 3]`. The text of the query is the
same for any number of them, so that it can be kept (core.compiled).
"""

import json
import re

from django.db.models import CharField, Field, ForeignKey, TextField
from django.db.models.lookups import Contains, Lookup

HAN = re.compile("([㐀-鿿])")
SHORT = 3  # a trigram; less of Latin is a walk through the table, and then without spreading


def spread(text: str) -> str:
    """Every Chinese character between blanks, as kam_spread() does in the database."""
    return HAN.sub(r" \1 ", text)


@CharField.register_lookup
@TextField.register_lookup
class Holds(Contains):
    """The lower-case text holds this part. Made for columns with a trigram index."""

    lookup_name = "holds"

    def as_sql(self, compiler, connection):
        return Contains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler, connection):
        text = str(self.rhs)
        if len(text) < SHORT and not HAN.search(text):
            return self.as_sql(compiler, connection)
        column, params = self.process_lhs(compiler, connection)
        pattern = f"%{connection.ops.prep_for_like_query(spread(text))}%"
        return f"kam_spread({column}) LIKE %s", [*params, pattern]


def among_parameter(numbers, vendor: str):
    """Whole numbers as the one parameter of `among`."""
    numbers = [int(number) for number in numbers]
    return numbers if vendor == "postgresql" else json.dumps(numbers)


@Field.register_lookup
@ForeignKey.register_lookup
class Among(Lookup):
    """Like `in` for whole numbers, with one parameter for all of them."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        numbers = among_parameter(self.rhs, connection.vendor)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", [*params, numbers]
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, numbers]
