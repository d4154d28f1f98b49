"""Who may do what to a round, a return, a query, a waiver or a tasking, when, and in which words it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from vkpp.records.collections.states import MACHINES, OPEN, SERVICE, Act, Machine
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.rules import refusal

# Every permission that states.yaml may name.
PERMISSIONS = (
    *("collections.see", "collections.prepare", "collections.certify", "collections.approve"),
    *("collections.chase", "collections.manage", "collections.accept", "collections.sign"),
)
# Who works on a whole round. Somebody who sees some of its returns would read their count as the nation's.
WHOLE_ROUND = ("collections.manage", "collections.accept", "collections.sign")
_DID = {"prepared": "prepared", "certified": "certified", "approved": "approved", "asked": "asked for"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask of an object. `did` says who prepared, certified and approved the version in hand, by id."""

    state: str
    organisation: UUID | None = None  # None: a national matter
    area: UUID | None = None
    has_area: bool = True
    round_state: str = OPEN
    whole: bool = False
    earlier: bool = False
    did: Mapping[str, str] | None = None


def works_on_whole_rounds(viewer: Viewer) -> bool:
    return any(viewer.may(permission) for permission in WHOLE_ROUND)


def why_not(machine: Machine, act: str, viewer: Viewer, facts: Facts) -> str:
    """Why the viewer may not do this now, in words for the page and the server alike; "" when they may."""
    entries = machine.named(act)
    if not any(_permits(viewer, entry, facts) for entry in entries):
        return _no_permission(viewer, machine.act(act, facts.state) or entries[0], facts)
    entry = machine.act(act, facts.state)
    if entry is None:
        thing, words = machine.states.thing, machine.states.words
        return f"You cannot {entries[0].words} now: {thing} is {words[facts.state]}."
    if not _permits(viewer, entry, facts):
        return _no_permission(viewer, entry, facts)
    return _other_people(machine, entry, viewer, facts) or _circumstances(entry, facts)


def demand(machine: Machine, act: str, viewer: Viewer, facts: Facts) -> str:
    """The state after the act. Raises Refused with the words of why_not, where there are any."""
    if words := why_not(machine, act, viewer, facts):
        raise Refused(words, next_step="open the page again: it says what can be done now, and who can do it")
    entry = machine.act(act, facts.state)
    assert entry is not None  # noqa: S101  why_not has said so
    return entry.target


def acts(machine: Machine, viewer: Viewer, facts: Facts) -> tuple[tuple[str, ...], dict[str, str]]:
    """Every act of people: those allowed now, and for each other one why not."""
    known = [
        name for name in machine.names if not _of_the_service(machine, name) and any(a.origin for a in machine.named(name))
    ]
    refused = {name: words for name in known if (words := why_not(machine, name, viewer, facts))}
    return tuple(name for name in known if name not in refused), refused


def _of_the_service(machine: Machine, act: str) -> bool:
    return all(entry.who == SERVICE for entry in machine.named(act))


def _who(entry: Act, facts: Facts) -> str:
    return entry.without_area if entry.without_area and not facts.has_area else entry.who


def _permits(viewer: Viewer, entry: Act, facts: Facts) -> bool:
    who = _who(entry, facts)
    if who == SERVICE:
        return viewer.id.startswith("system:")
    return viewer.may(who, facts.organisation) or bool(entry.or_who and viewer.may(entry.or_who, facts.organisation))


def _no_permission(viewer: Viewer, entry: Act, facts: Facts) -> str:
    who = _who(entry, facts)
    return f"Only the service itself can {entry.words}." if who == SERVICE else refusal(who)


def _other_people(machine: Machine, entry: Act, viewer: Viewer, facts: Facts) -> str:
    mine = [deed for deed in entry.others if (facts.did or {}).get(deed) == viewer.id]
    if not mine:
        return ""
    return f"You {_DID[mine[0]]} {machine.states.thing}, so somebody else must {entry.words}: two people, always."


def _circumstances(entry: Act, facts: Facts) -> str:
    if entry.open_round and facts.round_state != OPEN:
        words = MACHINES["round"].states.words[facts.round_state]
        return f"You cannot {entry.words} now: the round is {words}. Ask the national team to open it again."
    if entry.whole and not facts.whole:
        return f"You cannot {entry.words} now: the checks found something that is not fixed or answered yet."
    if entry.earlier and not facts.earlier:
        return f"You cannot {entry.words} now: no version of this return was accepted before."
    return ""


def anywhere(viewer: Viewer, permission: str) -> Viewer:
    """The viewer with a permission that they hold somewhere counted for a matter of the whole round."""
    permits = viewer.permits | {(permission, None)}
    return replace(viewer, permits=permits) if viewer.may_anywhere(permission) else viewer


