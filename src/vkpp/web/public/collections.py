"""What is collected: purpose, lawful basis, fields, who sees it and how long it is kept, for everybody to read."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.load import Catalogue, load_catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.records.ground.problems import NotThere
from vkpp.records.people.rules import roles
from vkpp.web.parts.pace import taking
from vkpp.web.parts.shapes import Cell, Column, Crumb, Table

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SENSITIVITY = {
    "public": "No",
    "internal": "For the police and the programme only",
    "personal": "Personal data",
    "special": "Special category of personal data",
}


@cache
def _catalogue(*, invented: bool) -> Catalogue:
    return example_catalogue() if invented else load_catalogue()


@require_GET
@login_not_required
def listed(request: HttpRequest) -> HttpResponse:
    """Every collection that the service knows."""
    catalogue = _catalogue(invented=bool(settings.INVENTED))
    found = [catalogue.specification(name) for name in catalogue.collections]
    columns = (Column("Collection"), Column("Edition"), Column("Fields", numeric=True))
    rows = [
        (
            Cell(one.title, reverse("public:collection", args=[one.name])),
            one.edition,
            sum(len(table.fields) for table in one.tables),
        )
        for one in found
    ]
    said = {"title": "What is collected", "table": Table("Collections", columns, rows)}
    return render(request, "public/collections.html", said)


@require_GET
@login_not_required
def shown(request: HttpRequest, name: str) -> HttpResponse:
    """One collection, in the words of its specification."""
    catalogue = _catalogue(invented=bool(settings.INVENTED))
    if name not in catalogue.collections:
        raise NotThere
    found = catalogue.specification(name)
    said = {
        "title": found.title,
        "crumbs": [Crumb("What is collected", reverse("public:collections"))],
        "found": found,
        "facts": _facts(found),
        "tables": [(table.title, table.description, _fields(table)) for table in found.tables],
        "asked": _asked(found),
        "who": [(role.title, role.sees) for role in roles().values() if "collections.see" in role.may],
    }
    return render(request, "public/collection.html", said)


@require_GET
@login_not_required
@taking
def blank(request: HttpRequest, name: str) -> FileResponse:
    """The blank workbook of a collection: a sheet a table with its headings, lists to choose from, nothing filled in."""
    if name not in _catalogue(invented=bool(settings.INVENTED)).collections:
        raise NotThere
    room: Any = import_module(settings.BLANK_RETURNS)  # operations know the engine; pages never call it themselves
    file = room.workbook(Path(settings.FOLDER), name, invented=bool(settings.INVENTED)).open("rb")
    return FileResponse(file, as_attachment=True, filename=f"{name}_blank.xlsx", content_type=_XLSX)


def _asked(found: Specification) -> bool:
    """Whether forces send it: what is published already is read here and asked of nobody."""
    return found.burden.get("hours_per_force") != 0


def _facts(found: Specification) -> list[tuple[str, str]]:
    burden = found.burden
    hours, rests_on = burden.get("hours_per_force"), str(burden.get("rests_on", ""))
    costs = (
        "Not stated yet." if hours is None else f"{hours:g} hours each time. {rests_on}" if hours else f"Nothing. {rests_on}"
    )
    return [
        ("Purpose", found.purpose),
        ("Lawful basis", found.lawful_basis),
        ("How long it is kept", found.retention or "Not stated yet."),
        ("Who publishes", found.publisher),
        ("What it costs a force", costs),
        ("What is held already", str(burden.get("already_held", "")) or "Not stated yet."),
        ("Edition", found.edition),
    ]


def _fields(table: Any) -> Table:
    columns = (Column("Field"), Column("What it says"), Column("Must be there"), Column("Sensitive"))
    rows = [
        (field.title, field.description, "Yes" if field.required else "No", _SENSITIVITY[field.sensitivity])
        for field in table.fields
    ]
    return Table(f"Fields of {table.title}", columns, rows)
