"""What stands beside the numbers of an edition in words of others: a note on a force's return, with no number in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vkpp.basics.periods import Period

# The columns in which the service gives the notes of a round, and an edition takes them.
# `asks` is the check in words, for people: nothing is read from it, and files given before have none.
ASKS = "asks"
COLUMNS = ("collection", "period", "force_id", "force", "kind", ASKS, "check", "words")
# The kinds in the order of printing, what is not counted first, as a heading says them.
KINDS: Mapping[str, str] = {
    "missing": "Returns that are not in",
    "late": "Returns that came late",
    "correction": "Corrected returns",
    "waiver": "Waivers, signed and published",
    "nil": "Returns with nothing to report",
    "query": "Answers to queries",
}
DATED = frozenset(["missing", "late"])  # said by the service itself, of deadlines: the only kinds that keep a date
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = rf"\b(?:[12]?\d|3[01]) (?:{_MONTHS}) (?:19|20)\d\d\b"
_LATE = r"\b\d[\d,]* working days? (?=after\b)"  # the two dates beside it say it, and "[number] working days" says nothing
_NUMBER = r"\d[\d,.]*\d|\d"


def without_numbers(words: str, *, dates: bool = False) -> str:
    """Words without their digits, in whatever script: a small number in free words could point to a person.

    `dates` keeps whole dates, and leaves out how many working days lie between two. Applied twice it changes nothing more.
    """
    plain = "".join("0" if c.isnumeric() and not c.isdecimal() and not c.isalpha() else c for c in words)
    plain = re.sub(_LATE, "", plain) if dates else plain
    pattern = rf"(?P<date>{_DATE})|{_NUMBER}" if dates else _NUMBER
    return re.sub(pattern, lambda m: m.groupdict().get("date") or "[number]", plain)


@dataclass(frozen=True, slots=True)
class ForceNote:
    """One note. `check` is empty where the whole return is meant; `words` hold no number (`of` sees to it)."""

    kind: str
    check: str
    force_id: str
    force: str
    period: str  # as a code: a year or one of its quarters
    words: str
    asks: str = ""  # what the specification has the check say, with no value of a record: its digits are its own

    @classmethod
    def of(cls, kind: str, check: str, force_id: str, force: str, period: str, words: str, asks: str = "") -> ForceNote:
        return cls(kind, check, force_id, force, period, without_numbers(words, dates=kind in DATED), asks)

    def document(self) -> dict[str, object]:
        """As it is frozen; what an edition before had not is not put in."""
        return {name: value for name, value in asdict(self).items() if value or name != "asks"}

    @property
    def by_force(self) -> bool:
        """Whether the words are a force's own: the service itself says what is not in, late or corrected."""
        return self.kind in ("waiver", "nil", "query")

    @property
    def period_label(self) -> str:
        return Period.parse(self.period).label


@dataclass(frozen=True, slots=True)
class ForceNotes:
    """The notes of an edition, in the order of printing, with the sha256 of each file that they were read from."""

    sha256: str
    notes: tuple[ForceNote, ...]

    @classmethod
    def read(cls, sha256: str, notes: Sequence[ForceNote]) -> ForceNotes:
        """In one order, each once, whatever the order of the file."""
        places = list(KINDS)
        order = sorted(set(notes), key=lambda n: (places.index(n.kind), n.check, n.force, n.period, n.words))
        return cls(sha256, tuple(order))

    def document(self) -> dict[str, object]:
        return {"sha256": self.sha256, "notes": [note.document() for note in self.notes]}

    @classmethod
    def thawed(cls, document: Mapping[str, Any]) -> ForceNotes:
        return cls(document["sha256"], tuple(ForceNote(**note) for note in document["notes"]))
