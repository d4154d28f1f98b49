"""The first tables of this app."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import vkpp.records.search.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                ("number", models.BigIntegerField(default=vkpp.records.search.models._number, editable=False, unique=True)),
                ("kind", models.SlugField(max_length=40)),
                ("key", models.UUIDField()),
                ("reference", models.CharField(blank=True, default="", max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("heading", models.TextField()),
                ("body", models.TextField(blank=True, default="")),
                ("changed_at", models.DateTimeField()),
                ("forget_on", models.DateField(blank=True, null=True)),
                (
                    "compartment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.compartment",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("permission", models.CharField(max_length=60)),
                ("forget_on", models.DateField(blank=True, null=True)),
                (
                    "entry",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="leaves", to="search.entry"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="search_entry_level"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("kind", "key"), name="search_entry_one_an_object"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("title", ""), _negated=True), models.Q(("kind", ""), _negated=True)),
                name="search_entry_named",
            ),
        ),
        migrations.AddIndex(
            model_name="leave",
            index=models.Index(fields=["permission", "organisation"], name="search_leave_holders"),
        ),
        migrations.AddConstraint(
            model_name="leave",
            constraint=models.UniqueConstraint(fields=("entry", "permission", "organisation"), name="search_leave_once"),
        ),
    ]
