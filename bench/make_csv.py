"""Writes the benchmark's file: a made-up 30-column return, the same bytes for the same arguments, two values in a hundred bad.

    python bench/make_csv.py bench.csv --records 1000000 [--seed 1] [--quoted] [--bad 0.02]

Every figure, place and identifier in it is invented.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

BATCH = 250_000  # records made at a time, so that memory stays flat
Make = Callable[[np.random.Generator, int, int], pl.Series]


def codes(choices: Sequence[str | None]) -> Make:
    return lambda rng, start, n: pl.Series(choices, dtype=pl.String).gather(rng.integers(0, len(choices), n))


def numbers(low: int, high: int) -> Make:
    return lambda rng, start, n: pl.Series(rng.integers(low, high, n)).cast(pl.String)


def dates(first: str, days: int) -> Make:
    origin = np.datetime64(first, "D")
    return lambda rng, start, n: pl.Series(origin + rng.integers(0, days, n)).cast(pl.String)


def identifiers(prefix: str) -> Make:
    return lambda rng, start, n: prefix + pl.Series(np.arange(start + 1, start + n + 1)).cast(pl.String).str.zfill(9)


def decimals(low: float, high: float) -> Make:
    return lambda rng, start, n: pl.Series(np.round(rng.uniform(low, high, n), 5)).cast(pl.String)


FORCES = [f"Invented Force {i:02d}" for i in range(1, 44)]
NOTES = [None, None, None, "awaiting review", "sent to partner", "Seen, then closed", "café near the station"]
COLUMNS: dict[str, Make] = {
    "crime_id": identifiers("X"),
    "force": codes(FORCES),
    "recorded_date": dates("2023-04-01", 366),
    "offence_from": dates("2019-01-01", 1500),
    "offence_to": dates("2023-02-01", 60),
    "offence_code": codes([f"{n:03d}/{m:02d}" for n in range(17, 24) for m in range(1, 30)]),
    "offence_class": codes(["17A", "17B", "19C", "19D", "20A", "21", "22A", "22B", "70", "71", "73", "86", "88A"]),
    "outcome_code": codes([str(n) for n in range(1, 23)]),
    "outcome_date": dates("2024-04-01", 300),
    "victim_age": numbers(0, 18),
    "victim_sex": codes(["F", "M", "U"]),
    "victim_ethnicity": codes(["W1", "W2", "B1", "B2", "A1", "A2", "M1", "O9", "N8", "N9"]),
    "suspect_age": numbers(10, 90),
    "suspect_sex": codes(["F", "M", "U"]),
    "suspect_ethnicity": codes(["W1", "W2", "B1", "B2", "A1", "A2", "M1", "O9", "N8", "N9"]),
    "relationship": codes(["parent", "sibling", "other family", "acquaintance", "stranger", "not known"]),
    "place_kind": codes(["home", "school", "street", "online", "institution", "not recorded"]),
    "online": codes(["yes", "no", "not known"]),
    "group_offending": codes(["yes", "suspected", "no", "not known", "not asked"]),
    "domestic_abuse": codes(["yes", "no"]),
    "postcode_sector": codes([f"ZZ{a} {b}" for a in range(1, 40) for b in range(9)]),
    "easting": numbers(100_000, 650_000),
    "northing": numbers(10_000, 650_000),
    "longitude": decimals(-5.5, 1.7),
    "latitude": decimals(50.0, 55.8),
    "victims": numbers(1, 5),
    "suspects": numbers(0, 4),
    "weight": decimals(0.0, 3.0),
    "source_system": codes(["system A", "system B", "system C"]),
    "note": codes(NOTES),
}
BAD = [None, "n/k", "31/02/2024", "-00", "not a value", "Unknown ", "1900-01-01"]
TITLES = {name: name.replace("_", " ").capitalize() for name in COLUMNS}


def batches(records: int, seed: int, bad: float) -> Iterator[pl.DataFrame]:
    """Frames of text columns; about `bad` of all records hold one wrong value."""
    rng = np.random.default_rng(seed)
    for start in range(0, records, BATCH):
        n = min(BATCH, records - start)
        columns = {name: make(rng, start, n).rename(name) for name, make in COLUMNS.items()}
        hit = rng.random(n) < bad
        where = rng.integers(1, len(COLUMNS), n)
        wrong = pl.Series(BAD, dtype=pl.String).gather(rng.integers(0, len(BAD), n))
        for at, name in enumerate(COLUMNS):
            columns[name] = columns[name].zip_with(pl.Series(~(hit & (where == at))), wrong) if at else columns[name]
        yield pl.DataFrame(list(columns.values()))


def write(file: IO[bytes], records: int, seed: int = 1, bad: float = 0.02, quoted: bool = False) -> None:
    file.write((",".join(TITLES.values()) + "\n").encode())
    for frame in batches(records, seed, bad):
        frame.write_csv(file, include_header=False, quote_style="always" if quoted else "necessary")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bad", type=float, default=0.02, help="share of records with one wrong value")
    parser.add_argument("--quoted", action="store_true", help="quote every cell")
    given = parser.parse_args()
    with given.out.open("wb") as file:
        write(file, given.records, given.seed, given.bad, given.quoted)


if __name__ == "__main__":
    main()
