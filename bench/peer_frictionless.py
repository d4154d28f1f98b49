"""Peer: frictionless with types and constraints of Table Schema, as far as they reach (no cross-field checks, no words)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from frictionless import Checklist, Resource, Schema, system

from bench._return import FIELDS, MUST, Lists


def constraints(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for operator, a in (next(iter(must.items())) for must in MUST.values()):
        if operator == "unique" and a["fields"] == [name]:
            found["unique"] = True
        if a.get("field") != name:
            continue
        if operator == "required":
            found["required"] = True
        if operator == "matches":
            found["pattern"] = a["pattern"]
        if operator in ("one_of", "in_list"):
            found["enum"] = [*(a.get("values") or Lists.lists[a["list"]].codes), "not known", "not recorded", "not asked"]
        if operator == "between":
            found |= {"minimum": float(a["min"]), "maximum": float(a["max"])}
        if operator == "at_least":
            found["minimum"] = a["value"]
    return found


if __name__ == "__main__":
    path = Path(sys.argv[1])
    fields = [{"name": f.title, "type": f.type, "constraints": constraints(f.name)} for f in FIELDS]
    schema = Schema.from_descriptor({"fields": fields, "missingValues": ["", "n/k"]})
    system.trusted = True
    resource = Resource(path=str(path), schema=schema, format="csv", encoding="utf-8")
    report = resource.validate(Checklist(), limit_errors=10_000_000)
    found = report.flatten(["rowNumber", "fieldName", "type"])
    path.with_suffix(".peer-findings.json").write_text(json.dumps(found))
    print(json.dumps({"findings": len(found)}))
