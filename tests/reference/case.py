"""One reference case, the folder that holds them, and the comparison at the case's own tolerance."""

from __future__ import annotations

import csv
import functools
import importlib
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SHIPPED = HERE / "cases.zip"
OTHER_FOLDER = "VKPP_CASES"  # a folder of the same layout, used instead of the shipped cases

Row = dict[str, str]


class NotReached(Exception):
    """No checker knows this case: the suite fails unless waiting.yaml names it."""


@dataclass(frozen=True)
class Case:
    """A case folder: `area` is its two digits; the rest is what its case.json says."""

    area: str
    id: str
    params: Mapping[str, Any]
    tolerance: Mapping[str, Any]
    folder: Path
    about: Mapping[str, Any]  # all of case.json: title, tests, notes, files, provenance

    def read_csv(self, name: str) -> list[Row]:
        """The rows of a file of the case, every value as text."""
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def read_json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    @property
    def inputs(self) -> Mapping[str, Any]:
        """File name to what case.json says of it, of the inputs."""
        return dict((self.about.get("files") or {}).get("inputs") or {})

    @property
    def expected(self) -> Mapping[str, Any]:
        """File name to what case.json says of it, of the expected answers."""
        return dict((self.about.get("files") or {}).get("expected") or {})

    def __str__(self) -> str:
        return f"{self.area}/{self.id}"


@functools.cache
def cases_folder() -> Path:
    """The folder that VKPP_CASES names, or the shipped cases unpacked once into a temporary folder."""
    if named := os.environ.get(OTHER_FOLDER):
        return Path(named)
    return Path(_unpacked().name)


@functools.cache
def _unpacked() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="vkpp-cases-")  # removed when the process ends
    with zipfile.ZipFile(SHIPPED) as packed:
        packed.extractall(folder.name)  # our own file, made by pack_cases.py
    return folder


def read_case(folder: Path) -> Case:
    about = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    area = str(about.get("area") or folder.parent.name)[:2]
    return Case(area, about["id"], about.get("params") or {}, about.get("tolerance") or {}, folder, about)


@functools.cache
def all_cases() -> tuple[Case, ...]:
    """Every case folder, by area and name."""
    folders = sorted(path.parent for path in cases_folder().glob("*/*/case.json"))
    return tuple(read_case(folder) for folder in folders)


def folders_without_case() -> list[Path]:
    """Folders that stand where a case should and hold no case.json."""
    return sorted(p for p in cases_folder().glob("*/*") if p.is_dir() and not (p / "case.json").is_file())


@functools.cache
def waiting_list() -> tuple[dict[str, str], ...]:
    return tuple(yaml.safe_load((HERE / "waiting.yaml").read_text(encoding="utf-8")))


def waiting_reason(case: Case) -> str | None:
    """Why the case waits (waiting.yaml: area, pattern of what it tests, reason), or None."""
    return next((entry["reason"] for entry in waiting_list() if waits(entry, case)), None)


def waits(entry: Mapping[str, str], case: Case) -> bool:
    return entry["area"] == case.area and fnmatchcase(str(case.about.get("tests", "")), entry["tests"])


def checker_of(case: Case) -> Callable[[Case], None]:
    """`check` of tests/reference/area_XX.py; raises NotReached where the area has none."""
    name = f"{__package__}.area_{case.area}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        raise NotReached(f"{case}: no checker for area {case.area} (tests/reference/area_{case.area}.py)") from None
    return module.check


def number(text: Any) -> float:
    """A number of a case's file; blank, NA and None become NaN."""
    if text is None or str(text).strip() in {"", "NA", "NaN", "nan", "null", "None"}:
        return math.nan
    return float(text)


def numbers_of(rows: Sequence[Mapping[str, Any]], column: str) -> list[float]:
    return [number(row[column]) for row in rows]


def number_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that hold numbers (blanks aside), in order; a column of blanks is none."""
    return [name for name in rows[0] if _all_numbers([row[name] for row in rows])]


def _all_numbers(values: Sequence[Any]) -> bool:
    found = [_as_number(value) for value in values]
    return all(value is not None for value in found) and not all(math.isnan(value or 0.0) for value in found)


def first_named(names: Sequence[str], *wanted: str) -> str | None:
    """The first of `names` that is one of `wanted` or begins with one, whatever the case; the earliest wish wins."""
    for wish in wanted:
        for name in names:
            if name.lower() == wish:
                return name
    return next((name for wish in wanted for name in names if name.lower().startswith(wish)), None)


def _as_number(value: Any) -> float | None:
    try:
        return number(value)
    except (TypeError, ValueError):
        return None


def same(actual: Any, expected: Any, *, rtol: float = 0.0, atol: float = 0.0) -> bool:
    """True where both are missing, equal text, or numbers within atol + rtol * |expected|."""
    left, right = _as_number(actual), _as_number(expected)
    if left is None or right is None:
        return str(actual) == str(expected)
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if math.isinf(left) or math.isinf(right):
        return left == right
    return abs(left - right) <= atol + rtol * abs(right)


def assert_columns(
    case: Case,
    actual: Mapping[str, Sequence[Any]],
    expected: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str] | Sequence[str],
    *,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Each named column of `actual` equals that of the expected rows, in order.

    columns: names, or expected name to actual name. The tolerance is the case's unless given; exact_columns are exact.
    """
    exact = set(case.tolerance.get("exact_columns", ()))
    rtol = float(case.tolerance.get("rtol", 0.0)) if rtol is None else rtol
    atol = float(case.tolerance.get("atol", 0.0)) if atol is None else atol
    pairs = columns.items() if isinstance(columns, Mapping) else [(name, name) for name in columns]
    wrong: list[str] = []
    for theirs, ours in pairs:
        values = list(actual[ours])
        assert len(values) == len(expected), f"{case}: {ours} has {len(values)} values, expected {len(expected)}"
        slack = (0.0, 0.0) if theirs in exact else (rtol, atol)
        for line, (value, row) in enumerate(zip(values, expected, strict=True), start=1):
            if not same(value, row[theirs], rtol=slack[0], atol=slack[1]):
                wrong.append(f"row {line} {theirs}: {value!r}, expected {row[theirs]!r}")
    assert not wrong, f"{case}: {len(wrong)} differ; " + "; ".join(wrong[:8])
