"""One year of one invented force, as columns of whole numbers: its crimes, their people and their relations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np

from vkpp.ops.example import offences as book
from vkpp.ops.example.draws import Draws, Truth, Whole, quantile_table
from vkpp.ops.example.nation import Respondent, calibration, image_share, of_year
from vkpp.ops.example.offences import TYPES
from vkpp.ops.example.people import UNKNOWN, People, make_suspects, make_victims

EPOCH = dt.date(1970, 1, 1)
NONE_YET = "none-yet"
OUTCOMES = (
    "1",
    "1A",
    "2",
    "3",
    "8",
    "9",
    "10",
    "11",
    "12",
    "13",
    "14",
    "15",
    "16",
    "17",
    "18",
    "20",
    "21",
    "22",
    "5",
    NONE_YET,
)
_NAMED = (110, 4, 20, 12, 30, 4, 28, 0, 6, 4, 0, 215, 175, 3, 0, 25, 50, 40, 4, 270)
_UNNAMED = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 140, 0, 0, 0, 590, 30, 0, 0, 0, 240)
RELATIONS = (
    *("REL-PAR", "REL-STEP", "REL-SIB", "REL-GP", "REL-UNC", "REL-COUS", "REL-OTHF", "REL-PART"),
    *("REL-ACQ", "REL-PEER", "REL-TRUST", "REL-ONL", "REL-STR", "REL-NK"),
)
_RELATION_WEIGHTS = {  # (family, child suspect)
    (True, True): (0, 0, 66, 0, 0, 22, 12, 0, 0, 0, 0, 0, 0, 0),
    (True, False): (48, 22, 4, 10, 12, 1, 3, 0, 0, 0, 0, 0, 0, 0),
    (False, True): (0, 0, 0, 0, 0, 0, 0, 14, 30, 42, 0, 6, 8, 0),
    (False, False): (0, 0, 0, 0, 0, 0, 0, 10, 34, 3, 10, 15, 28, 0),
}
PLACES = (
    *("victim-home", "suspect-home", "shared-home", "other-home", "school", "care", "faith", "health", "sport-leisure"),
    *("vehicle", "transport", "hotel", "licensed", "open-air", "online", "elsewhere", ""),
)
_CONTACT_PLACES = (170, 245, 225, 75, 80, 14, 8, 4, 12, 24, 9, 15, 5, 84, 0, 10, 20)
_ONLINE_PLACES = (0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 975, 0, 10)
_OTHER_PLACES = (40, 30, 20, 10, 60, 0, 0, 5, 15, 10, 130, 0, 30, 430, 200, 10, 10)
YES, SUSPECTED, NO, NOT_SAID = 0, 1, 2, 3
ANSWERS = ("yes", "suspected", "no", "")
CRITERIA = ("familial", "exploitation", "institutional", "ritualistic", "other", "unknown", "")
RECORDED, TRANSFERRED, CANCELLED = 0, 1, 2
STATUSES = ("recorded", "transferred", "cancelled")
OUTSIDE = -2  # a place outside the force's area


@dataclass
class Year:
    """One force's year. Dates are days since 1970; `kind` is a position in TYPES."""

    kind: Whole
    offence: Whole
    recorded: Whole
    first: Whole
    last: Whole
    outcome: Whole
    outcome_day: Whole
    place: Whole
    place_kind: Whole
    csa: Whole
    cse: Whole
    online: Whole
    group: Whole
    criterion: Whole
    state: Truth
    under_10: Whole
    status: Whole
    relation: Whole  # of every pair of the crime
    victims: People
    suspects: People


def day(year: int, month: int, day_of_month: int) -> int:
    return (dt.date(year, month, day_of_month) - EPOCH).days


