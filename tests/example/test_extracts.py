"""The pair-level extract holds every crime and person once or more, and its dates of birth give the ages of the return."""

from datetime import date

import polars as pl
import pytest

from vkpp.ops.example.draws import Draws
from vkpp.ops.example.extracts import pair_level
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year

NUMBER = next(i for i, f in enumerate(respondents()) if f.pairs)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return make_nation_year(2024, 1_000, 4, clean=True).of_force(NUMBER)


@pytest.fixture(scope="module")
def rows(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return pair_level(tables, respondents()[NUMBER], Draws(1))


def test_rows_are_pairs_and_not_crimes(tables: dict[str, pl.DataFrame], rows: pl.DataFrame) -> None:
    assert len(rows) > len(tables["crimes"])
    assert set(rows["Crime number"]) == set(tables["crimes"]["crime_ref"])
    assert rows["Victim URN"].drop_nulls().n_unique() == len(tables["victims"])
    assert rows["Suspect URN"].drop_nulls().n_unique() == len(tables["suspects"])
    assert rows["Relationship"].count() == len(tables["relations"])


@pytest.mark.parametrize(("who", "table"), [("Victim", "victims"), ("Suspect", "suspects")])
def test_dates_of_birth_give_the_ages(tables: dict[str, pl.DataFrame], rows: pl.DataFrame, who: str, table: str) -> None:
    ages = dict(tables[table].select("person_ref", "age").iter_rows())
    known = rows.drop_nulls([f"{who} URN"])
    for ref, born, first in known.select(f"{who} URN", f"{who} date of birth", "Committed from").iter_rows():
        assert (None if born is None else _age(born, first)) == ages[ref]


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def test_every_name_says_invented(rows: pl.DataFrame) -> None:
    for who in ("Victim", "Suspect"):
        assert rows[f"{who} name"].drop_nulls().str.starts_with("Invented").all()
    assert rows["Location address"].drop_nulls().str.contains("Invented").all()
