"""One year of the whole nation as four tables in the words of the specification; null where nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from vkpp.basics.problems import UsageProblem
from vkpp.ops.example import crimes as book
from vkpp.ops.example import people as persons
from vkpp.ops.example.crimes import OUTSIDE, STATUSES, TRANSFERRED, Year, make_year
from vkpp.ops.example.draws import Draws, Whole
from vkpp.ops.example.nation import calibration, crimes_of, enough_for_returns, respondents
from vkpp.ops.example.offences import EDITION, offences
from vkpp.ops.example.people import UNKNOWN, People, ethnicities

OUTSIDE_WORDS = "outside our area"
PAIRS = ("transferred", "still counted by the sender", "sent twice")
TABLES = ("crimes", "victims", "suspects", "relations")
_PEOPLE = [f.name for f in fields(People)]
_CRIME_COLUMNS = [f.name for f in fields(Year) if f.name not in ("victims", "suspects")]


@dataclass
class NationYear:
    """The year's tables, each with `force` (a position in respondents()) in front.

    `pairs` lists the crimes of which there are two records: a transfer as it should be, one that the sender still counts,
    and a crime that a force sent twice under two references.
    """

    year: int
    crimes: pl.DataFrame
    victims: pl.DataFrame
    suspects: pl.DataFrame
    relations: pl.DataFrame
    pairs: pl.DataFrame

    def of_force(self, number: int) -> dict[str, pl.DataFrame]:
        """The four tables of one respondent, by name."""
        mine = {name: getattr(self, name).filter(pl.col("force") == number) for name in TABLES}
        return {name: table.drop("force", "row", strict=False) for name, table in mine.items()}


@dataclass
class _Whole:
    """All forces' columns side by side; `crime` of the people counts through the nation."""

    force: Whole
    columns: dict[str, Whole]
    victims: dict[str, Whole]
    suspects: dict[str, Whole]
    same_as: Whole  # the row of which this one is a second record; UNKNOWN for others
    pair: Whole  # which kind of second record, a position in PAIRS


def make_nation_year(year: int, scale_myriad: int, seed: int, *, clean: bool = False) -> NationYear:
    """Every respondent's crimes of a year, what was transferred between them included. The same for the same arguments.

    `clean` leaves out the pairs that ought not to be: crimes sent twice, and transfers that the sender still counts.
    Raises UsageProblem when the scale is too small for every respondent to have a return.
    """
    counts = crimes_of(year, scale_myriad, seed)
    if not enough_for_returns(int(counts.sum())):
        raise UsageProblem(f"The scale is too small: {counts.sum()} crimes for {len(counts)} forces.", expected="0.01 or more")
    years = [make_year(force, i, year, int(counts[i]), seed) for i, force in enumerate(respondents())]
    whole = _with_transfers(_joined(years), Draws(seed, year, 2), book.day(year, 1, 1), 0 if clean else 900)
    return _tables(_ordered(whole if clean else _with_twins(whole, Draws(seed, year, 3))), year)


def _joined(years: list[Year]) -> _Whole:
    sizes = [len(y.kind) for y in years]
    starts = np.cumsum([0, *sizes[:-1]])
    columns = {name: np.concatenate([np.asarray(getattr(y, name)).astype(np.int64) for y in years]) for name in _CRIME_COLUMNS}
    people = {}
    for who in ("victims", "suspects"):
        parts = [getattr(y, who) for y in years]
        people[who] = {name: np.concatenate([getattr(p, name) for p in parts]) for name in _PEOPLE}
        people[who]["crime"] = np.concatenate([p.crime + start for p, start in zip(parts, starts, strict=True)])
    force = np.repeat(np.arange(len(years), dtype=np.int64), sizes)
    nothing = np.full(len(force), UNKNOWN, dtype=np.int64)
    return _Whole(force, columns, people["victims"], people["suspects"], nothing, nothing.copy())


