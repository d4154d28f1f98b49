"""Structural faults: what keeps a file from being a table, each with its line, and the refusal that carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vkpp.basics.problems import UnreadableFile
from vkpp.engine.reading.limits import Limits
from vkpp.engine.shapes.findings import Finding


class StructuralFaults(UnreadableFile):
    """A file whose structure is broken; `findings` lists every fault, the words name the first three."""

    def __init__(self, findings: Sequence[Finding], *, file: str) -> None:
        self.findings = tuple(findings)
        first = "; ".join(_words(f) for f in self.findings[:3])
        more = len(self.findings) - 3
        super().__init__(
            f"{file} cannot be read as a table: {first}{f'; and {more:,} more' if more > 0 else ''}.",
            where=f"{file}, {_places(self.findings)}",
            expected="the same number of cells in every record, quotes in pairs, and one encoding throughout",
            next_step="correct these lines, or export the table again from the source, and send the whole file",
        )


class NotThisTable(UnreadableFile):
    """A readable file in which no row has the headings of the table; it may be another table, or a note to the reader."""


def _words(finding: Finding) -> str:
    return f"line {finding.row:,}: {finding.message}" if finding.row else finding.message


def _places(findings: Sequence[Finding]) -> str:
    lines = [f"{f.row:,}" for f in findings if f.row][:10]
    return ("line " if len(lines) == 1 else "lines ") + ", ".join(lines) if lines else "the whole file"


@dataclass(frozen=True, slots=True)
class Fault:
    """One structural fault at a physical line (1-based)."""

    check: str
    line: int
    message: str


FIXES = {
    "file-too-few-fields": "Add the missing cells or delimiters, so that the record has as many cells as the header.",
    "file-too-many-fields": "Put quotes around a cell that holds the delimiter, or remove the cells beyond the last heading.",
    "file-stray-quote": "Put the whole cell in quotes and double each quote inside it.",
    "file-unclosed-quote": "Close the quote on this line, or remove it.",
    "file-nul": "Export the table again: a text file holds no NUL bytes.",
    "file-undecodable": "Save the whole file in one encoding, best UTF-8.",
    "file-cell-too-long": "Shorten the cell, or close a quote that was left open.",
}


@dataclass(slots=True)
class FaultList:
    """Faults as they are met, up to a bound; what is over the bound is counted, not kept."""

    file: str
    table: str
    limits: Limits
    kept: list[Fault] = field(default_factory=list)
    dropped: int = 0

    def add(self, fault: Fault) -> None:
        if len(self.kept) < self.limits.faults:
            self.kept.append(fault)
        else:
            self.dropped += 1

    def __bool__(self) -> bool:
        return bool(self.kept)

    def findings(self) -> tuple[Finding, ...]:
        listed = [
            Finding(f.check, "error", f.message, FIXES[f.check], self.file, self.table, row=f.line)
            for f in sorted(self.kept, key=lambda f: (f.line, f.check))
        ]
        if self.dropped:
            words = f"{self.dropped:,} more structural faults, not listed one by one"
            fix = "Correct the listed lines first and send the file again."
            listed.append(Finding("file-more-faults", "error", words, fix, self.file, self.table))
        return tuple(listed)
