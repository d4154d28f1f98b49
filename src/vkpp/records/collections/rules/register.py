"""The register and its limits as records use them: the real one, or the invented one where the service is marked so."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.load import Catalogue, load_catalogue
from vkpp.catalogue.specifications import Specification


@cache
def _catalogue(*, invented: bool) -> Catalogue:
    return example_catalogue() if invented else load_catalogue()


def catalogue() -> Catalogue:
    """The register of this service."""
    from django.conf import settings

    return _catalogue(invented=bool(settings.INVENTED))


def root() -> Path:
    """The folder of this service."""
    from django.conf import settings

    return Path(settings.FOLDER)


def asked_of(specification: Specification) -> dict[str, dict[str, str]]:
    """What a specification asks and checks, as a snapshot: fields by table.field with their titles, checks with severity."""
    fields = {f"{table.name}.{field.name}": field.title for table in specification.tables for field in table.fields}
    return {"fields": fields, "checks": {check.id: check.severity for check in specification.checks}}


def asks(collection: str, check: str) -> str:
    """What a check says where it finds something, with no value of any record in it; of the reader's own, what it is about."""
    known = {one.id: one.message for one in catalogue().specification(collection).checks}
    return re.sub(r"\{[^{}]*\}", "…", known[check]) if check in known else _read_as(check)


def _read_as(check: str) -> str:
    """ "Formula without result" of file-formula-without-result: the reader has words only where it finds something."""
    return check.removeprefix("file-").replace("-", " ").capitalize() if check.startswith("file-") else check


def named(collection: str, check: str) -> str:
    """A check in words, with the id under which it is known after them."""
    words = asks(collection, check)
    return words if words == check else f"{words} ({check})"


def let_off(collection: str, check: str) -> str:
    """What a waiver lets off: the whole return (no check), or a check in words with its id after them."""
    if not check:
        return "the whole return"
    words = asks(collection, check)
    return f"the check {check}" if words == check else f"the check “{words}” ({check})"


def hours_limit(on: date) -> tuple[float, str]:
    """Hours a force and quarter above which an ask waits for a signature, and who says so."""
    row = _limit_on("hours_per_force_and_quarter", on)
    return float(row["hours"]), str(row["source"])


def sent_a_day(on: date) -> tuple[int, int]:
    """How many versions a force may send within 24 hours, and how many bytes together."""
    row = _limit_on("sent_per_force_and_day", on)
    return int(row["versions"]), int(row["megabytes"]) << 20


def _limit_on(name: str, on: date) -> dict[str, Any]:
    rows: list[dict[str, Any]] = _limits()[name]
    return max((row for row in rows if row["valid_from"] <= on), key=lambda row: row["valid_from"], default=rows[0])


@cache
def _limits() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent.parent / "limits.yaml").read_text(encoding="utf-8"))


def quarter_of(day: date) -> str:
    """The calendar quarter in which a deadline falls, in which its hours count: CY2026Q1."""
    return f"CY{day.year}Q{(day.month - 1) // 3 + 1}"
