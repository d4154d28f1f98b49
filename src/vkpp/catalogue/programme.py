"""The programme's objectives of a year as data: four pillars, their rows, and the outcomes that each row serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from vkpp.basics.periods import Period
from vkpp.catalogue.rows import CONFIDENCES, CatalogueProblem, Dated, read_sources
from vkpp.catalogue.specification_file import read_yaml

FILE = "programme.yaml"
_SEED = Path(__file__).parent / "data"
UNREADABLE = "Not readable in the source."
NOT_STATED = "Not stated in the source."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A target outcome: 1, 2, 3, or one of the groups of people within 1."""

    code: str
    words: str
    kind: str  # such as "Knowledge gaps"; "" within another
    word: str  # capability, opportunity or motivation; "" within another
    within: str  # the outcome that this is a part of; "" for none


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the objectives. `number` is the row of the source's tables; None where only the list of pillars names it."""

    number: int | None
    title: str
    place: str  # what opens it in the service; the home page maps it to a page
    activity: str
    aims: str | None  # None: not readable in the source
    outcomes: tuple[Outcome, ...]
    commitments: tuple[str, ...]
    funder: str | None  # None: not stated in the source
    named_only: bool
    listed: tuple[str, ...] = ()  # what the document's own list of the pillars calls it
    since: tuple[str, ...] = ()  # what the bulletin told of it later in the year

    @property
    def aims_words(self) -> str:
        return UNREADABLE if self.aims is None else self.aims

    @property
    def funder_words(self) -> str:
        return self.funder or NOT_STATED


@dataclass(frozen=True, slots=True)
class Pillar:
    code: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """The objectives of one year."""

    year: Period
    pillars: tuple[Pillar, ...]
    outcomes: tuple[Outcome, ...]
    dated: Dated
    bulletin: str  # the source of what was told later, in words

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for pillar in self.pillars for line in pillar.lines)


def load_programme(folder: Path | None = None) -> Programme:
    """The objectives of the seed, or of a folder in its place. Raises CatalogueProblem that names the entry."""
    where = folder or _SEED
    document = read_yaml(where / FILE)
    try:
        return _programme(document, where)
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(f"An entry is missing or is of the wrong kind ({error}).", "the form of the shipped file") from None


def _wrong(saw: str, expected: str) -> CatalogueProblem:
    return CatalogueProblem(saw, where=f"catalogue file {FILE}", expected=expected, next_step="Correct the file and try again")


def _programme(document: Mapping[str, Any], folder: Path) -> Programme:
    sources = read_sources(folder / "sources.csv")
    for key in ("source", "bulletin"):
        if document[key] not in sources:
            raise _wrong(f"{key} holds {document[key]!r}.", "a source named in sources.csv")
    if document["confidence"] not in CONFIDENCES:
        raise _wrong(f"confidence holds {document['confidence']!r}.", "one of " + ", ".join(CONFIDENCES))
    outcomes = {row["code"]: _outcome(row) for row in document["outcomes"]}
    pillars = tuple(
        Pillar(p["code"], p["title"], tuple(_line(row, outcomes) for row in p["rows"])) for p in document["pillars"]
    )
    dated = Dated(
        _day(document["valid_from"]), _day(document["valid_to"]), sources[document["source"]].words, document["confidence"]
    )
    found = Programme(
        Period.parse(document["year"]), pillars, tuple(outcomes.values()), dated, sources[document["bulletin"]].words
    )
    _refuse_twice(found)
    return found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _outcome(row: Mapping[str, str]) -> Outcome:
    if unknown := row.keys() - {"code", "words", "kind", "word", "within"}:
        raise _wrong(f"The outcome {row['code']} has {min(unknown)!r}.", "code, words, kind, word, within; commas in quotes")
    return Outcome(row["code"], row["words"], row.get("kind", ""), row.get("word", ""), row.get("within", ""))


def _line(row: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> Line:
    listed, since = tuple(row.get("listed", ())), tuple(row.get("since", ()))
    if row.get("named_only"):
        return Line(None, row["title"], row["place"], "", "", (), (), None, True, listed, since)
    unknown = set(row["outcomes"]) - outcomes.keys()
    if unknown:
        raise _wrong(f"{row['title']} names the outcome {min(unknown)}.", "one of " + ", ".join(outcomes))
    return Line(
        number=int(row["number"]),
        title=row["title"],
        place=row["place"],
        activity=row["activity"],
        aims=row["aims"],
        outcomes=tuple(outcomes[code] for code in row["outcomes"]),
        commitments=tuple(row["commitments"]),
        funder=row["funder"],
        named_only=False,
        listed=listed,
        since=since,
    )


def _refuse_twice(programme: Programme) -> None:
    places = [line.place for line in programme.lines]
    if twice := {place for place in places if places.count(place) > 1}:
        raise _wrong(f"The place {min(twice)} stands at two lines.", "a place of its own for each line")
