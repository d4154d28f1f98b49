"""The service navigation by role: at most seven items, each shown to whoever can use the page behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from vkpp.records.ground.viewer import Viewer

AT_MOST = 7


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the navigation: its words, its address's name, and the permissions of which one is enough (none: everybody).

    `also` names pages that are reached from it and have addresses of their own.
    """

    words: str
    name: str
    permissions: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def for_whom(self, viewer: Viewer) -> bool:
        return not self.permissions or any(viewer.may_anywhere(permission) for permission in self.permissions)


# In the order of the bar. An item whose page is not built yet is left out by itself: its name has no address.
ITEMS = (
    Item("Home", "home"),
    Item("Returns", "force:returns", ("collections.prepare", "collections.certify")),
    Item("Our forces", "region:forces", ("collections.approve",)),
    Item("Rounds", "national:rounds", ("collections.manage", "collections.sign")),
    Item("Joint taskings", "national:joints", ("collections.share",)),
    Item("People", "account:people", ("people.see", "people.manage"), ("account:reviews", "account:organisations")),
    Item("Read log", "account:read_log", ("trail.read",)),
    Item("What you can do", "account:roles"),
    Item("Sign-in and security", "mfa_index"),
)


@dataclass(frozen=True, slots=True)
class Link:
    words: str
    href: str
    current: bool


def links(request: HttpRequest, viewer: Viewer | None) -> list[Link]:
    """The items for this viewer. The current one is the longest address that begins this page's."""
    if viewer is None:
        return []
    found = [(item, _address(item.name)) for item in ITEMS if item.for_whom(viewer)]
    built = [(item, href) for item, href in found if href][:AT_MOST]
    begins = {start: href for item, href in built for start in (href, *map(_address, item.also))}
    here = max((start for start in begins if start and _covers(start, request.path)), key=len, default="")
    return [Link(item.words, href, href == begins.get(here)) for item, href in built]


def _address(name: str) -> str:
    try:
        return str(reverse(name))
    except NoReverseMatch:
        return ""


def _covers(href: str, path: str) -> bool:
    return path == href if href == "/" else path.startswith(href)
