"""The truth beside the invented returns: every number that the national report must hold, counted from what was generated.

It is counted with polars from the generator's own tables, apart from the engine, so that an edition can be compared with it.
The definitions are those of the typology (catalogue/collections/csae/typology.yaml).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from vkpp.catalogue.example import example_catalogue
from vkpp.ops.example.nation import crimes_of, respondents
from vkpp.ops.example.nation_year import NationYear

FAMILY = ("REL-PAR", "REL-STEP", "REL-SIB", "REL-GP", "REL-UNC", "REL-COUS", "REL-OTHF")
NATION = "nation"
AGE_BANDS = {
    "victims": ((0, 4), (5, 9), (10, 12), (13, 15), (16, 17)),
    "suspects": ((10, 12), (13, 15), (16, 17), (18, 24), (25, 39), (40, 120)),
}
COLUMNS = ("year", "area", "number", "code", "count", "base", "missing")


@cache
def typology() -> Mapping[str, Any]:
    folder = example_catalogue().collections_folder
    read: Mapping[str, Any] = yaml.safe_load((folder / "csae" / "typology.yaml").read_text(encoding="utf-8"))
    return read


def _codes(name: str) -> list[str]:
    return list(typology()["offence_lists"][name])


def described(year: NationYear) -> pl.DataFrame:
    """The counted crimes of a year with one column a question: true, false, or null where nobody knows."""
    crimes = year.crimes.filter(pl.col("status") == "recorded")
    offence, online = pl.col("offence_code"), pl.col("online_flag")
    either = offence.is_in(_codes("contact-or-online"))
    asked = crimes.join(_of_suspects(year), on=("force", "crime_ref"), how="left").join(
        _of_relations(year), on=("force", "crime_ref"), how="left"
    )
    return asked.with_columns(
        crime_type=_crime_type(),
        contact=pl.when(offence.is_in(_codes("contact"))).then(True).when(either).then(online == "no").otherwise(False),
        images=offence.is_in(_codes("images")),
        online=pl.when(pl.col("place_kind") == "online").then(True).otherwise(online.is_in(["yes", "suspected"])),
        familial=pl.when(offence.is_in(_codes("familial"))).then(True).otherwise(pl.col("family_known")),
        child_suspect=pl.col("child_known"),
        group_based=pl.col("group_based") == "yes",
        non_recent=(pl.col("recorded") - pl.col("offence_to")).dt.total_days() > 365,
        exploitation=pl.when(pl.col("offence_class") == "71").then(True).otherwise(pl.col("cse_flag") == "yes"),
        institutional=pl.when((pl.col("group_criteria") == "institutional") | offence.is_in(_codes("position-of-trust")))
        .then(True)
        .otherwise(pl.col("trust_known")),
    )


def _crime_type() -> pl.Expr:
    chain: Any = pl
    for entry in typology()["crime_types"]:
        chain = chain.when(pl.col("offence_code").is_in(_codes(entry["offences"]))).then(pl.lit(entry["code"]))
    told: pl.Expr = chain.otherwise(pl.lit("other"))
    return told


def _of_suspects(year: NationYear) -> pl.DataFrame:
    """For each crime with a suspect of known age, whether one of them was a child."""
    known = year.suspects.drop_nulls("age")
    return known.group_by("force", "crime_ref").agg(child_known=pl.col("age").is_between(10, 17).any())


def _of_relations(year: NationYear) -> pl.DataFrame:
    known = year.relations.filter(pl.col("relationship") != "REL-NK")
    return known.group_by("force", "crime_ref").agg(
        family_known=pl.col("relationship").is_in(FAMILY).any(), trust_known=(pl.col("relationship") == "REL-TRUST").any()
    )


def numbers_of(year: NationYear, forces: Iterable[int] | None = None) -> pl.DataFrame:
    """Every number of the year, for each force and for the nation of `forces` (all of them without). Columns: COLUMNS."""
    kept = list(range(len(respondents()))) if forces is None else sorted(forces)
    crimes = described(year).filter(pl.col("force").is_in(kept))
    counted = crimes.select("force", "crime_ref")
    people = {who: getattr(year, who).join(counted, on=("force", "crime_ref"), how="semi") for who in ("victims", "suspects")}
    parts = [
        _total(crimes),
        _shares(crimes),
        _spread(crimes, "crime_type", "crime-type"),
        _spread(crimes, "place_kind", "place"),
    ]
    parts.append(_spread(crimes.filter(pl.col("group_based")), "group_criteria", "group-criterion"))
    for who, rows in people.items():
        parts.append(_total(rows, who))
        parts += [_spread(_banded(rows, who), "band", f"{who}-age"), _spread(rows, "sex", f"{who}-sex")]
        parts.append(_spread(_grouped(rows), "ethnic_group", f"{who}-ethnicity"))
    parts.append(_question(people["suspects"].with_columns(child=pl.col("age").is_between(10, 17)), "child", "suspects-child"))
    parts.append(_under_10(crimes))
    by_force = pl.concat(parts)
    nation = by_force.group_by("number", "code").agg(pl.col("count", "base", "missing").sum()).with_columns(area=pl.lit(NATION))
    ids = pl.DataFrame({"force": list(range(len(respondents()))), "area": [f.force_id for f in respondents()]})
    each = by_force.join(ids, on="force").drop("force")
    rows = pl.concat([nation.select(each.columns), each]).with_columns(year=pl.lit(year.year))
    return rows.select(COLUMNS).sort("year", "area", "number", "code")


def _row(rows: pl.DataFrame, number: str, code: str = "") -> pl.DataFrame:
    whole = rows.with_columns(pl.col("count", "base", "missing").cast(pl.Int64))
    named = (
        whole.with_columns(number=pl.lit(number), code=pl.lit(code))
        if "code" not in rows.columns
        else whole.with_columns(number=pl.lit(number))
    )
    return named.select("force", "number", "code", "count", "base", "missing")


def _total(rows: pl.DataFrame, number: str = "crimes") -> pl.DataFrame:
    return _row(rows.group_by("force").agg(count=pl.len(), base=pl.len(), missing=pl.lit(0)), number)


def _question(rows: pl.DataFrame, column: str, number: str) -> pl.DataFrame:
    """True, of those known, and how many are not known."""
    asked = pl.col(column)
    return _row(rows.group_by("force").agg(count=asked.sum(), base=asked.count(), missing=asked.null_count()), number)


def _shares(crimes: pl.DataFrame) -> pl.DataFrame:
    named = ("contact", "images", "online", "group_based", "non_recent", "exploitation", "institutional")
    parts = [_question(crimes, name, name.replace("_", "-")) for name in named]
    parts.append(_question(crimes, "child_suspect", "child-on-child"))
    parts.append(_question(crimes.filter(pl.col("contact")), "familial", "family-of-contact"))
    return pl.concat(parts)


def _spread(rows: pl.DataFrame, column: str, number: str) -> pl.DataFrame:
    """Each code that occurs in the nation, of all those known."""
    base = rows.group_by("force").agg(base=pl.col(column).count(), missing=pl.col(column).null_count())
    counts = rows.drop_nulls(column).group_by("force", code=pl.col(column)).agg(count=pl.len())
    each = base.join(counts.select("code").unique(), how="cross").join(counts, on=("force", "code"), how="left")
    return _row(each.with_columns(pl.col("count").fill_null(0)), number)


def _banded(rows: pl.DataFrame, who: str) -> pl.DataFrame:
    chain: Any = pl
    for low, high in AGE_BANDS[who]:
        chain = chain.when(pl.col("age").is_between(low, high)).then(pl.lit(f"{low}-{high}"))
    return rows.with_columns(band=chain.otherwise(None))


def _grouped(rows: pl.DataFrame) -> pl.DataFrame:
    groups = {"W": "White", "M": "Mixed", "A": "Asian", "B": "Black", "O": "Other"}
    return rows.with_columns(ethnic_group=pl.col("ethnicity_self").str.slice(0, 1).replace_strict(groups, default=None))


def _under_10(crimes: pl.DataFrame) -> pl.DataFrame:
    column = pl.col("children_under_10")
    return _row(
        crimes.group_by("force").agg(count=column.sum(), base=column.count(), missing=column.null_count()), "children-under-10"
    )


def history(first: int, last: int, scale_myriad: int, seed: int, forces: Iterable[int] | None = None) -> pl.DataFrame:
    """Crimes by force and year as earlier invented editions would have had them: for the ratio to ten years before.

    The nation is that of `forces` (all of them without): a ratio compares the same forces both times.
    """
    kept = list(range(len(respondents()))) if forces is None else sorted(forces)
    rows = []
    for year in range(first, last + 1):
        counts = crimes_of(year, scale_myriad, seed)
        rows += [{"year": year, "area": respondents()[i].force_id, "crimes": int(counts[i])} for i in kept]
        rows.append({"year": year, "area": NATION, "crimes": int(counts[kept].sum())})
    return pl.DataFrame(rows)


def with_changes(numbers: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """The numbers and, for each area, the change on the year and the ratio to ten years before.

    For these `count` is the year's crimes and `base` those of the earlier year, from the numbers where they have it and from
    the history (`before`) where they do not.
    """
    totals = numbers.filter(pl.col("number") == "crimes").select("year", "area", crimes="count")
    known = pl.concat([totals, before.select("year", "area", "crimes").cast(totals.schema)]).unique(
        ("year", "area"), keep="first", maintain_order=True
    )
    parts = []
    for number, years in (("change-on-year", 1), ("ratio-to-ten-years-before", 10)):
        earlier = known.select("area", year=pl.col("year") + years, base="crimes")
        pairs = totals.join(earlier, on=("year", "area"))
        parts.append(
            pairs.select("year", "area", number=pl.lit(number), code=pl.lit(""), count="crimes", base="base", missing=pl.lit(0))
        )
    whole = pl.concat([numbers, *(part.cast(numbers.schema) for part in parts)])
    return whole.sort("year", "area", "number", "code")


def write_truth(folder: Path, numbers: pl.DataFrame, **tables: pl.DataFrame) -> None:
    """truth/numbers.csv and what else is given, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in {"numbers": numbers, **tables}.items():
        table.write_csv(folder / f"invented_{name}.csv")
