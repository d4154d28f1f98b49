"""Plants faults in an invented return, as forces make them, and says where: each names the check that must find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from vkpp.ops.example.draws import Draws

Values = Mapping[str, str]
Kind = Literal["set", "repeat", "drop", "all", "none of"]
COLUMNS = ("check", "table", "record", "column", "crime_ref", "value")


_ANY = pl.lit(True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One disease. `edit` gives the new values of a row's columns; `where` says which rows can have it.

    "set" changes a row, "repeat" sends it a second time, "drop" takes the rows of a crime out of `table` (the finding then
    stands on the crime), "all" changes every row that `where` holds for, "none of" leaves those rows out. The check's own id
    is `check`.
    """

    check: str
    table: str
    column: str
    edit: Callable[[Values], Values] = lambda row: {}
    where: pl.Expr = _ANY
    kind: Kind = "set"


def _to(column: str, value: str) -> Callable[[Values], Values]:
    return lambda row: {column: value}


def _moved(column: str, base: str, days: int) -> Callable[[Values], Values]:
    """A date so many days from another date of the row."""
    return lambda row: {column: str(np.datetime64(row[base]) + np.timedelta64(days, "D"))}


_CODE = pl.col("offence_code")
_IMAGES = _CODE.is_in(["086/02", "086/10"])
_NAMED = pl.col("outcome").is_in(["15", "16", "1"])
_RECORDED = pl.col("status").str.to_lowercase().is_in(["recorded", "live"])

