import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_pools(apps, schema_editor):
    """What waits for a pool today was asked of it."""
    items = apps.get_model("flows", "WorkItem").objects
    candidates = apps.get_model("flows", "WorkItemCandidate").objects
    pool = candidates.filter(item=OuterRef("pk")).order_by("pk").values("pool")[:1]
    waiting = items.filter(pk__in=candidates.values("item"))
    waiting.update(asked=Subquery(pool))


class Migration(migrations.Migration):
    dependencies = [
        ("flows", "0002_waiting_time"),
        ("teams", "0002_pools"),
    ]

    operations = [
        migrations.AddField(
            model_name="workitem",
            name="asked",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="teams.pool",
            ),
        ),
        migrations.RunPython(name_pools, migrations.RunPython.noop),
    ]
