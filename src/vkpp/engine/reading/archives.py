"""Zip files: unpacked member by member under bounds that do not trust what the archive says of itself."""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from vkpp.basics.problems import UnreadableFile
from vkpp.engine.reading.extents import Extent, OfficeOpenSheet, extent_of
from vkpp.engine.reading.kinds import ZIP
from vkpp.engine.reading.limits import Limits
from vkpp.engine.reading.staging import full_disk_in_words

IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, OverflowError)
STEP = 1 << 20


@contextmanager
def unpacked(path: Path, work: Path, limits: Limits, name: str) -> Iterator[list[tuple[str, Path]]]:
    """The members as (file name, path of a temporary copy), gone when the block ends. UnreadableFile for a hostile zip."""
    with tempfile.TemporaryDirectory(dir=work, prefix=".unpacked-") as folder, _opened(path, name) as archive:
        members = _members(archive, limits, name)
        budget = _Budget(limits, name, limits.unpacked_bytes)
        yield [(_base(m), _extract(archive, m, Path(folder) / str(i), budget)) for i, m in enumerate(members)]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the sheets of an XLSX hold, counted in their XML by us and not by the reader; all 0 for other kinds."""

    values: int = 0  # cells that hold something
    no_result: int = 0  # cells whose formula was never calculated
    merged: int = 0  # merged areas

    def plus(self, sheet: OfficeOpenSheet) -> Counted:
        return Counted(self.values + sheet.values, self.no_result + sheet.no_result, self.merged + sheet.merged)


def refuse_bomb(path: Path, limits: Limits, name: str) -> Counted:
    """Unpacks a workbook to nowhere, and refuses it when it, or a sheet once opened, is larger than it may be."""
    seen = path.stat()
    return _unpacked_to_nowhere(path, limits, name, (seen.st_ino, seen.st_size, seen.st_mtime_ns))


@lru_cache(maxsize=8)
def _unpacked_to_nowhere(path: Path, limits: Limits, name: str, seen: tuple[int, ...]) -> Counted:
    """Once for each workbook, although each of its tables is read by itself; `seen` tells a changed file."""
    budget = _Budget(limits, name, limits.workbook_bytes)
    total = Counted()
    with _opened(path, name) as archive:
        if len(archive.infolist()) > 20_000:
            raise _refused(name, f"has {len(archive.infolist()):,} parts", "an ordinary workbook")
        for member in archive.infolist():
            extent = _measured(archive, member, budget)
            if isinstance(extent, OfficeOpenSheet):
                total = total.plus(extent)
    return total


def _measured(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> Extent:
    extent = extent_of(member.filename)
    try:
        for block in _contents(archive, member, budget):
            extent.feed(block)
            _refuse_large(extent, budget)
        extent.close()
    except expat.ExpatError as problem:
        words = f"is damaged at {member.filename!r}"
        raise _refused(budget.name, words, "a workbook that opens without repair") from problem
    _refuse_large(extent, budget)
    return extent


def _refuse_large(extent: Extent, budget: _Budget) -> None:
    if extent.cells > budget.limits.sheet_cells:
        words = f"has a sheet that reaches over {extent.cells:,} cells"
        raise _refused(budget.name, words, f"at most {budget.limits.sheet_cells:,} cells; larger tables as CSV")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN as problem:
        raise _refused(name, "is a damaged zip", "a whole zip file") from problem
    with archive:
        yield archive


class _Budget:
    """What may still be unpacked, counted on what really comes out."""

    def __init__(self, limits: Limits, name: str, whole: int) -> None:
        self.limits, self.name, self.whole, self.spent = limits, name, whole, 0

    def spend(self, member: zipfile.ZipInfo, out: int, step: int) -> None:
        self.spent += step
        if self.spent > self.whole:
            raise _refused(self.name, "unpacks to more than it may", f"at most {self.whole:,} bytes unpacked")
        if out > self.limits.ratio_from and out > self.limits.unpack_ratio * max(1, member.compress_size):
            words = f"holds {member.filename!r}, which unpacks to over {self.limits.unpack_ratio} times its size"
            raise _refused(self.name, words, "ordinary tables")


def _members(archive: zipfile.ZipFile, limits: Limits, name: str) -> list[zipfile.ZipInfo]:
    wanted = [m for m in archive.infolist() if not m.is_dir() and not _ignored(m.filename)]
    if not wanted:
        raise _refused(name, "is a zip with no file in it", "at least one table")
    if len(wanted) > limits.members:
        raise _refused(name, f"is a zip of {len(wanted):,} files", f"at most {limits.members:,}")
    for member in wanted:
        _refuse_hostile(member, name)
    return wanted


def _ignored(filename: str) -> bool:
    return filename.startswith(IGNORED[0]) or filename.rpartition("/")[2] in IGNORED[1:]


def _refuse_hostile(member: zipfile.ZipInfo, name: str) -> None:
    path = PurePosixPath(member.orig_filename)
    odd = any(c in member.orig_filename for c in "\\\0:")
    if odd or not path.parts or path.is_absolute() or ".." in path.parts:
        raise _refused(name, f"holds a file whose name leads elsewhere: {member.orig_filename[:80]!r}", "plain file names")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _refused(name, f"holds a link: {member.filename!r}", "files only")
    if member.flag_bits & 0x41:
        raise _refused(name, f"is protected by a password ({member.filename!r})", "a zip without a password")


def _base(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).name


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: _Budget) -> Path:
    with full_disk_in_words(target.parent.parent), target.open("wb") as out:
        for block in _contents(archive, member, budget):
            out.write(block)
    with target.open("rb") as file:
        nested = file.read(4).startswith(ZIP) and not _is_workbook(target)
    if nested:
        raise _refused(budget.name, f"holds another zip: {member.filename!r}", "tables, not zips, inside a zip")
    return target


def _contents(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    out = 0
    try:
        with archive.open(member) as stream:
            while block := stream.read(STEP):
                out += len(block)
                budget.spend(member, out, len(block))
                yield block
    except BROKEN as problem:
        locked = "password" in str(problem)
        words = f"is protected by a password ({member.filename!r})" if locked else f"is damaged at {member.filename!r}"
        raise _refused(budget.name, words, "a whole file without a password") from problem


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return bool({"xl/workbook.xml", "content.xml"} & set(archive.namelist()))
    except BROKEN:
        return False


def _refused(name: str, saw: str, expected: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} {saw}.", where=name, expected=expected, next_step="send the tables as they are, or zip them again"
    )
