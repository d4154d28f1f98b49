"""One year of the whole nation as four tables in the words of the specification; null where nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from vkpp.ops.example import crimes as book
from vkpp.ops.example.crimes import OUTSIDE, STATUSES, TRANSFERRED, UNKNOWN, People, Year, ethnicities, make_year
from vkpp.ops.example.draws import Draws, Whole
from vkpp.ops.example.nation import calibration, crimes_of, respondents
from vkpp.ops.example.offences import EDITION, offences

OUTSIDE_WORDS = "outside our area"
TABLES = ("crimes", "victims", "suspects", "relations")
_PEOPLE = [f.name for f in fields(People)]
_CRIME_COLUMNS = [f.name for f in fields(Year) if f.name not in ("victims", "suspects")]


@dataclass
class NationYear:
    """The year's tables, each with `force` (a position in respondents()) in front; `transfers` pairs what two forces hold."""

    year: int
    crimes: pl.DataFrame
    victims: pl.DataFrame
    suspects: pl.DataFrame
    relations: pl.DataFrame
    transfers: pl.DataFrame

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
    sent_on: Whole  # the row that a transferred crime became; UNKNOWN for others


def make_nation_year(year: int, scale_myriad: int, seed: int) -> NationYear:
    """Every respondent's crimes of a year, what was transferred between them included. The same for the same arguments."""
    counts = crimes_of(year, scale_myriad, seed)
    years = [make_year(force, i, year, int(counts[i]), seed) for i, force in enumerate(respondents())]
    whole = _with_transfers(_joined(years), Draws(seed, year, 2), book.day(year, 1, 1))
    return _tables(_ordered(whole), year)


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
    return _Whole(force, columns, people["victims"], people["suspects"], np.full(len(force), UNKNOWN, dtype=np.int64))


def _with_transfers(whole: _Whole, draws: Draws, new_year: int) -> _Whole:
    """Some crimes came from another force, which still holds its own record of each, marked as transferred."""
    c = whole.columns
    able = (c["status"] == 0) & (c["state"] == 0) & (c["recorded"] - c["last"] > 25) & (c["recorded"] - new_year > 25)
    able &= c["outcome_day"] != UNKNOWN
    count = int((c["status"] == 0).sum()) * int(calibration()["transferred"]["share"]) // 10_000
    rows = np.flatnonzero(draws.chosen_of(able, count))
    sender = (whole.force[rows] + draws.whole(1, len(respondents()) - 1, len(rows))) % len(respondents())
    copied = {name: column[rows].copy() for name, column in c.items()}
    copied["outcome_day"] = c["recorded"][rows].copy()
    copied["recorded"] = c["recorded"][rows] - draws.whole(2, 24, len(rows))
    copied["outcome"][:] = book.OUTCOMES.index("20")
    copied["status"][:] = TRANSFERRED
    copied["place"][:] = OUTSIDE
    at = np.full(len(whole.force), UNKNOWN, dtype=np.int64)
    at[rows] = np.arange(len(rows)) + len(whole.force)
    return _Whole(
        np.concatenate([whole.force, sender]),
        {name: np.concatenate([c[name], copied[name]]) for name in c},
        _people_copied(whole.victims, at),
        _people_copied(whole.suspects, at),
        np.concatenate([whole.sent_on, rows]),
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
    sent = whole.sent_on[order]
    sent[sent != UNKNOWN] = place[sent[sent != UNKNOWN]]

    def people(of: dict[str, Whole]) -> dict[str, Whole]:
        crime = place[of["crime"]]
        by_crime = np.argsort(crime, kind="stable")
        return {name: column[by_crime] for name, column in (of | {"crime": crime}).items()}

    columns = {name: column[order] for name, column in whole.columns.items()}
    return _Whole(whole.force[order], columns, people(whole.victims), people(whole.suspects), sent)


def _tables(whole: _Whole, year: int) -> NationYear:
    references = _references(whole.force, year)
    victims = _people_table(whole, whole.victims, references, "victims", "V")
    suspects = _people_table(whole, whole.suspects, references, "suspects", "S")
    sent = np.flatnonzero(whole.sent_on != UNKNOWN)
    names = pl.Series([f.name for f in respondents()])
    transfers = pl.DataFrame(
        {
            "sender": names.gather(whole.force[sent]),
            "sender_crime_ref": references.gather(sent),
            "receiver": names.gather(whole.force[whole.sent_on[sent]]),
            "receiver_crime_ref": references.gather(whole.sent_on[sent]),
        }
    )
    crimes = _crimes_table(whole, references)
    return NationYear(year, crimes, victims, suspects, _relations_table(whole, victims, suspects, references), transfers)


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
    receiver = np.where(whole.sent_on == UNKNOWN, UNKNOWN, whole.force[whole.sent_on])
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
            "age_basis": _words(book.BASES, people["basis"]),
            "sex": _words(book.SEXES, people["sex"]),
            "ethnicity_self": _words(ethnicities(who), people["ethnicity"]),
            "ethnicity_officer": _words(book.OFFICER, people["officer"]),
            "nationality": _words(book.NATIONS, people["nationality"]),
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
