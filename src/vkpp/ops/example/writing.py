"""Writes the invented returns as files, text in each force's dialect or a workbook with a sheet a table; each says invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vkpp.catalogue.example import MARK, WORDS
from vkpp.ops.example.habits import as_text, headed, specified
from vkpp.ops.example.nation import Respondent
from vkpp.ops.example.workbooks import write_workbook

_DIALECTS = {  # separator, encoding, line end
    "csv": (",", "utf-8", "\n"),
    "csv-bom": (",", "utf-8-sig", "\r\n"),
    "tab": ("\t", "utf-8", "\n"),
    "semicolon-1252": (";", "cp1252", "\r\n"),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one respondent sent for one period. `files` maps a table's name to its file and, in a workbook, its sheet."""

    force_id: str
    period: str
    folder: Path
    files: Mapping[str, tuple[Path, str | None]]
    records: Mapping[str, int]


def write_delivery(
    tables: Mapping[str, pl.DataFrame], force: Respondent, period: str, folder: Path, *, suffix: str = ""
) -> Delivery:
    """Writes the rendered tables (habits.rendered) in the force's format. `suffix` tells a second sending from the first."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"invented_{force.force_id}_{period}{suffix}"
    own = {name: headed(table, name, force) for name, table in tables.items()}
    if force.format == "xlsx":
        path = folder / f"{stem}.xlsx"
        files: dict[str, tuple[Path, str | None]] = {name: (path, specified(name).title) for name in own}
        _write_workbook(path, own, force, period)
    else:
        files = {name: (folder / f"{stem}_{name}.csv", None) for name in own}
        for name, table in own.items():
            write_text(files[name][0], table, force.format)
    return Delivery(force.force_id, period, folder, files, {name: len(table) for name, table in own.items()})


def write_text(path: Path, table: pl.DataFrame, dialect: str) -> None:
    separator, encoding, end = _DIALECTS[dialect]
    plain = as_text(table).with_columns(pl.all().replace("", None))
    text = plain.write_csv(separator=separator, line_terminator=end)
    path.write_bytes(text.encode(encoding, errors="replace"))


def _write_workbook(path: Path, tables: Mapping[str, pl.DataFrame], force: Respondent, period: str) -> None:
    sheets = {specified(name).title: table for name, table in tables.items()}
    about = pl.DataFrame({MARK: [WORDS, f"{force.name}, {period}"]})
    write_workbook(path, {**sheets, "About": about}, title=f"{MARK}: {force.name}, {period}", mark=MARK, words=WORDS)


def write_readme(folder: Path, more: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README-INVENTED.txt").write_text(f"{MARK}\n\n{WORDS}\n{more}", encoding="utf-8")
