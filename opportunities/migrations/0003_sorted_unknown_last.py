"""Lists and board sort with unknown amounts last, which PostgreSQL needs indexes of its own for."""

from django.db import migrations

INDEXES = {
    "opportunity_largest_known": "(amount_base DESC NULLS LAST, id DESC)",
    "opportunity_lane": "(status, milestone, amount_base DESC NULLS LAST, id DESC)",
}


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, columns in INDEXES.items():
            schema_editor.execute(
                f"CREATE INDEX {name} ON opportunities_opportunity {columns} "
                "WHERE archived_at IS NULL"
            )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0002_search_spread")]
    operations = [migrations.RunPython(forwards, backwards)]
