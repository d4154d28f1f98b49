"""The first tables of this app."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("who", models.CharField(db_index=True, max_length=80)),
                ("act", models.CharField(max_length=80)),
                ("about", models.CharField(db_index=True, max_length=160)),
                ("facts", models.TextField()),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="trail_entry_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("who", ""), _negated=True),
                            models.Q(("act", ""), _negated=True),
                            models.Q(("about", ""), _negated=True),
                        ),
                        name="trail_entry_full",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("previous", models.F("digest")), _negated=True), name="trail_entry_not_its_own"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="trail_head_one_row")],
            },
        ),
    ]
