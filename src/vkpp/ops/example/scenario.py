"""The demonstration: two invented years, 42 of 44 in; one late, one missing, one resubmitted, one rejected and corrected."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from vkpp.catalogue.example import WORDS
from vkpp.ops.example import truth
from vkpp.ops.example.draws import Draws
from vkpp.ops.example.faults import FAULTS, planted
from vkpp.ops.example.generate import write_list
from vkpp.ops.example.habits import as_text, rendered
from vkpp.ops.example.nation import LAST_YEAR, respondents
from vkpp.ops.example.nation_year import NationYear, make_nation_year
from vkpp.ops.example.writing import Delivery, write_delivery, write_readme

LATE, MISSING, RESUBMITTED, REJECTED = "westfield", "lowerstead", "eastmere", "harrowdale"
FIRST = "first"  # the folder of a sending that another one followed
DUE = dt.date(2025, 2, 28)
MOVED_MONTH = 6  # of the resubmitted force: in it, nearly half the outcomes moved and no record came or went
MOVED_SHARE = 4510  # in ten thousand, as seen between two downloads of one real month
FAULTS_OF_REJECTED = (
    *("crimes-offence-code-excel", "crimes-offence-before-recorded", "crimes-group-needs-criterion", "crimes-crime-ref-once"),
    *("victims-age-child", "victims-ethnicity-self-not-ic", "suspects-under-10", "suspects-crime-there"),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What was written: who is in, every sending in the order of its day, and the numbers of those who are in."""

    folder: Path
    forces_in: tuple[str, ...]
    events: tuple[dict[str, Any], ...]
    deliveries: tuple[Delivery, ...]  # the last accepted sending of each respondent that is in, both years
    numbers: pl.DataFrame


def write_scenario(out: Path, *, scale: float = 1.0, seed: int = 2024) -> Scenario:
    """Write the demonstration's files, its list of events and the truth of the 42 under `out`: the same bytes every time."""
    scale_myriad = round(scale * 10_000)
    years = [make_nation_year(year, scale_myriad, seed) for year in (LAST_YEAR - 1, LAST_YEAR)]
    writing = _Writing(out)
    for year in years:
        for number in range(len(respondents())):
            writing.send(year, number, seed)
    kept = [i for i, f in enumerate(respondents()) if f.force_id not in (LATE, MISSING)]
    pairs = pl.concat([year.pairs.with_columns(year=pl.lit(year.year)) for year in years])
    earlier = truth.history(LAST_YEAR - 11, LAST_YEAR, scale_myriad, seed, kept)
    numbers = truth.with_changes(pl.concat([truth.numbers_of(year, kept) for year in years]), earlier)
    truth.write_truth(out / "truth", numbers, pairs=pairs, history=earlier, **writing.truths)
    write_readme(out, f"The demonstration, made from seed {seed} at scale {scale:g}.\n")
    write_readme(out / "truth")
    write_list(out, writing.accepted)
    forces_in = tuple(respondents()[i].force_id for i in kept)
    _write_yaml(out, writing.events, forces_in, scale, seed)
    return Scenario(out, forces_in, tuple(writing.events), tuple(writing.accepted), numbers)


