"""Any part of a name by index, on PostgreSQL (core/lookups.py)."""

from django.db import migrations

TABLES = ("opportunities_opportunity",)


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(
                f"CREATE INDEX {table}_spread ON {table} "
                "USING gin (kam_spread(search_index) gin_trgm_ops)"
            )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_spread")


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0001_initial"), ("core", "0007_search_spread")]
    operations = [migrations.RunPython(forwards, backwards)]
