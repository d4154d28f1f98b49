"""From a specification: the guidance that forces read, a blank workbook to fill in, and the data dictionary."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vkpp.basics.problems import UsageProblem
from vkpp.basics.spreadsheets import harmless
from vkpp.catalogue.code_lists import CodeList
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Check, Field, Specification, Table
from vkpp.engine.dissemination.blank_workbook import blank_workbook
from vkpp.engine.dissemination.rendering import PAGES
from vkpp.engine.dissemination.sheets import written

DICTIONARY_HEADER = (
    "table", "field", "heading", "type", "format", "required", "description", "code list", "constraints", "missing values",
    "read as", "example", "sensitivity", "other headings",
)  # fmt: skip
SEVERITY_WORDS = {
    "error": "Must be put right before the return is accepted",
    "query": "Put it right, or give a reason",
    "note": "For information; nothing to do",
}
CONSTRAINT_WORDS = {
    "enum": "one of", "pattern": "in the form", "minimum": "from", "maximum": "up to", "unique": "each value once:",
    "minLength": "at least this many letters:", "maxLength": "at most this many letters:",
}  # fmt: skip
MOST_CODES_IN_A_PAGE = 400  # longer lists are in codes.csv, which the page names


def write_specification(specification: Specification, catalogue: Catalogue, out: Path) -> tuple[str, ...]:
    """Writes guidance, blank workbook, data dictionary (HTML and CSV) and codes into the new folder `out`.

    The worked examples of the guidance are the examples of the checks, which a test runs. Returns the names written; the same
    specification and catalogue give the same bytes. Raises UsageProblem when `out` is there already.
    """
    if out.exists():
        raise UsageProblem(f"{out.name} is there already.", expected="a new folder", next_step="name another, or move it away")
    lists = code_lists(specification, catalogue)
    files = {
        "guidance.html": _page("guidance.html", specification, catalogue, lists).encode("utf-8"),
        "dictionary.html": _page("dictionary.html", specification, catalogue, lists).encode("utf-8"),
        "dictionary.csv": dictionary_csv(specification),
        "codes.csv": codes_csv(lists),
        "workbook.xlsx": blank_workbook(specification, lists),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, content in files.items():
            (workshop / name).write_bytes(content)
        workshop.chmod(0o755)
        workshop.rename(out)
    except BaseException:
        shutil.rmtree(workshop, ignore_errors=True)
        raise
    return tuple(sorted(files))


def code_lists(specification: Specification, catalogue: Catalogue) -> dict[str, CodeList]:
    """The code lists that the fields use, by name, in the order of the fields."""
    names = (field.code_list for table in specification.tables for field in table.fields)
    return {name: catalogue.code_list(name) for name in dict.fromkeys(names) if name}


def dictionary_csv(specification: Specification) -> bytes:
    rows = [(table.name, *_described(field)) for table in specification.tables for field in table.fields]
    return written([DICTIONARY_HEADER, *([harmless(part) for part in row] for row in rows)])


def _described(field: Field) -> tuple[str, ...]:
    return (
        field.name,
        field.title,
        field.type,
        field.format,
        "yes" if field.required else "no",
        field.description,
        field.code_list or "",
        _pairs(field.constraints),
        "; ".join(f'"{value}"' for value in field.missing_values),
        _pairs(field.read_as),
        field.example,
        field.sensitivity,
        "; ".join(field.headings),
    )


def _pairs(mapping: Mapping[str, Any]) -> str:
    return "; ".join(f"{key}: {value}" for key, value in mapping.items())


def codes_csv(lists: Mapping[str, CodeList]) -> bytes:
    rows = [(name, code, title, found.source) for name, found in lists.items() for code, title in found.codes.items()]
    return written([("list", "code", "title", "source"), *([harmless(part) for part in row] for row in rows)])


def _page(page: str, specification: Specification, catalogue: Catalogue, lists: Mapping[str, CodeList]) -> str:
    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    frame = {
        "title": specification.title, "subtitle": specification.purpose, "publisher": specification.publisher,
        "attribution": specification.attribution, "status": f"specification, edition {specification.edition}", "marking": "",
        "basis": "What to send, how it is checked, and how to put it right", "id": specification.name, "invented": False,
    }  # fmt: skip
    return environment.get_template(page).render(
        edition=frame,
        not_our_site="",
        css=Markup((PAGES / "edition.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        links=True,
        foot_links=(("guidance.html", "Guidance"), ("dictionary.html", "Data dictionary"), ("workbook.xlsx", "Blank workbook")),
        specification=specification,
        lists=lists,
        most_codes=MOST_CODES_IN_A_PAGE,
        checks_of=lambda table: list(_checks_of(specification, table)),
        severity_words=SEVERITY_WORDS,
        examples=_examples,
        pairs=_pairs,
        rules=_rules,
        said=_said,
        digest=catalogue.digest,
    )


def _checks_of(specification: Specification, table: Table) -> Iterator[Check]:
    return (check for check in specification.checks if check.table == table.name)


def _examples(records: tuple[Mapping[str, Any], ...], table: Table) -> list[str]:
    """Each example record as a person reads it: heading and value, empty told apart from spaces."""
    titles = {field.name: field.title for field in table.fields}
    return ["; ".join(f"{titles.get(name, name)}: {_seen(value)}" for name, value in record.items()) for record in records]


def _rules(constraints: Mapping[str, Any]) -> str:
    """Constraints of a field in words; one that has none is printed as it is."""
    parts = []
    for name, value in constraints.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        parts.append(f"{CONSTRAINT_WORDS.get(name, name + ':')} {shown}")
    return "; ".join(parts)


def _said(words: str, table: Table) -> str:
    """A message with its places filled by what stands there: the heading of a field, or what was sent."""
    titles = {field.name: f"({field.title})" for field in table.fields} | {"value": "(what was sent)", "column": "(the column)"}
    return re.sub(r"\{(\w+)\}", lambda m: titles.get(m[1], f"({m[1]})"), words)


def _seen(value: Any) -> str:
    text = str(value)
    if not text:
        return "(empty)"
    return f'"{text}"' if text != text.strip() else text
