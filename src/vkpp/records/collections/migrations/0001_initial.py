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
            name="Round",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                ("collection", models.SlugField(max_length=60)),
                ("edition", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=160)),
                ("period", models.CharField(max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "in draft"), ("open", "open"), ("closed", "closed"), ("locked", "locked")],
                        max_length=10,
                    ),
                ),
                ("opens_on", models.DateField()),
                ("working_days", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("asked", models.TextField()),
                ("hours", models.DecimalField(decimal_places=2, max_digits=7)),
                ("hours_rest_on", models.CharField(max_length=500)),
                ("already_held", models.CharField(max_length=500)),
                ("hours_reason", models.CharField(blank=True, default="", max_length=500)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("drafted_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cloned_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="collections.round",
                    ),
                ),
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
                    "hours_signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-due_on", "collection", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "on the list of a round that is not open"),
                            ("awaited", "not received yet"),
                            ("checking", "received and being checked"),
                            ("to_fix", "checked, with errors to fix"),
                            ("to_answer", "checked, with queries to answer"),
                            ("ready", "checked and ready for the certifier"),
                            ("to_certify", "with the certifier"),
                            ("with_area", "certified and with the approval area"),
                            ("with_national", "approved by the area and with the national team"),
                            ("accepting", "being put into the store"),
                            ("accepted", "accepted"),
                            ("locked", "accepted and locked"),
                            ("unlocked", "unlocked for a corrected return"),
                            ("returned", "sent back with a reason"),
                            ("waived", "waived, with a published reason"),
                        ],
                        max_length=14,
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("extension_reason", models.CharField(blank=True, default="", max_length=500)),
                ("version", models.PositiveSmallIntegerField(default=0)),
                ("accepted", models.PositiveSmallIntegerField(default=0)),
                ("returned_words", models.CharField(blank=True, default="", max_length=500)),
                ("unlock_reason", models.CharField(blank=True, default="", max_length=500)),
                ("chased_at", models.DateTimeField(blank=True, null=True)),
                ("chases", models.PositiveSmallIntegerField(default=0)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
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
                (
                    "round",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.round"),
                ),
            ],
            options={
                "ordering": ("organisation__name", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Query",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("check_id", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "to be answered"),
                            ("answered", "answered"),
                            ("settled", "settled by the national team"),
                            ("gone", "no longer found"),
                        ],
                        max_length=10,
                    ),
                ),
                ("message", models.CharField(max_length=600)),
                ("places", models.PositiveIntegerField()),
                ("records", models.PositiveIntegerField(blank=True, null=True)),
                ("offered", models.CharField(blank=True, default="", max_length=500)),
                ("answer", models.CharField(blank=True, default="", max_length=500)),
                ("asked_again", models.CharField(blank=True, default="", max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.submission"
                    ),
                ),
            ],
            options={
                "ordering": ("check_id", "id"),
            },
        ),
        migrations.CreateModel(
            name="Tasking",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "OFFICIAL"), (2, "OFFICIAL-SENSITIVE")], default=1)),
                ("handling", models.CharField(blank=True, default="", max_length=200)),
                ("title", models.CharField(max_length=160)),
                ("purpose", models.CharField(max_length=500)),
                ("basis", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(choices=[("draft", "in draft"), ("open", "open"), ("closed", "closed")], max_length=10),
                ),
                ("due_on", models.DateField()),
                ("hours", models.DecimalField(decimal_places=2, max_digits=7)),
                ("hours_reason", models.CharField(blank=True, default="", max_length=500)),
                ("drafted_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
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
                    "hours_signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("due_on", "title", "id"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Asked",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"),
                ),
                (
                    "tasking",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.tasking"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("nil", models.BooleanField(default=False)),
                ("nil_reason", models.CharField(blank=True, default="", max_length=500)),
                ("received_at", models.DateTimeField()),
                ("files", models.TextField(blank=True, default="")),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("specification", models.CharField(blank=True, default="", max_length=120)),
                ("trouble", models.CharField(blank=True, default="", max_length=1000)),
                ("errors", models.PositiveIntegerField(default=0)),
                ("queries", models.PositiveIntegerField(default=0)),
                ("notes", models.PositiveIntegerField(default=0)),
                ("checks_ran", models.PositiveSmallIntegerField(default=0)),
                ("checks_all", models.PositiveSmallIntegerField(default=0)),
                ("findings_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("lines", models.TextField(blank=True, default="[]")),
                ("records", models.TextField(blank=True, default="{}")),
                ("total", models.PositiveIntegerField(blank=True, null=True)),
                ("certified_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("receipt", models.CharField(blank=True, default="", max_length=200)),
                ("receipt_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("difference", models.TextField(blank=True, default="[]")),
                ("moved", models.TextField(blank=True, default="[]")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "certified_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.submission"
                    ),
                ),
            ],
            options={
                "ordering": ("submission", "-number"),
            },
        ),
        migrations.CreateModel(
            name="CheckOutcome",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("check_id", models.CharField(max_length=80)),
                (
                    "severity",
                    models.CharField(choices=[("error", "Error"), ("query", "Query"), ("note", "Note")], max_length=8),
                ),
                ("table", models.CharField(max_length=60)),
                ("sheets", models.CharField(blank=True, default="", max_length=200)),
                ("columns", models.CharField(blank=True, default="", max_length=300)),
                ("places", models.PositiveIntegerField()),
                ("records", models.PositiveIntegerField(blank=True, null=True)),
                ("message", models.CharField(max_length=600)),
                ("fix", models.CharField(blank=True, default="", max_length=600)),
                ("checked_at", models.DateTimeField()),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.submission"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.version"),
                ),
            ],
            options={
                "ordering": ("-places", "check_id", "id"),
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("check_id", models.CharField(blank=True, default="", max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "asked for"), ("signed", "signed and published"), ("refused", "refused")],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("refusal", models.CharField(blank=True, default="", max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collections.submission"
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at", "id"),
            },
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="collections_round_level"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "open", "closed", "locked"])), name="collections_round_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(
                condition=models.Q(("compartment__isnull", True)),
                fields=("collection", "period"),
                name="collections_round_one_a_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(condition=models.Q(("hours__gte", 0)), name="collections_round_hours"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("opens_on"))), name="collections_round_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "draft"), ("opened_at__isnull", False), _connector="OR"),
                name="collections_round_open_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "locked"), _negated=True), ("locked_at__isnull", False), _connector="OR"),
                name="collections_round_locked_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="collections_submission_level"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "planned",
                            "awaited",
                            "checking",
                            "to_fix",
                            "to_answer",
                            "ready",
                            "to_certify",
                            "with_area",
                            "with_national",
                            "accepting",
                            "accepted",
                            "locked",
                            "unlocked",
                            "returned",
                            "waived",
                        ],
                    )
                ),
                name="collections_submission_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(fields=("round", "organisation"), name="collections_submission_one_a_round"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted__lte", models.F("version"))), name="collections_submission_versions"
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["accepted", "locked", "unlocked"]), _negated=True),
                    ("accepted__gte", 1),
                    _connector="OR",
                ),
                name="collections_submission_accepted_has_its_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="query",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "answered", "settled", "gone"])), name="collections_query_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="query",
            constraint=models.UniqueConstraint(fields=("submission", "check_id"), name="collections_query_one_a_check"),
        ),
        migrations.AddConstraint(
            model_name="query",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["answered", "settled"]), _negated=True),
                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="collections_query_answered_has_its_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="tasking",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="collections_tasking_level"),
        ),
        migrations.AddConstraint(
            model_name="tasking",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "open", "closed"])), name="collections_tasking_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="tasking",
            constraint=models.CheckConstraint(condition=models.Q(("hours__gte", 0)), name="collections_tasking_hours"),
        ),
        migrations.AddConstraint(
            model_name="asked",
            constraint=models.UniqueConstraint(fields=("tasking", "organisation"), name="collections_asked_once"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("submission", "number"), name="collections_version_one_of_a_number"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                condition=models.Q(("receipt", ""), _negated=True),
                fields=("receipt",),
                name="collections_version_one_a_receipt",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("certified_by__isnull", True),
                    ("prepared_by__isnull", True),
                    models.Q(("certified_by", models.F("prepared_by")), _negated=True),
                    _connector="OR",
                ),
                name="collections_version_certified_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_at__isnull", True), ("receipt", "")),
                    models.Q(("accepted_at__isnull", False), models.Q(("receipt", ""), _negated=True)),
                    _connector="OR",
                ),
                name="collections_version_accepted_has_its_receipt",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkoutcome",
            constraint=models.UniqueConstraint(
                fields=("version", "check_id", "table"), name="collections_checkoutcome_one_a_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkoutcome",
            constraint=models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="collections_checkoutcome_places"),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "signed", "refused"])), name="collections_waiver_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "signed"), _negated=True), ("signed_at__isnull", False), _connector="OR"),
                name="collections_waiver_signed_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("signed_by__isnull", True),
                    ("asked_by__isnull", True),
                    models.Q(("signed_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="collections_waiver_signed_by_another",
            ),
        ),
    ]