FAULTS: tuple[Fault, ...] = (
    Fault(
        "crimes-offence-code-excel", "crimes", "offence_code", lambda row: {"offence_code": f"{row['offence_code'][1:3]}-Nov"}
    ),
    Fault("crimes-offence-code-form", "crimes", "offence_code", lambda row: {"offence_code": row["offence_code"].lstrip("0")}),
    Fault("crimes-offence-code-listed", "crimes", "offence_code", _to("offence_code", "020/99")),
    Fault("crimes-offence-class-listed", "crimes", "offence_class", _to("offence_class", "20Q")),
    Fault("crimes-offence-key", "crimes", "offence_class", _to("offence_class", "71"), _CODE == "071/17"),
    Fault("crimes-offence-title-listed", "crimes", "offence_title", lambda row: {"offence_title": row["offence_title"][:18]}),
    Fault(
        *("crimes-offence-title-attempt", "crimes", "offence_title"),
        lambda row: {"offence_title": "Attempted " + row["offence_title"].lower()},
        _CODE.is_in(["019/07", "019/16"]),
    ),
    Fault("crimes-offence-edition-form", "crimes", "offence_edition", _to("offence_edition", "April 2026")),
    Fault("crimes-offence-edition-there", "crimes", "offence_edition", _to("offence_edition", "")),
    Fault("crimes-recorded-there", "crimes", "recorded", _to("recorded", "")),
    Fault("crimes-recorded-readable", "crimes", "recorded", _to("recorded", "31/13/2024")),
    Fault("crimes-recorded-in-period", "crimes", "recorded", lambda row: {"recorded": f"{int(row['recorded'][:4]) + 1}-06-30"}),
    Fault("crimes-offence-default-date", "crimes", "offence_from", _to("offence_from", "1900-01-01")),
    Fault("crimes-offence-long-ago", "crimes", "offence_from", _to("offence_from", "1924-03-14")),
    Fault("crimes-offence-from-there", "crimes", "offence_from", _to("offence_from", "")),
    Fault("crimes-offence-before-recorded", "crimes", "offence_from", _moved("offence_from", "recorded", 9)),
    Fault("crimes-offence-ends-before-recorded", "crimes", "offence_to", _moved("offence_to", "recorded", 9)),
    Fault("crimes-offence-from-before-to", "crimes", "offence_to", _moved("offence_to", "offence_from", -3)),
    Fault("crimes-outcome-there", "crimes", "outcome", _to("outcome", "")),
    Fault("crimes-outcome-listed", "crimes", "outcome", _to("outcome", "Filed")),
    Fault("crimes-outcome-not-fraud", "crimes", "outcome", _to("outcome", "19"), pl.col("outcome_date") != ""),
    Fault("crimes-outcome-needs-date", "crimes", "outcome_date", _to("outcome_date", ""), pl.col("outcome_date") != ""),
    Fault(
        "crimes-outcome-after-recorded",
        "crimes",
        "outcome_date",
        _moved("outcome_date", "recorded", -5),
        pl.col("outcome_date") != "",
    ),
    Fault(
        "crimes-outcome-date-needs-outcome",
        "crimes",
        "outcome_date",
        _moved("outcome_date", "recorded", 30),
        pl.col("outcome_date") == "",
    ),
    Fault("crimes-outcome-too-young", "crimes", "children_under_10", _to("children_under_10", "0"), pl.col("outcome") == "11"),
    Fault("crimes-place-no-address", "crimes", "place", _to("place", "12 Example Road")),
    Fault("crimes-place-length", "crimes", "place", _to("place", "X")),
    Fault("crimes-place-there", "crimes", "place", _to("place", "")),
    Fault("crimes-withheld-by-star", "crimes", "place", _to("place", "***")),
    Fault("crimes-place-kind-known", "crimes", "place_kind", _to("place_kind", "by the river")),
    Fault("crimes-csa-flag-there", "crimes", "csa_flag", _to("csa_flag", "")),
    Fault("crimes-cse-flag-known", "crimes", "cse_flag", _to("cse_flag", "maybe")),
    Fault("crimes-group-based-there", "crimes", "group_based", _to("group_based", ""), pl.col("group_criteria") == ""),
    Fault(
        "crimes-group-needs-criterion", "crimes", "group_criteria", _to("group_criteria", ""), pl.col("group_criteria") != ""
    ),
    Fault(
        *("crimes-criterion-needs-group", "crimes", "group_criteria", _to("group_criteria", "familial")),
        pl.col("group_based").str.to_lowercase().is_in(["no", "n"]),
    ),
    Fault(
        "crimes-group-criteria-known", "crimes", "group_criteria", _to("group_criteria", "gang"), pl.col("group_criteria") != ""
    ),
    Fault("crimes-exploitation-class-flag", "crimes", "cse_flag", _to("cse_flag", "no"), pl.col("offence_class") == "71"),
    Fault("crimes-image-online", "crimes", "online_flag", _to("online_flag", "no"), _IMAGES),
    Fault("crimes-state-by-design", "crimes", "victim_by_design", _to("victim_by_design", "person"), _IMAGES),
    Fault(
        "crimes-person-by-design",
        "crimes",
        "victim_by_design",
        _to("victim_by_design", "state"),
        pl.col("offence_class") == "20B",
    ),
    Fault("crimes-children-under-10-range", "crimes", "children_under_10", _to("children_under_10", "-1")),
    Fault("crimes-children-under-10-there", "crimes", "children_under_10", _to("children_under_10", "")),
    Fault("crimes-status-known", "crimes", "status", lambda row: {"status": row["recorded"]}),
    Fault("crimes-transfer-names-force", "crimes", "other_force", lambda row: {"status": "transferred", "other_force": ""}),
    Fault("crimes-other-force-only-transfer", "crimes", "other_force", _to("other_force", "Eastmere"), _RECORDED),
    Fault(
        "crimes-other-force-listed",
        "crimes",
        "other_force",
        lambda row: {"status": "transferred", "other_force": "Force of Nowhere"},
    ),
    Fault("crimes-crime-ref-once", "crimes", "crime_ref", kind="repeat"),
    Fault(
        "crimes-person-has-victim",
        "victims",
        "crime_ref",
        kind="drop",
        where=pl.col("victim_by_design").str.to_lowercase().is_in(["person", "p"]),
    ),
    Fault("crimes-named-suspect-listed", "suspects", "crime_ref", kind="drop", where=_NAMED),
    Fault("victims-age-child", "victims", "age", _to("age", "34")),
    Fault("suspects-under-10", "suspects", "age", _to("age", "8")),
    Fault("suspects-age-possible", "suspects", "age", _to("age", "99")),
    Fault("relations-victim-there", "relations", "victim_ref", _to("victim_ref", "V99999999")),
    Fault("relations-suspect-there", "relations", "suspect_ref", _to("suspect_ref", "S99999999")),
    Fault("relations-crime-there", "relations", "crime_ref", _to("crime_ref", "ZZ/99/999999")),
    Fault("relations-victim-ref-form", "relations", "victim_ref", _to("victim_ref", "Jo Example")),
    Fault("relations-relationship-there", "relations", "relationship", _to("relationship", "")),
    Fault("relations-relationship-listed", "relations", "relationship", _to("relationship", "neighbour of a friend")),
    Fault("relations-two-people", "relations", "suspect_ref", lambda row: {"suspect_ref": row["victim_ref"]}),
    Fault("relations-once", "relations", "relationship", kind="repeat"),
    *(
        fault
        for table in ("victims", "suspects")
        for fault in (
            Fault(f"{table}-crime-there", table, "crime_ref", _to("crime_ref", "ZZ/99/999999")),
            Fault(f"{table}-crime-ref-excel", table, "crime_ref", _to("crime_ref", "1.23E+10")),
            Fault(f"{table}-person-ref-form", table, "person_ref", _to("person_ref", "Jo Example")),
            Fault(f"{table}-person-ref-date", table, "person_ref", _to("person_ref", "20110304")),
            Fault(f"{table}-once-a-crime", table, "person_ref", kind="repeat"),
            Fault(f"{table}-age-there", table, "age", _to("age", "")),
            Fault(f"{table}-age-readable", table, "age", _to("age", "13-15")),
            Fault(f"{table}-age-basis-known", table, "age_basis", _to("age_basis", "age at arrest")),
            Fault(
                f"{table}-age-needs-basis",
                table,
                "age_basis",
                _to("age_basis", "not known"),
                pl.col("age").str.contains("^[0-9]+$"),
            ),
            Fault(
                f"{table}-basis-needs-age",
                table,
                "age_basis",
                _to("age_basis", "stated"),
                ~pl.col("age").str.contains("^[0-9]+$"),
            ),
            Fault(f"{table}-sex-known", table, "sex", _to("sex", "Q")),
            Fault(f"{table}-ethnicity-self-there", table, "ethnicity_self", _to("ethnicity_self", "")),
            Fault(f"{table}-ethnicity-self-listed", table, "ethnicity_self", _to("ethnicity_self", "ZZ9")),
            Fault(f"{table}-ethnicity-self-not-ic", table, "ethnicity_self", _to("ethnicity_self", "IC3")),
            Fault(f"{table}-ethnicity-self-o1", table, "ethnicity_self", _to("ethnicity_self", "O1")),
            Fault(f"{table}-ethnicity-officer-listed", table, "ethnicity_officer", _to("ethnicity_officer", "IC88")),
            Fault(f"{table}-nationality-listed", table, "nationality", _to("nationality", "Nowhereland")),
        )
    ),
)


