"""Returns of a few records, put into a store by hand: every number of a pack can be counted on fingers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vkpp.catalogue.example import example_catalogue
from vkpp.engine.keeping import Accepted, NewVersion
from vkpp.ops import stores

FORCE, OTHERS = "ashwater", ("northmarch", "coldfell", "tarnshire", "ironvale", "greyshire")
_TYPES = {"integer": pa.int64(), "date": pa.date32()}

Rows = Sequence[Mapping[str, Any]]


def crime(ref: str, **values: Any) -> dict[str, Any]:
    """A counted crime with every value known; `values` replace some."""
    known = {
        "crime_ref": ref,
        "offence_code": "086/02",
        "offence_class": "86",
        "offence_title": "Title",
        "offence_edition": "2024-04",
        "recorded": date(2024, 2, 1),
        "offence_from": date(2024, 1, 1),
        "offence_to": date(2024, 1, 2),
        "outcome": "none-yet",
        "place": "Somewhere",
        "place_kind": "victim-home",
        "csa_flag": "yes",
        "cse_flag": "no",
        "online_flag": "no",
        "group_based": "no",
        "victim_by_design": "state",
        "children_under_10": 0,
        "status": "recorded",
    }
    return known | values


def person(crime_ref: str, ref: str, **values: Any) -> dict[str, Any]:
    known = {"crime_ref": crime_ref, "person_ref": ref, "age": 30, "age_basis": "stated", "sex": "F", "nationality": "GB"}
    return known | {"ethnicity_self": "W1", "ethnicity_officer": "IC1"} | values


def accept(
    store: Path,
    work: Path,
    force: str,
    period: str,
    *,
    crimes: Rows,
    victims: Rows = (),
    suspects: Rows = (),
    relations: Rows = (),
    reasons: Mapping[str, tuple[int, str]] | None = None,
    by: str = "",
) -> Accepted:
    """Put a return into the store as it would be accepted; the checks are said to have run."""
    given = {"crimes": crimes, "victims": victims, "suspects": suspects, "relations": relations}
    specification = example_catalogue().specification("csae")
    work.mkdir(parents=True, exist_ok=True)
    tables = {}
    for table in specification.tables:
        schema = pa.schema([(field.name, _TYPES.get(field.type, pa.string())) for field in table.fields])
        rows = [{name: row.get(name) for name in schema.names} for row in given[table.name]]
        tables[table.name] = work / f"{force}-{period}-{table.name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), tables[table.name])
    said = {
        "at": "2024-06-03T09:00:00Z",
        "by": by,
        "specification": "csae 2026-11-proposed",
        "checks": {"ran": 174, "all": 174, "error": 0, "query": 0, "note": 0},
        "reasons": [{"check": c, "findings": n, "reason": why} for c, (n, why) in (reasons or {}).items()],
    }
    records = {name: len(rows) for name, rows in given.items()}
    return stores.store_for(store, invented=True).accept(NewVersion("csae", period, force, tables, records, {}, said))
