"""A force's own pack: what its accepted return says, where it sits, what is not known, and how good the data are.

An own table in the sense of the architecture: its scope is one force, which is entitled to the rows behind it. No other force
is named in it, and of the others nothing is in it from which one of their totals could be worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from vkpp.basics.markings import Level, Marking, strictest

FORM = "vkpp-pack-1"
# The six dimensions of the Government Data Quality Framework, in its order, and one of the European Statistical System's.
DIMENSIONS = ("Completeness", "Uniqueness", "Consistency", "Timeliness", "Validity", "Accuracy", "Comparability over time")


@dataclass(frozen=True, slots=True)
class Total:
    """A number of records. `moved` says in words whether its change is more than noise; `small`: not for passing on."""

    name: str
    title: str
    now: int
    before: int | None  # of the period before, of the same kind; None where none is held
    moved: str = ""
    small: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A rate or a share with its denominator and 95% limits; `unknown` are those of whom nobody knows, and are in no base.

    `lowest` and `highest` are what the share could be, were everybody unknown a no or a yes. None: nothing to divide by.
    """

    name: str
    title: str
    unit: str  # "percent", or "per 1,000 children"
    count: int
    base: int
    base_words: str
    value: float | None
    lower: float | None
    upper: float | None
    unknown: int = 0
    lowest: float | None = None
    highest: float | None = None
    small: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """One column: records, how many hold a value, and why the others hold none (words of basics/missing -> records).

    `expected` says whether every record should hold one. `before` is the share with a value in the period before, in percent.
    """

    table: str
    field: str
    title: str
    records: int
    known: int
    reasons: Mapping[str, int]
    expected: bool = True
    before: float | None = None
    moved: bool = False  # the share with a value differs from the period before by more than noise

    @property
    def share(self) -> float | None:
        """In percent of the records to which the column applies."""
        return 100 * self.known / self.applies if self.applies else None

    @property
    def applies(self) -> int:
        return self.records - self.reasons.get("not applicable", 0)

    @property
    def unknown(self) -> int:
        return self.applies - self.known


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of the checks and the force's answer, as the receipt has them."""

    check: str
    asks: str
    places: int
    answer: str


@dataclass(frozen=True, slots=True)
class Quality:
    """One measure of the data-quality card. `count` of `of`, where it is a share; `words` say it; `next_step` what to do."""

    dimension: str
    name: str
    title: str
    words: str
    next_step: str
    count: int | None = None
    of: int | None = None
    fine: bool = True  # nothing to do

    @property
    def percent(self) -> float | None:
        return None if self.count is None or not self.of else 100 * self.count / self.of


@dataclass(frozen=True, slots=True)
class Place:
    """Where the force sits. `others` are (people, rate), rounded so that no total can be worked out, and nobody is named.

    `limits` are (people, lower, upper) at 99.8%, along a line.
    """

    sentence: str
    forces: int = 0
    own: tuple[int, float] | None = None
    average: float | None = None
    others: tuple[tuple[int, float], ...] = ()
    limits: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """One accepted version's pack. `receipt` is its name in the store and `sha256` that of its receipt."""

    force: str
    collection: str
    title: str
    period: str
    period_words: str
    version: int
    receipt: str
    sha256: str
    made_on: str  # the day, ISO 8601
    invented: str  # the words that say so (R11), "" where nothing is
    small_below: int  # counts from 1 to below this are marked
    totals: tuple[Total, ...]
    place: Place
    shares: tuple[Share, ...]
    filled: tuple[Filled, ...]
    asked: tuple[Asked, ...]
    waived: tuple[tuple[str, str], ...]  # check ("" for the whole return), reason
    quality: tuple[Quality, ...]
    nil: bool = False
    specification: str = ""
    notes: tuple[str, ...] = field(default=())
    of_return: str = "OFFICIAL"  # the marking of the return itself

    @property
    def made_words(self) -> str:
        """4 June 2024."""
        return f"{date.fromisoformat(self.made_on):%-d %B %Y}"

    @property
    def marking(self) -> str:
        """Small numbers are in it: it stays with its force until the edition is out."""
        own = Marking(Level.OFFICIAL_SENSITIVE, f"{self.force} only, not for publication")
        return str(strictest(own, Marking.parse(self.of_return)))

    def document(self) -> dict[str, Any]:
        return {"form": FORM, **asdict(self)}


def read(document: Mapping[str, Any]) -> Pack | None:
    """A pack from what `document` gave; None where an earlier program made it in another form."""
    if document.get("form") != FORM:
        return None
    said: dict[str, Any] = {name: value for name, value in document.items() if name != "form"}
    place = said.pop("place")
    made: dict[str, Any] = {
        "totals": tuple(Total(**one) for one in said.pop("totals")),
        "shares": tuple(Share(**one) for one in said.pop("shares")),
        "filled": tuple(Filled(**one) for one in said.pop("filled")),
        "asked": tuple(Asked(**one) for one in said.pop("asked")),
        "waived": tuple((check, reason) for check, reason in said.pop("waived")),
        "quality": tuple(Quality(**one) for one in said.pop("quality")),
        "notes": tuple(said.pop("notes")),
        "place": Place(
            place["sentence"],
            place["forces"],
            tuple(place["own"]) if place["own"] else None,
            place["average"],
            tuple((n, rate) for n, rate in place["others"]),
            tuple((n, low, high) for n, low, high in place["limits"]),
        ),
    }
    return Pack(**said, **made)
