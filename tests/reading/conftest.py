"""A small table to read, and the settings of the generated cases."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.shapes.tables import Staged

CRIMES = Table(
    "crimes",
    "Crimes",
    "Invented crimes.",
    (
        Field("force", "Force name", "string", "", required=True, headings=("Force", "Constabulary")),
        Field("crime_id", "Crime ID", "string", "", required=True, headings=("Reference",)),
        Field("recorded", "Date recorded", "date", "", required=True),
        Field("note", "Note", "string", ""),
    ),
)


@pytest.fixture
def crimes() -> Table:
    return CRIMES


def rows(staged: Staged, *names: str) -> list[tuple[object, ...]]:
    """The staged rows in order; with no names, every specified field."""
    frame = pl.read_parquet(staged.parquet)
    return frame.select(names or [c for c in frame.columns if not c.startswith("_")]).rows()


def table_of(width: int) -> Table:
    return Table("wide", "Wide", "", tuple(Field(f"f{i}", f"Field {i}", "string", "") for i in range(width)))


def written(folder: Path, content: bytes, name: str = "return.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
