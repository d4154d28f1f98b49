"""The proof that no digit of a page stands by itself: each is bound to a number or is a listed exception."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import yaml

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
SPOKEN = ("alt", "aria-label", "title", "data-h")
# Elements that carry their own proof: a number's name; words of a code; what a table says of its own base; an identifier
# such as a hash; a telephone number with its source; the program's own text about a number on its trace page. What a force said
# in its own words (data-quoted) is not among them: its digits are taken out before it is printed.
BINDING = ("data-number", "data-code", "data-base", "data-identifier", "data-telephone")


@dataclass(frozen=True, slots=True)
class Unbound:
    """A digit that belongs to no number: the text where it stands, the element, and the line of the page."""

    text: str
    element: str
    line: int


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    entries = yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8"))["exceptions"]
    return tuple(re.compile(entry["pattern"]) for entry in entries)


def without_exceptions(text: str) -> str:
    for pattern in _patterns():
        text = pattern.sub(" ", text)
    return text


def has_loose_digit(text: str) -> bool:
    return bool(re.search(r"\d", text)) and bool(re.search(r"\d", without_exceptions(text)))


class _Reader(HTMLParser):
    """Collects the text of each block, leaving out what is bound, so that an exception may span inline elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.found: list[Unbound] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        exempt = tag in ("style", "script", "svg") or bool(names & set(BINDING))
        inherited = bool(self.open) and self.open[-1][1]
        for name, value in attrs:
            if name in SPOKEN and value and not (exempt or inherited) and has_loose_digit(value):
                self.found.append(Unbound(value, f"{tag} {name}", self.getpos()[0]))
        if tag not in VOID:
            self.open.append((tag, exempt or inherited))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        exempt = bool(self.open) and self.open[-1][1]
        if not exempt and has_loose_digit(data):
            self.found.append(Unbound(data.strip(), self.open[-1][0] if self.open else "", self.getpos()[0]))


def unbound(html: str) -> tuple[Unbound, ...]:
    """Every digit of the page that is neither bound to a number nor a listed exception. Drawings prove theirs elsewhere."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(reader.found)
