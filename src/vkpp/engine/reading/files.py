"""One received file to staged tables: what it is decides who reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vkpp.basics.problems import Problem, UnreadableFile
from vkpp.catalogue.specifications import Table
from vkpp.engine.reading.archives import unpacked
from vkpp.engine.reading.delimited import read_delimited
from vkpp.engine.reading.faults import NotThisTable, StructuralFaults
from vkpp.engine.reading.kinds import kind_of
from vkpp.engine.reading.limits import LIMITS, Limits
from vkpp.engine.reading.staging import full_disk_in_words
from vkpp.engine.reading.workbooks import read_workbook
from vkpp.engine.shapes.findings import Finding
from vkpp.engine.shapes.tables import Staged


def read(
    path: Path,
    table: Table,
    work: Path,
    *,
    sheet: str | None = None,
    limits: Limits = LIMITS,
    among: Collection[str] = (),
) -> tuple[Staged, ...]:
    """Stages a received file as text columns in Parquet under `work`.

    A zip gives one table per member that has the headings, a workbook one per visible sheet that has them (or the sheet
    named); what was left unread is a finding on the first. Of a zip of several tables, whose names are `among`, only the
    members that bear this table's name are read: tables of people look alike. Values are exactly as received; an empty cell
    is null.
    Raises UnreadableFile when the file cannot be read without guessing; StructuralFaults, its subclass, carries every
    structural fault in `findings`. Raises Problem when the disk is full. In every case nothing half-written stays.
    """
    name = path.name
    if not path.is_file():
        raise UnreadableFile(f"There is no file {name}.", where=name, expected="a file", next_step="check the name")
    if path.stat().st_size > limits.file_bytes:
        raise UnreadableFile(
            f"{name} has {path.stat().st_size:,} bytes.",
            where=name,
            expected=f"at most {limits.file_bytes:,} bytes",
            next_step="split the table by period and send each part",
        )
    with _troubles_in_words(path, work):
        work.mkdir(parents=True, exist_ok=True)
        if kind_of(path) == "zip":
            return _read_members(path, table, work, limits, sheet, among)
        return _read_one(path, table, work, limits, name, sheet)


@contextmanager
def _troubles_in_words(path: Path, work: Path) -> Iterator[None]:
    """A full disk, a folder that may not be written, a file that may not be read: the person's trouble, not ours."""
    try:
        with full_disk_in_words(work):
            yield
    except PermissionError as problem:
        raise Problem(
            f"This may not be opened: {Path(problem.filename or path).name}.",
            where=f"file {path.name}, folder for work files {work.name!r}",
            expected="a file that may be read and a folder that may be written",
            next_step="ask for the permission, or choose another folder",
        ) from problem


def _read_one(path: Path, table: Table, work: Path, limits: Limits, name: str, sheet: str | None) -> tuple[Staged, ...]:
    kind = kind_of(path, name)
    if kind == "csv":
        return (read_delimited(path, table, work, limits, name=name),)
    return read_workbook(path, table, work, limits, name=name, kind=kind, sheet=sheet)


def _read_members(
    path: Path, table: Table, work: Path, limits: Limits, sheet: str | None, among: Collection[str]
) -> tuple[Staged, ...]:
    """All members that are this table, or none: faults of every member are gathered before the zip is refused."""
    staged: list[Staged] = []
    refused: list[UnreadableFile] = []
    others: list[tuple[str, NotThisTable]] = []
    with unpacked(path, work, limits, path.name) as members:
        for name, copy in members:
            if among and named_after(name, among) != table.name:
                continue
            try:
                staged += _read_one(copy, table, work, limits, name, sheet)
            except NotThisTable as problem:
                others.append((name, problem))
            except UnreadableFile as problem:
                refused.append(problem)
    if refused or not staged:
        for done in staged:
            done.parquet.unlink(missing_ok=True)
        raise _all_of(refused or [problem for _, problem in others] or [_not_in(path.name, table)], path.name)
    unread = tuple(_unread(name, table) for name, _ in others)
    if among:
        unread += tuple(_unnamed(name, table) for name, _ in members if not named_after(name, among))
    return (replace(staged[0], findings=(*staged[0].findings, *unread)), *staged[1:])


def named_after(file: str, tables: Collection[str]) -> str:
    """The one table whose name stands in the file's name; "" where none does or several do."""
    found = [name for name in tables if name in Path(file).stem.casefold()]
    return found[0] if len(found) == 1 else ""


def _not_in(name: str, table: Table) -> NotThisTable:
    return NotThisTable(
        f"{name} holds no file named after {table.name}.",
        where=name,
        expected=f"a file in it such as {table.name}.csv",
        next_step="name each file in the zip after its table",
    )


def _unnamed(name: str, table: Table) -> Finding:
    words = f"{name}, in the zip, bears the name of no table, or of several, and was not read."
    return Finding("file-unread-member", "query", words, "Nothing, if it is no table; else name it after it.", name, table.name)


def _unread(name: str, table: Table) -> Finding:
    words = f"{name}, in the same zip, has none of the headings of {table.title!r} and was not read as that table."
    return Finding("file-unread-member", "query", words, "Nothing, if it is another table or no table.", name, table.name)


def _all_of(refused: list[UnreadableFile], name: str) -> UnreadableFile:
    """One refusal for a zip: the first member's words, every member's faults."""
    if len(refused) == 1:
        return refused[0]
    findings = [f for problem in refused if isinstance(problem, StructuralFaults) for f in problem.findings]
    if findings:
        return StructuralFaults(findings, file=name)
    words = " ".join(problem.saw for problem in refused[:3])
    return UnreadableFile(words, where=name, expected=refused[0].expected, next_step=refused[0].next_step)
