"""The head's one row, and triggers by which both databases refuse to change, remove or squeeze in an entry."""

from typing import Any

from django.db import migrations

REFUSED = "the trail is added to, never changed"

SQLITE = (
    f"CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail_entry BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    f"CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail_entry BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    # INSERT OR REPLACE removes a row without waking the delete trigger, so the number must be the next one.
    "CREATE TRIGGER trail_next_only BEFORE INSERT ON trail_entry "
    "WHEN NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM trail_entry) "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE FUNCTION trail_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM trail_entry) THEN "
    f"RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER trail_no_update BEFORE UPDATE OR DELETE ON trail_entry FOR EACH ROW EXECUTE FUNCTION trail_refuse()",
    "CREATE TRIGGER trail_no_truncate BEFORE TRUNCATE ON trail_entry FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()",
    "CREATE TRIGGER trail_next_only BEFORE INSERT ON trail_entry FOR EACH ROW EXECUTE FUNCTION trail_next()",
)


def guard(apps: Any, schema_editor: Any) -> None:
    apps.get_model("trail", "Head")(id=1, number=0, digest="0" * 64).save(using=schema_editor.connection.alias)
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_initial")]
    operations = [migrations.RunPython(guard)]
