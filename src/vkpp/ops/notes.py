"""The national notes of a round, as the service gives them (notes.csv), read strictly: a doubt refuses the file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vkpp.basics.markings import OFFICIAL, Marking
from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem, RefusedByRule, UnreadableFile
from vkpp.basics.spreadsheets import as_said
from vkpp.catalogue.example import WORDS as INVENTED_WORDS
from vkpp.catalogue.load import Catalogue
from vkpp.engine.reading.intake import CONTENT
from vkpp.engine.shapes.notes import ASKS, COLUMNS, KINDS, ForceNote, ForceNotes

HEADINGS = (*COLUMNS, "Marking")  # which the service puts last on every table
BEFORE = tuple(name for name in HEADINGS if name != ASKS)  # of files that were given before checks stood there in words
INVENTED_COLUMN = "Note"
LARGEST = 5_000_000  # bytes; a round has some hundred notes
AGAIN = "take the file from the round's notes once more, and leave it as it is"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The edition that notes are read for. Notes may be of its year, the year before, and their quarters."""

    collection: str
    period: Period
    catalogue: Catalogue
    invented: bool
    marking: Marking = OFFICIAL

    @property
    def periods(self) -> tuple[str, ...]:
        years = (self.period.previous(), self.period)
        return tuple(code for year in years for code in (year.code, *(q.code for q in year.quarters())))


def read_notes(paths: Sequence[Path], wanted: Wanted, counted: Mapping[str, Collection[str]]) -> ForceNotes:
    """The notes in the files, one a round. `counted` is whose returns the edition counts: period code -> force ids.

    Raises UnreadableFile where it is not such a file, RefusedByRule where a note is not of this edition.
    """
    contents = [_content(path) for path in paths]
    notes: list[ForceNote] = []
    for path, content in zip(paths, contents, strict=True):
        mine = [_note(row, where, wanted) for where, row in _rows(content, path.name, wanted)]
        _no_waived_one_is_counted(mine, path.name, counted)
        notes += mine
    hashes = sorted({hashlib.sha256(content).hexdigest() for content in contents})
    return ForceNotes.read(" ".join(hashes), notes)


def _no_waived_one_is_counted(notes: Sequence[ForceNote], name: str, counted: Mapping[str, Collection[str]]) -> None:
    for note in notes:
        if note.kind == "waiver" and not note.check and note.force_id in counted.get(note.period, ()):
            raise RefusedByRule(
                f"The return of {note.force} for {note.period_label} is waived in the notes and counted in the edition.",
                where=name,
                expected="a waived return that is not in the store, or a return that is not waived",
                next_step="take the notes of the round as it stands now, or ask the force which of the two holds",
            )


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile(f"{path.name} is too large for notes.", expected=f"at most {LARGEST:,} bytes", next_step=AGAIN)
        return path.read_bytes()
    except OSError as problem:
        raise UnreadableFile(
            f"{path.name} cannot be read.", expected="the notes of a round as CSV", next_step="name the file with --notes"
        ) from problem


