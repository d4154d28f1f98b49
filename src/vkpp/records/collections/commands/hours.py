"""What a round or tasking costs a force in hours, and the most that any of its forces is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from vkpp.basics.problems import UsageProblem
from vkpp.records.collections.models import Asked, Round, Submission, Tasking
from vkpp.records.collections.rules import register
from vkpp.records.collections.states import DRAFT
from vkpp.records.ground.viewer import Viewer


def hours_given(value: object) -> Decimal:
    hours = Decimal(str(value))
    if hours < 0:
        raise UsageProblem(f"{hours} hours cannot be.", expected="hours of one force, 0 or more")
    return hours


def most_hours(ask: Round | Tasking, organisations: Sequence[UUID], by: Viewer) -> float:
    """The most hours that one of these is asked for, in the quarter of the deadline, by what is out already.

    What the viewer may not know of is left out, as on the page, and of compartments only the ask's own counts: a refusal with
    the hours of others would say that they are there.
    """
    quarter, hours = register.quarter_of(ask.due_on), dict.fromkeys(organisations, 0.0)
    mine = {"organisation__in": organisations}
    returns = Submission.objects.seen_by(by).filter(**mine).exclude(round__state=DRAFT).exclude(round=ask.pk)
    others = Asked.objects.seen_by(by).filter(**mine).exclude(tasking__state=DRAFT).exclude(tasking=ask.pk)
    asks = [
        *returns.filter(_known("round", ask)).values_list("organisation", "round__due_on", "round__hours"),
        *others.filter(_known("tasking", ask)).values_list("organisation", "tasking__due_on", "tasking__hours"),
    ]
    for where, due, each in asks:
        hours[where] += float(each) if register.quarter_of(due) == quarter else 0.0
    return max(hours.values(), default=0.0)


def _known(of: str, ask: Round | Tasking) -> Q:
    own = Q(**{f"{of}__compartment": ask.compartment_id})
    return own if ask.compartment_id is None else own | Q(**{f"{of}__compartment__isnull": True})
