"""A letter as whoever sends it reads it first: one text for each marking of the returns, since a higher one says less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vkpp.records.collections.rules.rows import RoundRow, SubmissionRow
from vkpp.records.work.rules import marked, written


@dataclass(frozen=True, slots=True)
class LetterShown:
    """The words of a letter, and the forces that get it in these words."""

    forces: tuple[str, ...]
    subject: str
    body: str


def chase_letters(row: RoundRow, late: Sequence[SubmissionRow]) -> tuple[LetterShown, ...]:
    """The reminder as each force of `late` gets it; where nobody is late, as it would be under the round's own marking."""
    found: dict[tuple[str, str], list[str]] = {}
    for marking, name in [(one.marking, one.organisation_name) for one in late] or [(row.marking, "")]:
        subject, body = written("collections.chase", row.letter_facts | marked(marking))
        found.setdefault((subject, " ".join(body.split())), []).append(name)
    return tuple(LetterShown(tuple(filter(None, names)), *words) for words, names in found.items())
