"""The people of invented crimes: victims and suspects as columns of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vkpp.ops.example.draws import Draws, Truth, Whole
from vkpp.ops.example.nation import Respondent, calibration
from vkpp.ops.example.offences import TYPES

UNKNOWN = -1  # a code, an age or a day that nobody knows
SEXES = ("F", "M", "X", "")  # in the order of FEMALE and MALE of the offences
BASES = ("date of birth", "stated", "estimated", "")
OFFICER = ("IC1", "IC2", "IC3", "IC4", "IC5", "IC6", "IC9", "")
NATIONS = ("GB", "PL", "RO", "IE", "IN", "PK", "NG", "LT", "PT", "AL", "")
_NATION_WEIGHTS = (930, 10, 14, 5, 7, 7, 4, 5, 5, 3, 0)


@dataclass
class People:
    """Victims or suspects. `crime` is the row of the crime; codes are positions in the tuples above, or UNKNOWN."""

    crime: Whole
    age: Whole
    basis: Whole
    sex: Whole
    ethnicity: Whole
    officer: Whole
    nationality: Whole


def ethnicities(who: str) -> tuple[str, ...]:
    """The codes of self-defined ethnicity in the order of the calibration, "" (not recorded) last."""
    return (*calibration()[who]["ethnicity"], "")


_BAND_AGES = (  # first age, weights by year of age
    (0, (4, 6, 12, 24, 42, 58, 68, 78, 88, 100, 124, 152, 190)),
    (13, (34, 36, 30)),
    (16, (60, 40)),
)


def make_victims(draws: Draws, force: Respondent, kind: Whole, band: Whole, sex: Whole, state: Truth) -> People:
    rows = np.flatnonzero(~state)
    counts = 1 + draws.quota(len(rows), (9760, 200, 40))
    crime = np.repeat(rows, counts)
    n = len(crime)
    age = np.zeros(n, dtype=np.int64)
    for b, (lowest, weights) in enumerate(_BAND_AGES):
        here = np.flatnonzero(band[crime] == b)
        age[here] = lowest + draws.quota(len(here), weights)
    mix = calibration()["victims"]
    grooming = kind[crime] == TYPES.index("grooming")
    for here, share in ((~grooming, mix["age_known"]), (grooming, mix["age_known_grooming"])):
        at = np.flatnonzero(here)
        age[at[~draws.chosen(len(at), int(share["share"]))]] = UNKNOWN
    sexes = sex[crime].copy()
    sexes[draws.chosen(n, 100)] = SEXES.index("")
    return _people(draws, force, crime, age, sexes, "victims", officer_missing=4000, nation_known=3500)


def make_suspects(draws: Draws, force: Respondent, counts: Whole, child: Truth) -> People:
    crime = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    n = len(crime)
    mix = calibration()["suspects"]
    age = np.zeros(n, dtype=np.int64)
    young = np.flatnonzero(child[crime])
    grown = np.flatnonzero(~child[crime])
    age[young] = int(mix["child_ages"]["from"]) + draws.quota(len(young), mix["child_ages"]["weights"])
    age[grown] = 18 + draws.quota(len(grown), [100 if a < 22 else max(3, 96 - a * 14 // 10) for a in range(18, 84)])
    for at in (young, grown):  # of both alike, so that the share among those known is the share among all
        age[at[~draws.chosen(len(at), int(mix["age_known"]["share"]))]] = UNKNOWN
    male = int(mix["male"]["share"])
    sex = draws.quota(n, (10_000 - male - 40, male, 40))
    sex[draws.chosen(n, 150)] = SEXES.index("")
    return _people(draws, force, crime, age, sex, "suspects", officer_missing=600, nation_known=4500)


def _people(
    draws: Draws, force: Respondent, crime: Whole, age: Whole, sex: Whole, who: str, *, officer_missing: int, nation_known: int
) -> People:
    n = len(crime)
    basis = draws.quota(n, (900, 70, 30))
    basis[age == UNKNOWN] = BASES.index("")
    weights = list(calibration()[who]["ethnicity"].values())
    ethnicity = draws.quota(n, weights)
    ethnicity[~draws.chosen(n, force.ethnicity_known)] = len(weights)
    officer = draws.quota(n, (800, 30, 60, 70, 7, 13, 20))
    officer[draws.chosen(n, officer_missing)] = OFFICER.index("")
    nation = draws.quota(n, _NATION_WEIGHTS[:-1])
    nation[~draws.chosen(n, nation_known)] = NATIONS.index("")
    return People(crime, age, basis, sex, ethnicity, officer, nation)
