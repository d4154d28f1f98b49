"""Which published numbers and sentences a new version of a return would move, before it is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.load import Catalogue
from vkpp.engine.dissemination.numbers import Numbers
from vkpp.engine.flow import csae
from vkpp.engine.keeping import Store
from vkpp.ops import editions, stores
from vkpp.ops.receiving import Sending

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Change:
    """Numbers by id with (was, would be), and the report's sentences that hold one of them."""

    numbers: Mapping[str, tuple[str, str]]
    sentences: tuple[str, ...]
    why_not: str = ""

    def words(self, edition: str) -> Iterator[str]:
        if self.why_not:
            yield f"{edition}: {self.why_not}"
            return
        if not self.numbers:
            yield f"{edition}: no published number moves."
            return
        yield f"{edition}: {len(self.numbers):,} published number(s) would move:"
        for name, (was, would_be) in list(self.numbers.items())[:SHOWN]:
            yield f"  {name}: is {was}, would be {would_be}"
        if len(self.numbers) > SHOWN:
            yield f"  and {len(self.numbers) - SHOWN:,} more"
        yield f"{edition}: {len(self.sentences):,} sentence(s) of the report hold one of them:"
        for sentence in self.sentences:
            yield f"  {sentence}"


def by(sending: Sending, tables: Mapping[str, Path], folder: Path, store: Store, catalogue: Catalogue, work: Path) -> Change:
    """Make the edition's numbers again with these tables in the place of the force's return, and compare what is printed."""
    manifest = editions.manifest_of(folder)
    asked = manifest["provenance"]["parameters"]
    period = Period.parse(asked["period"])
    if asked["collection"] != sending.collection:
        return Change({}, (), "it is made from another collection; none of its numbers moves.")
    year = sending.period.whole_year
    if year not in (period, period.previous()):
        return Change({}, (), f"it does not count {sending.period.label}; none of its numbers moves.")
    if sending.period.quarter:
        return Change({}, (), "a quarter's effect on it cannot be shown yet; make the edition again after acceptance.")
    held = stores.loaded(store, period, work / folder.name)
    returns = {code: dict(forces) for code, forces in held.accepted.returns.items()}
    returns.setdefault(year.code, {})[sending.force_id] = dict(tables)
    try:
        made = csae.make(
            replace(held.accepted, returns=returns), period, catalogue, editions.program(), invented=bool(manifest["invented"])
        )
    except RefusedByRule as problem:
        return Change({}, (), f"it could not be made again with this return: {problem}")
    if made.edition is None:
        return Change({}, (), "it could not be made again.")
    again = {number.id: number.symbol or number.machine for number in Numbers(made.edition)}
    published = editions.numbers_of(folder)
    moved = dict(_moved(published, again))
    report = (folder / "report.html").read_text(encoding="utf-8")
    worked_out = {name for name in published if name.startswith("derived.") and any(f".{m}." in f"{name}." for m in moved)}
    return Change(moved, tuple(sentences_with(report, {*moved, *worked_out})))


def _moved(was: Mapping[str, Mapping[str, str]], again: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Numbers that a table or a count holds. Those that the words work out move with the numbers they come from."""
    for name, row in was.items():
        shown = row["symbol"] or row["value"]
        if name in again and again[name] != shown:
            yield name, (shown, again[name])
    for name in again.keys() - was.keys():
        yield name, ("not there", again[name])


class _Texts(HTMLParser):
    """Paragraphs, list items and captions as runs of text, each run with the number bound to it, if any."""

    BLOCKS = ("p", "li", "figcaption", "dd", "h1", "h2", "h3")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[list[tuple[str, str]]] = []
        self.open: list[str] = []
        self.number = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.BLOCKS:
            if self._figure_waits():
                self.blocks[-1].append((" ", ""))  # a headline's figure is the beginning of its sentence
            else:
                self.blocks.append([])
            self.open.append(tag)
        self.number = dict(attrs).get("data-number") or self.number

    def _figure_waits(self) -> bool:
        return bool(self.open) and self.open[-1] == "li" and sum(bool(n) for _, n in self.blocks[-1]) == 1

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag == self.open[-1]:
            self.open.pop()
        if tag in ("data", "span", "td"):
            self.number = ""

    def handle_data(self, data: str) -> None:
        if self.open and self.blocks:
            self.blocks[-1].append((data, self.number))


def sentences_with(html: str, numbers: set[str]) -> Iterator[str]:
    """The sentences of a page in which one of the numbers is bound, each once, in the order of the page."""
    parser = _Texts()
    parser.feed(html)
    seen: set[str] = set()
    for block in parser.blocks:
        marked = "".join(f"\x02{text}\x03" if number in numbers else text for text, number in block)
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z\x02])", re.sub(r"\s+", " ", marked)):
            plain = sentence.replace("\x02", "").replace("\x03", "").strip()
            if (
                "\x02" in sentence
                and not plain.startswith("How we know")
                and re.search(r"[A-Za-z]", plain)
                and plain not in seen
            ):
                seen.add(plain)
                yield plain
