"""A re-supplied return is explained by what happened to it: each known reason is planted and found, and nothing else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vkpp.engine.flow.accepting import difference
from vkpp.engine.flow.candidates import (
    NOT_FOUND,
    SAME_REFERENCE,
    SENT_TWICE,
    STILL_COUNTED,
    TRANSFERRED,
    candidates,
    counted,
    counts_file,
)
from vkpp.engine.flow.restatement import discontinuities, explained, months
from vkpp.ops.moved import sentences_with

FIELDS = ("crime_ref", "offence_code", "offence_class", "recorded", "offence_from", "offence_to", "outcome", "outcome_date")
FIELDS += ("place", "place_kind", "csa_flag", "status", "other_force")


def crime(number: int, month: int = 6, **other: Any) -> dict[str, Any]:
    day = dt.date(2024, month, 1 + number % 27)
    base = {
        "crime_ref": f"EX/24/{number:06d}",
        "offence_code": "020/06",
        "offence_class": "20B",
        "recorded": day,
        "offence_from": day - dt.timedelta(days=number + 1),
        "offence_to": day - dt.timedelta(days=number),
        "outcome": "none-yet",
        "outcome_date": None,
        "place": "Example",
        "place_kind": "school",
        "csa_flag": "yes",
        "status": "recorded",
        "other_force": None,
    }
    return base | other


TYPES = {f: pl.Date if f in ("recorded", "offence_from", "offence_to", "outcome_date") else pl.String for f in FIELDS}


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    pl.DataFrame(rows, schema=TYPES).write_parquet(path)
    return path


@pytest.fixture
def year() -> list[dict[str, Any]]:
    return [crime(n, month) for month in range(1, 13) for n in range(100 * month, 100 * month + 20)]


def test_nearly_half_the_outcomes_of_a_month_and_no_record_came_or_went(tmp_path: Path, year: list[dict[str, Any]]) -> None:
    after = [dict(row) for row in year]
    moved = [row for row in after if row["recorded"].month == 6][:9]
    for row in moved:
        row |= {"outcome": "16", "outcome_date": dt.date(2024, 9, 1)}
    (said,) = explained(table(tmp_path / "a.parquet", year), table(tmp_path / "b.parquet", after))
    assert said.startswith("June 2024: 9 of 20 outcomes changed (45%), and no record came or went.")
    assert "the number of crimes is not restated" in said


def test_the_same_with_a_new_record_is_not_explained_as_just_that(tmp_path: Path, year: list[dict[str, Any]]) -> None:
    after = [dict(row) for row in year]
    for row in [row for row in after if row["recorded"].month == 6][:9]:
        row["outcome"] = "16"
    after.append(crime(9999))
    said = " ".join(explained(table(tmp_path / "a.parquet", year), table(tmp_path / "b.parquet", after)))
    assert "no record came or went" not in said
    assert "1 crime is new" in said and "(delay)" in said


def test_each_reason_is_counted_in_its_month(tmp_path: Path, year: list[dict[str, Any]]) -> None:
    after = [dict(row) for row in year if row["crime_ref"] not in ("EX/24/000300", "EX/24/000301")]  # March: two removed
    by_ref = {row["crime_ref"]: row for row in after}
    by_ref["EX/24/000400"] |= {"offence_code": "020/05", "offence_class": "20A"}  # April: reclassified
    by_ref["EX/24/000500"]["status"] = "cancelled"  # May
    by_ref["EX/24/000700"]["place"] = "Elsewhere"  # July: another field only
    found = {m.month: m for m in months(table(tmp_path / "a.parquet", year), table(tmp_path / "b.parquet", after)) if m.moved}
    assert set(found) == {"2024-03", "2024-04", "2024-05", "2024-07"}
    assert (found["2024-03"].removed, found["2024-03"].before, found["2024-03"].after) == (2, 20, 18)
    assert (found["2024-04"].reclassified, found["2024-05"].cancelled) == (1, 1)
    july = found["2024-07"]
    assert (july.other, july.reclassified, july.outcome_moved, july.cancelled) == (1, 0, 0, 0)


def test_nothing_moved_is_nothing_said(tmp_path: Path, year: list[dict[str, Any]]) -> None:
    path = table(tmp_path / "a.parquet", year)
    assert explained(path, path) == []


def test_a_field_that_stops_being_filled_in_is_a_discontinuity(tmp_path: Path, year: list[dict[str, Any]]) -> None:
    broken = [row | {"csa_flag": "not recorded" if row["recorded"].month >= 8 else "yes"} for row in year]
    (said,) = discontinuities(table(tmp_path / "b.parquet", broken))
    assert said.startswith("csa_flag: filled in up to August 2024") and "not of crime" in said


# Candidates.


def test_candidates_of_each_kind_and_no_other(tmp_path: Path) -> None:
    days = {"offence_from": dt.date(2020, 1, 1), "offence_to": dt.date(2020, 2, 1)}
    first = [crime(n) for n in range(5)]
    first.append(crime(0, crime_ref="EX/24/777777"))  # the very crime under another reference
    first.append(crime(50, status="transferred", other_force="second", place="outside our area", **days))
    first.append(crime(51, status="transferred", other_force="second"))  # second sent no such crime
    open_air = {"offence_code": "019/08", "place_kind": "open-air", "outcome": "18", "outcome_date": dt.date(2024, 9, 2)}
    first.append(crime(60, place="outside our area", **open_air))
    second = [crime(900, crime_ref="SE-1", **days), crime(60, crime_ref="SE-2", **open_air)]
    second += [crime(70, crime_ref="SE-3"), crime(71, crime_ref="SE-3")]
    found = candidates(
        {"first": {"crimes": table(tmp_path / "1.parquet", first)}, "second": {"crimes": table(tmp_path / "2.parquet", second)}}
    )
    kinds = {(one.kind, one.crime_ref, one.other_ref) for one in found}
    assert kinds == {
        (SENT_TWICE, "EX/24/777777", "EX/24/000000"),
        (TRANSFERRED, "EX/24/000050", "SE-1"),
        (NOT_FOUND, "EX/24/000051", None),
        (STILL_COUNTED, "EX/24/000060", "SE-2"),
        (SAME_REFERENCE, "SE-3", "SE-3"),
    }
    assert all(one.reasons for one in found)
    text = counts_file(counted(found), "INVENTED").decode()
    assert "EX/24" not in text and "first" not in text and "[c]" in text  # counts only, and small ones not


def test_the_difference_in_words(tmp_path: Path, year: list[dict[str, Any]]) -> None:
    from vkpp.catalogue.specifications import Field, Specification, Table

    fields = tuple(Field(name, name, "string", "a field") for name in FIELDS)
    only = Table("crimes", "Crimes", "crimes", fields, ("crime_ref",))
    specification = Specification("x", "1", "x", "x", "x", "x", "x", (only,), ())
    after = [dict(row) for row in year[1:]] + [crime(9999)]
    after[0]["outcome"] = "1"
    files = table(tmp_path / "a.parquet", year), table(tmp_path / "b.parquet", after)
    (found,) = difference(specification, {"crimes": files[0]}, {"crimes": files[1]})
    assert (found.new, found.removed, found.changed_records, dict(found.changed)) == (1, 1, 1, {"outcome": 1})
    assert found.sentence().startswith("crimes: 1 new, 1 removed; 1 of 240 records changed")


def test_sentences_that_hold_a_number() -> None:
    page = (
        '<p>One is <data data-number="a.1" value="1">1</data>. Two is <data data-number="a.2" value="2">2</data>, and\n'
        "nothing else. Three.</p><ul><li><span>Of <data data-number='a.1' value='1'>1</data> it is said</span></li></ul>"
    )
    assert list(sentences_with(page, {"a.2"})) == ["Two is 2, and nothing else."]
    assert list(sentences_with(page, {"a.1"})) == ["One is 1.", "Of 1 it is said"]
    assert list(sentences_with(page, {"a.3"})) == []


def test_a_headlines_figure_begins_its_sentence() -> None:
    page = (
        '<ul><li><span class="figure"><data data-number="a.1" value="35">35</data></span><p>crimes were recorded by '
        '<a href="x"><data data-number="a.2" value="4">4</data></a> forces.</p><p class="small">Base: <data data-number="a.2" '
        'value="4">4</data> forces.</p></li></ul>'
    )
    assert list(sentences_with(page, {"a.1"})) == ["35 crimes were recorded by 4 forces."]
    assert list(sentences_with(page, {"a.2"})) == ["35 crimes were recorded by 4 forces.", "Base: 4 forces."]
