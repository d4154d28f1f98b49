"""A return as a command holds it: its newest version, the facts that rules ask for, and its state moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from vkpp.records.collections import rules
from vkpp.records.collections.commands.locking import locked_row, person_of, rows_of
from vkpp.records.collections.models import CheckOutcome, Query, Round, Submission, Version, Waiver
from vkpp.records.collections.states import GONE, OPEN, QUERY, SIGNED
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer


def return_row(by: Viewer, submission: UUID) -> tuple[Submission, Round]:
    """The return and its round, both locked in their order."""
    if not by.id.startswith("system:") and not Submission.objects.seen_by(by).filter(pk=submission).exists():
        raise NotThere
    key = rows_of(Submission, pk=submission).values_list("round", flat=True).first()
    if key is None:
        raise NotThere
    round_ = locked_row(Round, key)
    return locked_row(Submission, submission), round_


def current_version(row: Submission) -> Version | None:
    found: Version | None = rows_of(Version, submission=row, number=row.version).first()
    return found


def facts_of(row: Submission, round_: Round, version: Version | None) -> rules.Facts:
    return rules.facts_of(row, round_.state, version, whole=_whole(row, version))


def _whole(row: Submission, version: Version | None) -> bool:
    """Whether the version in hand passed its checks and every query on it is answered."""
    if version is None or version.receipt or not (version.nil or version.checked_at):
        return False
    return is_clean(row, version) and not rows_of(Query, submission=row, state=OPEN).exists()


def is_clean(row: Submission, version: Version) -> bool:
    """Whether nothing is left to fix: no error of a check that is not waived, and every check ran."""
    waived = list(rows_of(Waiver, submission=row, state=SIGNED).values_list("check_id", flat=True))
    errors = rows_of(CheckOutcome, version=version, severity="error").exclude(check_id__in=waived)
    return version.nil or not (version.trouble or errors.exists() or version.checks_ran < version.checks_all)


def move_return(row: Submission, state: str, at: datetime) -> None:
    row.state, row.state_since = state, at
    row.save()


def new_version(row: Submission, by: Viewer, at: datetime, **values: Any) -> Version:
    if row.accepted and row.version == row.accepted:
        row.returned_words = ""  # why the correction before this one was taken back: not what this one answers
    newest = rows_of(Version, submission=row).aggregate(newest=Max("number"))["newest"]
    row.version = (newest or 0) + 1  # not the one after that in hand: a correction that was taken back keeps its number
    version = Version(submission=row, number=row.version, prepared_by_id=person_of(by), received_at=at, **values)
    version.save(force_insert=True)
    return version


def forget_queries(row: Submission, found: set[str]) -> None:
    for query in rows_of(Query, submission=row).exclude(state=GONE).exclude(check_id__in=found):
        query.state = QUERY.after(query.state, "go")
        query.save()


def state_found(row: Submission, version: Version) -> str:
    if not is_clean(row, version):
        return "find_errors"
    return "find_queries" if rows_of(Query, submission=row, state=OPEN).exists() else "pass"


def part_of_return(model: type[Any], by: Viewer, key: UUID) -> tuple[Submission, Round, Any]:
    """A query or a waiver with its return and round, locked in their order."""
    if not model.objects.seen_by(by).filter(pk=key).exists():
        raise NotThere
    row, round_ = return_row(by, rows_of(model, pk=key).values_list("submission", flat=True).get())
    return row, round_, locked_row(model, key)
