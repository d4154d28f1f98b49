"""The words as they were said, for the line beneath a result; `vkpp reindex` fills them for what is there already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0002_words")]

    operations = [
        migrations.AddField(model_name="entry", name="said", field=models.TextField(blank=True, null=True)),
    ]
