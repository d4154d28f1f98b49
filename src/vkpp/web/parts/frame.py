"""What every page carries: the navigation, who is signed in as what, the marking, and the words of the banner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from vkpp.basics.markings import Marking
from vkpp.records.people.queries import my_roles
from vkpp.web.parts.navigation import links


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor. A view that shows a stricter record sets `marking` in its own context, which wins; nothing else of
    the frame can be overwritten by a view's name, because it stands under `frame`.
    """
    viewer = getattr(request, "viewer", None)
    own = {
        "viewer": viewer,
        "navigation": [] if getattr(request, "on_the_way_in", False) else links(request, viewer),
        "who": _who(viewer) if viewer else "",
        "invented": getattr(settings, "INVENTED", False),
        "session_minutes": settings.SESSION_COOKIE_AGE // 60,
    }
    return {"frame": own, "marking": Marking()}


def _who(viewer: Any) -> str:
    """Where the viewer works and as what; the member's role goes without saying. Never the name of a person."""
    held = my_roles(viewer=viewer)
    places = list(dict.fromkeys(row.organisation_name for row in held))
    titles = list(dict.fromkeys(row.title for row in held if row.role != "member"))
    said = [", ".join(places[:2]), ", ".join(titles[:2]).lower()]
    return " · ".join(part for part in said if part) or "No organisation"
