"""generate(): the invented nation's returns for some years, each force's in its own habits, with the truth beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from vkpp.ops.example import truth
from vkpp.ops.example.draws import Draws
from vkpp.ops.example.extracts import write_pair_level
from vkpp.ops.example.faults import CELLS, FAULTS, Fault, planted
from vkpp.ops.example.habits import as_text, rendered
from vkpp.ops.example.nation import LAST_YEAR, Respondent, respondents, years_of
from vkpp.ops.example.nation_year import NationYear, make_nation_year
from vkpp.ops.example.writing import Delivery, write_delivery, write_readme

Cut = Literal["year", "quarter"]
SINGLE = (*FAULTS, *CELLS)


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written: the deliveries in the order of the register, and every number that they hold."""

    folder: Path
    deliveries: tuple[Delivery, ...]
    numbers: pl.DataFrame


def generate(years: int, scale: float, seed: int, out: Path, *, cut: Cut = "year", clean: bool = False) -> Generated:
    """Write returns/, extracts/, truth/ and a README under `out`. The same arguments give the same bytes.

    `extracts/` holds what some forces' systems give before `prepare`: pair-level rows with names and dates of birth, invented.

    `years` are the last so many calendar years up to 2024; `scale` 1.0 is the published size (0.01 the least); `cut` says if
    a delivery is a year or a quarter. `clean` leaves faults and look-alikes out: no check may fire then
    (but for shares in a quarter of the smallest respondent, which has some five crimes in it).
    Raises UsageProblem when there is nothing to calibrate to.
    """
    scale_myriad = round(scale * 10_000)
    deliveries: list[Delivery] = []
    numbers, pairs, faults = [], [], []
    for year in years_of(years):
        nation = make_nation_year(year, scale_myriad, seed, clean=clean)
        for number, force in enumerate(respondents()):
            sent, of_force = write_year(nation, number, force, out / "returns", cut, None if clean else seed)
            deliveries += sent
            if force.pairs:
                path = out / "extracts" / f"CY{year}" / f"invented_{force.force_id}_CY{year}_pairs.csv"
                write_pair_level(path, nation.of_force(number), force, Draws(seed, year, 3000 + number))
            faults += of_force
        numbers.append(truth.numbers_of(nation))
        pairs.append(nation.pairs.with_columns(year=pl.lit(year)))
    before = truth.history(LAST_YEAR - 11, LAST_YEAR, scale_myriad, seed)
    every = truth.with_changes(pl.concat(numbers), before)
    truth.write_truth(
        out / "truth",
        every,
        pairs=pl.concat(pairs),
        **({"planted": pl.concat(faults)} if faults else {}),
        history=before,
    )
    write_readme(out, f"Made from seed {seed} at scale {scale:g}, {years} years.\n")
    write_readme(out / "truth")
    write_list(out, deliveries)
    return Generated(out, tuple(deliveries), every)


def write_year(
    nation: NationYear, number: int, force: Respondent, folder: Path, cut: Cut = "year", fault_seed: int | None = None
) -> tuple[list[Delivery], list[pl.DataFrame]]:
    """One respondent's deliveries of a year and, with a seed for them, the faults planted in each."""
    tables = nation.of_force(number)
    parts = {f"CY{nation.year}": tables} if cut == "year" else _quarters(tables, nation.year)
    deliveries, planted_in = [], []
    for at, (period, part) in enumerate(parts.items()):
        said = rendered(part, force)
        if fault_seed is not None:
            draws = Draws(fault_seed, nation.year, 1000 + 10 * number + at)
            said, list_of = planted({name: as_text(table) for name, table in said.items()}, draws, _habitual(draws))
            where = {"force": force.force_id, "period": period}
            planted_in.append(list_of.select(*(pl.lit(v).alias(k) for k, v in where.items()), *list_of.columns))
        deliveries.append(write_delivery(said, force, period, folder / period / force.force_id))
    return deliveries, planted_in


def _habitual(draws: Draws) -> list[Fault]:
    """The faults of one delivery: a dozen of those that there are. The same force need not make the same ones again."""
    picked = draws.rng.permutation(len(SINGLE))[:12]
    return [SINGLE[i] for i in sorted(picked.tolist())]


def _quarters(tables: dict[str, pl.DataFrame], year: int) -> dict[str, dict[str, pl.DataFrame]]:
    """The year's tables cut by the quarter in which a crime was recorded; the rows that belong to it go along."""
    cut = {}
    for quarter in range(1, 5):
        crimes = tables["crimes"].filter(pl.col("recorded").dt.quarter() == quarter)
        if crimes.is_empty():
            continue
        others = {name: table.join(crimes, on="crime_ref", how="semi") for name, table in tables.items() if name != "crimes"}
        cut[f"CY{year}Q{quarter}"] = {"crimes": crimes, **others}
    return cut


def write_list(out: Path, deliveries: list[Delivery]) -> None:
    """deliveries.json: which file holds which table, and how many records, so that nothing has to be guessed from names."""
    rows = [
        {
            "force": d.force_id,
            "period": d.period,
            "files": {name: [path.relative_to(out).as_posix(), sheet] for name, (path, sheet) in d.files.items()},
            "records": dict(d.records),
        }
        for d in deliveries
    ]
    text = json.dumps({"invented": True, "deliveries": rows}, indent=1)
    (out / "invented_deliveries.json").write_text(text + "\n", encoding="utf-8")
