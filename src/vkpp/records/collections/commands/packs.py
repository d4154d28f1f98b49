"""A force's pack: asked for, and made known once it lies there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import return_row
from vkpp.records.collections.commands.letters import certifiers_of, preparers_of, write_letters
from vkpp.records.collections.commands.locking import PACK, about, day_of, rows_of
from vkpp.records.collections.commands.marking import mark_anew
from vkpp.records.collections.models import Version
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work


@command("collections.pack.ask")
def ask_pack(*, by: Viewer, at: datetime, submission: UUID) -> Done[None]:
    """Ask for the pack of the accepted version, or for it again, with the forces that have come in since; once a day."""
    row, _ = return_row(by, submission)
    rules.demand_own_pack(by, row.organisation_id, accepted=row.accepted > 0)
    version = rows_of(Version, submission=row, number=row.accepted).values_list("pk", flat=True).get()
    work.ask(PACK, str(version), at=at, once=f"{PACK}/{version}/{day_of(at).isoformat()}")
    return Done(about(row), None, {"version": row.accepted})


@command("collections.pack.made")
def note_packed(*, by: Viewer, at: datetime, version: UUID, sha256: str, marking: str = "") -> Done[int]:
    """A pack was made: its force is told, without a number. `by` is the service. Gives how many letters went.

    `marking` is that of the return as the pack says it: where it was set anew meanwhile, the pack is made once more.
    """
    row, round_ = return_row(by, rows_of(Version, pk=version).values_list("submission", flat=True).get())
    mark_anew(row, round_, marking, at)
    letters = write_letters("collections.pack_ready", (*preparers_of(row, at), *certifiers_of(row, at)), row, round_, at)
    return Done(about(row), letters, {"sha256": sha256, "letters": letters})
