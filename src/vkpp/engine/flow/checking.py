"""From received files to findings: the first two stations, the same for every collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.reading import read
from vkpp.engine.reading.faults import NotThisTable
from vkpp.engine.reading.files import named_after
from vkpp.engine.reading.kinds import kind_of
from vkpp.engine.reading.pairs import is_pair_level, read_pairs, sheets_of_tables
from vkpp.engine.shapes.findings import CheckResult, Findings
from vkpp.engine.shapes.national import National
from vkpp.engine.shapes.tables import Staged
from vkpp.engine.validation import validate

WORKBOOKS = ("xlsx", "xls", "ods")
# Findings of the reader on a file, whichever of its tables is being read.
OF_WHOLE_FILES = (
    "file-cells-not-read",
    "file-formula-without-result",
    "file-hidden-personal-data",
    "file-hidden-sheet",
    "file-merged-cells",
    "file-unread-member",
    "file-unread-sheet",
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A delivery, read and checked: the staged tables live in the working folder that the caller gave."""

    specification: Specification
    staged: Mapping[str, tuple[Staged, ...]]
    result: CheckResult


def check_files(
    files: Sequence[Path],
    specification: Specification,
    catalogue: Catalogue,
    work: Path,
    *,
    named: Iterable[tuple[str, Path]] = (),
    period: Period | None = None,
    benchmark: Path | None = None,
    nation: National | None = None,
) -> Checked:
    """Read `files` and the files `named` for a table, then run every check in one pass. Raises as `read_files` does."""
    staged = read_files(files, specification, work, named=named)
    result = validate(staged, specification, catalogue, period=period, benchmark=benchmark, nation=nation)
    return Checked(specification, staged, result)


def check_many(
    deliveries: Mapping[str, Mapping[str, tuple[Staged, ...]]],
    specification: Specification,
    catalogue: Catalogue,
    *,
    period: Period | None = None,
) -> dict[str, Checked]:
    """Many deliveries of one period, read already, checked in one pass; each gets the findings on its own files.

    Checks on a whole table look at all deliveries together, so a share that is odd in one of them may go unseen: a demand for
    a fix rests on check_files. File names must differ between deliveries.
    """
    whole = {t.name: tuple(one for staged in deliveries.values() for one in staged[t.name]) for t in specification.tables}
    result = validate(whole, specification, catalogue, period=period)
    made = {}
    for name, staged in deliveries.items():
        files = {one.received.name for parts in staged.values() for one in parts}
        made[name] = Checked(specification, staged, _of_files(result, files))
    return made


def _of_files(result: CheckResult, files: set[str]) -> CheckResult:
    mine = result.findings.table.filter(pc.is_in(result.findings.table["file"], pa.array(sorted(files))))
    counts = Counter(zip(mine["check"].to_pylist(), mine["table"].to_pylist(), strict=True))
    runs = tuple(replace(run, findings=counts[(run.check, run.table)]) for run in result.runs)
    reconciled = tuple(r for r in result.reconciliations if r.file in files)
    facts = {file: fact for file, fact in result.facts.items() if file in files}
    return CheckResult(Findings(mine), runs, reconciled, result.specification, facts)


def read_files(
    files: Sequence[Path], specification: Specification, work: Path, *, named: Iterable[tuple[str, Path]] = ()
) -> dict[str, tuple[Staged, ...]]:
    """The first station alone: each table's staged files.

    Raises UnreadableFile where a file cannot be read, UsageProblem where a table is not known or has no file.
    """
    staged: dict[str, tuple[Staged, ...]] = {table.name: () for table in specification.tables}
    pair_level = [path for path in files if is_pair_level(path, specification, work)]
    sheets = {path: _sheets(path, specification, work) for path in files if path not in pair_level}
    for name, path in (*_given([path for path in files if path not in pair_level], specification), *named):
        if name not in staged:
            raise UsageProblem(
                f"The collection {specification.name} has no table {name!r}.",
                where=f"--table {name}={path.name}",
                expected=f"one of {', '.join(staged)}",
                next_step="correct the table's name",
            )
        folder = work / f"{name}-{len(staged[name])}"
        folder.mkdir(parents=True, exist_ok=True)
        held = sheets.get(path, {})
        found = _read(path, specification, name, folder, held.get(name))
        # Tables of people look alike: a sheet that bears one table's name is never read as another's.
        staged[name] += found if name in held else tuple(one for one in found if one.reconciliation.sheet not in held.values())
    for path in pair_level:
        for name, one in read_pairs(path, specification, work).items():
            staged[name] += (one,)
    absent = [name for name, deliveries in staged.items() if not deliveries]
    if absent:
        raise UsageProblem(
            f"No file and no sheet was given for {', '.join(absent)}.",
            expected=f"a file or a sheet for each table of {specification.name}: {', '.join(staged)}",
            next_step="add it, named after its table, with its headings alone where there is nothing to report",
        )
    return _said_once(staged)


def _read(path: Path, specification: Specification, name: str, folder: Path, sheet: str | None) -> tuple[Staged, ...]:
    """One table of a file; none where a zip of several tables holds no file that is named after it."""
    tables = [table.name for table in specification.tables]
    if not _of_several(path, tables):
        return read(path, specification.table(name), folder, sheet=sheet)
    try:
        return read(path, specification.table(name), folder, among=tables)
    except NotThisTable:
        return ()


def _of_several(path: Path, tables: Sequence[str]) -> bool:
    """A zip of the whole return: its own name says no table, so the names in it do."""
    return len(tables) > 1 and kind_of(path) == "zip" and not named_after(path.name, tables)


def _said_once(staged: Mapping[str, tuple[Staged, ...]]) -> dict[str, tuple[Staged, ...]]:
    """What is found of a file as a whole is said of its first table, and not again of each other table that it holds."""
    said: set[tuple[str, str, str]] = set()
    kept: dict[str, tuple[Staged, ...]] = {}
    for name, parts in staged.items():
        mine = []
        for one in parts:
            keys = [(f.check, f.file, f.message) if f.check in OF_WHOLE_FILES else None for f in one.findings]
            mine.append(replace(one, findings=tuple(f for f, key in zip(one.findings, keys, strict=True) if key not in said)))
            said.update(key for key in keys if key)
        kept[name] = tuple(mine)
    return kept


def _sheets(path: Path, specification: Specification, work: Path) -> Mapping[str, str]:
    """Which sheet of a workbook holds which table, where the sheets say so: the tables of people look alike otherwise."""
    several = len(specification.tables) > 1 and kind_of(path) in WORKBOOKS
    return sheets_of_tables(path, specification, work) if several else {}


def _given(files: Sequence[Path], specification: Specification) -> list[tuple[str, Path]]:
    """Which table each file holds: the only one, every one (a workbook), or the one whose name stands in the file's name."""
    names = [table.name for table in specification.tables]
    if len(names) == 1:
        return [(names[0], path) for path in files]
    pairs = []
    for path in files:
        if kind_of(path) in WORKBOOKS:  # a sheet a table
            pairs += [(name, path) for name in names]
            continue
        if _of_several(path, names):
            pairs += [(name, path) for name in names]
            continue
        found = named_after(path.name, names)
        if not found:
            raise UsageProblem(
                f"We cannot tell which table {path.name} holds.",
                expected=f"a file name with one of {', '.join(names)} in it",
                next_step=f"name the file after its table, such as {names[0]}{path.suffix}, or leave it out",
            )
        pairs.append((found, path))
    return pairs
