"""A return checked for somebody whose browser runs no script, in a process with limits, and not kept: nothing of it stays.

The working folder is the parent's, so that it goes whatever becomes of the child. It lies where uploads arrive, which is
emptied of whatever a killed service may leave there.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem
from vkpp.ops import stores
from vkpp.ops.apart import MEMORY, Ended, Limits, apart
from vkpp.records.collections.rules.words import file_name

SECONDS = 60  # somebody waits for the page
SHOWN = 500  # findings on the page; all of them are counted
AT_ONCE = 2  # of this process; each holds a thread that answers pages, and whoever comes beyond them is told so at once
AGAIN = 60  # seconds after which to try again
BUSY = (
    "The service is busy with other people’s checks. Nothing of your files was kept. Try again in a minute: choose the files"
    " again, then send them."
)
_FREE = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent: (table, name as given, where it lies now) of each file. `period` is a code or empty."""

    files: tuple[tuple[str, str, Path], ...]
    collection: str
    period: str
    invented: bool
    arriving: Path  # the folder in which uploads arrive
    memory: int = MEMORY


@dataclass(frozen=True, slots=True)
class Found:
    """What the checks say, small enough for one page: or, in `trouble`, why nothing was checked."""

    trouble: str = ""
    findings: Sequence[Mapping[str, Any]] = ()
    counts: Sequence[tuple[str, str, str, str, int]] = ()  # severity, check, table, an example's words, how many
    lines: Sequence[str] = ()  # nothing was lost
    not_run: Sequence[str] = ()
    total: int = 0
    specification: str = ""
    personal: Sequence[str] = field(default_factory=tuple)  # what would have the return set aside
    wait: int = 0  # seconds, where it was not begun because others are being checked


def checked(asked: Asked) -> Found:
    """Check and forget; at once or not at all. Whatever happens, the folder with what was sent is gone when this returns."""
    if not _FREE.acquire(blocking=False):
        return Found(trouble=BUSY, wait=AGAIN)
    try:
        with tempfile.TemporaryDirectory(dir=asked.arriving, prefix="once-") as folder:
            return _apart(asked, Path(folder))
    finally:
        _FREE.release()


def _apart(asked: Asked, work: Path) -> Found:
    found = apart(_forgotten, (asked, work), Limits(SECONDS, asked.memory, nice=0))  # somebody waits for the page
    if not isinstance(found, Ended):
        return found
    why = f"took longer than {SECONDS} seconds" if found is Ended.LATE else "needed more memory than it may"
    return Found(trouble=f"The check {why}, and nothing of your files was kept. Use `vkpp check`, or send the return itself.")


def _forgotten(given: tuple[Asked, Path]) -> Found:
    """In the child: its own temporary files lie in the folder that goes, too."""
    asked, work = given
    tempfile.tempdir = str(work)
    return _found(asked, work)


def _found(asked: Asked, work: Path) -> Found:
    from vkpp.engine.flow.checking import check_files
    from vkpp.engine.reading.intake import personal_data

    catalogue = stores.catalogue_of(invented=asked.invented)
    specification = catalogue.specification(asked.collection)
    try:
        period = Period.parse(asked.period) if asked.period else None
        named = [_placed(work / f"file-{n}", *one) for n, one in enumerate(asked.files)]
        personal = [
            one.sentence() for n, (_, path) in enumerate(named) for one in _looked(personal_data, path, specification, n)
        ]
        result = check_files([], specification, catalogue, work / "check", named=named, period=period).result
    except Problem as problem:
        return Found(trouble=str(problem))
    rows = result.findings.table.slice(0, SHOWN).to_pylist()
    not_run = [f"{run.check}: {run.why_not}" for run in result.runs if run.why_not]
    return Found(
        findings=rows,
        counts=_counts(result),
        lines=[one.sentence() for one in result.reconciliations],
        not_run=not_run,
        total=len(result.findings),
        specification=result.specification,
        personal=personal,
    )


def _looked(look: Any, path: Path, specification: Any, number: int) -> Any:
    return look(path, specification, path.parent / f"look-{number}")


def _placed(folder: Path, table: str, name: str, path: Path) -> tuple[str, Path]:
    """The upload under its own name made plain, in a folder that goes."""
    folder.mkdir()
    target = folder / file_name(name)
    shutil.copyfile(path, target)
    return table, target


def _counts(result: Any) -> list[tuple[str, str, str, str, int]]:
    found: dict[tuple[str, str, str], list[Any]] = {}
    for one in result.findings:
        found.setdefault((one.severity, one.check, one.table), [one.message, 0])[1] += 1
    return [(*key, words, n) for key, (words, n) in found.items()]
