"""The index of accepted versions, and its rebuilding from the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from vkpp.records.collections.commands.holding import move_return, new_version, return_row
from vkpp.records.collections.commands.locking import rows_of
from vkpp.records.collections.models import Submission, Version
from vkpp.records.collections.rules import places
from vkpp.records.collections.rules.outcomes import InStore, Kept
from vkpp.records.collections.states import ACCEPTED, DRAFT, LOCKED
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.rules import reference


def index_version(row: Submission, version: Version, kept: Kept, at: datetime) -> None:
    version.receipt, version.receipt_sha256, version.accepted_at = kept.receipt, kept.sha256, at
    version.records, version.total = json.dumps(dict(kept.records)), kept.total
    version.save()
    row.accepted, row.returned_words = version.number, ""


@command("collections.reindex")
def reindex(*, by: Viewer, at: datetime, store: Sequence[InStore]) -> Done[dict[str, int]]:
    """Make the index say what the store holds, which is the truth; gives counts: known, mended, added, strange, missing.

    `store` is in the order of the versions, those of every store with its compartment: only a round of that compartment can
    have them. `strange` are versions of no round here; `missing` are rows whose version the store does not hold: both stay as
    they are, for people to look at.
    """
    counts = dict.fromkeys(("known", "mended", "added", "strange", "missing"), 0)
    for one in store:
        counts[_indexed(one, at)] += 1
    names = {(one.receipt, one.compartment) for one in store}
    said = rows_of(Version).exclude(receipt="").values_list("receipt", "submission__round__compartment")
    counts["missing"] = sum(row not in names for row in said)
    return Done(reference("collections.store", at.date().isoformat()), counts, counts)


def _indexed(one: InStore, at: datetime) -> str:
    found = rows_of(Version, receipt=one.receipt, submission__round__compartment=one.compartment).first()
    if found is not None:
        if (found.receipt_sha256, found.total) == (one.sha256, one.total):
            return "known"
        found.receipt_sha256, found.total, found.records = one.sha256, one.total, json.dumps(dict(one.records))
        found.save()
        return "mended"
    of = {"round__collection": one.collection, "round__period": one.period, "organisation__code": one.force_id}
    rows = rows_of(Submission, round__compartment=one.compartment, **of).exclude(round__state=DRAFT)
    key = rows.values_list("pk", flat=True).first()
    if key is None or _made_elsewhere(one):
        return "strange"
    _add(key, one, at)
    return "added"


def _made_elsewhere(one: InStore) -> bool:
    """Whether the row that it was made by is not of this compartment: then it lies in the wrong store, whatever the reason."""
    made_by = rows_of(Version, pk=UUID(one.version)) if one.version else rows_of(Version).none()
    return made_by.exclude(submission__round__compartment=one.compartment).exists()


def _add(submission: UUID, one: InStore, at: datetime) -> None:
    """A version that the store holds and no row says: of a row whose acceptance was cut off, or of no row at all."""
    by, then = system("reindex", at.date()), datetime.fromisoformat(one.at)
    row, _ = return_row(by, submission)
    version = rows_of(Version, pk=UUID(one.version), submission=row).first() if one.version else None
    files = json.dumps([[name, size] for name, size, _ in one.received])
    if version is None:
        sha256 = places.fingerprint(sha for *_, sha in one.received) if one.received else ""
        size = sum(size for _, size, _ in one.received)
        said = {"specification": one.specification, "checked_at": then}
        version = new_version(row, by, then, files=files, sha256=sha256, size=size, **said)
    index_version(row, version, Kept(one.receipt, one.sha256, one.records, one.total), then)
    move_return(row, ACCEPTED if version.number == row.version and row.state != LOCKED else row.state, at)
