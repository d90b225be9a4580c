from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0003_sorted_unknown_last")]

    operations = [
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                condition=models.Q(("status", "open")),
                fields=["next_step_on"],
                name="opportunity_step_due",
            ),
        ),
    ]