def _rows(content: bytes, name: str, wanted: Wanted) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each row stands, and its values by column."""
    try:
        text = content.decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(lines, [])
        _must_head(header, name, wanted)
        for number, row in enumerate(lines, 2):
            where = f"{name}, row {number}"
            if len(row) != len(header):
                raise UnreadableFile(
                    f"The row has {len(row)} values.", where=where, expected=f"{len(header)}, one a column", next_step=AGAIN
                )
            yield where, dict(zip(header, (as_said(value).strip() for value in row), strict=True))
    except UnicodeDecodeError as problem:
        raise UnreadableFile(f"{name} is not in UTF-8.", expected="the file as given", next_step=AGAIN) from problem
    except csv.Error as problem:
        raise UnreadableFile(
            f"{name} is no CSV: {problem}.", where=f"{name}, line {lines.line_num}", expected="whole quotes", next_step=AGAIN
        ) from problem


def _must_head(header: list[str], name: str, wanted: Wanted) -> None:
    """The columns say as well whether the notes are invented (R11)."""
    invented = header in [[*known, INVENTED_COLUMN] for known in (HEADINGS, BEFORE)]
    if header not in (list(HEADINGS), list(BEFORE)) and not invented:
        raise UnreadableFile(
            f"The columns are {', '.join(header) or 'none'}.", where=f"{name}, row 1",
            expected=", ".join(HEADINGS), next_step=AGAIN,
        )  # fmt: skip
    if invented != wanted.invented:
        said, needed = ("invented", "real") if invented else ("real", "invented")
        raise RefusedByRule(
            f"The notes are {said} and the edition is {needed}.",
            where=name,
            expected="notes and returns of the same register, always",
            next_step="name the notes of the service whose returns are in the store",
        )


def _note(row: Mapping[str, str], where: str, wanted: Wanted) -> ForceNote:
    _one_of("collection", row["collection"], (wanted.collection,), where)
    _one_of("period", row["period"], wanted.periods, where)
    _one_of("kind", row["kind"], tuple(KINDS), where)
    _marked(row["Marking"], where, wanted.marking)
    if wanted.invented and row[INVENTED_COLUMN] != INVENTED_WORDS:
        raise RefusedByRule("The row does not say that it is invented.", where=where, expected=INVENTED_WORDS, next_step=AGAIN)
    force = _force(row, where, wanted)
    _check(row, where, wanted)
    _words(row["words"], where)
    asks = _asks(row["check"], wanted)
    return ForceNote.of(row["kind"], row["check"], row["force_id"], force, row["period"], row["words"], asks)


def _asks(check: str, wanted: Wanted) -> str:
    """What the check says, a value of a record left out: "" where there is no check."""
    found = {one.id: one.message for one in wanted.catalogue.specification(wanted.collection).checks}
    return re.sub(r"\{[^{}]*\}", "…", found.get(check, ""))


def _one_of(column: str, value: str, allowed: Collection[str], where: str) -> None:
    if value not in allowed:
        raise RefusedByRule(
            f"The {column} is {value!r}.",
            where=where,
            expected=f"one of this edition's: {', '.join(allowed)}" if len(allowed) > 1 else f"{next(iter(allowed))}",
            next_step="name the notes of a round that this edition is made from",
        )


def _marked(value: str, where: str, most: Marking) -> None:
    """A handling instruction counts as stricter too: nobody gave leave to print the note for everybody."""
    try:
        marking = Marking.parse(value)
    except Problem as problem:
        raise UnreadableFile(f"The marking is {value!r}.", where=where, expected="a marking", next_step=AGAIN) from problem
    if marking.level > most.level or marking.handling not in ("", most.handling):
        raise RefusedByRule(
            f"The note is marked {marking}, and the edition {most}.",
            where=where,
            expected=f"notes that may stand in an edition marked {most}",
            next_step="have the marking of the return or round looked at again, or leave that round's notes out",
        )


def _force(row: Mapping[str, str], where: str, wanted: Wanted) -> str:
    """The register's name of the force; the file must mean the same one by its id and by its name."""
    names = {f.force_id: f.name for f in wanted.catalogue.forces_on(wanted.period.end)}
    named = wanted.catalogue.force_named(row["force"], wanted.period.end)
    if row["force_id"] not in names or named is None or named.force_id != row["force_id"]:
        raise RefusedByRule(
            f"The force is {row['force_id']!r}, named {row['force']!r}.",
            where=where,
            expected="id and name of one force of the register on the last day of the period",
            next_step=AGAIN,
        )
    return names[row["force_id"]]


def _check(row: Mapping[str, str], where: str, wanted: Wanted) -> None:
    """An answer names a check of the specification, a waiver may; of other notes it is empty."""
    known = {check.id for check in wanted.catalogue.specification(wanted.collection).checks}
    kind, check = row["kind"], row["check"]
    fits = check in known if check else kind != "query"
    if not fits or (check and kind not in ("query", "waiver")):
        raise RefusedByRule(
            f"The check of this {kind} is {check!r}.",
            where=where,
            expected="a check of the specification for an answer or a waiver; nothing for other notes",
            next_step=AGAIN,
        )


def _words(words: str, where: str) -> None:
    if not words:
        raise UnreadableFile("The note has no words.", where=where, expected="what the force said", next_step=AGAIN)
    for what, pattern in CONTENT.items():
        if pattern.search(words):
            raise RefusedByRule(
                f"The note holds {what}.",
                where=where,
                expected="words that name and find nobody",
                next_step="have the force reword its answer, then take the notes once more",
            )