_EMPTY = {
    "crimes": (
        *("crime_ref", "offence_code", "offence_class", "offence_title", "offence_to", "place_kind", "cse_flag", "online_flag"),
        *("victim_by_design", "status"),
    ),
    "victims": ("crime_ref", "person_ref", "age_basis", "sex", "ethnicity_officer", "nationality"),
    "suspects": ("crime_ref", "person_ref", "age_basis", "sex", "ethnicity_officer", "nationality"),
    "relations": ("crime_ref", "victim_ref", "suspect_ref"),
}
_WRONG = {
    "crime-ref-form": ("crime_ref", "Jo Example 2011"),
    "crime-ref-excel": ("crime_ref", "1.23E+10"),
    "offence-from-readable": ("offence_from", "spring 2024"),
    "offence-to-readable": ("offence_to", "31/13/2024"),
    "outcome-date-readable": ("outcome_date", "31/13/2024"),
    "children-under-10-readable": ("children_under_10", "one"),
    "csa-flag-known": ("csa_flag", "maybe"),
    "online-flag-known": ("online_flag", "maybe"),
    "group-based-known": ("group_based", "maybe"),
    "victim-by-design-known": ("victim_by_design", "pet"),
}
# The plain cases: a cell left empty, a cell with something that the field cannot have.
CELLS: tuple[Fault, ...] = (
    *(
        Fault(f"{table}-{column.replace('_', '-')}-there", table, column, _to(column, ""))
        for table, columns in _EMPTY.items()
        for column in columns
    ),
    *(Fault(f"crimes-{check}", "crimes", column, _to(column, value)) for check, (column, value) in _WRONG.items()),
    Fault("relations-suspect-ref-form", "relations", "suspect_ref", _to("suspect_ref", "Jo Example")),
)
# What a query that went wrong does to a whole table: a class left out, a column that did not come along.
WHOLE: tuple[Fault, ...] = (
    Fault("crimes-image-share", "crimes", "offence_class", kind="none of", where=pl.col("offence_class") == "86"),
    Fault(
        *("crimes-older-children-share", "crimes", "offence_class"),
        kind="none of",
        where=pl.col("offence_class").is_in(["17A", "19C", "19F", "20A"]),
    ),
    Fault("crimes-csa-flag-share", "crimes", "csa_flag", _to("csa_flag", "no"), kind="all"),
    Fault("crimes-online-share", "crimes", "online_flag", _to("online_flag", "no"), kind="all"),
    Fault("crimes-cancelled-share", "crimes", "status", _to("status", "cancelled"), kind="all"),
    Fault("crimes-open-share", "crimes", "outcome", _to("outcome", "none-yet"), kind="all"),
    Fault("crimes-place-missing-share", "crimes", "place", _to("place", "not recorded"), kind="all"),
    Fault("relations-known-share", "relations", "relationship", _to("relationship", "REL-NK"), kind="all"),
    *(
        Fault(f"{table}-{column.replace('_', '-')}-missing-share", table, column, _to(column, "not recorded"), kind="all")
        for table in ("victims", "suspects")
        for column in ("age", "ethnicity_self", "nationality")
    ),
    Fault("victims-sex-both", "victims", "sex", _to("sex", "F"), kind="all"),
    Fault("suspects-sex-missing-share", "suspects", "sex", _to("sex", "not recorded"), kind="all"),
)


