"""Thousands of rows at once: ids reserved first, then COPY on PostgreSQL, executemany elsewhere.

No signals, no `save()`: the importers have checked every value, constraints check the rest.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NEEDS_ESCAPE = re.compile(r"[\\\t\n\r]").search
ENCODE = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """New primary keys that nobody else will get. Insert before asking again (SQLite)."""
    if not count:
        return []
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("reserve_ids needs a transaction")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        used = cursor.fetchone()
        pk = connection.ops.quote_name(model._meta.pk.column)
        cursor.execute(f"SELECT MAX({pk}) FROM {connection.ops.quote_name(table)}")
        first = max((used or (0,))[0] or 0, cursor.fetchone()[0] or 0) + 1
    return list(range(first, first + count))


def insert(model: type[models.Model], rows: list[dict]) -> None:
    """Insert rows given as {attname: value}; what a row leaves out gets the field's default."""
    if not rows:
        return
    fields, columns = [], []
    for field in model._meta.concrete_fields:
        name = field.attname
        if any(name in row for row in rows):
            default = field.get_default()
            fields.append(field)
            columns.append([row.get(name, default) for row in rows])
        elif not field.primary_key:
            fields.append(field)
            columns.append([field.get_default()] * len(rows))
    if connection.vendor == "postgresql":
        _copy(model, fields, columns)
    else:
        _insert_many(model, fields, columns)


def _names(fields) -> str:
    return ", ".join(connection.ops.quote_name(field.column) for field in fields)


def _copy(model, fields, columns):
    texts = [_copy_column(field, values) for field, values in zip(fields, columns, strict=True)]
    body = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({_names(fields)}) FROM STDIN", io.StringIO(body))


def _copy_column(field, values) -> list[str]:
    if isinstance(field, models.JSONField):
        return [_escaped(_json(value)) for value in values]
    first = values[0]
    if all(value is first for value in values):
        return [_copy_text(first)] * len(values)
    return [_copy_text(value) for value in values]


def _copy_text(value) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(ESCAPES) if NEEDS_ESCAPE(value) else value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return text.translate(ESCAPES) if NEEDS_ESCAPE(text) else text


def _json(value) -> str:
    return ENCODE(value) if value else ("[]" if value == [] else "{}" if value == {} else "null")


def _insert_many(model, fields, columns):
    prepared = [_prepared(field, values) for field, values in zip(fields, columns, strict=True)]
    table = connection.ops.quote_name(model._meta.db_table)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({_names(fields)}) VALUES ({marks})",
            list(zip(*prepared, strict=True)),
        )


def _prepared(field, values) -> list:
    plain = (str, int, type(None)) if not isinstance(field, models.JSONField) else ()
    return [
        value if type(value) in plain else field.get_db_prep_save(value, connection)
        for value in values
    ]


def update(model: type[models.Model], rows: Iterable[tuple[int, dict]]) -> None:
    """Set {attname: value} on rows by id. The caller has locked them and raises the version."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    groups: dict[tuple, list] = defaultdict(list)
    for pk, values in rows:
        names = tuple(sorted(values))
        groups[names].append(
            [by_name[name].get_db_prep_save(values[name], connection) for name in names] + [pk]
        )
    table = connection.ops.quote_name(model._meta.db_table)
    key = connection.ops.quote_name(model._meta.pk.column)
    with connection.cursor() as cursor:
        for names, params in groups.items():
            sets = ", ".join(
                f"{connection.ops.quote_name(by_name[name].column)} = %s" for name in names
            )
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key} = %s", params)


def locked(model: type[models.Model], ids: Iterable[int], names: Iterable[str]) -> dict[int, dict]:
    """{id: {name: value}} of rows, locked until the transaction ends (SQLite locks wholly)."""
    names = ["pk", *names]
    found: dict[int, dict] = {}
    ids = list(ids)
    for start in range(0, len(ids), 900):
        queryset = model._base_manager.filter(pk__in=ids[start : start + 900])
        if transaction.get_connection().in_atomic_block:
            queryset = queryset.select_for_update()
        for row in queryset.values_list(*names):
            found[row[0]] = dict(zip(names, row, strict=True))
    return found
