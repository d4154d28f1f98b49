"""What the service's own jobs need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q

from vkpp.records.collections.models import Fix, Query, Version, Waiver
from vkpp.records.collections.queries.rows import marking_of
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.fixing import Cell
from vkpp.records.collections.states import ACCEPTED, ANSWERED, LOCKED, SETTLED, SIGNED, WAIVED


@dataclass(frozen=True, slots=True)
class Job:
    """What a job needs to know of one version; no page asks this."""

    version: UUID
    number: int
    nil: bool
    collection: str
    period: str
    force_id: str
    reasons: Mapping[str, str]
    waived: frozenset[str]
    accepted_by: str
    total_table: str
    fixed_from: UUID | None = None
    cells: tuple[Cell, ...] = ()
    marking: str = ""  # of its return, as it stands on files made of it
    compartment: UUID | None = None


def job_of(version: UUID) -> Job | None:
    """What the check and accept jobs need; None where the version is gone. It names no viewer: the service asks."""
    why = "the service checks and keeps what was sent"
    found = (
        Version.objects.unscoped(why).filter(pk=version).select_related("submission__round", "submission__organisation").first()
    )
    if found is None:
        return None
    row = found.submission
    answers = Query.objects.unscoped(why).filter(submission=row, state__in=[ANSWERED, SETTLED])
    signed = Waiver.objects.unscoped(why).filter(submission=row, state=SIGNED).exclude(check_id="")
    tables = register.catalogue().specification(row.round.collection).tables
    return Job(
        version=found.pk,
        number=found.number,
        nil=found.nil,
        collection=row.round.collection,
        period=row.round.period,
        force_id=row.organisation.code,
        reasons=dict(answers.values_list("check_id", "answer")),
        waived=frozenset(signed.values_list("check_id", flat=True)),
        accepted_by=str(found.accepted_by_id or ""),
        total_table=tables[0].name,
        fixed_from=found.fixed_from_id,
        marking=str(marking_of(row)),
        cells=_cells(found.pk) if found.fixed_from_id and found.checked_at is None else (),
        compartment=row.round.compartment_id,
    )


def versions_with_files(submission: UUID) -> tuple[UUID, ...]:
    """The versions of a return of which somebody may be given files: the newest, and the accepted one. It names no viewer."""
    found = Version.objects.unscoped("files say the marking of their return").filter(submission=submission).order_by("number")
    of = found.filter(Q(number=F("submission__version")) | Q(number=F("submission__accepted")))
    return tuple(of.values_list("pk", flat=True))


def _cells(version: UUID) -> tuple[Cell, ...]:
    fixes = Fix.objects.unscoped("the service fixes what a force asked it to fix").filter(version=version).order_by(*Fix.ORDER)
    return tuple(Cell(one.file, one.table, one.sheet, one.row, one.column, one.shown, one.value) for one in fixes)


def files_needed() -> frozenset[UUID]:
    """Versions whose files as they arrived are still needed: the newest of a return, not accepted yet, and the one that it is
    being made of. It names no viewer."""
    found = Version.objects.unscoped("files that nobody needs any more are removed").filter(receipt="", nil=False)
    newest = found.filter(number=F("submission__version")).exclude(submission__state__in=[WAIVED, ACCEPTED, LOCKED])
    sources = newest.filter(fixed_from__isnull=False, checked_at__isnull=True).order_by().values_list("fixed_from", flat=True)
    return frozenset(newest.order_by().values_list("pk", flat=True)) | frozenset(sources)


def indexed() -> dict[str, tuple[str, int | None]]:
    """What the rows say of the stores: by name, each accepted version's hash of its receipt and records. It names no viewer."""
    found = Version.objects.unscoped("the index is compared with the store").exclude(receipt="")
    fields = ("receipt", "submission__round__compartment", "receipt_sha256", "total")
    return {places.called(name, apart): (sha256, total) for name, apart, sha256, total in found.values_list(*fields)}


def stores_of_versions() -> dict[str, tuple[str, UUID | None]]:
    """Receipt and compartment of each accepted version, by the version's id: where its records lie. It names no viewer."""
    found = Version.objects.unscoped("files of records that were destroyed are removed").exclude(receipt="").order_by()
    rows = found.values_list("pk", "receipt", "submission__round__compartment")
    return {str(key): (receipt, apart) for key, receipt, apart in rows}
