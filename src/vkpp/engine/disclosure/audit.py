"""The audit: can anybody work out a hidden number from what is printed? It fails closed, and says which number and how.

Independent of the suppressor. Witnesses first: possible tables of whole numbers, found for random objectives, in which many
hidden numbers differ from the truth at once. What no witness clears is decided by exact programs; what a solver cannot decide
counts as a leak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vkpp.engine.disclosure.attacker import NEAR, Part, Undecided, is_whole
from vkpp.engine.disclosure.picture import Picture, Place, Truth, picture_of
from vkpp.engine.shapes.protected import ProtectedTable

ROUNDS = 60  # random objectives a group before exact programs take over
SEED = 20_240_131


@dataclass(frozen=True, slots=True)
class Doubt:
    """What must stay possible of a hidden number: at most value - below, and at least value + above."""

    value: float
    below: float
    above: float
    alone: bool = False  # one person or contributor, who knows the number and may subtract it


@dataclass(frozen=True, slots=True)
class Leak:
    """A hidden number that could be worked out, closely or exactly, and the printed numbers that give it away."""

    place: Place
    words: str
    knower: Place | None = None  # who would have worked it out: the lone person of this hidden number


@dataclass(frozen=True)
class Answer:
    leaks: tuple[Leak, ...]
    hidden: int  # numbers that must stay in doubt
    by_witness: int  # of them cleared by a witness alone
    determined: tuple[Place, ...] = ()  # hidden for others' sake, yet computable: nothing is lost by printing them

    def sentence(self) -> str:
        """The audit's answer as printed on the quality page."""
        if self.leaks:
            return "The audit failed. " + " ".join(leak.words for leak in self.leaks[:5])
        if not self.hidden:
            return "Audited: no number needed hiding."
        return (
            f"Audited: {self.hidden:,} hidden numbers attacked over all tables together, with their totals, shares, rates and"
            f" overlapping periods; none can be worked out. For each, tables of whole numbers that fit all that is printed were"
            f" found on both sides of it."
        )


@dataclass
class _State:
    """One group of unknowns under attack: what is still to be cleared, and the possible tables found so far."""

    part: Part
    todo: set[tuple[int, int]]  # unknown, side
    tables: list[dict[int, float]] = field(default_factory=list)


def audit(
    tables: Sequence[ProtectedTable],
    truth: Truth,
    doubts: Mapping[Place, Doubt],
    *,
    earlier: Sequence[ProtectedTable] = (),
    negatives: bool = False,
    upper: float | None = None,
) -> Answer:
    """Attack these tables as printed, together with `earlier` editions.

    `truth` holds the true value of every count place of `tables` (those of `earlier` are their printed numbers); `doubts` what
    must stay possible. The answer lists every leak; it never raises for one.
    """
    every = [*tables, *earlier]
    editions = [0] * len(tables) + [1] * len(earlier)
    known = dict(truth) | _printed(every, len(tables))
    picture = picture_of(every, editions, known, negatives=negatives, upper=upper)
    wanted = _wanted(picture, doubts)
    leaks = [_plain_leak(picture, i) for i in wanted if i not in picture.hidden_set]
    leaks += [_careless_leak(picture, i, words) for i, words in picture.careless if i in wanted]
    cleared, determined = 0, list[Place]()
    for part in picture.knowledge.parts():
        found, clear, known_now = _attack(picture, part, wanted)
        leaks += found
        cleared += clear
        determined += known_now
    return Answer(_once(leaks), len(wanted), cleared, tuple(determined))


def _printed(every: Sequence[ProtectedTable], own: int) -> dict[Place, float]:
    return {
        (t, cell.key, cell.measure): float(cell.value)
        for t, table in enumerate(every)
        for cell in table.cells
        if t >= own and cell.value is not None
    }


def _wanted(picture: Picture, doubts: Mapping[Place, Doubt]) -> dict[int, Doubt]:
    found: dict[int, Doubt] = {}
    for place, doubt in doubts.items():
        if place not in picture.at:
            raise KeyError(f"{place} is to stay in doubt but is no count of these tables")
        found[picture.at[place]] = doubt
    return found


def _once(leaks: Sequence[Leak]) -> tuple[Leak, ...]:
    return tuple({(leak.place, leak.knower): leak for leak in reversed(leaks)}.values())[::-1]


def _plain_leak(picture: Picture, number: int) -> Leak:
    places = picture.places[number]
    shown = next((p for p in places if picture.tables[p[0]].index[p[1], p[2]].value is not None), places[0])
    return Leak(places[0], f"{picture.words(places[0])} has to be hidden and is printed: see {picture.words(shown)}.")


def _careless_leak(picture: Picture, number: int, beside: str) -> Leak:
    place = picture.places[number][0]
    words = f"{picture.words(place)} is hidden, and {beside}, which is worked out from it, is printed and gives it back."
    return Leak(place, words)


