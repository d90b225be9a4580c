"""Any part of a name by index, on PostgreSQL (core/lookups.py)."""

from django.db import migrations

TABLES = ("accounts_account", "accounts_contact")


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
    dependencies = [("accounts", "0002_tier_mapping_library"), ("core", "0007_search_spread")]
    operations = [migrations.RunPython(forwards, backwards)]
