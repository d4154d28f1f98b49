"""Invented returns of four quarters for the demonstration's rounds: clean, with errors, with queries, and corrected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from vkpp.ops.example.draws import Draws
from vkpp.ops.example.faults import FAULTS, planted
from vkpp.ops.example.generate import _quarters
from vkpp.ops.example.habits import as_text, rendered
from vkpp.ops.example.nation import LAST_YEAR, respondents
from vkpp.ops.example.nation_year import NationYear, make_nation_year
from vkpp.ops.example.writing import Delivery, write_delivery

SEED, SCALE_MYRIAD = 2024, 1000  # a tenth of the published size: large enough to look at, small enough to wait for
_ERRORS = (
    *("crimes-offence-code-excel", "crimes-offence-before-recorded", "crimes-group-needs-criterion", "crimes-crime-ref-once"),
    *("victims-age-child", "victims-ethnicity-self-not-ic", "suspects-under-10", "suspects-crime-there"),
)
_QUERIES = ("crimes-offence-default-date", "crimes-place-there")


@dataclass(frozen=True)
class Returns:
    """The files of the invented forces, written under `folder` when they are asked for. A force is a number in the register."""

    folder: Path

    @cached_property
    def year(self) -> NationYear:
        return make_nation_year(LAST_YEAR, SCALE_MYRIAD, SEED, clean=True)

    def period(self, quarter: int) -> str:
        return f"CY{LAST_YEAR}Q{quarter}"

    def clean(self, number: int, quarter: int) -> Delivery | None:
        """What passes every check; None where a force recorded nothing in the quarter."""
        tables = self._tables(number, quarter)
        return None if tables is None else self._written(tables, number, quarter, "clean")

    def with_errors(self, number: int, quarter: int) -> Delivery | None:
        return self._planted(number, quarter, _ERRORS, "errors")

    def with_queries(self, number: int, quarter: int) -> Delivery | None:
        return self._planted(number, quarter, _QUERIES, "queries")

    def corrected(self, number: int, quarter: int) -> Delivery | None:
        """A second return in which one in eight crimes is gone: recorded twice in the first, the force says."""
        tables = self._tables(number, quarter)
        if tables is None:
            return None
        kept = tables["crimes"].with_row_index("_at").filter(pl.col("_at") % 8 != 3).drop("_at")
        rest = {name: rows.join(kept, on="crime_ref", how="semi") for name, rows in tables.items() if name != "crimes"}
        return self._written({"crimes": kept, **rest}, number, quarter, "corrected")

    def _tables(self, number: int, quarter: int) -> dict[str, pl.DataFrame] | None:
        return _quarters(self.year.of_force(number), LAST_YEAR).get(self.period(quarter))

    def _written(self, tables: dict[str, pl.DataFrame], number: int, quarter: int, kind: str) -> Delivery:
        force = respondents()[number]
        folder = self.folder / kind / self.period(quarter) / force.force_id
        return write_delivery(rendered(tables, force), force, self.period(quarter), folder)

    def _planted(self, number: int, quarter: int, checks: tuple[str, ...], kind: str) -> Delivery | None:
        tables = self._tables(number, quarter)
        if tables is None:
            return None
        force = respondents()[number]
        said = {name: as_text(table) for name, table in rendered(tables, force).items()}
        faults = [fault for fault in FAULTS if fault.check in checks]
        bad, _ = planted(said, Draws(SEED, 90 + number), faults, each=2)
        return write_delivery(bad, force, self.period(quarter), self.folder / kind / self.period(quarter) / force.force_id)
