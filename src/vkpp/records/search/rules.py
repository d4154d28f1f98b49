"""What can be found: how apps register it, how words are folded and asked for; the same on both databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from vkpp.basics.markings import Level
from vkpp.basics.problems import UsageProblem

LONGEST_QUESTION, MOST_WORDS = 200, 12
_LONGEST_WORD, _MOST_OF_A_BODY, _MOST_SAID = 60, 20_000, 4_000
_AROUND = 90  # characters before and after the first word that was asked for
_WHOLE_BELOW = 3  # shorter words are matched whole; "s" would begin every third word
_WORD = re.compile(r"[^\W_]+")
_STAMP = "%Y%m%dT%H%M%S%f"
_AFTER = re.compile(r"([01])\.([0-9T]{21})\.([0-9a-f]{32})\Z")


@dataclass(frozen=True, slots=True)
class Indexed:
    """One object as its app wants it found. `leaves` are (permission, organisation); None there means held anywhere at all.

    `title` and `text` are shown as they are, so they must be fit for everybody who may find it; `codes` are found and not
    shown. `forget_on`: the object's own last day.
    """

    kind: str
    key: UUID
    title: str
    changed_at: datetime
    leaves: frozenset[tuple[str, UUID | None]]
    reference: str = ""
    text: str = ""
    codes: str = ""
    level: int = int(Level.OFFICIAL)
    handling: str = ""
    compartment: UUID | None = None
    forget_on: date | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of object that can be found: its words for people, and everything there is of it, for a rebuild.

    `changed(about, key)` gives what may read otherwise after a command about this object ("collections.round", its id). With it
    the index follows every command by itself, also one that is written later; without it the app's commands call `put`. `model`
    is how a command names an object of this kind: where nothing is left of it, its entry goes.
    """

    kind: str
    words: str
    everything: Callable[[], Iterable[Indexed]] = field(compare=False)
    changed: Callable[[str, UUID], Iterable[Indexed]] | None = field(default=None, compare=False)
    model: str = ""


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Make a kind findable; each app does so once, as it starts (apps.py). Raises ValueError at a kind that another app has."""
    if _sources.setdefault(source.kind, source) != source:
        raise ValueError(f"two apps register the kind {source.kind!r}")


def forget(kind: str) -> None:
    """Undo a registration; for tests."""
    _sources.pop(kind, None)


def sources() -> Mapping[str, Source]:
    """Every kind that can be found."""
    return dict(_sources)


def folded(text: str) -> tuple[str, ...]:
    """The words of a text without case and accents: "Tŷ'r Ŵyl 3a" gives ty, r, wyl and 3a."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return tuple(word[:_LONGEST_WORD] for word in _WORD.findall(plain))


def fields_of(entry: Indexed) -> dict[str, object]:
    """The row's fields, by name."""
    return {
        "reference": entry.reference,
        "title": entry.title[:200],
        "heading": " ".join(folded(f"{entry.reference} {entry.title}")),
        "body": " ".join(folded(f"{entry.codes} {entry.text}"))[:_MOST_OF_A_BODY].rstrip(),
        "said": " ".join(entry.text.split())[:_MOST_SAID],
        "changed_at": entry.changed_at,
        "forget_on": entry.forget_on,
        "level": entry.level,
        "handling": entry.handling,
        "compartment_id": entry.compartment,
    }


def asked(text: str) -> tuple[str, ...]:
    """The words that somebody asks for, each once; none for a blank. Raises UsageProblem when there are too many."""
    words = tuple(dict.fromkeys(folded(text)))
    if len(text) > LONGEST_QUESTION or len(words) > MOST_WORDS:
        raise UsageProblem(
            "That is too much to search for at once.",
            expected=f"{MOST_WORDS} words and {LONGEST_QUESTION} characters at most",
            next_step="leave out some words",
        )
    return words


def snippet(title: str, said: str, asked: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """The words around the first one that was asked for, in pieces: (words, whether they were asked for).

    What the title says already is left out; nothing is left where nothing in the rest was asked for, unless the title says
    none of it either (a code was found): then the beginning stands.
    """
    rest = said.removeprefix(title).strip()
    if not rest:
        return ()
    first = next((found.start() for found in _WORD.finditer(rest) if _was_asked(found[0], asked)), None)
    if first is None and any(_was_asked(found[0], asked) for found in _WORD.finditer(title)):
        return ()
    start, end = _cut(rest, max(0, (first or 0) - _AROUND), (first or 0) + 2 * _AROUND)
    pieces = [("… ", False)] if start else []
    pieces += _pieces(rest[start:end], asked)
    return tuple([*pieces, (" …", False)] if end < len(rest) else pieces)


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """The same stretch, of whole words."""
    if start:
        start = text.find(" ", start) + 1
    if end < len(text):
        end = max(text.rfind(" ", start, end), start) if " " in text[start:end] else end
    return start, min(end, len(text))


def _pieces(text: str, asked: Collection[str]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    last = 0
    for found in _WORD.finditer(text):
        if _was_asked(found[0], asked):
            pieces += [(text[last : found.start()], False), (found[0], True)]
            last = found.end()
    return [piece for piece in (*pieces, (text[last:], False)) if piece[0]]


def _was_asked(word: str, asked: Collection[str]) -> bool:
    plain = "".join(folded(word))
    return any(plain.startswith(one) if len(one) >= _WHOLE_BELOW else plain == one for one in asked)


def known_kinds(kinds: Collection[str]) -> tuple[str, ...]:
    """The kinds asked for. Raises UsageProblem at one that nobody registered."""
    if unknown := sorted(set(kinds) - _sources.keys()):
        raise UsageProblem(f"There is no kind {unknown[0]!r} to search for.", expected=", ".join(sorted(_sources)))
    return tuple(kinds)


def for_sqlite(words: Collection[str], column: str = "") -> str:
    """The question as FTS5 reads it: every word must be there, and begins a word."""
    said = " AND ".join(f'"{word}"{"*" if len(word) >= _WHOLE_BELOW else ""}' for word in words)
    return f"{column} : ({said})" if column else said


def for_postgresql(words: Collection[str]) -> str:
    """The question as a tsquery, which nothing folds a second time."""
    return " & ".join(f"'{word}'{':*' if len(word) >= _WHOLE_BELOW else ''}" for word in words)


def bookmark(rank: int, changed_at: datetime, key: UUID) -> str:
    """Where a page ends, as text that an address can hold."""
    return f"{rank}.{changed_at.astimezone(UTC).strftime(_STAMP)}.{key.hex}"


def from_bookmark(after: str) -> tuple[int, datetime, UUID]:
    """Rank, instant and key at which the page before ended. Raises UsageProblem when the text is none of ours."""
    found = _AFTER.match(after)
    try:
        if found:
            return int(found[1]), datetime.strptime(found[2], _STAMP).replace(tzinfo=UTC), UUID(found[3])
    except ValueError:
        pass
    raise UsageProblem("That is no page of these results.", expected="the address of a link", next_step="search again")
