"""Who may do what to people, and in which words it is refused; roles as the data of roles.yaml."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.states import ACTIVE

NOT_ONESELF = "Nobody can change or confirm their own access."
REACHES = ("own", "ties", "everywhere")


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its title and words for its holder, where it can be held, how far it reaches, and its permissions.

    `sees` is for whoever asks who sees a force's return: what this role does of it, in words about somebody else.
    """

    code: str
    title: str
    words: str
    held_in: frozenset[str]
    reach: str
    may: frozenset[str]
    sees: str = ""


@cache
def roles() -> Mapping[str, Role]:
    """Every role by its code, in the file's order."""
    return {
        row["code"]: Role(
            row["code"],
            row["title"],
            row["words"].strip(),
            frozenset(row["held_in"]),
            row["reach"],
            frozenset(row["may"]),
            row.get("sees", "").strip(),
        )
        for row in _data()["roles"]
    }


@cache
def permissions() -> Mapping[str, str]:
    """Every permission, with what it lets somebody do in words: "You may ..."."""
    return dict(_data()["permissions"])


@cache
def _data() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "roles.yaml").read_text(encoding="utf-8"))


def demand(viewer: Viewer, permission: str, organisation: UUID | None = None) -> None:
    """Refused, in words, unless one of the viewer's roles gives the permission there."""
    if not viewer.may(permission, organisation):
        raise Refused(refusal(permission), next_step="ask the access manager of your organisation")


def refusal(permission: str) -> str:
    """What the page shows beside an act that the viewer may not do, and what the server answers."""
    return f"Your roles do not let you {permissions()[permission]}."


def why_not_manage(viewer: Viewer, person: UUID, places: frozenset[UUID]) -> str:
    """Why the viewer may not manage this person, who works in `places`; "" when they may."""
    if viewer.id == str(person):
        return NOT_ONESELF
    if viewer.may("people.manage") or any(viewer.may("people.manage", place) for place in places):
        return ""
    return refusal("people.manage")


def demand_manages(viewer: Viewer, person: UUID, places: frozenset[UUID]) -> None:
    """Refused with the words of why_not_manage, where there are any."""
    if words := why_not_manage(viewer, person, places):
        raise Refused(words, expected="a second person who manages access here", next_step="ask an access manager")


def demand_not_oneself(viewer: Viewer, person: UUID) -> None:
    """Nobody changes or confirms their own access: two people, always."""
    if viewer.id == str(person):
        raise Refused(NOT_ONESELF, expected="a second person", next_step="ask another access manager, or the national one")


def demand_in_use(state: str) -> None:
    """Only an account in use signs in or changes its password."""
    if state != ACTIVE:
        raise Refused("This account is not in use.", next_step="ask the access manager of your organisation")


def demand_role_fits(role: str, kind: str, *, granter: Viewer) -> None:
    """The role must exist, be held in this kind of organisation, and give nothing that reaches further than its granter."""
    found = roles().get(role)
    if found is None:
        raise Refused("There is no such role.", expected=", ".join(roles()))
    if kind not in found.held_in:
        raise Refused(
            f"The role {found.title} is not held in an organisation of this kind.", expected=" or ".join(found.held_in)
        )
    if found.reach == "everywhere" and not granter.may("people.manage"):
        raise Refused(f"Only a national access manager can give the role {found.title}.", next_step="ask one of them")


def may_be_given(role: Role, kinds: Collection[str], granter: Viewer) -> bool:
    """Whether a form of this granter offers the role in organisations of these kinds; a refusal would say why not."""
    return bool(role.held_in & frozenset(kinds)) and (role.reach != "everywhere" or granter.may("people.manage"))


def demand_order(first: date, second: date | None, words: str) -> None:
    if second is not None and second < first:
        raise Refused(f"{words} would end on {second.isoformat()}, before it begins on {first.isoformat()}.")


def a_year_after(day: date) -> date:
    """The same day of the next year; 1 March after a 29 February."""
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def why_not_close(waiting: int) -> str:
    """Why a review cannot be closed; "" when every line is decided."""
    lines = "1 line of this review has" if waiting == 1 else f"{waiting} lines of this review have"
    return f"{lines} no decision yet." if waiting else ""


def demand_all_decided(waiting: int) -> None:
    if words := why_not_close(waiting):
        raise Refused(words, next_step="decide each of them, then close it")
