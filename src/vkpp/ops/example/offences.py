"""Which offence a generated crime is: code, class and title by crime type, the victim's age band and sex."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from vkpp.catalogue.example import example_catalogue
from vkpp.ops.example.draws import Draws, Truth, Whole

EDITION = "2026-04"
TYPES = (
    *("images", "sexual-assault", "rape", "sexual-activity", "familial-activity"),
    *("position-of-trust", "exploitation", "grooming", "other"),
)
UNDER_13, TO_15, TO_17 = 0, 1, 2  # age bands of victims
FEMALE, MALE = 0, 1

# Weights of the bands by crime type (proposed: chosen so that victims' mean age is near 13, as reported for 2022).
BANDS = {
    "sexual-assault": (40, 34, 26),
    "rape": (27, 43, 30),
    "sexual-activity": (24, 76, 0),
    "familial-activity": (50, 35, 15),
    "position-of-trust": (4, 32, 64),
    "exploitation": (8, 60, 32),
    "grooming": (34, 66, 0),
    "other": (28, 42, 30),
    "images": (0, 0, 0),
}
# (crime type, band, sex) -> (code, class, weight); "*" for both sexes. `incite` entries are online and without contact.
_CODES: dict[tuple[str, int, int], tuple[tuple[str, str, int], ...]] = {
    ("sexual-assault", 0, 0): (("020/04", "20B", 18), ("020/06", "20B", 82)),
    ("sexual-assault", 0, 1): (("017/14", "17B", 18), ("017/16", "17B", 82)),
    ("sexual-assault", 1, 0): (("020/03", "20A", 12), ("020/05", "20A", 88)),
    ("sexual-assault", 1, 1): (("017/13", "17A", 12), ("017/15", "17A", 88)),
    ("rape", 0, 0): (("019/16", "19E", 93), ("019/18", "19E", 7)),
    ("rape", 0, 1): (("019/17", "19H", 93), ("019/19", "19H", 7)),
    ("rape", 1, 0): (("019/07", "19D", 94), ("019/11", "19D", 6)),
    ("rape", 1, 1): (("019/09", "19G", 94), ("019/13", "19G", 6)),
    ("rape", 2, 0): (("019/08", "19C", 94), ("019/12", "19C", 6)),
    ("rape", 2, 1): (("019/10", "19F", 94), ("019/14", "19F", 6)),
    ("sexual-activity", 0, 0): (("021/02", "21", 60), ("021/12", "21", 15), ("021/22", "21", 25)),
    ("sexual-activity", 0, 1): (("021/04", "21", 60), ("021/13", "21", 15), ("021/23", "21", 25)),
    ("sexual-activity", 1, 0): (("022/06", "22B", 50), ("022/08", "22B", 18), ("022/18", "22B", 32)),
    ("sexual-activity", 1, 1): (("022/07", "22B", 50), ("022/09", "22B", 18), ("022/19", "22B", 32)),
    ("familial-activity", 0, 0): (("023/14", "23", 60), ("023/24", "23", 40)),
    ("familial-activity", 0, 1): (("023/15", "23", 60), ("023/25", "23", 40)),
    ("familial-activity", 1, 0): (("023/04", "23", 60), ("023/22", "23", 40)),
    ("familial-activity", 1, 1): (("023/05", "23", 60), ("023/23", "23", 40)),
    ("position-of-trust", 0, 0): (("073/13", "73", 1),),
    ("position-of-trust", 0, 1): (("073/14", "73", 1),),
    ("position-of-trust", 1, 0): (("073/07", "73", 1),),
    ("position-of-trust", 1, 1): (("073/08", "73", 1),),
    ("exploitation", 0, 0): (("071/02", "71", 70), ("071/11", "71", 30)),
    ("exploitation", 0, 1): (("071/03", "71", 70), ("071/11", "71", 30)),
    ("exploitation", 1, 0): (("071/14", "71", 60), ("071/08", "71", 40)),
    ("exploitation", 1, 1): (("071/15", "71", 60), ("071/08", "71", 40)),
    ("exploitation", 2, 0): (("071/06", "71", 60), ("071/08", "71", 40)),
    ("exploitation", 2, 1): (("071/07", "71", 60), ("071/08", "71", 40)),
    ("grooming", 0, 0): (("071/17", "88A", 88), ("088/01", "88A", 12)),
    ("grooming", 0, 1): (("071/17", "88A", 88), ("088/02", "88A", 12)),
    ("other", 0, 0): (("088/09", "88E", 70), ("088/10", "88E", 18), ("088/14", "88E", 12)),
    ("images", 0, 0): (("086/02", "86", 66), ("086/10", "86", 31), ("086/15", "86", 3)),
}
INCITE = {(0, 0): ("021/03", "21"), (0, 1): ("021/05", "21"), (1, 0): ("022/20", "22B"), (1, 1): ("022/21", "22B")}
_DELAY_CLASS = {
    "rape": ("rape-under-13", "rape-under-16", "rape-16-plus"),
    "sexual-assault": ("assault-under-13", "assault-13-plus", "assault-13-plus"),
    "sexual-activity": ("activity-under-13", "activity-under-16", "activity-under-16"),
    "familial-activity": ("familial",) * 3,
    "position-of-trust": ("activity-under-16",) * 3,
    "exploitation": ("exploitation",) * 3,
    "grooming": ("grooming",) * 3,
    "other": ("other",) * 3,
    "images": ("images",) * 3,
}


@dataclass(frozen=True)
class Offences:
    """The offences in use. A crime holds a position in these; `codes`, `classes` and `titles` are side by side."""

    codes: tuple[str, ...]
    classes: tuple[str, ...]
    titles: tuple[str, ...]

    def position(self, code: str, class_code: str) -> int:
        return next(i for i, pair in enumerate(zip(self.codes, self.classes, strict=True)) if pair == (code, class_code))


@cache
def offences() -> Offences:
    """The offences of the tables above with their titles in the Home Office list."""
    used = sorted({(code, cls) for rows in _CODES.values() for code, cls, _ in rows} | set(INCITE.values()))
    titles = {(o.code, o.class_code): o.title for o in reversed(example_catalogue().offences(EDITION))}
    return Offences(tuple(c for c, _ in used), tuple(k for _, k in used), tuple(titles[pair] for pair in used))


def _rows(kind: str, band: int, sex: int) -> tuple[tuple[str, str, int], ...]:
    """The nearest entry: a band without one uses the band below, a sex without one uses the other."""
    for b in range(band, -1, -1):
        for s in (sex, FEMALE):
            if found := _CODES.get((kind, b, s)):
                return found
    raise KeyError((kind, band, sex))


def choose(draws: Draws, kind: Whole, band: Whole, sex: Whole, incite: Truth) -> Whole:
    """A position in `offences()` for each crime."""
    book, chosen = offences(), np.zeros(len(kind), dtype=np.int64)
    for k, name in enumerate(TYPES):
        for b in (UNDER_13, TO_15, TO_17):
            for s in (FEMALE, MALE):
                here = np.flatnonzero((kind == k) & (band == b) & (sex == s))
                rows = _rows(name, b, s)
                at = np.array([book.position(code, cls) for code, cls, _ in rows], dtype=np.int64)
                chosen[here] = at[draws.quota(len(here), [w for *_, w in rows])] if len(here) else 0
    for (b, s), (code, cls) in INCITE.items():
        chosen[incite & (np.minimum(band, 1) == b) & (sex == s)] = book.position(code, cls)
    return chosen


def delay_classes(kind: Whole, band: Whole, names: tuple[str, ...]) -> Whole:
    """The delay table (a position in `names`) of each crime."""
    table = np.array([[names.index(_DELAY_CLASS[t][b]) for b in range(3)] for t in TYPES], dtype=np.int64)
    return table[kind, band]
