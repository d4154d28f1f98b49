"""What changes the thread so far: references given; evidence added; findings and recommendations drafted, issued and ended.

Responses, actions, measures and verdicts come later, each as rows beneath an issued recommendation.
Locks are taken in one order: recommendation, finding, evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from vkpp.basics.markings import Marking
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.moves import States
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.ground.words import said
from vkpp.records.people import queries as people
from vkpp.records.search import commands as search
from vkpp.records.search.rules import Indexed
from vkpp.records.thread import rules
from vkpp.records.thread.models import (
    EVIDENCE_KINDS,
    REASON,
    SUBMISSION,
    WORDS,
    Addressed,
    Evidence,
    Finding,
    Link,
    Recommendation,
    Reference,
    Rests,
    StandsOn,
)
from vkpp.records.thread.queries import facts_of, findable_findings, findable_recommendations, is_there
from vkpp.records.thread.states import DRAFT, FINDING, ISSUED, RECOMMENDATION
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.rules import reference

_WHY = "a command reads the rows that it changes"
_OPEN = Marking()


def _about(row: Any) -> str:
    return reference(row._meta.label_lower, row.pk)


def _rows(model: type[Any], **by: Any) -> Any:
    return model.objects.unscoped(_WHY).filter(**by)


def _known(model: type[Any], by: Viewer, key: UUID) -> Any:
    """The row, locked. NotThere, in the same words, for whoever may not know of it and where there is none."""
    if not model.objects.seen_by(by).filter(pk=key).exists():
        raise NotThere
    row = _rows(model, pk=key).select_for_update(no_key=True).first()
    if row is None:
        raise NotThere
    return row


def _find(found: Iterator[Indexed]) -> None:
    for entry in found:
        search.put(entry)


def _findable(row: Link) -> None:
    """Make the row findable as it is now, and with a recommendation the findings that its addressees may read."""
    if isinstance(row, Finding):
        _find(findable_findings(row.pk))
        return
    _find(findable_recommendations(row.pk))
    for key in _rows(Rests, recommendation=row).values_list("finding", flat=True):
        _find(findable_findings(key))


# References


@command("thread.reference.give")
def give_reference(*, by: Viewer, at: datetime, kind: str, key: UUID) -> Done[str]:
    """The reference of an object of any app, by its model's label; the same one each time, and never another's.

    Raises NotThere when the object is not there for the viewer, and UsageProblem for a kind that cannot be cited.
    """
    if kind not in rules.CITED:
        raise UsageProblem("That cannot be cited.", expected=", ".join(name for _, name in rules.CITED.values()))
    if not is_there(viewer=by, kind=kind, key=key):
        raise NotThere
    text = _reference(kind, key, at)
    return Done(reference(kind, key), text, {"reference": text})


def _reference(kind: str, key: UUID, at: datetime) -> str:
    found = _rows(Reference, kind=kind, key=key).first()
    row = found or Reference(kind=kind, key=key, text=_unused(lambda: rules.draw(kind)), given_at=at)
    if found is None:
        row.save()
    return str(row.text)


def _unused(draw: Callable[[], str]) -> str:
    for _ in range(rules.TRIES):
        text = draw()
        if not _rows(Reference, text=text).exists():
            return text
    raise UsageProblem("There is no reference left to give.", next_step="tell whoever runs the service: it needs more digits")


# Evidence


@command("thread.evidence.add")
def add_evidence(
    *,
    by: Viewer,
    at: datetime,
    organisation: UUID,
    kind: str,
    pointer: str,
    says: str,
    digest: str = "",
    marking: Marking = _OPEN,
    compartment: UUID | None = None,
) -> Done[UUID]:
    """Add a piece of evidence: what it points at, the hash that proves it, and what it says. Gives its id.

    kind: "edition_number" (pointer: edition and number id; digest: SHA-256 of the edition's manifest), "submission" (pointer:
    its id) or "document" (pointer: its slug; digest: of its bytes). Raises NotThere at a return that is not there for one.
    """
    rules.demand_writes(by, organisation, compartment)
    if kind not in dict(EVIDENCE_KINDS):
        raise UsageProblem("Evidence of this kind is not known.", expected=" or ".join(dict(EVIDENCE_KINDS)))
    if kind == SUBMISSION and not is_there(viewer=by, kind="collections.submission", key=pointer):
        raise NotThere
    row = Evidence(
        organisation_id=organisation,
        kind=kind,
        pointer=str(UUID(pointer)) if kind == SUBMISSION else rules.pointer(pointer),
        digest=rules.digest(digest, needed=kind != SUBMISSION),
        says=said(says, "What the evidence says", REASON),
        added_at=at,
        level=int(marking.level),
        handling=marking.handling,
        compartment_id=compartment,
    )
    row.save()
    _reference("thread.evidence", row.pk, at)
    return Done(_about(row), row.pk, {"kind": kind})


@command("thread.finding.support")
def support(*, by: Viewer, at: datetime, finding: UUID, evidence: UUID) -> Done[None]:
    """Let a finding in draft stand on a piece of evidence."""
    row = _known(Finding, by, finding)
    rules.demand(FINDING, "edit", by, _facts(row))
    proof = _known(Evidence, by, evidence)
    rules.demand_same_circle(_circle(proof), _circle(row))
    StandsOn.objects.unscoped(_WHY).get_or_create(finding=row, evidence=proof)
    _touch(row, at)
    return Done(_about(row), None, {"evidence": str(evidence)})


# Findings and recommendations: what both have in common


def _circle(row: Any) -> tuple[UUID | None, int]:
    return row.compartment_id, row.level


def _machine(row: Link) -> States:
    return FINDING if isinstance(row, Finding) else RECOMMENDATION


def _facts(row: Link) -> rules.Facts:
    if isinstance(row, Finding):
        return facts_of(row, stands_on=_rows(StandsOn, finding=row).count())
    states = list(_rows(Rests, recommendation=row).values_list("finding__state", flat=True))
    whom = _rows(Addressed, recommendation=row).count()
    return facts_of(row, stands_on=len(states), unissued=sum(state != ISSUED for state in states), addressees=whom)


def _touch(row: Link, at: datetime) -> None:
    row.changed_at = at
    row.save()
    _findable(row)


def _draft(
    model: type[Any], by: Viewer, at: datetime, organisation: UUID, text: str, marking: Marking, compartment: UUID | None
) -> Any:
    rules.demand_writes(by, organisation, compartment)
    row = model(
        organisation_id=organisation,
        state=DRAFT,
        text=said(text, "The text", WORDS),
        drafted_by_id=UUID(by.id),
        drafted_at=at,
        changed_at=at,
        level=int(marking.level),
        handling=marking.handling,
        compartment_id=compartment,
    )
    row.save()
    _reference(model._meta.label_lower, row.pk, at)
    _findable(row)
    return row


def _edit(model: type[Any], by: Viewer, at: datetime, key: UUID, text: str) -> Done[None]:
    row = _known(model, by, key)
    row.state = rules.demand(_machine(row), "edit", by, _facts(row))
    row.text = said(text, "The text", WORDS)
    _touch(row, at)
    return Done(_about(row), None)


def _issue(model: type[Any], by: Viewer, at: datetime, key: UUID) -> Done[None]:
    row = _known(model, by, key)
    row.state = rules.demand(_machine(row), "issue", by, _facts(row))
    row.issued_at = at
    _touch(row, at)
    return Done(_about(row), None)


def _end(row: Link, by: Viewer, at: datetime, act: str, reason: str, into: Link | None = None) -> Done[None]:
    row.state = rules.demand(_machine(row), act, by, _facts(row))
    row.reason = said(reason, "The reason", REASON)
    row.ended_at, row.leads_to_id = at, into.pk if into else None
    _touch(row, at)
    return Done(_about(row), None, {"into": str(into.pk)} if into else {})


def _merge(model: type[Any], by: Viewer, at: datetime, key: UUID, into: UUID, reason: str) -> Done[None]:
    first, second = (
        _known(model, by, one) for one in sorted((key, into))
    )  # in one order: two mergers never wait for each other
    row, other = (first, second) if first.pk == key else (second, first)
    machine = _machine(row)
    rules.demand(machine, "merge", by, _facts(row))
    rules.demand_mergeable((row.pk, row.organisation_id), (other.pk, other.organisation_id), other.state, machine.thing)
    rules.demand_same_circle(_circle(row), _circle(other))
    return _end(row, by, at, "merge", reason, other)


# Findings


@command("thread.finding.draft")
def draft_finding(
    *, by: Viewer, at: datetime, organisation: UUID, text: str, marking: Marking = _OPEN, compartment: UUID | None = None
) -> Done[UUID]:
    """Draft a finding for an organisation. Gives its id; its reference stands from now on."""
    row = _draft(Finding, by, at, organisation, text, marking, compartment)
    return Done(_about(row), row.pk)


@command("thread.finding.edit")
def edit_finding(*, by: Viewer, at: datetime, finding: UUID, text: str) -> Done[None]:
    """Reword a draft. What is issued is never reworded: withdraw it, or merge it into another."""
    return _edit(Finding, by, at, finding, text)


@command("thread.finding.issue")
def issue_finding(*, by: Viewer, at: datetime, finding: UUID) -> Done[None]:
    """Issue a finding that stands on evidence and that somebody else drafted."""
    return _issue(Finding, by, at, finding)


@command("thread.finding.withdraw")
def withdraw_finding(*, by: Viewer, at: datetime, finding: UUID, reason: str) -> Done[None]:
    """Withdraw a finding; its reference says so, and why, from now on."""
    return _end(_known(Finding, by, finding), by, at, "withdraw", reason)


@command("thread.finding.merge")
def merge_finding(*, by: Viewer, at: datetime, finding: UUID, into: UUID, reason: str) -> Done[None]:
    """Merge an issued finding into another of the same organisation; its reference leads there from now on."""
    return _merge(Finding, by, at, finding, into, reason)


# Recommendations


@command("thread.recommendation.draft")
def draft_recommendation(
    *,
    by: Viewer,
    at: datetime,
    organisation: UUID,
    text: str,
    findings: Sequence[UUID] = (),
    addressees: Sequence[UUID] = (),
    marking: Marking = _OPEN,
    compartment: UUID | None = None,
) -> Done[UUID]:
    """Draft a recommendation on findings (none yet is allowed in draft) to organisations. Gives its id."""
    row = _draft(Recommendation, by, at, organisation, text, marking, compartment)
    for key in sorted(set(findings)):
        _rest(row, by, key)
    _address(row, by, addressees)
    _findable(row)
    return Done(_about(row), row.pk, {"findings": len(set(findings)), "addressees": len(set(addressees))})


def _rest(row: Recommendation, by: Viewer, key: UUID) -> None:
    finding = _known(Finding, by, key)
    rules.demand_same_circle(_circle(finding), _circle(row))
    Rests.objects.unscoped(_WHY).get_or_create(recommendation=row, finding=finding)


def _address(row: Recommendation, by: Viewer, addressees: Sequence[UUID]) -> None:
    known = {one.id for one in people.organisations(viewer=by)}
    if not set(addressees) <= known:
        raise Refused("An addressee is no organisation of today.", next_step="choose its successor")
    for place in sorted(set(addressees)):
        Addressed.objects.unscoped(_WHY).get_or_create(recommendation=row, organisation_id=place)


@command("thread.recommendation.rest")
def rest_on(*, by: Viewer, at: datetime, recommendation: UUID, finding: UUID) -> Done[None]:
    """Let a recommendation in draft rest on a finding as well."""
    row = _known(Recommendation, by, recommendation)
    rules.demand(RECOMMENDATION, "edit", by, _facts(row))
    _rest(row, by, finding)
    _touch(row, at)
    return Done(_about(row), None, {"finding": str(finding)})


@command("thread.recommendation.address")
def address(*, by: Viewer, at: datetime, recommendation: UUID, addressees: Sequence[UUID]) -> Done[None]:
    """Address a recommendation in draft to these organisations, and to no others."""
    row = _known(Recommendation, by, recommendation)
    rules.demand(RECOMMENDATION, "edit", by, _facts(row))
    _rows(Addressed, recommendation=row).exclude(organisation__in=addressees).delete()
    _address(row, by, addressees)
    _touch(row, at)
    return Done(_about(row), None, {"addressees": len(set(addressees))})


@command("thread.recommendation.edit")
def edit_recommendation(*, by: Viewer, at: datetime, recommendation: UUID, text: str) -> Done[None]:
    """Reword a draft. What is issued is never reworded: withdraw it, or merge it into another."""
    return _edit(Recommendation, by, at, recommendation, text)


@command("thread.recommendation.issue")
def issue_recommendation(*, by: Viewer, at: datetime, recommendation: UUID) -> Done[None]:
    """Issue a recommendation on issued findings, with addressees, that somebody else drafted. Their answers come later."""
    return _issue(Recommendation, by, at, recommendation)


@command("thread.recommendation.withdraw")
def withdraw_recommendation(*, by: Viewer, at: datetime, recommendation: UUID, reason: str) -> Done[None]:
    """Withdraw a recommendation; its reference says so, and why, from now on."""
    return _end(_known(Recommendation, by, recommendation), by, at, "withdraw", reason)


@command("thread.recommendation.merge")
def merge_recommendation(*, by: Viewer, at: datetime, recommendation: UUID, into: UUID, reason: str) -> Done[None]:
    """Merge an issued recommendation into another of the same organisation; its reference leads there from now on."""
    return _merge(Recommendation, by, at, recommendation, into, reason)
