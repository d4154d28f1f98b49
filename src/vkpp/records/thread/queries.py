"""What the thread remembers, for a viewer: findings, recommendations, evidence, and what a reference leads to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import F

from vkpp.basics.markings import Marking
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.search.rules import Indexed
from vkpp.records.thread import rules
from vkpp.records.thread.models import (
    DOCUMENT,
    EDITION_NUMBER,
    EVIDENCE_KINDS,
    SEE,
    SUBMISSION,
    WRITE,
    Addressed,
    Evidence,
    Finding,
    Link,
    Recommendation,
    Reference,
    Rests,
    StandsOn,
)
from vkpp.records.thread.states import DRAFT, FINDING, ISSUED, RECOMMENDATION

_KIND_WORDS = dict(EVIDENCE_KINDS)
_INDEX = "search copies each with the permissions that open it"
_BY_OBJECT = "a reference is there for whoever may know of its object"


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A piece of evidence. `pointer` is "" where the viewer may not open what it points at; `digest` proves it anyway."""

    id: UUID
    reference: str
    kind: str
    kind_words: str
    says: str
    pointer: str
    digest: str
    marking: Marking


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding, what became of it in words ("" while it stands), its evidence, and the acts that the viewer has."""

    id: UUID
    reference: str
    organisation: UUID
    organisation_name: str
    text: str
    state: str
    state_words: str
    became: str
    marking: Marking
    changed_at: datetime
    evidence: tuple[EvidenceRow, ...]
    acts: tuple[str, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """A recommendation; `findings` are (id, reference, state in words) and `addressees` (id, name), by name."""

    id: UUID
    reference: str
    organisation: UUID
    organisation_name: str
    text: str
    state: str
    state_words: str
    became: str
    marking: Marking
    changed_at: datetime
    findings: tuple[tuple[UUID, str, str], ...]
    addressees: tuple[tuple[UUID, str], ...]
    acts: tuple[str, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference leads to: the kind and id of the object, and in words what became of it ("" while it stands)."""

    reference: str
    kind: str
    kind_words: str
    key: UUID
    became: str


# References


def resolve(*, viewer: Viewer, reference: str) -> Resolved:
    """What stands behind a reference, after a merger or withdrawal too.

    Raises NotThere, the same whether it exists or not, and UsageProblem when it is mistyped.
    """
    text = rules.spelled(reference)
    row = Reference.objects.unscoped(_BY_OBJECT).filter(text=text).first()
    if row is None or not is_there(viewer=viewer, kind=row.kind, key=row.key):
        raise NotThere
    return Resolved(text, row.kind, rules.CITED[row.kind][1], row.key, _became_of(viewer, row.kind, row.key))


def is_there(*, viewer: Viewer, kind: str, key: UUID | str) -> bool:
    """Whether the viewer may know of an object of any app that can be cited, by that object's own scope."""
    if kind not in rules.CITED:
        return False
    model: Any = apps.get_model(kind)
    try:
        return bool(model.objects.seen_by(viewer).filter(pk=key).exists())
    except ValidationError:  # no id at all
        return False


def reference_of(*, viewer: Viewer, kind: str, key: UUID) -> str:
    """The reference of an object, "" where none was given yet. Raises NotThere when it is not there for the viewer."""
    if not is_there(viewer=viewer, kind=kind, key=key):
        raise NotThere
    return _references(kind, [key]).get(key, "")


def _references(kind: str, keys: Collection[UUID]) -> dict[UUID, str]:
    rows = Reference.objects.unscoped(_BY_OBJECT).filter(kind=kind, key__in=keys)
    return dict(rows.values_list("key", "text"))


def _became_of(viewer: Viewer, kind: str, key: UUID) -> str:
    model = {"thread.finding": Finding, "thread.recommendation": Recommendation}.get(kind)
    return _became(viewer, [model.objects.seen_by(viewer).get(pk=key)])[key] if model else ""


def _became(viewer: Viewer, rows: Collection[Link]) -> dict[UUID, str]:
    """What became of each, in words; where it was merged into one that the viewer may not know of, that is not named."""
    into = [row.leads_to_id for row in rows if row.leads_to_id]
    if not rows:
        return {}
    model: Any = type(next(iter(rows)))
    seen = model.objects.seen_by(viewer).filter(pk__in=into).values_list("pk", flat=True)
    kind = model._meta.label_lower
    names = _references(kind, list(seen))
    return {
        row.pk: rules.became(
            rules.CITED[kind][1],
            row.ended_at,
            row.state,
            row.reason,
            lambda row=row: names.get(row.leads_to_id),  # type: ignore[misc]
        )
        for row in rows
    }


# Findings


def findings(*, viewer: Viewer, state: str = "") -> tuple[FindingRow, ...]:
    """Findings that the viewer may see (in one state, or in all), the latest changed first."""
    found = Finding.objects.seen_by(viewer).select_related("organisation")
    return _finding_rows(viewer, list(found.filter(state=state) if state else found))


