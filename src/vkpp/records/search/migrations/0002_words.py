"""The word index that each database keeps by itself from an entry's row: FTS5 with triggers, or two tsvector columns.

On SQLite a later migration that alters search_entry makes the table anew and loses these triggers: run `keep` again after it.
"""

from typing import Any

from django.db import migrations

SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5("
    "heading, body, content='search_entry', content_rowid='number', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_words_added AFTER INSERT ON search_entry BEGIN "
    "INSERT INTO search_words(rowid, heading, body) VALUES (new.number, new.heading, new.body); END",
    "CREATE TRIGGER search_words_removed AFTER DELETE ON search_entry BEGIN "
    "INSERT INTO search_words(search_words, rowid, heading, body) "
    "VALUES ('delete', old.number, old.heading, old.body); END",
    "CREATE TRIGGER search_words_changed AFTER UPDATE ON search_entry BEGIN "
    "INSERT INTO search_words(search_words, rowid, heading, body) "
    "VALUES ('delete', old.number, old.heading, old.body); "
    "INSERT INTO search_words(rowid, heading, body) VALUES (new.number, new.heading, new.body); END",
)
# Words are folded before they arrive: no parser of the database, whose idea of a letter hangs on its locale.
POSTGRESQL = (
    "ALTER TABLE search_entry ADD COLUMN heading_words tsvector GENERATED ALWAYS AS "
    "(array_to_tsvector(string_to_array(heading, ' '))) STORED",
    "ALTER TABLE search_entry ADD COLUMN all_words tsvector GENERATED ALWAYS AS "
    "(array_to_tsvector(string_to_array(heading, ' ')) || array_to_tsvector(string_to_array(body, ' '))) STORED",
    "CREATE INDEX search_entry_all_words ON search_entry USING gin (all_words)",
)


def keep(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(keep)]