def _with_transfers(whole: _Whole, draws: Draws, new_year: int, still_counted: int) -> _Whole:
    """Some crimes came from another force, which still holds its own record of each, marked as transferred.

    Of these, `still_counted` in ten thousand are not marked: both forces count them.
    """
    c = whole.columns
    able = (c["status"] == 0) & (c["state"] == 0) & (c["recorded"] - c["last"] > 25) & (c["recorded"] - new_year > 25)
    able &= c["outcome_day"] != UNKNOWN
    count = int((c["status"] == 0).sum()) * int(calibration()["transferred"]["share"]) // 10_000
    rows = np.flatnonzero(draws.chosen_of(able, count))
    sender = draws.weighted(len(rows), np.bincount(whole.force, minlength=len(respondents())).tolist())
    sender = np.where(sender == whole.force[rows], (sender + 1) % len(respondents()), sender)
    counted = draws.chosen(len(rows), still_counted)
    copied = {name: column[rows].copy() for name, column in c.items()}
    copied["outcome_day"] = np.where(counted, copied["outcome_day"], c["recorded"][rows])
    copied["recorded"] = c["recorded"][rows] - draws.whole(2, 24, len(rows))
    copied["outcome"] = np.where(counted, copied["outcome"], book.OUTCOMES.index("20"))
    copied["status"] = np.where(counted, 0, TRANSFERRED)
    copied["place"][:] = OUTSIDE
    return _with_copies(whole, rows, sender, copied, counted.astype(np.int64))


