"""Rounds as rows, what a draft changes against the round before it, and what is asked of a force in a quarter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.models import Asked, Round, Submission
from vkpp.records.collections.queries.rows import acts_of, days_left, period_words
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.rows import Changes, RoundRow
from vkpp.records.collections.states import DRAFT, ROUND
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer


def rounds(*, viewer: Viewer) -> tuple[RoundRow, ...]:
    """Rounds that the viewer may know of, the latest deadline first."""
    return tuple(round_row(row, viewer) for row in Round.objects.seen_by(viewer))


def round_row(row: Round, viewer: Viewer) -> RoundRow:
    return RoundRow(
        id=row.pk,
        collection=row.collection,
        edition=row.edition,
        title=row.title,
        period=row.period,
        period_words=period_words(row.period),
        state=row.state,
        state_words=ROUND.states.words[row.state],
        opens_on=row.opens_on,
        working_days=row.working_days,
        due_on=row.due_on,
        working_days_left=days_left(viewer, row.due_on),
        hours=float(row.hours),
        hours_rest_on=row.hours_rest_on,
        already_held=row.already_held,
        hours_signed=row.hours_signed_by_id is not None,
        reason=row.reason,
        marking=row.marking,
        acts=acts_of(ROUND, rules.anywhere(viewer, "collections.chase"), rules.Facts(row.state)),
    )


def round_seen(viewer: Viewer, key: UUID) -> Round:
    row: Round | None = Round.objects.seen_by(viewer).filter(pk=key).first()
    if row is None:
        raise NotThere
    return row


def whole_round(viewer: Viewer, key: UUID) -> Round:
    """The round for whoever works on all of it. Anybody else would read the returns that they see as the nation's."""
    if not rules.works_on_whole_rounds(viewer):
        raise NotThere
    return round_seen(viewer, key)


def round_changes(*, viewer: Viewer, round_: UUID) -> Changes:
    """What a round asks that the one it was cloned from did not, and what it costs forces in hours (R9)."""
    row = round_seen(viewer, round_)
    before = Round.objects.seen_by(viewer).filter(pk=row.cloned_from_id).first() if row.cloned_from_id else None
    now, then = json.loads(row.asked), json.loads(before.asked) if before else {"fields": {}, "checks": {}}
    forces = list(Submission.objects.seen_by(viewer).filter(round=row).values_list("organisation", flat=True))
    hours = hours_asked(viewer, forces, register.quarter_of(row.due_on))
    most = max((h + (float(row.hours) if row.state == DRAFT else 0.0) for h in hours.values()), default=float(row.hours))
    limit, source = register.hours_limit(row.due_on)
    added, removed = _gone(now["fields"], then["fields"]), _gone(then["fields"], now["fields"])
    made = Changes(
        round=row.pk,
        cloned_from=row.cloned_from_id if before else None,
        added=added if before else (),
        removed=removed,
        checks_added=tuple(sorted(now["checks"].keys() - then["checks"].keys())) if before else (),
        checks_removed=tuple(sorted(then["checks"].keys() - now["checks"].keys())),
        hours=float(row.hours),
        hours_before=float(before.hours) if before else None,
        forces=len(forces),
        hours_in_all=float(row.hours) * len(forces),
        most_hours_of_a_force=most,
        limit=limit,
        limit_source=source,
        sentences=(),
    )
    return _said(made, row, before)


def _gone(fields: Mapping[str, str], without: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(title for name, title in fields.items() if name not in without)


def _said(made: Changes, row: Round, before: Round | None) -> Changes:
    lines = []
    if before is None:
        lines.append("This round was not cloned from an earlier one, so everything it asks is new.")
    else:
        lines.append(_changed("column", made.added, made.removed, named=True))
        lines.append(_changed("check", made.checks_added, made.checks_removed))
        if row.edition != before.edition:
            lines.append(f"The specification is edition {row.edition}; it was {before.edition}.")
        if row.working_days != before.working_days:
            lines.append(f"Forces have {row.working_days} working days; they had {before.working_days}.")
    change = "" if before is None else f" (it was {made.hours_before:g})"
    lines.append(f"It costs a force {made.hours:g} hours{change}, and {made.forces} forces {made.hours_in_all:g} hours in all.")
    lines.append(f"With it, the most that a force is asked for in the quarter is {made.most_hours_of_a_force:g} hours.")
    if made.most_hours_of_a_force > made.limit:
        lines.append(f"That is above the limit of {made.limit:g} hours: it waits for the national lead’s signature.")
    return replace(made, sentences=tuple(lines))


def _changed(thing: str, added: Sequence[str], removed: Sequence[str], *, named: bool = False) -> str:
    """What is new of a thing and what is gone: 2 columns are new (Sex, Age), and 1 is gone (Place)."""
    if not (added or removed):
        return f"No {thing} is new, and none is gone."
    new, gone = (f" ({', '.join(some)})" if named and some else "" for some in (added, removed))
    words = (
        f"{rules.counted(len(added), thing)} {'is' if len(added) == 1 else 'are'} new{new}" if added else f"No {thing} is new"
    )
    count = f"{len(removed)} {'is' if len(removed) == 1 else 'are'} gone{gone}" if removed else "none is gone"
    return f"{words}, and {count}."


def hours_asked(viewer: Viewer, organisations: Iterable[UUID], quarter: str) -> dict[UUID, float]:
    """Hours that each organisation is asked for in a quarter by everything that is out and that the viewer may know of."""
    hours: dict[UUID, float] = dict.fromkeys(organisations, 0.0)
    returns = Submission.objects.seen_by(viewer).filter(organisation__in=hours).exclude(round__state=DRAFT)
    others = Asked.objects.seen_by(viewer).filter(organisation__in=hours).exclude(tasking__state=DRAFT)
    asks = (
        *returns.order_by().values_list("organisation", "round__due_on", "round__hours"),
        *others.values_list("organisation", "tasking__due_on", "tasking__hours"),
    )
    for where, due, each in asks:
        hours[where] += float(each) if register.quarter_of(due) == quarter else 0.0
    return hours
