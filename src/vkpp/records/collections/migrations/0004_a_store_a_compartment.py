"""One round of a collection and period in a compartment, as outside; a receipt is the name of a version in its round's store."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collections", "0003_shown_and_joint")]

    operations = [
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(
                condition=models.Q(("compartment__isnull", False)),
                fields=("collection", "period", "compartment"),
                name="collections_round_one_a_compartment",
            ),
        ),
        migrations.RemoveConstraint(model_name="version", name="collections_version_one_a_receipt"),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                condition=models.Q(("receipt", ""), _negated=True),
                fields=("submission", "receipt"),
                name="collections_version_one_a_receipt",
            ),
        ),
    ]