def _with_twins(whole: _Whole, draws: Draws) -> _Whole:
    """Some crimes were entered twice by the same force, under two references."""
    able = (whole.columns["status"] == 0) & (whole.columns["outcome_day"] != UNKNOWN) & (whole.columns["place"] >= 0)
    able &= whole.columns["place_kind"] != len(book.PLACES) - 1
    rows = np.flatnonzero(draws.chosen_of(able & (whole.same_as == UNKNOWN), len(able) * 8 // 10_000))
    copied = {name: column[rows].copy() for name, column in whole.columns.items()}
    return _with_copies(whole, rows, whole.force[rows], copied, np.full(len(rows), PAIRS.index("sent twice"), dtype=np.int64))


def _with_copies(whole: _Whole, rows: Whole, force: Whole, copied: dict[str, Whole], pair: Whole) -> _Whole:
    at = np.full(len(whole.force), UNKNOWN, dtype=np.int64)
    at[rows] = np.arange(len(rows)) + len(whole.force)
    return _Whole(
        np.concatenate([whole.force, force]),
        {name: np.concatenate([whole.columns[name], copied[name]]) for name in whole.columns},
        _people_copied(whole.victims, at),
        _people_copied(whole.suspects, at),
        np.concatenate([whole.same_as, rows]),
        np.concatenate([whole.pair, pair]),
    )


def _people_copied(people: dict[str, Whole], at: Whole) -> dict[str, Whole]:
    here = np.flatnonzero(at[people["crime"]] != UNKNOWN)
    copied = {name: column[here] for name, column in people.items()} | {"crime": at[people["crime"][here]]}
    return {name: np.concatenate([people[name], copied[name]]) for name in people}


def _ordered(whole: _Whole) -> _Whole:
    """By force and day recorded, as a system would list them; people in the order of their crimes."""
    order = np.lexsort((whole.columns["recorded"], whole.force))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    sent = whole.same_as[order]
    sent[sent != UNKNOWN] = place[sent[sent != UNKNOWN]]

    def people(of: dict[str, Whole]) -> dict[str, Whole]:
        crime = place[of["crime"]]
        by_crime = np.argsort(crime, kind="stable")
        return {name: column[by_crime] for name, column in (of | {"crime": crime}).items()}

    columns = {name: column[order] for name, column in whole.columns.items()}
    return _Whole(whole.force[order], columns, people(whole.victims), people(whole.suspects), sent, whole.pair[order])


def _tables(whole: _Whole, year: int) -> NationYear:
    references = _references(whole.force, year)
    victims = _people_table(whole, whole.victims, references, "victims", "V")
    suspects = _people_table(whole, whole.suspects, references, "suspects", "S")
    crimes = _crimes_table(whole, references)
    relations = _relations_table(whole, victims, suspects, references)
    return NationYear(year, crimes, victims, suspects, relations, _pairs_table(whole, references))


def _pairs_table(whole: _Whole, references: pl.Series) -> pl.DataFrame:
    second = np.flatnonzero(whole.same_as != UNKNOWN)
    first = whole.same_as[second]
    ids = pl.Series([f.force_id for f in respondents()])
    return pl.DataFrame(
        {
            "pair": _words(PAIRS, whole.pair[second]),
            "force": ids.gather(whole.force[second]),
            "crime_ref": references.gather(second),
            "same_as_force": ids.gather(whole.force[first]),
            "same_as_crime_ref": references.gather(first),
        }
    )


def _references(force: Whole, year: int) -> pl.Series:
    """A running number in each force's own form, from 1 each year."""
    first = np.searchsorted(force, np.arange(len(respondents())))
    running = np.arange(len(force)) - first[force] + 1
    forms = {"slashed": "{p}/{y}/{n:06d}", "plain": "{p}{y}{n:07d}", "dashed": "{n:06d}-{y}-{p}"}
    shapes = [(forms[f.refs], f.prefix) for f in respondents()]
    two = f"{year % 100:02d}"
    return pl.Series(
        [shapes[i][0].format(p=shapes[i][1], y=two, n=n) for i, n in zip(force.tolist(), running.tolist(), strict=True)]
    )


def _words(vocabulary: tuple[str, ...], codes: Whole) -> pl.Series:
    """Codes as words; "" and UNKNOWN become null."""
    words = pl.Series([*(w or None for w in vocabulary), None], dtype=pl.String)
    return words.gather(np.where(codes == UNKNOWN, len(vocabulary), codes))


def _days(days: Whole) -> pl.Series:
    unknown = days == UNKNOWN
    return pl.Series(days.astype(np.int32)).set(pl.Series(unknown), None).cast(pl.Date)


def _numbers(values: Whole) -> pl.Series:
    return pl.Series(values).set(pl.Series(values == UNKNOWN), None)


def _districts(force: Whole, place: Whole) -> pl.Series:
    starts = np.cumsum([0, *(len(f.districts) for f in respondents())])
    names = pl.Series([d for f in respondents() for d in f.districts] + [OUTSIDE_WORDS, None])
    at = starts[force] + place
    return names.gather(np.where(place == OUTSIDE, len(names) - 2, np.where(place == UNKNOWN, len(names) - 1, at)))


def _crimes_table(whole: _Whole, references: pl.Series) -> pl.DataFrame:
    c, o = whole.columns, offences()
    receiver = np.where(whole.columns["status"] == TRANSFERRED, whole.force[whole.same_as], UNKNOWN)
    return pl.DataFrame(
        {
            "force": whole.force,
            "crime_ref": references,
            "offence_code": _words(o.codes, c["offence"]),
            "offence_class": _words(o.classes, c["offence"]),
            "offence_title": _words(o.titles, c["offence"]),
            "offence_edition": pl.repeat(EDITION, len(whole.force), eager=True),
            "recorded": _days(c["recorded"]),
            "offence_from": _days(c["first"]),
            "offence_to": _days(c["last"]),
            "outcome": _words(book.OUTCOMES, c["outcome"]),
            "outcome_date": _days(c["outcome_day"]),
            "place": _districts(whole.force, c["place"]),
            "place_kind": _words(book.PLACES, c["place_kind"]),
            "csa_flag": _words(book.ANSWERS, c["csa"]),
            "cse_flag": _words(book.ANSWERS, c["cse"]),
            "online_flag": _words(book.ANSWERS, c["online"]),
            "group_based": _words(book.ANSWERS, c["group"]),
            "group_criteria": _words(book.CRITERIA, c["criterion"]),
            "victim_by_design": _words(("person", "state"), c["state"]),
            "children_under_10": _numbers(c["under_10"]),
            "status": _words(STATUSES, c["status"]),
            "other_force": _words(tuple(f.name for f in respondents()), receiver),
        }
    )


def _people_table(whole: _Whole, people: dict[str, Whole], references: pl.Series, who: str, letter: str) -> pl.DataFrame:
    crime = people["crime"]
    force = whole.force[crime]
    running = np.arange(len(crime)) - np.searchsorted(force, np.arange(len(respondents())))[force] + 1
    return pl.DataFrame(
        {
            "force": force,
            "row": crime,
            "crime_ref": references.gather(crime),
            "person_ref": letter + pl.Series(running).cast(pl.String),
            "age": _numbers(people["age"]),
            "age_basis": _words(persons.BASES, people["basis"]),
            "sex": _words(persons.SEXES, people["sex"]),
            "ethnicity_self": _words(ethnicities(who), people["ethnicity"]),
            "ethnicity_officer": _words(persons.OFFICER, people["officer"]),
            "nationality": _words(persons.NATIONS, people["nationality"]),
        }
    )


def _relations_table(whole: _Whole, victims: pl.DataFrame, suspects: pl.DataFrame, references: pl.Series) -> pl.DataFrame:
    """One row for each victim and suspect of the same crime."""
    pairs = victims.select("force", "row", victim_ref="person_ref").join(
        suspects.select("row", suspect_ref="person_ref"), on="row", how="inner", maintain_order="left_right"
    )
    rows = pairs["row"].to_numpy()
    return pairs.select(
        "force",
        crime_ref=references.gather(rows),
        victim_ref="victim_ref",
        suspect_ref="suspect_ref",
        relationship=_words(book.RELATIONS, whole.columns["relation"][rows]),
    )
