"""The invented nation looks like the published one: each figure within the tolerance stated beside it."""

from collections.abc import Callable

import polars as pl
import pytest

from vkpp.ops.example import truth
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import NationYear, make_nation_year

Share = Callable[..., float]


@pytest.fixture(scope="module")
def year() -> NationYear:
    return make_nation_year(2024, 10_000, 3, clean=True)


@pytest.fixture(scope="module")
def numbers(year: NationYear) -> pl.DataFrame:
    return truth.numbers_of(year)


@pytest.fixture(scope="module")
def share(numbers: pl.DataFrame) -> Share:
    def of(number: str, code: str = "") -> float:
        row = numbers.row(
            by_predicate=(pl.col("area") == "nation") & (pl.col("number") == number) & (pl.col("code") == code), named=True
        )
        return 100 * row["count"] / row["base"]

    return of


@pytest.mark.parametrize(("which", "total"), [(2023, 115_489), (2024, 122_768)])
def test_published_totals_are_met_exactly(which: int, total: int) -> None:
    crimes = make_nation_year(which, 10_000, 3, clean=True).crimes
    assert crimes.filter(status="recorded").height == total


@pytest.mark.parametrize(
    ("number", "code", "percent", "tolerance"),
    [
        ("crime-type", "sexual-assault", 29, 0.5),
        ("crime-type", "images", 27, 0.5),
        ("crime-type", "rape", 18, 0.5),
        ("contact", "", 68, 1),
        ("online", "", 42, 1.5),
        ("suspects-child", "", 52, 0.5),
        ("suspects-sex", "M", 82, 0.5),
        ("victims-sex", "F", 79, 1),
        ("family-of-contact", "", 33, 0.5),
        ("group-based", "", 3.7, 0.2),
        ("group-criterion", "familial", 26, 1),
        ("group-criterion", "exploitation", 17, 1),
        ("suspects-ethnicity", "White", 83, 1),
        ("suspects-ethnicity", "Asian", 7, 1),
        ("suspects-ethnicity", "Black", 5, 1),
        ("suspects-ethnicity", "Mixed", 3, 1),
    ],
)
def test_published_shares(share: Share, number: str, code: str, percent: float, tolerance: float) -> None:
    assert share(number, code) == pytest.approx(percent, abs=tolerance)


def test_ethnicity_is_recorded_for_about_a_third(numbers: pl.DataFrame) -> None:
    for who in ("victims", "suspects"):
        row = numbers.row(
            by_predicate=(pl.col("area") == "nation") & (pl.col("number") == f"{who}-ethnicity") & (pl.col("code") == "White"),
            named=True,
        )
        assert 0.29 <= row["base"] / (row["base"] + row["missing"]) <= 0.36


def test_modal_age_of_child_suspects_is_14_and_victims_mean_near_13(year: NationYear) -> None:
    young = year.suspects.filter(pl.col("age") < 18)["age"]
    assert young.mode().to_list() == [14]
    assert float(year.victims["age"].mean()) == pytest.approx(13, abs=0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codes", "same_month", "over_a_year"),
    [
        (["019/16", "019/18"], 0.189, 0.674),
        (["019/07", "019/11"], 0.316, 0.372),
        (["020/04", "020/06"], 0.311, 0.570),
        (["071/17"], 0.536, 0.063),
    ],
)
def test_delays_to_recording(year: NationYear, codes: list[str], same_month: float, over_a_year: float) -> None:
    """From one force's open data, in calendar months. Tolerance 3 points."""
    crimes = year.crimes.filter(pl.col("offence_code").is_in(codes))
    months = [12 * (crimes[c].dt.year().cast(pl.Int32)) + crimes[c].dt.month() for c in ("recorded", "offence_to")]
    delay = months[0] - months[1]
    assert (delay > 12).mean() == pytest.approx(over_a_year, abs=0.03)
    assert (delay == 0).mean() == pytest.approx(same_month, abs=0.03)


def test_image_crimes_have_no_victim_by_design(year: NationYear) -> None:
    images = year.crimes.filter(offence_class="86")
    assert images["victim_by_design"].unique().to_list() == ["state"]
    assert year.victims.join(images, on=("force", "crime_ref"), how="semi").is_empty()
    others = year.crimes.filter(pl.col("offence_class") != "86")
    assert others.join(year.victims, on=("force", "crime_ref"), how="anti").is_empty()


def test_children_under_10_are_counted_and_never_suspects(year: NationYear) -> None:
    assert int(year.suspects["age"].min()) >= 10  # type: ignore[arg-type]
    assert 0 < int(year.crimes["children_under_10"].sum()) < 2_000


def test_sizes_are_like_the_real_ones(numbers: pl.DataFrame) -> None:
    crimes = numbers.filter((pl.col("number") == "crimes") & (pl.col("area") != "nation"))["count"].sort()
    assert len(crimes) == len(respondents()) == 44
    assert crimes[-1] / crimes.sum() == pytest.approx(0.085, abs=0.015)
    assert crimes[0] < 30


def test_forces_add_up_to_the_nation(numbers: pl.DataFrame) -> None:
    whole = (
        numbers.filter(pl.col("area") == "nation").select("number", "code", "count", "base", "missing").sort("number", "code")
    )
    parts = numbers.filter(pl.col("area") != "nation").group_by("number", "code").agg(pl.col("count", "base", "missing").sum())
    assert whole.equals(parts.sort("number", "code"))


def test_transfers_are_paired(year: NationYear) -> None:
    assert set(year.pairs["pair"]) == {"transferred"}
    assert year.crimes.filter(status="transferred").height == year.pairs.height
    assert (year.pairs["force"] == year.pairs["same_as_force"]).sum() == 0


def test_pairs_that_ought_not_to_be_stand_in_the_truth() -> None:
    pairs = make_nation_year(2024, 1_000, 3).pairs
    assert set(pairs["pair"]) == {"transferred", "still counted by the sender", "sent twice"}
    assert pairs.filter(pair="sent twice").select((pl.col("force") == pl.col("same_as_force")).all()).item()


def test_change_and_ratio_stand_in_the_truth(year: NationYear, numbers: pl.DataFrame) -> None:
    told = truth.with_changes(numbers, truth.history(2013, 2024, 10_000, 3)).filter(area="nation")
    change, ratio = (
        told.row(by_predicate=pl.col("number") == n, named=True) for n in ("change-on-year", "ratio-to-ten-years-before")
    )
    assert (change["count"], change["base"]) == (122_768, 115_489)
    assert 3.5 < ratio["count"] / ratio["base"] < 5.5