def planted(
    tables: Mapping[str, pl.DataFrame], draws: Draws, faults: Sequence[Fault] = FAULTS, *, each: int = 1
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Text tables (habits.as_text) with every fault planted `each` times, in rows of their own, and the list of them.

    A fault that no free row can have is left out. `record` counts from 1 in the table that the finding stands in, and is null
    where the finding is about the whole table.
    """
    planting = _Planting(dict(tables), draws)
    for kind in ("none of", "all", "drop", "set", "repeat"):  # rows go first and come last: record numbers stay true
        for fault in faults:
            if fault.kind != kind:
                continue
            if kind in ("all", "none of"):
                planting.plant_everywhere(fault)
            else:
                planting.plant(fault, each)
    return planting.tables, pl.DataFrame(planting.truth, schema=dict.fromkeys(COLUMNS, pl.String) | {"record": pl.Int64})


class _Planting:
    """The tables while faults are put in, the crimes that have one already, and what was planted where."""

    def __init__(self, tables: dict[str, pl.DataFrame], draws: Draws) -> None:
        self.tables, self.draws = tables, draws
        self.used: set[str] = set()
        self.truth: list[dict[str, str | int | None]] = []

    def plant(self, fault: Fault, each: int) -> None:
        looked_in = "crimes" if fault.kind == "drop" else fault.table
        able = self._able(fault, self.tables[looked_in])
        for at in self.draws.rng.permutation(able)[:each].tolist():
            row = self.tables[looked_in].row(at, named=True)
            if row["crime_ref"] in self.used:
                continue
            self.used.add(row["crime_ref"])
            getattr(self, f"_{fault.kind}")(fault, at, row)

    def plant_everywhere(self, fault: Fault) -> None:
        table = self.tables[fault.table]
        if fault.kind == "none of":
            gone = table.filter(fault.where).select("crime_ref")
            self.tables = {name: rows.join(gone, on="crime_ref", how="anti") for name, rows in self.tables.items()}
        else:
            changed = fault.edit({})
            self.tables[fault.table] = table.with_columns(pl.lit(value).alias(column) for column, value in changed.items())
        entry: dict[str, str | int | None] = {"check": fault.check, "table": fault.table, "record": None}
        self.truth.append(entry | {"column": fault.column, "crime_ref": None, "value": None})

    def _able(self, fault: Fault, table: pl.DataFrame) -> np.ndarray:
        numbered = table.with_row_index("_at").filter(fault.where & ~pl.col("crime_ref").is_in(list(self.used)))
        if fault.kind == "drop":
            numbered = numbered.join(self.tables[fault.table], on="crime_ref", how="semi")
        return numbered["_at"].to_numpy()

    def _set(self, fault: Fault, at: int, row: dict[str, str]) -> None:
        table = self.tables[fault.table]
        for column, value in fault.edit(row).items():
            table = table.with_columns(table[column].scatter(at, value).alias(column))
        self.tables[fault.table] = table
        self._note(fault, fault.table, at, row, table[fault.column][at])

    def _repeat(self, fault: Fault, at: int, row: dict[str, str]) -> None:
        table = self.tables[fault.table]
        self.tables[fault.table] = pl.concat([table, table.slice(at, 1)])
        self._note(fault, fault.table, len(table), row, row[fault.column])

    def _drop(self, fault: Fault, at: int, row: dict[str, str]) -> None:
        gone = self.tables[fault.table].filter(pl.col("crime_ref") == row["crime_ref"])["person_ref"]
        self.tables[fault.table] = self.tables[fault.table].filter(pl.col("crime_ref") != row["crime_ref"])
        other = "victim_ref" if fault.table == "victims" else "suspect_ref"
        self.tables["relations"] = self.tables["relations"].filter(~pl.col(other).is_in(gone.to_list()))
        self._note(fault, "crimes", at, row, row["crime_ref"])

    def _note(self, fault: Fault, table: str, at: int, row: Values, value: str) -> None:
        entry: dict[str, str | int | None] = {"check": fault.check, "table": table, "record": at + 1, "column": fault.column}
        self.truth.append(entry | {"crime_ref": row["crime_ref"], "value": value})