def demand_whole_list(expected: int) -> None:
    """A round without a force on its list asks nobody."""
    if not expected:
        raise Refused("No force is on the list of this round.", next_step="put the forces on the list, then open the round")


def demand_hours_signed(signed: bool, most: float, limit: float, source: str) -> None:
    """R9: above the limit a force and quarter, nothing is asked before a named national lead has signed for it."""
    if most > limit and not signed:
        raise Refused(
            f"With this, a force would spend {most:g} hours in the quarter. Above {limit:g} hours it waits for a signature"
            f" ({source}).",
            expected="a signature of the national lead for collections, printed with the ask",
            next_step="ask the national lead to sign for the hours, or ask for less",
        )


def demand_nothing_on_its_way(waiting: int) -> None:
    """A round is locked only when nothing that was sent waits for a decision."""
    if waiting:
        noun = "return waits" if waiting == 1 else "returns wait"
        raise Refused(
            f"{waiting} {noun} for the approval area or the national team.",
            next_step="approve, accept or send back each of them",
        )


def demand_asked(state: str, viewer: Viewer, organisation: UUID) -> None:
    """Only a returns officer of a force says that it has done what an open tasking asked."""
    if not viewer.may("collections.prepare", organisation):
        raise Refused(refusal("collections.prepare"), next_step="ask the access manager of your organisation")
    if state != OPEN:
        raise Refused(f"The tasking is {MACHINES['tasking'].states.words[state]}.", next_step="look at the list of taskings")


def demand_takes_row_back(viewer: Viewer, organisation: UUID) -> None:
    """A row is taken back by the organisation that gave it, and by nobody else."""
    mine = organisation in viewer.organisations
    if not mine or not (viewer.may("collections.share", organisation) or viewer.may("collections.prepare", organisation)):
        raise Refused("Only the organisation that gave a row can take it back.", next_step="ask the organisation that gave it")


def sees_inside(viewer: Viewer, organisation: UUID, *, certified: bool, shown: bool) -> bool:
    """What a version says is its force's own until its certifier signed, or until the force lets others look to get help.

    Before that an area and the national team see how far it is: state, deadline, versions, numbers of errors and queries.
    """
    return certified or shown or reads_pack(viewer, organisation)


def demand_gives_row(state: str, viewer: Viewer, organisation: UUID, *, member: bool, asked: bool) -> None:
    """A row of a joint tasking is given by a member, or by a force that the tasking asks; only while it is open."""
    may = (member and viewer.may("collections.share", organisation)) or (
        asked and viewer.may("collections.prepare", organisation)
    )
    if organisation not in viewer.organisations or not may:
        raise Refused(refusal("collections.share"), next_step="ask the access manager of your organisation")
    if state != OPEN:
        raise Refused(f"The tasking is {MACHINES['tasking'].states.words[state]}.", next_step="look at the list of taskings")


def reads_pack(viewer: Viewer, organisation: UUID) -> bool:
    """A pack is its force's own: for those who prepare or certify there, and for nobody else, whatever they may see."""
    return viewer.may("collections.prepare", organisation) or viewer.may("collections.certify", organisation)


def demand_own_pack(viewer: Viewer, organisation: UUID, *, accepted: bool) -> None:
    if not reads_pack(viewer, organisation):
        raise Refused(refusal("collections.prepare"), next_step="ask the access manager of your organisation")
    if not accepted:
        raise Refused("No version of this return is accepted yet.", next_step="wait until it is: the pack is made of it")


def demand_later(before: object, after: object, words: str) -> None:
    if not before < after:  # type: ignore[operator]
        raise Refused(f"{words} would not be later than it is ({before}).", next_step="choose a later day")


def chase_words(n: int) -> str:
    """What the button says: "Chase both forces", "Chase all 7 forces"; "" where nobody is chased."""
    if n == 0:
        return ""
    return "Chase both forces" if n == 2 else f"Chase {'all ' if n > 1 else ''}{counted(n, 'force')}"


def counted(n: int, one: str, several: str = "") -> str:
    """A number with its noun: 1 query, 4 queries."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def facts_of(row: Any, round_state: str, version: Any, *, whole: bool) -> Facts:
    """The facts of a return: its row, its round's state, and the version in hand (None without one)."""
    deeds = ("prepared", "certified", "approved")
    did = {deed: str(who) for deed in deeds if version and (who := getattr(version, f"{deed}_by_id"))}
    return Facts(
        row.state,
        row.organisation_id,
        row.area_id,
        has_area=row.area_id is not None,
        round_state=round_state,
        whole=whole,
        earlier=row.accepted > 0,
        did=did,
    )