class _Writing:
    """Writes each respondent's sendings and keeps the list of what happened."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.events: list[dict[str, Any]] = []
        self.accepted: list[Delivery] = []
        self.truths: dict[str, pl.DataFrame] = {}

    def send(self, year: NationYear, number: int, seed: int) -> None:
        force_id = respondents()[number].force_id
        tables = year.of_force(number)
        if year.year == LAST_YEAR and force_id == MISSING:
            self.events.append({"on": DUE, "force": MISSING, "period": f"CY{LAST_YEAR}", "act": "missing", "files": []})
            return
        day = dt.date(year.year + 1, 2, 3) + dt.timedelta(days=number % 20)
        if year.year == LAST_YEAR and force_id == REJECTED:
            self._rejected(tables, number, day, seed)
            day += dt.timedelta(days=4)
        if year.year == LAST_YEAR and force_id == RESUBMITTED:
            self._first_sending(tables, number, day, seed)
            day += dt.timedelta(days=30)
        late = year.year == LAST_YEAR and force_id == LATE
        suffix = "_2" if year.year == LAST_YEAR and force_id in (REJECTED, RESUBMITTED) else ""
        act = {REJECTED: "corrected", RESUBMITTED: "resubmitted"}.get(force_id, "received") if suffix else "received"
        sent = self._write(tables, number, f"CY{year.year}", suffix)
        self._tell(sent, DUE + dt.timedelta(days=47) if late else day, "late" if late else act)
        if force_id not in (LATE, MISSING):
            self.accepted.append(sent)

    def _rejected(self, tables: dict[str, pl.DataFrame], number: int, day: dt.date, seed: int) -> None:
        said = {name: as_text(table) for name, table in rendered(tables, respondents()[number]).items()}
        faults = [f for f in FAULTS if f.check in FAULTS_OF_REJECTED]
        bad, listed = planted(said, Draws(seed, 77), faults, each=5)
        folder = self._folder(number, f"CY{LAST_YEAR}") / FIRST
        sent = write_delivery(bad, respondents()[number], f"CY{LAST_YEAR}", folder)
        self.truths["planted"] = listed
        self._tell(sent, day, "rejected")

    def _first_sending(self, tables: dict[str, pl.DataFrame], number: int, day: dt.date, seed: int) -> None:
        """The return as it stood before nearly half of one month's outcomes came in."""
        crimes = tables["crimes"]
        able = ((crimes["recorded"].dt.month() == MOVED_MONTH) & crimes["outcome_date"].is_not_null()).to_numpy()
        in_month = int((crimes["recorded"].dt.month() == MOVED_MONTH).sum())
        moved = pl.Series(Draws(seed, 78).chosen_of(able, in_month * MOVED_SHARE // 10_000))
        before = crimes.with_columns(
            outcome=pl.when(moved).then(pl.lit("none-yet")).otherwise("outcome"),
            outcome_date=pl.when(moved).then(None).otherwise("outcome_date"),
        )
        sent = self._write({**tables, "crimes": before}, number, f"CY{LAST_YEAR}", "", FIRST)
        self.truths["restated"] = crimes.filter(moved).select(
            "crime_ref", before=pl.lit("none-yet"), after=pl.col("outcome"), outcome_date="outcome_date"
        )
        self._tell(sent, day, "received")

    def _write(self, tables: dict[str, pl.DataFrame], number: int, period: str, suffix: str, within: str = "") -> Delivery:
        force = respondents()[number]
        return write_delivery(rendered(tables, force), force, period, self._folder(number, period) / within, suffix=suffix)

    def _folder(self, number: int, period: str) -> Path:
        return self.out / "returns" / period / respondents()[number].force_id

    def _tell(self, sent: Delivery, day: dt.date, act: str) -> None:
        files = sorted({path.relative_to(self.out).as_posix() for path, _ in sent.files.values()})
        self.events.append({"on": day, "force": sent.force_id, "period": sent.period, "act": act, "files": files})


def _write_yaml(out: Path, events: list[dict[str, Any]], forces_in: tuple[str, ...], scale: float, seed: int) -> None:
    document = {
        "invented": True,
        "words": WORDS,
        "collection": "csae",
        "scale": scale,
        "seed": seed,
        "due": DUE.isoformat(),
        "expected": len(respondents()),
        "in": list(forces_in),
        "late": [LATE],
        "missing": [MISSING],
        "resubmitted": [RESUBMITTED],
        "rejected_and_corrected": [REJECTED],
        "events": [{**e, "on": e["on"].isoformat()} for e in sorted(events, key=lambda e: (e["on"], e["force"]))],
    }
    (out / "invented_scenario.yaml").write_text(yaml.safe_dump(document, sort_keys=False, width=120), encoding="utf-8")
