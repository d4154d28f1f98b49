"""A force's own pack: for its own people, and for the job that makes it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import UUID

from django.db.models import F

from vkpp.basics.working_days import LONDON, working_days_between
from vkpp.engine.shapes.pack import Pack, read
from vkpp.records.collections import rules
from vkpp.records.collections.models import CheckOutcome, Query, Submission, Version, Waiver
from vkpp.records.collections.queries.rows import marking_of, one_return
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.outcomes import PackJob
from vkpp.records.collections.rules.rows import PackFile, PackPage
from vkpp.records.collections.states import ANSWERED, SETTLED, SIGNED
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer

_WHY = "the service makes a force's own pack"
KINDS = ("html", "pdf", "csv")


def pack_job(version: UUID) -> PackJob | None:
    """What the pack of a version rests on; None where it is not accepted. It names no viewer: the service asks."""
    known = Version.objects.unscoped(_WHY).exclude(receipt="").filter(pk=version)
    found = known.select_related("submission__round", "submission__organisation").first()
    if found is None:
        return None
    row = found.submission
    answers = Query.objects.unscoped(_WHY).filter(submission=row, state__in=[ANSWERED, SETTLED]).order_by("check_id")
    signed = Waiver.objects.unscoped(_WHY).filter(submission=row, state=SIGNED).order_by("check_id")
    outcomes = CheckOutcome.objects.unscoped(_WHY).filter(version=found).order_by("check_id", "table")
    sent_on = _first_sent(row, found)
    return PackJob(
        version=found.pk,
        number=found.number,
        nil=found.nil,
        collection=row.round.collection,
        title=row.round.title,
        period=row.round.period,
        force_id=row.organisation.code,
        force_name=row.organisation.name,
        receipt=found.receipt,
        sent_on=sent_on,
        due_on=row.due_on,
        extended=bool(row.extension_reason),
        late=working_days_between(row.due_on, sent_on, register.catalogue().holidays),
        checks_ran=found.checks_ran,
        checks_all=found.checks_all,
        outcomes=tuple(outcomes.values_list("check_id", "severity", "table", "places")),
        reasons=tuple(answers.values_list("check_id", "answer")),
        waived=tuple(signed.values_list("check_id", "reason")),
        marking=str(marking_of(row)),
        compartment=row.round.compartment_id,
    )


def _first_sent(row: Submission, found: Version) -> date:
    """The day on which a version that was accepted was first certified: a correction later does not make the return late."""
    kept = Version.objects.unscoped(_WHY).filter(submission=row, number__lte=found.number).exclude(receipt="")
    instants = [signed or arrived for signed, arrived in kept.order_by().values_list("certified_at", "received_at")]
    return min(instants).astimezone(LONDON).date()


def packs_lacking() -> tuple[UUID, ...]:
    """The newest accepted version of each return whose pack does not lie there. It names no viewer."""
    found = Version.objects.unscoped(_WHY).exclude(receipt="").filter(number=F("submission__accepted")).order_by("pk")
    root = register.root()
    return tuple(key for key in found.values_list("pk", flat=True) if not places.pack(root, key, "json").is_file())


def packs_superseded() -> tuple[UUID, ...]:
    """Accepted versions after which another of the same return was accepted: nobody is shown their packs. Names no viewer."""
    found = Version.objects.unscoped(_WHY).exclude(receipt="").filter(number__lt=F("submission__accepted")).order_by("pk")
    return tuple(found.values_list("pk", flat=True))


def pack_page(*, viewer: Viewer, submission: UUID) -> PackPage:
    """The pack of the accepted version of one's own force's return. NotThere for everybody else, and before acceptance."""
    row, held, shown = one_return(viewer, submission)
    accepted = held.accepted.get(row.pk)
    if accepted is None or not rules.reads_pack(viewer, row.organisation_id):
        raise NotThere
    root = register.root()
    files = tuple((kind, path.stat().st_size) for kind in KINDS if (path := places.pack(root, accepted.pk, kind)).is_file())
    return PackPage(shown, accepted.number, _read(places.pack(root, accepted.pk, "json"), row), files)


def _read(path: Path, row: Submission) -> Pack | None:
    """The pack; None where there is none, and while the one that lies there says another marking than the return's."""
    found = read(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
    return found if found is not None and found.of_return == str(marking_of(row)) else None


def pack_file(*, viewer: Viewer, submission: UUID, kind: str) -> PackFile:
    """The pack as a file: "html", "pdf" or "csv". Raises NotThere where there is none."""
    row, held, _ = one_return(viewer, submission)
    accepted = held.accepted.get(row.pk)
    if accepted is None or kind not in KINDS or not rules.reads_pack(viewer, row.organisation_id):
        raise NotThere
    path = places.pack(register.root(), accepted.pk, kind)
    if not path.is_file() or _read(places.pack(register.root(), accepted.pk, "json"), row) is None:
        raise NotThere
    name = f"{row.organisation.code}_{row.round.collection}_{row.round.period}_v{accepted.number}_pack.{kind}"
    return PackFile(str(path), name)
