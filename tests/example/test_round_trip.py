"""What each force sends in its own habits reads back, cell by cell, as what was generated."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.specifications import Field
from vkpp.engine.reading import read
from vkpp.engine.validation.values_plain import known
from vkpp.ops.example.generate import Generated
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import TABLES, NationYear, make_nation_year


@pytest.fixture(scope="module")
def year() -> NationYear:
    return make_nation_year(2024, 200, 11, clean=True)  # the same as `small`


def as_meant(text: str | None, field: Field) -> Any:
    """The value as the specification reads it; a wording of a code list as its code."""
    value = known(text, field)
    if value is None or field.code_list is None:
        return value
    code = example_catalogue().code_list(field.code_list).code_for(value)
    assert code is not None, (field.name, value)
    return code


@pytest.mark.parametrize("number", range(44))
def test_every_cell_reads_back(small: Generated, year: NationYear, number: int, tmp_path: Path) -> None:
    delivery, force = small.deliveries[number], respondents()[number]
    assert delivery.force_id == force.force_id
    specification = example_catalogue().specification("csae")
    tables = year.of_force(number)
    for name in TABLES:
        path, sheet = delivery.files[name]
        (staged,) = read(path, specification.table(name), tmp_path / name, sheet=sheet)
        assert staged.records == delivery.records[name] == len(tables[name])
        assert not staged.findings
        received = pl.read_parquet(staged.parquet).sort("_record")
        for field in specification.table(name).fields:
            found = [as_meant(text, field) for text in received[field.name]]
            meant = tables[name][field.name].to_list()
            if field.name == "other_force":
                meant = [None if m is None else example_catalogue().code_list("forces").code_for(m) for m in meant]
            assert found == meant, (force.force_id, field.name)


def test_the_44_have_many_habits() -> None:
    for habit in ("format", "headings", "outcomes", "answers", "refs", "missing"):
        assert len({getattr(force, habit) for force in respondents()}) >= 3, habit
