"""The first tables of this app."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("edition_number", "a number of a published edition"),
                            ("submission", "a return"),
                            ("document", "a document"),
                        ],
                        max_length=20,
                    ),
                ),
                ("pointer", models.CharField(max_length=160)),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                ("says", models.CharField(max_length=500)),
                ("added_at", models.DateTimeField()),
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
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "in draft"),
                            ("issued", "issued"),
                            ("withdrawn", "withdrawn"),
                            ("merged", "merged into another"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=1000)),
                ("drafted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
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
                (
                    "drafted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leads_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="thread.finding",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"),
                ),
            ],
            options={
                "ordering": ("-changed_at", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "in draft"),
                            ("issued", "issued"),
                            ("withdrawn", "withdrawn"),
                            ("merged", "merged into another"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=1000)),
                ("drafted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
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
                (
                    "drafted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leads_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="thread.recommendation",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"),
                ),
            ],
            options={
                "ordering": ("-changed_at", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Addressed",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"),
                ),
                (
                    "recommendation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="thread.recommendation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reference",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=80)),
                ("key", models.UUIDField()),
                ("given_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="thread_reference_one_an_object")],
            },
        ),
        migrations.CreateModel(
            name="Rests",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "finding",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="thread.finding"),
                ),
                (
                    "recommendation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="thread.recommendation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StandsOn",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "evidence",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="thread.evidence"),
                ),
                (
                    "finding",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="thread.finding"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="thread_evidence_level"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["edition_number", "submission", "document"])), name="thread_evidence_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("pointer", ""), _negated=True), models.Q(("says", ""), _negated=True)),
                name="thread_evidence_full",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "submission"), models.Q(("digest", ""), _negated=True), _connector="OR"),
                name="thread_evidence_has_its_hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="thread_finding_level"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "issued", "withdrawn", "merged"])), name="thread_finding_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="thread_finding_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "issued"), _negated=True), ("issued_at__isnull", False), _connector="OR"),
                name="thread_finding_issued_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["draft", "issued"]), ("ended_at__isnull", True), ("reason", "")),
                    models.Q(
                        models.Q(("state__in", ["draft", "issued"]), _negated=True),
                        ("ended_at__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="thread_finding_ended_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "merged"), ("leads_to__isnull", False), models.Q(("leads_to", models.F("id")), _negated=True)
                    ),
                    models.Q(models.Q(("state", "merged"), _negated=True), ("leads_to__isnull", True)),
                    _connector="OR",
                ),
                name="thread_finding_merged_leads_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="thread_recommendation_level"),
        ),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "issued", "withdrawn", "merged"])),
                name="thread_recommendation_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="thread_recommendation_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "issued"), _negated=True), ("issued_at__isnull", False), _connector="OR"),
                name="thread_recommendation_issued_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["draft", "issued"]), ("ended_at__isnull", True), ("reason", "")),
                    models.Q(
                        models.Q(("state__in", ["draft", "issued"]), _negated=True),
                        ("ended_at__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="thread_recommendation_ended_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="recommendation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "merged"), ("leads_to__isnull", False), models.Q(("leads_to", models.F("id")), _negated=True)
                    ),
                    models.Q(models.Q(("state", "merged"), _negated=True), ("leads_to__isnull", True)),
                    _connector="OR",
                ),
                name="thread_recommendation_merged_leads_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="addressed",
            constraint=models.UniqueConstraint(fields=("recommendation", "organisation"), name="thread_addressed_once"),
        ),
        migrations.AddConstraint(
            model_name="rests",
            constraint=models.UniqueConstraint(fields=("recommendation", "finding"), name="thread_rests_once"),
        ),
        migrations.AddConstraint(
            model_name="standson",
            constraint=models.UniqueConstraint(fields=("finding", "evidence"), name="thread_standson_once"),
        ),
    ]