def make_year(force: Respondent, number: int, year: int, count: int, seed: int) -> Year:
    """The crimes of one respondent in one year: `count` that are counted, and beside them those that were cancelled."""
    draws = Draws(seed, year, 100 + number)
    cancelled = count * int(calibration()["cancelled"]["share"]) // 10_000
    n = count + cancelled
    status = np.zeros(n, dtype=np.int64)
    status[draws.rng.permutation(n)[:cancelled]] = CANCELLED
    kind = _kinds(draws, force, n)
    band, sex = _bands(draws, kind), _sexes_of_victims(draws, kind)
    state = kind == TYPES.index("images")
    incite = draws.chosen_of(kind == TYPES.index("sexual-activity"), n * 100 // 10_000)
    offence = book.choose(draws, kind, band, sex, incite)
    recorded = _recorded(draws, year, n)
    first, last = _offence_days(draws, kind, band, recorded)
    group = _group(draws, force, state, year)
    cse = _exploitation(draws, force, kind, incite)
    criterion = _criteria(draws, group)
    cse[(criterion == CRITERIA.index("exploitation")) | (kind == TYPES.index("exploitation"))] = YES
    counts = _suspect_counts(draws, group, n)
    child = _children(draws, kind, offence, counts)
    under_10 = _under_10(draws, state, counts)
    outcome, outcome_day = _outcomes(draws, recorded, counts, under_10, day(year + 1, 6, 30))
    suspects = make_suspects(draws, force, counts, child)
    place_kind = _place_kinds(draws, kind, incite)
    online = _online(draws, force, kind, incite, year)
    online[(place_kind == PLACES.index("online")) & (online == NO)] = YES
    return Year(
        kind=kind,
        offence=offence,
        recorded=recorded,
        first=first,
        last=last,
        outcome=outcome,
        outcome_day=_no_twins(offence, recorded, first, last, outcome, outcome_day),
        place=_places(draws, force, n),
        place_kind=place_kind,
        csa=draws.quota(n, (9400, 60, 340, 200)),
        cse=cse,
        online=online,
        group=group,
        criterion=criterion,
        state=state,
        under_10=under_10,
        status=status,
        relation=_relations(draws, kind, criterion, counts, child, state),
        victims=make_victims(draws, force, kind, band, sex, state),
        suspects=suspects,
    )


def _kinds(draws: Draws, force: Respondent, n: int) -> Whole:
    mix = calibration()["crime_types"]
    images, nation = image_share(force), int(mix["images"])
    weights = [images * (10_000 - nation) if t == "images" else int(mix[t]) * (10_000 - images) for t in TYPES]
    return draws.quota(n, weights)


def _bands(draws: Draws, kind: Whole) -> Whole:
    band = np.zeros(len(kind), dtype=np.int64)
    for k, name in enumerate(TYPES):
        if any(book.BANDS[name]):
            here = np.flatnonzero(kind == k)
            band[here] = draws.quota(len(here), book.BANDS[name])
    return band


def _sexes_of_victims(draws: Draws, kind: Whole) -> Whole:
    female = int(calibration()["victims"]["female"]["share"])
    shifted = {"rape": 950, "sexual-activity": -300, "grooming": -450, "sexual-assault": -230}
    sex = np.zeros(len(kind), dtype=np.int64)
    for k, name in enumerate(TYPES):
        here = np.flatnonzero(kind == k)
        share = female + shifted.get(name, 0)
        sex[here] = draws.quota(len(here), (share, 10_000 - share))
    return sex


def _recorded(draws: Draws, year: int, n: int) -> Whole:
    quarter = draws.quota(n, calibration()["quarters"]["weights"])
    starts = np.array([day(year, month, 1) for month in (1, 4, 7, 10)] + [day(year + 1, 1, 1)], dtype=np.int64)
    return draws.whole(starts[quarter], starts[quarter + 1] - 1, n)


@cache
def _delays() -> tuple[tuple[str, ...], Whole]:
    """The names of the delay tables, and delays in months: one row a table, 1,000 equal steps."""
    tables = calibration()["delay_months"]
    rows = [quantile_table([(step, months) for step, months in points]) for points in tables.values()]
    return tuple(tables), np.stack(rows)


def _offence_days(draws: Draws, kind: Whole, band: Whole, recorded: Whole) -> tuple[Whole, Whole]:
    """First and last day. The delay runs in calendar months from the last day to the one recorded, as it was measured."""
    n = len(kind)
    names, table = _delays()
    months = table[book.delay_classes(kind, band, names), draws.whole(0, 999, n)]
    month = recorded.astype("datetime64[D]").astype("datetime64[M]")
    so_far = recorded - month.astype("datetime64[D]").astype(np.int64)
    within = draws.whole(0, np.where(months == 0, so_far, 27), n)
    last = (month - months).astype("datetime64[D]").astype(np.int64) + within
    went_on = draws.chosen(n, 2800) * draws.whole(1, 480, n)
    first = last - went_on
    first[first == 0] -= 1  # 1 January 1970 looks like the default of a system
    return first, last


def _group(draws: Draws, force: Respondent, state: Truth, year: int) -> Whole:
    n = len(state)
    group = np.full(n, NO, dtype=np.int64)
    group[draws.chosen(n, 150 + force.flag_missing // 4)] = NOT_SAID
    group[draws.chosen_of(~state, n * 40 // 10_000)] = SUSPECTED
    wanted = n * of_year(calibration()["group_based"], year)
    group[draws.chosen_of(~state, (wanted + 5_000) // 10_000)] = YES
    return group


def _exploitation(draws: Draws, force: Respondent, kind: Whole, incite: Truth) -> Whole:
    n = len(kind)
    cse = np.full(n, NO, dtype=np.int64)
    cse[draws.chosen(n, force.flag_missing)] = NOT_SAID
    contact = ~np.isin(kind, [TYPES.index(t) for t in ("images", "grooming", "other")]) & ~incite
    share = int(calibration()["cse_flag_of_contact"]["share"])
    cse[draws.chosen_of(contact, int(contact.sum()) * share // 10_000)] = YES
    cse[draws.chosen_of(kind == TYPES.index("grooming"), int((kind == TYPES.index("grooming")).sum()) // 4)] = YES
    cse[draws.chosen_of(kind == TYPES.index("images"), int((kind == 0).sum()) // 40)] = SUSPECTED
    return cse


def _criteria(draws: Draws, group: Whole) -> Whole:
    criterion = np.full(len(group), CRITERIA.index(""), dtype=np.int64)
    grouped = np.flatnonzero(group == YES)
    criterion[grouped] = draws.quota(len(grouped), list(calibration()["group_criteria"].values()))
    criterion[group == SUSPECTED] = CRITERIA.index("unknown")
    return criterion


def _suspect_counts(draws: Draws, group: Whole, n: int) -> Whole:
    nobody = int(calibration()["suspects"]["none"]["share"])
    counts = draws.quota(n, (nobody, 10_000 - nobody - 60, 60))
    grouped = np.flatnonzero(group == YES)
    counts[grouped] = 2 + draws.quota(len(grouped), (60, 25, 10, 5))
    return counts


def _children(draws: Draws, kind: Whole, offence: Whole, counts: Whole) -> Truth:
    """Whether the suspects of a crime are children aged 10 to 17; an offence that says "under 18" or "18 or over" decides."""
    codes = np.array(book.offences().codes)[offence]
    only_child = np.isin(codes, ["021/12", "021/13", "021/22", "021/23"])
    only_adult = np.isin(kind, [TYPES.index("familial-activity"), TYPES.index("position-of-trust")])
    only_adult |= np.isin(codes, ["088/01", "088/02"])
    child = only_child.copy()
    wanted = int(counts.sum()) * int(calibration()["suspects"]["child_of_age_known"]["share"]) // 10_000
    free = np.flatnonzero(~only_child & ~only_adult & (counts > 0))
    order = draws.rng.permutation(free)
    reached = np.cumsum(counts[order]) + int(counts[only_child].sum())
    child[order[reached <= wanted]] = True
    return child


def _under_10(draws: Draws, state: Truth, counts: Whole) -> Whole:
    n = len(state)
    under = np.zeros(n, dtype=np.int64)
    under[draws.chosen(n, 150)] = UNKNOWN
    picked = draws.chosen_of(~state & (counts <= 1), n * int(calibration()["children_under_10"]["share"]) // 10_000)
    under[picked] = 1 + draws.chosen(int(picked.sum()), 1200)
    return under


def _outcomes(draws: Draws, recorded: Whole, counts: Whole, under_10: Whole, extracted: int) -> tuple[Whole, Whole]:
    n = len(recorded)
    outcome = np.zeros(n, dtype=np.int64)
    for weights, here in ((_NAMED, np.flatnonzero(counts > 0)), (_UNNAMED, np.flatnonzero(counts == 0))):
        outcome[here] = draws.quota(len(here), weights)
    outcome[(under_10 > 0) & (counts == 0)] = OUTCOMES.index("11")
    lag = quantile_table([(0, 2), (100, 9), (250, 28), (500, 83), (750, 190), (900, 320), (1000, 420)])
    when = recorded + lag[draws.whole(0, 999, n)]
    late = (when > extracted) | (outcome == OUTCOMES.index(NONE_YET))
    outcome[late] = OUTCOMES.index(NONE_YET)
    when[late] = UNKNOWN
    return outcome, when


def _no_twins(*columns: Whole) -> Whole:
    """The outcome days, moved by a day where two crimes would agree in everything that a look-alike is judged by."""
    *others, when = columns
    known = np.flatnonzero(when != UNKNOWN)
    for _ in range(5):
        rows = np.stack([c[known] for c in (*others, when)], axis=1)
        _, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)
        if counts.max(initial=1) == 1:
            break
        twins = np.setdiff1d(np.arange(len(known)), first)
        when[known[twins]] += 1
    return when


def _places(draws: Draws, force: Respondent, n: int) -> Whole:
    place = draws.weighted(n, [len(force.districts) + 3 - i for i in range(len(force.districts))])
    place[draws.chosen(n, 40)] = OUTSIDE
    place[draws.chosen(n, force.place_missing)] = UNKNOWN
    return place


def _place_kinds(draws: Draws, kind: Whole, incite: Truth) -> Whole:
    online = np.isin(kind, [TYPES.index("images"), TYPES.index("grooming")]) | incite
    other = kind == TYPES.index("other")
    kinds = np.zeros(len(kind), dtype=np.int64)
    for here, weights in ((online, _ONLINE_PLACES), (other, _OTHER_PLACES), (~online & ~other, _CONTACT_PLACES)):
        at = np.flatnonzero(here)
        kinds[at] = draws.quota(len(at), weights)
    return kinds


def _online(draws: Draws, force: Respondent, kind: Whole, incite: Truth, year: int) -> Whole:
    """Image, grooming and incitement offences are online; of the others as many as the year's published share needs."""
    n = len(kind)
    by_offence = np.isin(kind, [TYPES.index("images"), TYPES.index("grooming")]) | incite
    online = np.full(n, NO, dtype=np.int64)
    mix = calibration()["crime_types"]
    rest = of_year(calibration()["online"], year) - int(mix["images"]) - int(mix["grooming"]) - 100
    online[draws.chosen_of(~by_offence, n * rest // 10_000)] = YES
    online[draws.chosen(n, force.flag_missing)] = NOT_SAID
    online[by_offence & (online == NO)] = YES
    return online


def _relations(draws: Draws, kind: Whole, criterion: Whole, counts: Whole, child: Truth, state: Truth) -> Whole:
    """One relationship a crime, for all its pairs; of contact crimes with a known one, a third in the family."""
    n = len(kind)
    known = (counts > 0) & ~state & draws.chosen(n, int(calibration()["relationship_known"]["share"]))
    by_nature = (kind == TYPES.index("familial-activity")) | (criterion == CRITERIA.index("familial"))
    never = (kind == TYPES.index("position-of-trust")) | (criterion == CRITERIA.index("institutional"))
    contact = ~np.isin(kind, [TYPES.index(t) for t in ("images", "grooming", "other")])
    base = int((contact & (known | (kind == TYPES.index("familial-activity")))).sum())
    wanted = base * int(calibration()["family_of_contact"]["share"]) // 10_000
    forced = int((contact & by_nature & (known | (kind == TYPES.index("familial-activity")))).sum())
    family = by_nature | draws.chosen_of(contact & known & ~by_nature & ~never, wanted - forced)
    relation = np.full(n, RELATIONS.index("REL-NK"), dtype=np.int64)
    for (kin, young), weights in _RELATION_WEIGHTS.items():
        at = np.flatnonzero(known & (family == kin) & (child == young))
        relation[at] = draws.quota(len(at), weights)
    trust = known & (kind == TYPES.index("position-of-trust"))
    relation[trust] = RELATIONS.index("REL-TRUST")
    met_online = known & (kind == TYPES.index("grooming"))
    relation[met_online & draws.chosen(n, 7000)] = RELATIONS.index("REL-ONL")
    return relation
