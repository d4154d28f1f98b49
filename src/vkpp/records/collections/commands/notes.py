"""Somebody says that they have read what is printed beside the numbers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from vkpp.records.collections.commands.locking import about, known_row
from vkpp.records.collections.commands.rounds import round_rule
from vkpp.records.collections.models import Round
from vkpp.records.collections.queries.printed import notes
from vkpp.records.collections.rules.notes import digest_of
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command


@command("collections.notes.read")
def read_notes(*, by: Viewer, at: datetime, round_: UUID, digest: str) -> Done[None]:
    """Say that the national notes of a round are read, as they were on the page with this digest.

    It stands on the trail and on the release checklist until a note changes. Raises Refused where they changed meanwhile.
    """
    row = known_row(Round, by, round_)
    round_rule(row, by, "read_notes")
    found = notes(viewer=by, round_=round_)
    if digest_of(found) != digest:
        raise Refused("The notes changed while you read them.", next_step="read them again, then say that you have")
    return Done(about(row), None, {"sha256": digest, "notes": len(found)})
