"""History is written once: the database itself refuses to change, delete or truncate it.

The one change let through blanks what an anonymised person said. The triggers are put in place
after every `migrate`, not by a migration: SQLite drops the triggers of a table whenever a later
migration rebuilds it.

A test that really commits (`transaction=True`) must be emptied afterwards, which the triggers
would refuse: call `remove` before that; the emptying itself puts them back.
"""

from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from core.models import AuditEntry

TABLE = AuditEntry._meta.db_table
BLANKED = {"changes", "target_label", "reason", "redacted_at"}
REFUSAL = "history is never changed"


def install(using=DEFAULT_DB_ALIAS):
    _run(using, _sqlite() if _is_sqlite(using) else _postgresql())
    for table in _sealed(using):
        _run(using, _sealing(table, using))


def remove(using=DEFAULT_DB_ALIAS):
    where = "" if _is_sqlite(using) else f" ON {TABLE}"
    _run(using, [f"DROP TRIGGER IF EXISTS {name}{where}" for name in _names(using)])
    for table in _sealed(using):
        _run(using, _unsealing(table, using))


@contextmanager
def lifted(using=DEFAULT_DB_ALIAS):
    """For moving a whole database (restore): the triggers are off meanwhile."""
    remove(using)
    try:
        yield
    finally:
        after_migrate(using)


def after_migrate(using, **kwargs):
    if TABLE in connections[using].introspection.table_names():
        install(using)


def _sealed(using) -> list[str]:
    """Tables of settings.KAM_SEALED that are there: their rows are never changed at all."""
    there = connections[using].introspection.table_names()
    return [table for table in settings.KAM_SEALED if table in there]


def _sealing(table, using) -> list[str]:
    drops = _unsealing(table, using)
    if _is_sqlite(using):
        return drops + [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            for verb in ("update", "delete")
        ]
    return drops + [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION history_refused()"
        for verb, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
    ]


def _unsealing(table, using) -> list[str]:
    verbs, where = ("update", "delete", "truncate"), f" ON {table}"
    if _is_sqlite(using):
        verbs, where = ("update", "delete"), ""
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}{where}" for verb in verbs]


def _is_sqlite(using) -> bool:
    return connections[using].vendor == "sqlite"


def _run(using, statements):
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _names(using):
    names = ["history_no_update", "history_no_delete"]
    return names if _is_sqlite(using) else [*names, "history_no_truncate"]


def _untouched(same: str) -> str:
    """All columns but those that anonymising blanks hold what they held."""
    columns = [f.column for f in AuditEntry._meta.concrete_fields if f.name not in BLANKED]
    return " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in columns)


def _blanking(same: str) -> str:
    return (
        "OLD.redacted_at IS NULL AND NEW.redacted_at IS NOT NULL AND NEW.changes = '{}' "
        f"AND NEW.target_label = '' AND NEW.reason = '' AND {_untouched(same)}"
    )


def _sqlite() -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name}" for name in ("history_no_update", "history_no_delete")
    ] + [
        f"CREATE TRIGGER history_no_update BEFORE UPDATE ON {TABLE} "
        f"WHEN NOT ({_blanking('IS')}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"CREATE TRIGGER history_no_delete BEFORE DELETE ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ]


def _postgresql() -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION history_refused() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    )
    call = "EXECUTE FUNCTION history_refused()"
    drops = [
        f"DROP TRIGGER IF EXISTS {name} ON {TABLE}"
        for name in ("history_no_update", "history_no_delete", "history_no_truncate")
    ]
    return [
        function,
        *drops,
        f"CREATE TRIGGER history_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW "
        f"WHEN (NOT ({_blanking('IS NOT DISTINCT FROM')})) {call}",
        f"CREATE TRIGGER history_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW {call}",
        f"CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON {TABLE} {call}",
    ]
