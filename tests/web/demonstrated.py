"""The demonstration's own service on a day that stands still, for walks over every page and for the tour's pictures.

Filling it takes minutes, so a process fills it once and each test gets a copy. `KEPT_DEMONSTRATION=folder` keeps it between
runs, for whoever works on pages; a new fixture, or a change to what is filled in, wants an empty folder.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.records import database

# Seven working days after the deadline of the round of July to September 2024, which is the newest that is invented.
AT = datetime(2024, 12, 12, 9, 30, tzinfo=UTC)
_KEPT = os.environ.get("KEPT_DEMONSTRATION", "")
_made: list[Path] = []


@dataclass(frozen=True)
class Demonstration:
    """Who can sign in, by role."""

    people: Mapping[str, UUID]


@contextmanager
def day_stands_still(patch: pytest.MonkeyPatch, at: datetime = AT) -> Iterator[None]:
    """Pages, sessions and work that is done read this instant as now."""
    from django.utils import timezone

    from vkpp.ops import jobs

    patch.setattr(timezone, "now", lambda: at)
    patch.setattr(jobs, "now", lambda: at + timedelta(minutes=1))
    yield


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """The filled service, committed in a database of its own, the day standing still."""
    from django.conf import settings

    from vkpp.ops.serving import people

    with pytest.MonkeyPatch.context() as patch, day_stands_still(patch), database.copy(f"vkpp_{os.getpid()}_shown"):
        folder = Path(tempfile.mkdtemp(prefix="vkpp-shown-"))
        patch.setattr(settings, "FOLDER", folder)
        patch.setattr(settings, "INVENTED", True)
        try:
            _brought(folder)
            yield Demonstration({one.role: one.person for one in people.accounts(AT)})
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _brought(folder: Path) -> None:
    """The service's folder and database, filled now or copied from where they were filled before."""
    if database.SERVER:  # a copy of a database of a server is the server's; fill again
        _filled(folder)
        return
    if not _made:
        _made.append(_kept())
    kept = _made[0]
    if not (kept / "done").exists():
        shutil.rmtree(kept, ignore_errors=True)
        _filled(folder)
        _copied(folder, kept / "service")
        shutil.copy(_file(), kept / "records.sqlite3")
        (kept / "done").touch()
        return
    shutil.rmtree(folder)
    _copied(kept / "service", folder)
    from django.db import connections

    connections.close_all()
    shutil.copy(kept / "records.sqlite3", _file())
    from django.core.management import call_command

    call_command("migrate", verbosity=0)  # the kept one may be older than the program


def _kept() -> Path:
    if _KEPT:
        return Path(_KEPT)
    folder = Path(tempfile.mkdtemp(prefix="vkpp-filled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _copied(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=shutil.copy2)


def _file() -> str:
    from django.db import connections

    connections.close_all()
    return str(connections.settings["default"]["NAME"])


def _filled(folder: Path) -> None:
    from vkpp.ops.serving import people, rounds

    people.found(AT)
    rounds.fill(AT, folder / "files")
    shutil.rmtree(folder / "files", ignore_errors=True)
