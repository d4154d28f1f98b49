"""Small invented returns for the tests of intake: one force that sends CSV files, one that sends a workbook."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.ops.command_line import main
from vkpp.ops.example.generate import write_year
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year

CSV_FORCE, WORKBOOK_FORCE = "ashwater", "amberdale"


@pytest.fixture(scope="session")
def specification() -> Specification:
    return example_catalogue().specification("csae")


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """By force: the files of its clean return of 2024, at the smallest scale."""
    folder = tmp_path_factory.mktemp("sent")
    nation = make_nation_year(2024, 100, 2024, clean=True)
    files = {}
    for number, force in enumerate(respondents()):
        if force.force_id in (CSV_FORCE, WORKBOOK_FORCE):
            (delivery,), _ = write_year(nation, number, force, folder)
            files[force.force_id] = sorted({path for path, _ in delivery.files.values()})
    return files


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both years of two forces, at the smallest scale."""
    folder = tmp_path_factory.mktemp("noted")
    for year in (2023, 2024):
        nation = make_nation_year(year, 100, 2024, clean=True)
        for number, force in enumerate(respondents()):
            if force.force_id in (CSV_FORCE, WORKBOOK_FORCE):
                (delivery,), _ = write_year(nation, number, force, folder / str(year))
                files = sorted({str(path) for path, _ in delivery.files.values()})
                where = ["--collection", "csae", "--force", force.force_id, "--period", f"CY{year}", "--invented", "--quiet"]
                assert main(["accept", *files, *where, "--store", str(folder / "store")]) == 0
    return folder / "store"


@pytest.fixture
def accept(tmp_path: Path) -> Callable[..., int]:
    """Runs `vkpp accept` for 2024 into a store of the test's own; returns the exit code."""

    def run(files: list[Path], force: str, *more: str, store: str = "store", register: str = "--invented") -> int:
        where = ["--collection", "csae", "--force", force, "--period", "CY2024", "--store", str(tmp_path / store), "--quiet"]
        return main(["accept", *map(str, files), *where, *([register] if register else []), *more])

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def table_of(files: list[Path], name: str) -> Path:
    return next(path for path in files if name in path.stem)
