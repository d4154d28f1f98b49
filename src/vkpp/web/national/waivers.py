"""Waivers: what forces ask to be let off, signed by the national lead and published with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.markings import strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.rows import WaiverRow
from vkpp.records.collections.states import ASKED
from vkpp.records.ground.problems import NotThere
from vkpp.web.national.acting import Asking, Deed, Reason, asked, offers, only
from vkpp.web.national.gate import national
from vkpp.web.national.rounds import HOME, listing
from vkpp.web.parts.shapes import Crumb, Pages, page_number

DEEDS: dict[str, Deed] = {
    "sign": Deed(
        "Sign the waiver",
        "The reason is published beside the numbers. The return, or the check, is let go.",
        "The waiver is signed, and is published with its reason.",
        secondary=False,
    ),
    "refuse": Deed("Refuse the waiver", "The force is told and reads your reason.", "The waiver is refused.", Reason),
}
_DOES: Mapping[str, Callable[..., Any]] = {"sign": commands.sign_waiver, "refuse": commands.refuse_waiver}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@require_GET
@national
def listed(request: HttpRequest) -> HttpResponse:
    """Every waiver; those that wait for a signature first."""
    found = queries.waivers(viewer=request.viewer)
    pages = Pages(
        page_number(request.GET.get("page"), len(found), 20), len(found), reverse("national:waivers"), "waivers", size=20
    )
    said = {
        "title": "Waivers",
        "crumbs": [HOME, listing()],
        "marking": strictest(*(row.marking for row in found[pages.slice])),
        "waivers": [_shown(row) for row in found[pages.slice]],
        "pages": pages,
    }
    return render(request, "national/waivers.html", said)


def _shown(row: WaiverRow) -> dict[str, Any]:
    return {
        "row": row,
        "what": _capital(row.what),
        "state": _capital(row.state_words),
        # Of a waiver that is decided there is nothing left to say: the refusals would only repeat its state.
        "acts": only(row.acts, DEEDS) if row.state == ASKED else None,
        "offers": offers(DEEDS, lambda name: reverse("national:waiver_act", args=[row.id, name])),
        "href": reverse("national:return", args=[row.submission]),
    }


@require_http_methods(["GET", "POST"])
@national
def act(request: HttpRequest, waiver: UUID, name: str) -> HttpResponse:
    """Sign or refuse."""
    row = next((one for one in queries.waivers(viewer=request.viewer) if one.id == waiver), None)
    deed = DEEDS.get(name)
    if row is None or deed is None:
        raise NotThere
    about = Asking(
        caption=f"{row.organisation_name}, {row.period_words}",
        back=reverse("national:waivers"),
        crumbs=[HOME, listing(), Crumb("Waivers", reverse("national:waivers"))],
        marking=row.marking,
        refused=row.acts.refused.get(name, ""),
        lines=[f"It lets off {row.what}.", f"The force’s reason: {row.reason}"],
    )
    do = _DOES[name]
    return asked(request, deed, about, lambda said: do(by=request.viewer, at=request.at, waiver=waiver, **said))
