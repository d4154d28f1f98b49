"""Protected tables as a document and back: so that an edition can be made again after its microdata is lawfully gone (W17.12).

This is in the one room that may make protected tables; a document is thawed only under the hash that its manifest holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.shapes.measures import Dimension, Measure, Sum
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

Tables = tuple[ProtectedTable, ...]


def freeze(tables: Sequence[ProtectedTable], said: Mapping[str, Any]) -> bytes:
    """One JSON document of the tables and what was `said` beside them (JSON values); the same bytes for the same values."""
    document = {"said": said, "tables": [_frozen(table) for table in tables]}
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n").encode()


def thaw(content: bytes, sha256: str) -> tuple[Tables, Mapping[str, Any]]:
    """The tables and what was said. Raises RefusedByRule where the bytes are not those that were frozen."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RefusedByRule(
            "The frozen tables of this edition are not those that its manifest names.",
            where="frozen.json",
            expected=f"bytes with the hash {sha256[:12]}...",
            next_step="take the edition from where it was published",
        )
    document = json.loads(content)
    return tuple(_thawed(table) for table in document["tables"]), document["said"]


def _frozen(table: ProtectedTable) -> dict[str, Any]:
    document = asdict(table)
    del document["index"]
    for dimension, original in zip(document["dimensions"], table.dimensions, strict=True):
        dimension["codes"] = list(original.codes.items())  # the order of printing outlives sorted keys
    return document


def _thawed(document: Mapping[str, Any]) -> ProtectedTable:
    dimensions = tuple(Dimension(**{"of": _of(d, document), **d, "codes": dict(d["codes"])}) for d in document["dimensions"])
    measures = tuple(Measure(**{**m, "of": tuple(m["of"])}) for m in document["measures"])
    cells = tuple(ProtectedCell(**{**c, "key": tuple(c["key"])}) for c in document["cells"])
    sums = tuple(Sum(s["whole"], tuple(s["parts"])) for s in document.get("sums", ()))
    plain = {k: v for k, v in document.items() if k not in ("dimensions", "measures", "cells", "notes", "sums")}
    notes = tuple(document["notes"])
    return ProtectedTable(dimensions=dimensions, measures=measures, cells=cells, notes=notes, sums=sums, **plain)


def _of(dimension: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Editions frozen before a dimension named its classification: codes of a table are its own."""
    return str(document["name"]) if dimension["name"] == "code" else ""
