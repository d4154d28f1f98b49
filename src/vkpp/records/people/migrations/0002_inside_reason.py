"""Why somebody was let into a compartment, and why they were taken out of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="inside", name="ended_reason", field=models.CharField(blank=True, default="", max_length=500)
        ),
        migrations.AddField(model_name="inside", name="reason", field=models.CharField(blank=True, default="", max_length=500)),
    ]
