"""One collection's checks for an engine in a browser: questions in SQL, headings, words, and which edition of what they are."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.reading.headings import accepted
from vkpp.engine.validation.exporting import exported, field_facts

FORMAT = 1  # of the document; the scripts refuse another


def local_checks(specification: Specification, catalogue: Catalogue) -> bytes:
    """The document as JSON (UTF-8): the same checks and catalogue give the same bytes.

    `edition` says which specification it is and names the catalogue and the questions by their hashes, so that a page can say
    which version of the checks ran.
    """
    asked = exported(specification, catalogue)
    said = {
        "format": FORMAT,
        "collection": specification.name,
        "title": specification.title,
        "partial_acceptance": specification.partial_acceptance,
        "dated": specification.period_field is not None or any(check.get("of_period") for check in asked["checks"]),
        "tables": [_table(table) for table in specification.tables],
        **asked,
    }
    edition = {
        "specification": f"{specification.name} {specification.edition}",
        "catalogue": getattr(catalogue, "digest", ""),
        "checks": hashlib.sha256(_bytes(said)).hexdigest(),
    }
    return _bytes({"edition": edition, **said})


def _table(table: Table) -> dict[str, Any]:
    headings = {heading: field.name for heading, field in accepted(table).items()}
    return {
        "name": table.name,
        "title": table.title,
        "fields": [field_facts(field) for field in table.fields],
        "headings": headings,
    }


def _bytes(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
