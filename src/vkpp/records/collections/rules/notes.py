"""A line of the national notes, the order of their kinds, and what says whether notes are still those that somebody read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from vkpp.basics.markings import OFFICIAL, Marking
from vkpp.engine.shapes.notes import COLUMNS as COLUMNS  # noqa: PLC0414  handed on to pages, which may not know the engine
from vkpp.engine.shapes.notes import KINDS as KINDS  # noqa: PLC0414  the same


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the national notes: a return not in, late or corrected, a waiver, a nil return, an answer."""

    kind: str  # missing, late, correction, waiver, nil, query
    organisation_name: str
    check: str
    words: str
    force_id: str = ""  # in the register
    marking: Marking = OFFICIAL  # of the return on which it was said


NOTE_KINDS = tuple(KINDS)  # in the order in which they are read


def digest_of(found: Sequence[Note]) -> str:
    """What says whether the notes are the same as those that somebody read."""
    said = [(one.kind, one.organisation_name, one.check, one.words, one.force_id) for one in found]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
