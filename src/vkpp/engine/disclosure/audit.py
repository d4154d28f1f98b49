"""The audit: can anybody work out a hidden number from what is printed? It fails closed, and says which number and how.

Independent of the suppressor. Witnesses first: possible tables of whole numbers, found for random objectives, in which many
hidden numbers differ from the truth at once. What no witness clears is decided by exact programs; what a solver cannot decide
counts as a leak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vkpp.engine.disclosure.attacker import NEAR, Near, Part, Undecided, Vector, is_whole
from vkpp.engine.disclosure.picture import Picture, Place, Truth, picture_of
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

ROUNDS = 60  # random objectives a group before exact programs take over
SCATTERED = 25  # numbers that move in one table
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


class _State:
    """One group of unknowns under attack: what must stay in doubt, what is still to be cleared, what was found possible."""

    def __init__(self, picture: Picture, part: Part, wanted: Mapping[int, Doubt]) -> None:
        self.picture, self.part = picture, part
        self.mine = [m for m in part.members if m in wanted]
        self.doubts = {m: wanted[m] for m in self.mine}
        true = np.array([picture.true[m] for m in part.members])
        self.true = true
        self.below, self.above = np.full(len(true), np.nan), np.full(len(true), np.nan)
        for m in self.mine:
            doubt, k = wanted[m], part.at[m]
            self.below[k] = doubt.value - doubt.below if doubt.below > 0 else np.nan
            self.above[k] = doubt.value + doubt.above if doubt.above > 0 else np.nan
        self.tables: list[Vector] = []
        others = np.array([m not in wanted and m in picture.places for m in part.members]) & ~np.isnan(true)
        self.todo_low, self.todo_high, self.todo_any = ~np.isnan(self.below), ~np.isnan(self.above), others

    def learn(self, table: Vector) -> None:
        """Keep a possible table of whole numbers, and clear all that it shows to be in doubt."""
        self.tables.append(table)
        self.todo_low &= ~(table <= self.below + NEAR)
        self.todo_high &= ~(table >= self.above - NEAR)
        self.todo_any &= ~(np.abs(table - self.true) > 0.5)

    @property
    def open(self) -> int:
        return int(self.todo_low.sum() + self.todo_high.sum() + self.todo_any.sum())


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
        state = _State(picture, part, wanted)
        if state.mine:
            found, clear, known_now = _attack(state)
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


def _attack(state: _State) -> tuple[list[Leak], int, list[Place]]:
    _witnesses(state, [])
    left = state.todo_low | state.todo_high
    cleared = sum(not left[state.part.at[m]] for m in state.mine)
    leaks = [leak for m in state.mine for side in (-1, 1) if (leak := _decide(state, m, side))]
    others = [state.part.members[k] for k in np.flatnonzero(state.todo_any)]
    determined = [place for m in others if _fixed(state, m) for place in state.picture.places[m]]
    return leaks or _lone(state), cleared, determined


def _witnesses(state: _State, standing: Sequence[int]) -> None:
    """Random objectives until they stop clearing much; `standing` unknowns keep their true value meanwhile."""
    rng = np.random.default_rng(SEED + len(standing))
    for _ in range(ROUNDS):
        before = state.open
        if not before or not _one_witness(state, rng):
            return
        if before - state.open < max(1, before // 50):
            return


def _one_witness(state: _State, rng: np.random.Generator) -> bool:
    """One possible table of whole numbers that pushes what is not yet cleared; False when the solver finds none."""
    low, high, either = state.todo_low, state.todo_high, state.todo_any
    push = high.astype(float) - low + either * rng.choice((-1.0, 1.0), len(low))
    push = np.where(low & high, rng.choice((-1.0, 1.0), len(low)), push) * rng.uniform(0.5, 1.5, len(low))
    push = np.where(rng.random(len(low)) < 0.8, push, 0.0)
    weights = {state.part.members[k]: float(push[k]) for k in np.flatnonzero(push)}
    try:
        table = state.part.extreme(weights)
        if not is_whole(table):
            table = state.part.extreme(weights, whole=True, any_will_do=True)
    except Undecided:
        return False
    state.learn(np.round(table))
    return True


def _decide(state: _State, member: int, side: int) -> Leak | None:
    """Exactly: the furthest that the number can be on this side, first as a linear program, then in whole numbers."""
    k = state.part.at[member]
    if not (state.todo_low if side < 0 else state.todo_high)[k]:
        return None
    goal, why = (state.below if side < 0 else state.above)[k], list[str]()
    try:
        table = state.part.extreme({member: float(side)})
        why = state.part.reasons()
        if (table[k] - goal) * side >= -NEAR and not is_whole(table):
            table = state.part.extreme({member: float(side)}, whole=True)
        if (table[k] - goal) * side >= -NEAR:
            state.learn(np.round(table))
            return None
    except Undecided as undecided:
        return _leak(state.picture, member, f"could not be shown to be safe ({undecided})", why)
    exact = abs(table[k] - state.true[k]) < 0.5
    return _leak(state.picture, member, "can be worked out exactly" if exact else "can be worked out too closely", why)


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


def _lone(state: _State) -> list[Leak]:
    """What the one person behind a count of one could work out of the others, knowing their own."""
    alone = [m for m in state.mine if state.doubts[m].alone]
    if not alone or len(state.mine) < 2:
        return []
    near = None if np.isnan(state.true).any() else Near(state.part, state.true)  # with unknowns beside it: pair by pair
    if near is not None:
        _spread(state, near, alone)
    unseen = _unseen(state, alone)
    for row, column in np.argwhere(unseen).tolist():
        unseen[row, column] = not _same_person(state, alone[row], state.mine[column])
    leaks: list[Leak] = []
    for row in np.flatnonzero(unseen.any(axis=1)).tolist():
        knower = alone[row]
        state.part.fix(knower, float(state.true[state.part.at[knower]]))
        leaks += [leak for k in np.flatnonzero(unseen[row]) if (leak := _known_to(state, near, knower, state.mine[int(k)]))]
        state.part.free(knower)
    return leaks


def _spread(state: _State, near: Near, alone: Sequence[int]) -> None:
    """Tables near the truth in which a few scattered numbers move: most lone persons stand still, and much is cleared."""
    rng = np.random.default_rng(SEED)
    for size, side in ((SCATTERED, 1), (SCATTERED, -1), (SCATTERED, 1), (1, 1)):
        columns = [state.part.at[state.mine[k]] for k in np.flatnonzero(_unseen(state, alone).any(axis=0)).tolist()]
        order = rng.permutation(columns).tolist()
        for start in range(0, len(order), size):
            table = near.table(dict.fromkeys(order[start : start + size], side))
            if table is not None:
                state.tables.append(table)


def _moves(state: _State, table: Vector | None, member: int) -> bool:
    k = state.part.at[member]
    return table is not None and bool(abs(table[k] - state.true[k]) > 0.5)


def _same_person(state: _State, knower: int, member: int) -> bool:
    """Both counts are one, and the cell where their codes meet is one too: the knower is the person counted in both."""
    if not (state.doubts[knower].alone and state.doubts[member].alone):
        return False
    for t, key, measure in state.picture.places[knower]:
        for u, other, also in state.picture.places[member]:
            if (t, measure) == (u, also):
                meeting = state.picture.at.get((t, _meet(state.picture.tables[t].dimensions, key, other), measure))
                if meeting is not None and state.picture.true[meeting] == 1:
                    return True
    return False


def _meet(dimensions: Sequence[Dimension], key: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """In each dimension the code that lies within the other; no code where neither does."""
    met = []
    for dimension, one, two in zip(dimensions, key, other, strict=True):
        met.append(one if two in _above(dimension, one) else two if one in _above(dimension, two) else "")
    return tuple(met)


def _above(dimension: Dimension, code: str) -> set[str]:
    """The code and all that it adds up to."""
    found = {code, TOTAL}
    while code in dimension.parents and dimension.parents[code] not in found:
        code = dimension.parents[code]
        found.add(code)
    return found


def _unseen(state: _State, alone: Sequence[int]) -> NDArray[np.bool_]:
    """Knower by number: no table found so far keeps the knower's own value and changes the number."""
    rows, columns = [state.part.at[m] for m in alone], [state.part.at[m] for m in state.mine]
    tables = np.array(state.tables).reshape(len(state.tables), len(state.true))
    changed = np.abs(tables - state.true) > 0.5
    seen = (~changed[:, rows]).astype(np.int32).T @ changed[:, columns].astype(np.int32) > 0
    same = np.array(rows)[:, None] == np.array(columns)[None, :]
    unseen: NDArray[np.bool_] = ~seen & ~same
    return unseen