def finding(*, viewer: Viewer, finding: UUID) -> FindingRow:
    """One finding. Raises NotThere, the same whether it exists or not."""
    rows = list(Finding.objects.seen_by(viewer).filter(pk=finding).select_related("organisation"))
    if not rows:
        raise NotThere
    return _finding_rows(viewer, rows)[0]


def _finding_rows(viewer: Viewer, rows: list[Finding]) -> tuple[FindingRow, ...]:
    keys = [row.pk for row in rows]
    links = list(StandsOn.objects.seen_by(viewer).filter(finding__in=keys).values_list("finding", "evidence"))
    evidence = {row.id: row for row in _evidence_rows(viewer, {e for _, e in links})}
    names, became = _references("thread.finding", keys), _became(viewer, rows)
    return tuple(_finding_row(row, viewer, names[row.pk], became[row.pk], _of(row.pk, links, evidence)) for row in rows)


def _of(key: UUID, links: list[tuple[UUID, UUID]], evidence: Mapping[UUID, EvidenceRow]) -> tuple[EvidenceRow, ...]:
    mine = [evidence[e] for finding, e in links if finding == key and e in evidence]
    return tuple(sorted(mine, key=lambda row: row.reference))


def _finding_row(row: Finding, viewer: Viewer, name: str, became: str, stands: tuple[EvidenceRow, ...]) -> FindingRow:
    allowed, refused = rules.acts(FINDING, viewer, facts_of(row, stands_on=len(stands)))
    return FindingRow(
        id=row.pk,
        reference=name,
        organisation=row.organisation_id,
        organisation_name=row.organisation.name,
        text=row.text,
        state=row.state,
        state_words=FINDING.words[row.state],
        became=became,
        marking=row.marking,
        changed_at=row.changed_at,
        evidence=stands,
        acts=allowed,
        refused=refused,
    )


def _evidence_rows(viewer: Viewer, keys: Collection[UUID]) -> tuple[EvidenceRow, ...]:
    rows = list(Evidence.objects.seen_by(viewer).filter(pk__in=keys))
    names = _references("thread.evidence", [row.pk for row in rows])
    opened = _opened(viewer, rows)
    return tuple(
        EvidenceRow(
            id=row.pk,
            reference=names[row.pk],
            kind=row.kind,
            kind_words=_KIND_WORDS[row.kind],
            says=row.says,
            pointer=row.pointer if row.pk in opened else "",
            digest=row.digest,
            marking=row.marking,
        )
        for row in rows
    )


def _opened(viewer: Viewer, rows: list[Evidence]) -> set[UUID]:
    """What the viewer may open. A return opens by its own scope; a published number to everybody; a document to its writers."""
    returns = [row.pointer for row in rows if row.kind == SUBMISSION]
    model: Any = apps.get_model("collections.submission")
    seen = {str(key) for key in model.objects.seen_by(viewer).filter(pk__in=returns).values_list("pk", flat=True)}
    return {
        row.pk
        for row in rows
        if row.kind == EDITION_NUMBER
        or (row.kind == SUBMISSION and row.pointer in seen)
        or (row.kind == DOCUMENT and viewer.may(WRITE, row.organisation_id))
    }


def evidence(*, viewer: Viewer, evidence: UUID) -> EvidenceRow:
    """One piece of evidence. Raises NotThere, the same whether it exists or not."""
    found = _evidence_rows(viewer, [evidence])
    if not found:
        raise NotThere
    return found[0]


# Recommendations


def recommendations(*, viewer: Viewer, state: str = "") -> tuple[RecommendationRow, ...]:
    """Recommendations that the viewer may see (in one state, or in all), the latest changed first."""
    found = Recommendation.objects.seen_by(viewer).select_related("organisation")
    return _recommendation_rows(viewer, list(found.filter(state=state) if state else found))


