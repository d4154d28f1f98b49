"""A database for tests that stand on records: SQLite in a temporary folder, or PostgreSQL at VKPP_TEST_DATABASE."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vkpp.ops.settings.building import build

SERVER = os.environ.get("VKPP_TEST_DATABASE", "")
FOLDER = Path(tempfile.mkdtemp(prefix="vkpp-records-"))
_OWN = f"vkpp_{os.getpid()}"


def address_of(name: str) -> str:
    parts = urlsplit(SERVER)
    return parts._replace(path=f"/{name}").geturl()


def environment(name: str = _OWN) -> dict[str, str]:
    """The environment under which another process works on the database of this name."""
    kept = {"VKPP_FOLDER": str(FOLDER if name == _OWN else FOLDER / name)}
    return kept | ({"VKPP_DATABASE": address_of(name)} if SERVER else {})


def _server(statement: str) -> None:
    import psycopg

    with psycopg.connect(address_of("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


class _Unknown(str):
    """What a template gets for a variable that nobody gave it: an error, where Django would print nothing."""

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"a template asks for {name}, which nobody gave it")


def configure() -> None:
    """Django, once a process; apps only, no database yet."""
    import django
    from django.conf import settings

    if settings.configured:
        return
    built = build(environment())
    built["INSTALLED_APPS"].append("tests.records.planted")
    built["LOGGING_CONFIG"] = None  # pytest's own handlers see the log
    built["TEMPLATES"][0]["OPTIONS"]["string_if_invalid"] = _Unknown("%s")
    # The real one takes most of a second on a busy machine, by design; test_settings.py holds the service to it.
    built["PASSWORD_HASHERS"] = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.configure(**built)
    django.setup()


_makers = 0  # the fixtures of several folders in one run share the database; the last one drops it


def make() -> None:
    """Every migration, and the table of the planted app."""
    global _makers  # noqa: PLW0603
    _makers += 1
    if _makers > 1:
        return
    from django.core.management import call_command
    from django.db import connection

    from tests.records.planted.models import Paper

    if SERVER:
        _server(f"CREATE DATABASE {_OWN}")
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Paper)
    connection.close()


def drop() -> None:
    from django.db import connections

    global _makers  # noqa: PLW0603
    _makers -= 1
    if _makers:
        return

    connections.close_all()
    if SERVER:
        _server(f"DROP DATABASE {_OWN} WITH (FORCE)")
    shutil.rmtree(FOLDER, ignore_errors=True)


@contextmanager
def copy(name: str) -> Iterator[dict[str, str]]:
    """A copy of the migrated database in which tests really commit. Gives the environment for other processes."""
    from django.db import connections

    connections.close_all()
    kept: dict[str, Any] = connections.settings["default"]
    before = kept["NAME"]
    if SERVER:
        _server(f"CREATE DATABASE {name} TEMPLATE {_OWN}")
        kept["NAME"] = name
    else:
        (FOLDER / name).mkdir()
        kept["NAME"] = str(shutil.copy(before, FOLDER / name / "records.sqlite3"))
    try:
        yield environment(name)
    finally:
        connections.close_all()
        kept["NAME"] = before
        if SERVER:
            _server(f"DROP DATABASE {name} WITH (FORCE)")
        else:
            shutil.rmtree(FOLDER / name, ignore_errors=True)
