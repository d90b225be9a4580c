"""What PostgreSQL needs to find any part of a Chinese or Latin name by index (core/lookups.py)."""

from django.db import migrations

SPREAD = r"""
CREATE OR REPLACE FUNCTION kam_spread(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
AS $$ SELECT regexp_replace($1, '([㐀-鿿])', ' \1 ', 'g') $$
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(SPREAD)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS kam_spread(text)")


class Migration(migrations.Migration):
    dependencies = [("core", "0006_import_keep_days")]
    operations = [migrations.RunPython(forwards, backwards)]
