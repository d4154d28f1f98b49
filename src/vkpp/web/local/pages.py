"""The page that checks in the browser, what its script asks for, the same page to keep, and the upload that is not kept."""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.load import Catalogue, load_catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.records.ground.problems import NotThere
from vkpp.web.local import unkept
from vkpp.web.parts.pace import taking
from vkpp.web.parts.policy import policy_adds
from vkpp.web.parts.shapes import Cell, Column, Crumb, Table

_TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@cache
def _catalogue(*, invented: bool) -> Catalogue:
    return example_catalogue() if invented else load_catalogue()


def _specification(name: str) -> Specification:
    catalogue = _catalogue(invented=bool(settings.INVENTED))
    if name not in catalogue.collections:
        raise NotThere
    return catalogue.specification(name)


def _room() -> Any:
    """The module of operations that knows the engine; pages never call the engine themselves."""
    return import_module(settings.LOCAL_CHECK)


@require_GET
@login_not_required
def listed(request: HttpRequest) -> HttpResponse:
    """Each collection, with its page."""
    names = _catalogue(invented=bool(settings.INVENTED)).collections
    found = [_specification(name) for name in names]
    rows = [(Cell(one.title, reverse("local:page", args=[one.name])), one.edition, len(one.checks)) for one in found]
    columns = (Column("Collection"), Column("Edition"), Column("Checks", numeric=True))
    said = {"title": "Check before sending", "table": Table("Collections", columns, rows)}
    return render(request, "local/collections.html", said)


@require_http_methods(["GET", "POST"])
@login_not_required
def shown(request: HttpRequest, name: str) -> HttpResponse:
    """The page. Its form without a script is for whoever is signed in: a stranger could keep the service busy with it."""
    specification = _specification(name)
    if request.method == "POST":
        if request.viewer is None:
            return redirect_to_login(request.path)
        return unkept.checked(request, specification, _said(specification))
    return render(request, "local/check.html", _said(specification) | {"form": unkept.form_of(specification)()})


def _said(specification: Specification) -> dict[str, object]:
    name = specification.name
    return {
        "title": "Check a return before you send it",
        "crumbs": [Crumb("Home", "/"), Crumb("Check before sending", reverse("local:collections"))],
        "specification": specification,
        "addresses": {
            "checks": reverse("local:checks", args=[name]),
            "worker": reverse("local:worker"),
            "wasm": static(_room().WASM),
        },
        "scripts": [static(script) for script in _room().PAGE],
        "saved": [(reverse("local:saved", args=[name, kind]), _room().page_name(name, kind)) for kind in _TYPES],
    }


@require_GET
@login_not_required
@policy_adds(script_src=("'wasm-unsafe-eval'",))
def worker(request: HttpRequest) -> HttpResponse:
    """The worker's script: a list of our own files. It alone may compile WebAssembly; the page around it may not."""
    names = [static(script) for script in _room().WORKER]
    text = "// DuckDB and our own reading of text, in one thread beside the page.\n"
    return HttpResponse(f"{text}importScripts(...{json.dumps(names)});\n", content_type=_TYPES["js"])


@require_GET
@login_not_required
def checks(request: HttpRequest, name: str) -> HttpResponse:
    """The collection's checks as the script takes them."""
    _specification(name)
    content = _room().document(Path(settings.FOLDER), name, invented=bool(settings.INVENTED))
    answer = HttpResponse(content_type="application/json; charset=utf-8", headers={"Vary": "Accept-Encoding"})
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer["Content-Encoding"], content = "gzip", gzip.compress(content, 6)
    answer.content = content
    return answer


@require_GET
@login_not_required
@taking
def saved(request: HttpRequest, name: str, kind: str) -> FileResponse:
    """One of the two files that work without a network."""
    _specification(name)
    if kind not in _TYPES:
        raise NotThere
    room = _room()
    file = room.saved(Path(settings.FOLDER), name, kind, invented=bool(settings.INVENTED)).open("rb")
    return FileResponse(file, as_attachment=True, filename=room.page_name(name, kind), content_type=_TYPES[kind])