def recommendation(*, viewer: Viewer, recommendation: UUID) -> RecommendationRow:
    """One recommendation. Raises NotThere, the same whether it exists or not."""
    rows = list(Recommendation.objects.seen_by(viewer).filter(pk=recommendation).select_related("organisation"))
    if not rows:
        raise NotThere
    return _recommendation_rows(viewer, rows)[0]


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around recommendations, by their id: their findings with states, and their addressees with names."""

    findings: dict[UUID, list[tuple[UUID, str]]]
    addressees: dict[UUID, list[tuple[UUID, str]]]
    references: dict[UUID, str]


def _around(viewer: Viewer, keys: list[UUID]) -> _Around:
    visible = Finding.objects.seen_by(viewer).values("pk")
    rests = Rests.objects.seen_by(viewer).filter(recommendation__in=keys, finding__in=visible)
    whom = Addressed.objects.unscoped("the addressees of what the viewer sees").filter(recommendation__in=keys)
    around = _Around({}, {}, _references("thread.recommendation", keys))
    for key, finding, state in rests.values_list("recommendation", "finding", "finding__state"):
        around.findings.setdefault(key, []).append((finding, state))
    for key, place, name in whom.order_by("organisation__name").values_list(
        "recommendation", "organisation", "organisation__name"
    ):
        around.addressees.setdefault(key, []).append((place, name))
    around.references.update(_references("thread.finding", {f for found in around.findings.values() for f, _ in found}))
    return around


def _recommendation_rows(viewer: Viewer, rows: list[Recommendation]) -> tuple[RecommendationRow, ...]:
    around, became = _around(viewer, [row.pk for row in rows]), _became(viewer, rows)
    return tuple(_recommendation_row(row, viewer, around, became[row.pk]) for row in rows)


def _recommendation_row(row: Recommendation, viewer: Viewer, around: _Around, became: str) -> RecommendationRow:
    rests, whom = around.findings.get(row.pk, []), around.addressees.get(row.pk, [])
    states = [state for _, state in rests]
    facts = facts_of(row, stands_on=len(rests), unissued=sum(s != ISSUED for s in states), addressees=len(whom))
    allowed, refused = rules.acts(RECOMMENDATION, viewer, facts)
    names = sorted((around.references[key], key, FINDING.words[state]) for key, state in rests)
    return RecommendationRow(
        id=row.pk,
        reference=around.references[row.pk],
        organisation=row.organisation_id,
        organisation_name=row.organisation.name,
        text=row.text,
        state=row.state,
        state_words=RECOMMENDATION.words[row.state],
        became=became,
        marking=row.marking,
        changed_at=row.changed_at,
        findings=tuple((key, name, words) for name, key, words in names),
        addressees=tuple(whom),
        acts=allowed,
        refused=refused,
    )


def facts_of(row: Link, *, stands_on: int, unissued: int = 0, addressees: int | None = None) -> rules.Facts:
    """What rules.why_not asks, of a row: the page's and the command's alike."""
    return rules.Facts(row.state, row.organisation_id, str(row.drafted_by_id or ""), stands_on, unissued, addressees)


# What search is made from


def findable_findings(only: UUID | None = None) -> Iterator[Indexed]:
    """Every finding (or one) as search keeps it: found by the words of its evidence too, by whoever may see it."""
    rows = Finding.objects.unscoped(_INDEX).order_by("pk")
    said: dict[UUID, list[str]] = {}
    stands, whom = StandsOn.objects.unscoped(_INDEX), _readers_by_recommendation(only)
    if only is not None:
        rows, stands = rows.filter(pk=only), stands.filter(finding=only)
    for key, words in stands.order_by("pk").values_list("finding", "evidence__says"):
        said.setdefault(key, []).append(words)
    names = _references("thread.finding", rows.values("pk"))
    for row in rows.iterator(chunk_size=500):
        yield _indexed("finding", row, names.get(row.pk, ""), " ".join(said.get(row.pk, [])), whom.get(row.pk, set()))


def _readers_by_recommendation(only: UUID | None) -> dict[UUID, set[UUID]]:
    """The addressees of issued recommendations, by the findings of the same organisation on which these rest."""
    rests = Rests.objects.unscoped(_INDEX).filter(recommendation__organisation=F("finding__organisation"))
    rests = rests.exclude(recommendation__state=DRAFT)
    if only is not None:
        rests = rests.filter(finding=only)
    by_finding: dict[UUID, set[UUID]] = {}
    to = _addressees()
    for finding, key in rests.values_list("finding", "recommendation"):
        by_finding.setdefault(finding, set()).update(to.get(key, set()))
    return by_finding


def _addressees(only: UUID | None = None) -> dict[UUID, set[UUID]]:
    rows = Addressed.objects.unscoped(_INDEX)
    rows = rows.filter(recommendation=only) if only is not None else rows
    found: dict[UUID, set[UUID]] = {}
    for key, place in rows.values_list("recommendation", "organisation"):
        found.setdefault(key, set()).add(place)
    return found


def findable_recommendations(only: UUID | None = None) -> Iterator[Indexed]:
    """Every recommendation (or one) as search keeps it, for whoever may see it."""
    rows = Recommendation.objects.unscoped(_INDEX).order_by("pk")
    rows = rows.filter(pk=only) if only is not None else rows
    to = _addressees(only)
    names = _references("thread.recommendation", rows.values("pk"))
    for row in rows.iterator(chunk_size=500):
        yield _indexed("recommendation", row, names.get(row.pk, ""), "", to.get(row.pk, set()))


def _indexed(kind: str, row: Link, name: str, text: str, readers: set[UUID]) -> Indexed:
    """The leaves say what Finding.scope and Recommendation.scope say; a test compares them for every viewer."""
    leaves: set[tuple[str, UUID | None]] = {(WRITE, row.organisation_id)}
    if row.state != DRAFT:
        leaves |= {(SEE, place) for place in {row.organisation_id, *readers}}
    return Indexed(
        kind=kind,
        key=row.pk,
        title=row.text,
        text=f"{row.text} {text}",
        changed_at=row.changed_at,
        leaves=frozenset(leaves),
        reference=name,
        level=row.level,
        handling=row.handling,
        compartment=row.compartment_id,
    )
