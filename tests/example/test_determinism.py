"""The same arguments give the same bytes; another seed gives other returns."""

from pathlib import Path

import pytest

from tests.example.conftest import files_of
from vkpp.basics.problems import UsageProblem
from vkpp.ops.example.draws import Draws, apportion, quantile_table
from vkpp.ops.example.generate import Generated, generate
from vkpp.ops.example.nation import year_total
from vkpp.ops.example.nation_year import make_nation_year
from vkpp.ops.example.scenario import Scenario, write_scenario


def test_same_seed_same_bytes(small: Generated, tmp_path: Path) -> None:
    again = generate(1, 0.02, 11, tmp_path, clean=True)
    assert files_of(again.folder) == files_of(small.folder)


def test_same_faults_for_the_same_seed(faulty: Generated, tmp_path: Path) -> None:
    assert files_of(generate(1, 0.02, 11, tmp_path).folder) == files_of(faulty.folder)


def test_same_demonstration(demo: Scenario, tmp_path: Path) -> None:
    assert files_of(write_scenario(tmp_path, scale=0.02).folder) == files_of(demo.folder)


def test_another_seed_gives_other_returns(small: Generated, tmp_path: Path) -> None:
    other = files_of(generate(1, 0.02, 12, tmp_path, clean=True).folder)
    mine = files_of(small.folder)
    assert set(other) == set(mine)
    assert not [n for n in mine if n.startswith("returns/") and other[n] == mine[n]]


def test_a_year_does_not_depend_on_how_many_years_are_asked_for(small: Generated, tmp_path: Path) -> None:
    two = files_of(generate(2, 0.02, 11, tmp_path, clean=True).folder)
    one = {name: content for name, content in files_of(small.folder).items() if name.startswith("returns/CY2024")}
    assert one
    assert all(two[name] == content for name, content in one.items())


def test_quarters_hold_the_same_crimes_as_the_year(small: Generated, tmp_path: Path) -> None:
    cut = generate(1, 0.02, 11, tmp_path, cut="quarter", clean=True)
    for table in ("crimes", "victims", "suspects", "relations"):
        assert sum(d.records[table] for d in cut.deliveries) == sum(d.records[table] for d in small.deliveries)
    assert {d.period for d in cut.deliveries} == {f"CY2024Q{q}" for q in range(1, 5)}


@pytest.mark.parametrize("years", [0, 13])
def test_years_without_a_total_are_refused(years: int, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem):
        generate(years, 0.02, 1, tmp_path)


def test_a_scale_too_small_is_refused() -> None:
    with pytest.raises(UsageProblem, match="scale"):
        make_nation_year(2024, 10, 1)


def test_apportioned_counts_add_up_and_keep_their_order() -> None:
    assert apportion(10, [1, 1, 1]).tolist() == [4, 3, 3]
    assert apportion(0, [5, 7]).tolist() == [0, 0]
    assert int(apportion(122_768, [3, 77, 20, 1]).sum()) == 122_768


def test_a_quota_is_met_exactly() -> None:
    drawn = Draws(5, 6).quota(1000, (520, 480))
    assert (drawn == 0).sum() == 520


def test_quantile_table_is_the_line_between_its_points() -> None:
    table = quantile_table([(0, 0), (500, 100), (1000, 1100)])
    assert (table[0], table[250], table[500], table[750], table[999]) == (0, 50, 100, 600, 1098)


def test_years_between_two_published_ones_lie_between_them() -> None:
    assert year_total(2013, 10_000) == 20_000
    assert 20_000 < year_total(2014, 10_000) < year_total(2020, 10_000) < year_total(2021, 10_000) == 99_428
