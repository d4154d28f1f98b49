"""The class of a field and how long it is kept: what the build demands of every field, and what purge honours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Privacy(Enum):
    """How near to a person a field's value is."""

    PUBLIC = "public"  # says nothing of a living person
    PERSONAL = "personal"
    SPECIAL = "special category"  # health, sexual life, ethnicity, religion, offences alleged or recorded


@dataclass(frozen=True, slots=True)
class Kept:
    """One field: its class, and how long.

    Either `days` after the date in field `since` the value becomes `becomes`; or the row's own retention rules (`with_row`);
    or it is kept for good, and `why` says why.
    """

    privacy: Privacy
    days: int | None = None
    since: str = ""
    becomes: object = ""
    with_row: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class RowKept:
    """A row is deleted `days` after the date in its field `since`; a null there means not yet."""

    days: int
    since: str


def for_good(why: str, privacy: Privacy = Privacy.PUBLIC) -> Kept:
    """Kept for as long as the service runs; a personal value (an id) needs a reason that a lawyer would accept."""
    return Kept(privacy, why=why)


def with_row(privacy: Privacy = Privacy.PUBLIC) -> Kept:
    """Goes when the row goes."""
    return Kept(privacy, with_row=True)


def until(days: int, since: str, becomes: object = "", privacy: Privacy = Privacy.PERSONAL) -> Kept:
    """Emptied (to `becomes`) so many days after the date in field `since`."""
    return Kept(privacy, days=days, since=since, becomes=becomes)


def faults_of(fields: frozenset[str], kept: dict[str, Kept], row: RowKept | None) -> list[str]:
    """What is wrong with a model's register, in words; the test that walks every model prints them."""
    faults = [f"{name} has no class and no retention" for name in sorted(fields - kept.keys())]
    faults += [f"{name} is registered and is no field" for name in sorted(kept.keys() - fields)]
    if row and row.since not in fields:
        faults.append(f"the row is kept from {row.since}, which is no field")
    for name, rule in sorted(kept.items()):
        faults += [f"{name} {words}" for words in _rule_faults(rule, fields, row)]
    return faults


def _rule_faults(rule: Kept, fields: frozenset[str], row: RowKept | None) -> list[str]:
    ways = [rule.days is not None, rule.with_row, bool(rule.why)]
    if sum(ways) != 1:
        return ["must be kept by days, with the row, or for good with a reason: exactly one of the three"]
    if rule.with_row and row is None:
        return ["goes with its row, and the row has no retention"]
    if rule.days is not None and rule.since not in fields:
        return [f"is kept from {rule.since!r}, which is no field"]
    if rule.why and rule.privacy is Privacy.SPECIAL:
        return ["is special category and can never be kept for good"]
    return []
