"""The store as commands use it: which register it belongs to, and accepted returns ready for an edition."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.load import Catalogue, load_catalogue
from vkpp.engine.flow import csae
from vkpp.engine.flow.accepting import write_parquet
from vkpp.engine.keeping import Accepted, Store
from vkpp.engine.keeping.writing import document, file_made_whole, sha256_of
from vkpp.engine.shapes.findings import Reconciliation

REGISTER, HISTORY = "register.json", "history.csv"
INVENTED, REAL = "invented", "real"


def catalogue_of(*, invented: bool) -> Catalogue:
    """The real register, or the example register, from which everything that is made says invented (R11)."""
    return example_catalogue() if invented else load_catalogue()


def register_of(folder: Path) -> str | None:
    """Which register a store belongs to; None for a folder that is no store yet."""
    path = folder / REGISTER
    return str(json.loads(path.read_text(encoding="utf-8"))["register"]) if path.is_file() else None


def store_for(folder: Path, *, invented: bool) -> Store:
    """The store to accept into, made where there is none. RefusedByRule where it belongs to the other register (R11)."""
    wanted, held = (INVENTED if invented else REAL), register_of(folder)
    if held is None:
        _must_be_new(folder)
        file_made_whole(folder / REGISTER, document({"register": wanted}))
    elif held != wanted:
        raise RefusedByRule(
            f"This store belongs to the {held} register, and the return was given for the {wanted} one.",
            where=str(folder),
            expected="invented and real returns in different stores, always",
            next_step="name another --store" + (", or leave --invented out" if invented else ", or add --invented"),
        )
    return Store(folder)


def existing_store(folder: Path) -> tuple[Store, bool]:
    """A store that is there, and whether it is invented."""
    held = register_of(folder)
    if held is None:
        raise UsageProblem(
            f"{folder} is no store: it has no {REGISTER}.", expected="a folder made by `vkpp accept`", next_step="name it"
        )
    return Store(folder), held == INVENTED


def _must_be_new(folder: Path) -> None:
    if folder.exists() and any(not path.name.startswith(".incoming-") for path in folder.iterdir()):
        raise UsageProblem(
            f"{folder} holds something and is no store.", expected="a new folder, or a store", next_step="name another --store"
        )


# Accepted returns, ready for an edition.


@dataclass(frozen=True, slots=True)
class Loaded:
    """The returns of the two years as the flow takes them, the versions that they are, and what was left out and why."""

    accepted: csae.Accepted
    versions: tuple[Accepted, ...]
    left_out: tuple[str, ...]


def loaded(store: Store, period: Period, work: Path, *, only: Mapping[str, str] | None = None) -> Loaded:
    """The current versions of a year and the year before; quarters of a year are put together.

    `only` names the receipts (name -> hash) that an edition was made from: then exactly those versions are taken.
    """
    returns: dict[str, dict[str, dict[str, Path]]] = {}
    taken: list[Accepted] = []
    left_out: list[str] = []
    for year in (period.previous(), period):
        held = _of_year(store, year, only)
        for force in sorted(held):
            parts = held[force]
            why = _why_not_whole(parts, year)
            if why:
                left_out.append(f"{force}, {year.label}: {why}")
                continue
            returns.setdefault(year.code, {})[force] = _tables(parts, work / year.code / force)
            taken += parts
    receipts = {name_of(one): sha256_of(one.folder / "receipt.json") for one in taken}
    reasons = tuple(sorted({words for one in taken for words in _reasons(one)}))
    accepted = csae.Accepted(
        returns,
        dict(sorted(receipts.items())),
        reasons,
        history_of(store.folder),
        tuple(_balance(taken, year) for year in (period.previous(), period) if any(_is_of(one, year) for one in taken)),
        _checks_said(taken),
    )
    return Loaded(accepted, tuple(taken), tuple(left_out))


def name_of(accepted: Accepted) -> str:
    """How an edition's manifest names a version: force, period and number."""
    receipt = accepted.receipt
    return f"{receipt['force_id']} {receipt['period']} v{receipt['version']:04d}"


def _of_year(store: Store, year: Period, only: Mapping[str, str] | None) -> dict[str, list[Accepted]]:
    """By force: its return of the year, or those of the quarters where it sent none of the year."""
    found: dict[str, list[Accepted]] = {}
    for period in (year, *year.quarters()):
        versions = _current(store, period) if only is None else _named(store, period, only)
        for force, one in versions.items():
            if period is year or year.code not in {p.receipt["period"] for p in found.get(force, [])}:
                found.setdefault(force, []).append(one)
    return found


def _current(store: Store, period: Period) -> dict[str, Accepted]:
    return store.current(csae.COLLECTION, period.code)


def _named(store: Store, period: Period, only: Mapping[str, str]) -> dict[str, Accepted]:
    every = [v for force in _current(store, period) for v in store.versions(csae.COLLECTION, period.code, force)]
    return {str(v.receipt["force_id"]): v for v in every if name_of(v) in only}


def _why_not_whole(parts: Iterable[Accepted], year: Period) -> str:
    parts = list(parts)
    if gone := [str(one.receipt["period"]) for one in parts if one.destroyed]:
        return f"the records of {', '.join(gone)} were destroyed"
    periods = {str(one.receipt["period"]) for one in parts}
    lacking = [q.code for q in year.quarters() if q.code not in periods]
    return "" if periods == {year.code} or not lacking else f"no return of {', '.join(lacking)}"


def _tables(parts: list[Accepted], work: Path) -> dict[str, Path]:
    if len(parts) == 1:
        return {name: parts[0].table(name) for name in csae.TABLES}
    work.mkdir(parents=True, exist_ok=True)
    made = {}
    for name in csae.TABLES:
        made[name] = work / f"{name}.parquet"
        write_parquet(pa.concat_tables([pq.read_table(one.table(name)) for one in parts]), made[name])
    return made


def _reasons(accepted: Accepted) -> Iterable[str]:
    return (str(entry["reason"]) for entry in accepted.receipt.get("reasons", ()))


_SUMMED = [each.name for each in fields(Reconciliation) if each.name not in ("file", "table", "sheet")]


def _is_of(one: Accepted, year: Period) -> bool:
    return str(one.receipt["period"]).startswith(year.code)


def _balance(taken: Sequence[Accepted], year: Period) -> Reconciliation:
    """The lines and records of all returns of a year together, as their receipts reconciled them; who says how many do."""
    mine = [one for one in taken if _is_of(one, year)]
    held = [one.receipt["lines"] for one in mine if "lines" in one.receipt]
    sums: dict[str, Any] = {name: sum(int(entry[name]) for lines in held for entry in lines) for name in _SUMMED}
    of = f"{len(held)} of {len(mine)}" if len(held) < len(mine) else f"{len(mine)}"
    return Reconciliation(file=f"{of} accepted versions of {year.code}", table="all", **sums)


def _checks_said(taken: Sequence[Accepted]) -> dict[str, int]:
    """What the receipts say of the checks, all versions together; `ran` is the fewest that ran on any of them."""
    said = [one.receipt["checks"] for one in taken]
    found = {name: sum(int(checks[name]) for checks in said) for name in ("error", "query", "note")}
    return {"versions": len(said), "ran": min((int(checks["ran"]) for checks in said), default=0), **found}


def history_of(folder: Path) -> dict[str, dict[str, int]]:
    """Earlier years' totals by period code and force, from STORE/history.csv (period, force_id, crimes); empty without one."""
    path = folder / HISTORY
    if not path.is_file():
        return {}
    held: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            held.setdefault(row["period"], {})[row["force_id"]] = int(row["crimes"])
    return held
