"""The service's database copied out and put back as a whole: SQLite by its online backup, PostgreSQL by its own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vkpp.basics.problems import UnreadableFile, UsageProblem

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_FILES = {SQLITE: "records.sqlite3", POSTGRESQL: "records.dump"}
_HEAD = "SELECT number, digest FROM trail_head"
_MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


@dataclass(frozen=True, slots=True)
class Taken:
    """A copy of a database: which kind, its file, the changes of tables it has had, and the last entry of its trail."""

    kind: str
    file: str
    migrations: tuple[str, ...]
    number: int
    digest: str


def kind_of(database: Mapping[str, Any]) -> str:
    return POSTGRESQL if str(database["ENGINE"]).endswith("postgresql") else SQLITE


def dump(database: Mapping[str, Any], folder: Path) -> Taken:
    """Copy the database into `folder` as it is at one instant, while others write.

    Raises UsageProblem where it has no tables, UnreadableFile where it does not answer or its copy is not whole.
    """
    kind = kind_of(database)
    take = _dump_postgresql if kind == POSTGRESQL else _dump_sqlite
    migrations, (number, digest) = take(database, folder / _FILES[kind])
    (folder / _FILES[kind]).chmod(0o600)
    return Taken(kind, _FILES[kind], tuple(f"{app}.{name}" for app, name in migrations), int(number), str(digest))


def load(database: Mapping[str, Any], source: Path) -> None:
    """Put a copy back into an empty database, whole or not at all."""
    (_load_postgresql if kind_of(database) == POSTGRESQL else _load_sqlite)(database, source)


def demand_answer(database: Mapping[str, Any]) -> None:
    """Raises UnreadableFile where the server does not answer; an SQLite file always does."""
    if kind_of(database) == POSTGRESQL:
        _connected(database).close()


def is_empty(database: Mapping[str, Any]) -> bool:
    """Whether the database has no table of anybody's."""
    if kind_of(database) == POSTGRESQL:
        with _connected(database) as connection:
            found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            return found[0] == 0  # type: ignore[no-any-return]
    path = Path(str(database["NAME"]))
    if not path.exists() or not path.stat().st_size:
        return True
    try:
        with closing(_sqlite(path)) as connection:
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0  # type: ignore[no-any-return]
    except sqlite3.Error:
        return False


def _silent() -> UnreadableFile:
    return UnreadableFile(
        "The service's database does not answer.", next_step="check VKPP_DATABASE or VKPP_FOLDER, and that it runs"
    )


def _no_tables() -> UsageProblem:
    return UsageProblem(
        "The service's database has no tables yet.",
        where="the database of VKPP_DATABASE, or records.sqlite3 in VKPP_FOLDER",
        expected="the database of a service that has run",
        next_step="name the right one",
    )


# SQLite


def _sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=30)


def _dump_sqlite(database: Mapping[str, Any], target: Path) -> tuple[list[Any], Any]:
    path = Path(str(database["NAME"]))
    if not path.exists():
        raise _no_tables()
    try:
        with closing(_sqlite(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)  # in one step: writers go on in the log beside the file
            copy.execute("PRAGMA journal_mode=DELETE")
            _demand_whole(copy)
            return _said(copy)
    except sqlite3.Error as problem:
        raise _silent() from problem


def _demand_whole(copy: sqlite3.Connection) -> None:
    found = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if found != ("ok",):
        raise UnreadableFile(
            "The database is damaged: its copy does not pass SQLite's own check.",
            expected="a whole database",
            next_step="keep every earlier backup, stop the service, and restore the newest that is whole",
        )


def _said(copy: sqlite3.Connection) -> tuple[list[Any], Any]:
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"trail_head", "django_migrations"} <= tables:
        raise _no_tables()
    return copy.execute(_MIGRATIONS).fetchall(), copy.execute(_HEAD).fetchone()


def _load_sqlite(database: Mapping[str, Any], source: Path) -> None:
    path = Path(str(database["NAME"]))
    aside = path.with_name(f".{path.name}.restoring")
    try:
        shutil.copyfile(source, aside)
        aside.chmod(0o600)
        with aside.open("rb") as opened:
            os.fsync(opened.fileno())
        for left in ("-wal", "-shm"):  # of the empty file that is replaced: SQLite would read them into the new one
            path.with_name(path.name + left).unlink(missing_ok=True)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


# PostgreSQL


def _connected(database: Mapping[str, Any]) -> Any:
    import psycopg

    try:
        return psycopg.connect(
            dbname=database["NAME"],
            user=database.get("USER") or None,
            password=database.get("PASSWORD") or None,
            host=database.get("HOST") or None,
            port=database.get("PORT") or None,
            **database.get("OPTIONS", {}),
        )
    except psycopg.Error as problem:
        raise _silent() from problem


def _dump_postgresql(database: Mapping[str, Any], target: Path) -> tuple[list[Any], Any]:
    """The dump is of the very snapshot in which the head was read."""
    import psycopg

    with _connected(database) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone()
        try:
            said = connection.execute(_MIGRATIONS).fetchall(), connection.execute(_HEAD).fetchone()
        except psycopg.errors.UndefinedTable as problem:
            raise _no_tables() from problem
        _program("pg_dump", database, f"--snapshot={snapshot}", "--format=custom", f"--file={target}")
    return said


def _load_postgresql(database: Mapping[str, Any], source: Path) -> None:
    name = f"--dbname={database['NAME']}"
    _program("pg_restore", database, "--single-transaction", "--exit-on-error", name, str(source))


def _program(name: str, database: Mapping[str, Any], *more: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes by the environment, never by the command line."""
    found = shutil.which(name)
    if found is None:
        raise UsageProblem(
            f"The program {name} is not on this machine.",
            expected="PostgreSQL's client programs, no older than the server",
            next_step="install postgresql-client",
        )
    command = [found, "--no-owner", "--no-privileges", "--no-password", *more]
    done = subprocess.run(command, env=_environment(database), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise UnreadableFile(
            f"{name} stopped with code {done.returncode}.",
            where="the database of VKPP_DATABASE",
            expected="client programs no older than the server, an account that may do it, and room on the disk",
            next_step=f"run {name} by hand on that database to see its own words, which may quote rows",
        )


def _environment(database: Mapping[str, Any]) -> dict[str, str]:
    options = database.get("OPTIONS", {})
    said = {
        "PGHOST": database.get("HOST"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGDATABASE": database["NAME"],
        "PGSSLMODE": options.get("sslmode"),
        "PGCONNECT_TIMEOUT": str(options.get("connect_timeout", 10)),
    }
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    return kept | {name: str(value) for name, value in said.items() if value}