def _attack(picture: Picture, part: Part, wanted: Mapping[int, Doubt]) -> tuple[list[Leak], int, list[Place]]:
    mine = [m for m in part.members if m in wanted]
    others = [m for m in part.members if m not in wanted and m in picture.places and picture.true[m] == picture.true[m]]
    if not mine:
        return [], 0, []
    todo = {(m, -1) for m in mine if wanted[m].below > 0} | {(m, 1) for m in mine if wanted[m].above > 0}
    todo |= {(m, 0) for m in others}
    state = _State(part, todo)
    _witnesses(picture, state, wanted)
    cleared = sum((m, -1) not in state.todo and (m, 1) not in state.todo for m in mine)
    leaks = [
        leak
        for m in mine
        for side in (-1, 1)
        if (m, side) in state.todo and (leak := _decide(picture, state, m, side, wanted[m]))
    ]
    determined = [p for m in others if (m, 0) in state.todo and _fixed(state, m) for p in picture.places[m]]
    if not leaks:
        leaks = _lone(picture, state, wanted, mine)
    return leaks, cleared, determined


def _goal(doubt: Doubt, side: int) -> float:
    return doubt.value - doubt.below if side < 0 else doubt.value + doubt.above


def _witnesses(picture: Picture, state: _State, wanted: Mapping[int, Doubt]) -> None:
    """Random objectives until they stop clearing much."""
    rng = np.random.default_rng(SEED)
    for _ in range(ROUNDS):
        if not state.todo:
            return
        weights = {m: float(rng.uniform(0.5, 1.5) * (side or rng.choice((-1, 1)))) for m, side in sorted(state.todo)}
        weights = {m: w if rng.random() < 0.8 else 0.0 for m, w in weights.items()}
        before = len(state.todo)
        try:
            _learn(picture, state, wanted, state.part.extreme(weights))
        except Undecided:
            return
        if before - len(state.todo) < max(1, before // 50):
            return


def _learn(picture: Picture, state: _State, wanted: Mapping[int, Doubt], table: dict[int, float]) -> None:
    """Keep a possible table of whole numbers, and clear all that it shows to be in doubt."""
    if not is_whole(table.values()):
        return
    state.tables.append(table)
    state.todo = {(m, side) for m, side in state.todo if not _shows(picture, wanted, table, m, side)}


def _shows(picture: Picture, wanted: Mapping[int, Doubt], table: Mapping[int, float], member: int, side: int) -> bool:
    if side == 0:
        return abs(table[member] - picture.true[member]) > 0.5
    return (table[member] - _goal(wanted[member], side)) * side >= -NEAR


def _decide(picture: Picture, state: _State, member: int, side: int, doubt: Doubt) -> Leak | None:
    """Exactly: the furthest that the number can be on this side, first as a linear program, then in whole numbers."""
    if (member, side) not in state.todo:
        return None
    goal, why = _goal(doubt, side), list[str]()
    try:
        table = state.part.extreme({member: float(side)})
        why = state.part.reasons()
        if (table[member] - goal) * side >= -NEAR:
            if not is_whole(table.values()):
                table = state.part.extreme({member: float(side)}, whole=True)
            if (table[member] - goal) * side >= -NEAR:
                state.tables.append(table)
                return None
    except Undecided as undecided:
        return _leak(picture, member, f"could not be shown to be safe ({undecided})", why)
    exact = abs(table[member] - doubt.value) < 0.5
    how = "can be worked out exactly" if exact else "can be worked out too closely"
    return _leak(picture, member, how, why)


def _leak(picture: Picture, member: int, how: str, why: Sequence[str]) -> Leak:
    place = picture.places[member][0]
    given = f" It is given back by {'; '.join(why[:4])}." if why else ""
    return Leak(place, f"{picture.words(place)} is hidden but {how}.{given}")


def _fixed(state: _State, member: int) -> bool:
    """A number hidden for others' sake that can only be what it is."""
    try:
        low, high = state.part.range_of(member)
        return high - low < 1 - NEAR
    except Undecided:
        return False


def _lone(picture: Picture, state: _State, wanted: Mapping[int, Doubt], mine: Sequence[int]) -> list[Leak]:
    """What the one person behind a count of one could work out of the others, knowing their own."""
    leaks: list[Leak] = []
    for knower in (m for m in mine if wanted[m].alone):
        agreeing = [t for t in state.tables if abs(t[knower] - wanted[knower].value) < 0.5]
        open_ = [m for m in mine if m != knower and not any(abs(t[m] - wanted[m].value) > 0.5 for t in agreeing)]
        if open_:
            state.part.fix(knower, wanted[knower].value)
            leaks += [leak for m in open_ if (leak := _known_to(picture, state, knower, m, wanted))]
            state.part.free(knower)
    return leaks


def _known_to(picture: Picture, state: _State, knower: int, member: int, wanted: Mapping[int, Doubt]) -> Leak | None:
    value = wanted[member].value
    try:
        for side in (1.0, -1.0):
            table = state.part.extreme({member: side})
            if abs(table[member] - value) > 0.5 and not is_whole(table.values()):
                table = state.part.extreme({member: side}, whole=True)
            if abs(table[member] - value) > 0.5:
                state.tables.append(table)
                return None
        how = "can be worked out by the one person counted in"
    except Undecided as undecided:
        how = f"could not be shown to be safe ({undecided}) from the one person counted in"
    place, theirs = picture.places[member][0], picture.places[knower][0]
    return Leak(place, f"{picture.words(place)} is hidden but {how} {picture.words(theirs)}.", theirs)
