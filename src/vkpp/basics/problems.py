"""The user's trouble: a problem that says what we saw, where, what we expected and what to do next.

Three kinds of trouble, three types. The user's is a `Problem` (shown in words). The data's is a finding
(engine/shapes/findings.py). Ours is any other exception: the command line keeps its traceback in a file and shows a sentence.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command tells the shell. A contract: docs/commands.md lists it and a test compares."""

    CLEAN = 0  # queries and notes allowed
    ERRORS_FOUND = 1
    UNREADABLE = 2
    CHECK_COULD_NOT_RUN = 3
    USAGE = 64
    OUR_FAULT = 70


def printable(text: str) -> str:
    """`text` with each character that a screen would obey written out, such as \\x1b: a file that we quote may hold any."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


class Problem(Exception):
    """A problem that the person can act on.

    Args are words for a person, each a sentence or less: what we saw, where we saw it, what we expected, what to do next.
    """

    exit_code: ExitCode = ExitCode.UNREADABLE  # the machine refused: a full disk, a file that may not be opened

    def __init__(self, saw: str, *, where: str = "", expected: str = "", next_step: str = "") -> None:
        super().__init__(saw)
        self.saw, self.where, self.expected, self.next_step = saw, where, expected, next_step

    def __str__(self) -> str:
        parts = [printable(self.saw)]
        if self.where:
            parts.append(f"Where: {'this folder' if self.where == '.' else printable(self.where)}.")
        if self.expected:
            parts.append(f"Expected: {printable(self.expected)}.")
        if self.next_step:
            parts.append(f"Next: {printable(self.next_step)}.")
        return " ".join(parts)


class UsageProblem(Problem):
    """A command was asked in a way that it cannot follow."""

    exit_code = ExitCode.USAGE


class UnreadableFile(Problem):
    """A file cannot be read as a table without guessing; nothing of it is used."""

    exit_code = ExitCode.UNREADABLE


class NotYet(Problem):
    """What was asked for is being made and will be there in a moment."""


class RefusedByRule(Problem):
    """A rule of the catalogue forbids this: a stale population, an edition that fails its audit."""

    exit_code = ExitCode.ERRORS_FOUND
