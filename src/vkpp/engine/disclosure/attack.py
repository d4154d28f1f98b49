"""Attack a printed edition as an outsider would, without the truth, and say in sentences what it gives away (W17)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vkpp.engine.disclosure.attacker import Part, Undecided, Vector, is_whole
from vkpp.engine.disclosure.picture import Picture, picture_of
from vkpp.engine.shapes.protected import ProtectedTable

ROUNDS = 20
SEED = 7


def audit_tables(*editions: Sequence[ProtectedTable], negatives: bool = False) -> tuple[str, ...]:
    """One sentence for each hidden count that the printed numbers of these editions, taken together, give back.

    The first edition is the one under attack; the others were printed earlier. Only symbols and printed numbers are used: a
    hidden count is given back when one whole number alone fits all that is printed. What cannot be decided is named too.
    """
    tables = [table for edition in editions for table in edition]
    numbers = [n for n, edition in enumerate(editions) for _ in edition]
    if not tables:
        return ()
    picture = picture_of(tables, numbers, None, negatives=negatives, upper=None)
    found = [sentence for part in picture.knowledge.parts() for sentence in _given_back(picture, part)]
    found += [
        f"{picture.words(places[0])} is hidden in one table and printed in another: {picture.knowledge.low[number]:g}."
        for number, places in picture.places.items()
        if number not in picture.hidden_set and any(tables[t].index[key, m].symbol == "[c]" for t, key, m in places)
    ]
    found += [
        f"{picture.words(picture.places[number][0])} is hidden, and {beside}, worked out from it, is printed beside it."
        for number, beside in picture.careless
    ]
    return tuple(dict.fromkeys(found))


def _given_back(picture: Picture, part: Part) -> list[str]:
    asked = [m for m in part.members if m in picture.places]
    if not asked:
        return []
    names = picture.words(picture.places[asked[0]][0])
    try:
        seen = _possible_tables(part, asked)
        open_ = [m for m in asked if len({round(table[part.at[m]]) for table in seen}) < 2]
        return [sentence for m in open_ if (sentence := _exactly(picture, part, m))]
    except Undecided as undecided:
        return [f"{names} and {len(asked) - 1} hidden numbers beside it could not be attacked: the solver says {undecided}."]


def _possible_tables(part: Part, asked: Sequence[int]) -> list[Vector]:
    """Possible tables of whole numbers for random objectives; different values prove that a number is in doubt."""
    rng = np.random.default_rng(SEED)
    seen: list[Vector] = []
    for _ in range(ROUNDS):
        table = part.extreme({m: float(rng.normal()) for m in asked})
        if not is_whole(table):
            table = part.extreme({m: float(rng.normal()) for m in asked}, whole=True, any_will_do=True)
        seen.append(table)
    return seen


def _exactly(picture: Picture, part: Part, member: int) -> str | None:
    low, high = part.range_of(member)
    why = part.reasons()
    if high - low >= 1 - 1e-6:
        low, high = part.range_of(member, whole=True)
    if high - low > 0.5:
        return None
    given = f", given back by {'; '.join(why[:4])}" if why else ""
    return f"{picture.words(picture.places[member][0])} is hidden but can only be {round(high)}{given}."