def _known_to(state: _State, near: Near | None, knower: int, member: int) -> Leak | None:
    """Whether the lone person of `knower` knows `member`: first a table near the truth, then exact programs."""
    stands = state.part.at[knower]
    if near is not None and any(_moves(state, near.table({state.part.at[member]: side}, stands), member) for side in (1, -1)):
        return None
    k, how = state.part.at[member], "can be worked out by the one person counted in"
    try:
        for side in (1.0, -1.0):
            table = state.part.extreme({member: side})
            if abs(table[k] - state.true[k]) > 0.5 and not is_whole(table):
                table = state.part.extreme({member: side}, whole=True)
            if abs(table[k] - state.true[k]) > 0.5:
                return None
    except Undecided as undecided:
        how = f"could not be shown to be safe ({undecided}) from the one person counted in"
    place, theirs = state.picture.places[member][0], state.picture.places[knower][0]
    return Leak(place, f"{state.picture.words(place)} is hidden but {how} {state.picture.words(theirs)}.", theirs)


def worked_example() -> dict[str, object]:
    """A row of two counts with its total, one count hidden: the audit names it, and the printed numbers that give it back."""
    codes = {TOTAL: "All", "kent": "Kent", "essex": "Essex"}
    values = {TOTAL: 23, "kent": 3, "essex": 20}
    table = ProtectedTable(
        name="force",
        title="Crimes by force",
        subtitle="2024",
        dimensions=(Dimension("force_id", "Force", codes),),
        measures=(Measure("crimes", "Crimes", "count"),),
        cells=tuple(
            ProtectedCell((code,), "crimes", None if code == "kent" else value, "[c]" if code == "kent" else None)
            for code, value in values.items()
        ),
        rule="small",
        audit="",
    )
    truth: dict[Place, float] = {(0, (code,), "crimes"): float(value) for code, value in values.items()}
    answer = audit([table], truth, {(0, ("kent",), "crimes"): Doubt(3, 1, 1)})
    return {
        "printed": {code: "[c]" if code == "kent" else value for code, value in values.items()},
        "answer": answer.sentence(),
    }
