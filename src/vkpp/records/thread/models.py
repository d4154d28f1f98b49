"""References that can be cited; findings with their evidence; recommendations with their findings and addressees."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from vkpp.records.ground.classes import Kept, Privacy, for_good
from vkpp.records.ground.record import ID_KEPT, MARKED_KEPT, Marked, Record
from vkpp.records.ground.viewer import Viewer
from vkpp.records.thread.states import DRAFT, FINDING, ISSUED, MERGED

SEE, WRITE = "thread.see", "thread.write"
WORDS, REASON, HASH, POINTER = 1000, 500, 64, 160
EDITION_NUMBER, SUBMISSION, DOCUMENT = "edition_number", "submission", "document"
EVIDENCE_KINDS = (
    (EDITION_NUMBER, "a number of a published edition"),
    (SUBMISSION, "a return"),
    (DOCUMENT, "a document"),
)

_CITED = "what was found and recommended, in words that name nobody: others cite it for as long as they stand"
_WHO = "who drafted it, so that somebody else issues it: an id only, and purging the person's own row empties it"
_ALL = ~Q(pk__in=())  # an empty Q would vanish beside an "or", and everywhere would mean nowhere
_NEVER_AGAIN = "a reference that was given out is never given to anything else"


def _good(why: str, *names: str) -> dict[str, Kept]:
    return {name: for_good(why) for name in names}


def _organisation(**kwargs: Any) -> Any:
    return models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+", **kwargs)


def _where(viewer: Viewer, permission: str, field: str = "organisation") -> Q:
    """Rows of the organisations in which the viewer holds the permission."""
    places = viewer.where(permission)
    return _ALL if places is None else Q(**{f"{field}__in": places})


class Reference(Record):
    """The reference of one object of records, of whatever app: VKPP-F-4829135. Kept for good, and never given twice.

    Nobody may read it by itself: it is there for whoever may know of its object.
    """

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_NEVER_AGAIN, "text", "kind", "key", "given_at")

    text = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=80)  # the model's label in small letters, as on the trail
    key = models.UUIDField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "key"], name="thread_reference_one_an_object"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(pk__in=())


class Link(Marked):
    """What a finding and a recommendation have in common: whose it is, where it stands, and what became of it."""

    organisation = _organisation()  # that says it
    state = models.CharField(max_length=10, choices=FINDING.choices())
    text = models.CharField(max_length=WORDS)
    drafted_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    drafted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=REASON, blank=True, default="")  # of a withdrawal or merger
    leads_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Marked.Meta):
        abstract = True
        ordering = ("-changed_at", "id")
        constraints = (
            *Marked.Meta.constraints,
            models.CheckConstraint(condition=Q(state__in=list(FINDING.words)), name="%(app_label)s_%(class)s_state"),
            models.CheckConstraint(condition=~Q(text=""), name="%(app_label)s_%(class)s_says_something"),
            models.CheckConstraint(
                condition=~Q(state=ISSUED) | Q(issued_at__isnull=False), name="%(app_label)s_%(class)s_issued_has_its_time"
            ),
            models.CheckConstraint(
                condition=(Q(state__in=[DRAFT, ISSUED]) & Q(ended_at__isnull=True, reason=""))
                | (~Q(state__in=[DRAFT, ISSUED]) & Q(ended_at__isnull=False) & ~Q(reason="")),
                name="%(app_label)s_%(class)s_ended_says_why",
            ),
            models.CheckConstraint(
                condition=(Q(state=MERGED) & Q(leads_to__isnull=False) & ~Q(leads_to=F("id")))
                | (~Q(state=MERGED) & Q(leads_to__isnull=True)),
                name="%(app_label)s_%(class)s_merged_leads_on",
            ),
        )


_LINK_KEPT: dict[str, Kept] = (
    MARKED_KEPT
    | _good(_CITED, "organisation", "state", "text", "drafted_at", "changed_at", "issued_at", "ended_at", "reason", "leads_to")
    | {"drafted_by": for_good(_WHO, Privacy.PERSONAL)}
)


class Finding(Link):
    """Something that was found, and stands on evidence."""

    KEPT: ClassVar[dict[str, Kept]] = _LINK_KEPT

    class Meta(Link.Meta):
        pass

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """A draft is its writers'. Issued, it is its organisation's readers', and theirs to whom that organisation recommends.

        A finding of one force on which another recommends does not travel with the recommendation.
        """
        own = Rests.objects.seen_by(viewer).filter(recommendation__organisation=F("finding__organisation"))
        recommended = Q(pk__in=own.values("finding"))
        return _where(viewer, WRITE) | (~Q(state=DRAFT) & (_where(viewer, SEE) | recommended))


class Evidence(Marked):
    """What a finding stands on: a pointer and a hash, never the thing itself. It opens for whoever may see the thing."""

    KEPT: ClassVar[dict[str, Kept]] = MARKED_KEPT | _good(
        _CITED, "organisation", "kind", "pointer", "digest", "says", "added_at"
    )

    organisation = _organisation()  # that brings it
    kind = models.CharField(max_length=20, choices=EVIDENCE_KINDS)
    pointer = models.CharField(max_length=POINTER)  # edition and number id; id of the return; slug of the document
    digest = models.CharField(max_length=HASH, blank=True, default="")  # of the edition's manifest; of the document's bytes
    says = models.CharField(max_length=REASON)
    added_at = models.DateTimeField()

    class Meta(Marked.Meta):
        constraints = (
            *Marked.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=[k for k, _ in EVIDENCE_KINDS]), name="thread_evidence_kind"),
            models.CheckConstraint(condition=~Q(pointer="") & ~Q(says=""), name="thread_evidence_full"),
            models.CheckConstraint(condition=Q(kind=SUBMISSION) | ~Q(digest=""), name="thread_evidence_has_its_hash"),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return _where(viewer, WRITE) | Q(pk__in=StandsOn.objects.seen_by(viewer).values("evidence"))


class StandsOn(Record):
    """A finding stands on a piece of evidence."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_CITED, "finding", "evidence")

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="+")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["finding", "evidence"], name="thread_standson_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(finding__in=Finding.objects.seen_by(viewer).values("pk"))


class Recommendation(Link):
    """What is recommended to whom, on which findings. What its addressees answer and do comes later."""

    KEPT: ClassVar[dict[str, Kept]] = _LINK_KEPT

    class Meta(Link.Meta):
        pass

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """A draft is its writers'. Issued, it is read where it was said and where it was addressed to."""
        addressed = Q(pk__in=Addressed.objects.seen_by(viewer).values("recommendation"))
        return _where(viewer, WRITE) | (~Q(state=DRAFT) & (_where(viewer, SEE) | addressed))


class Rests(Record):
    """A recommendation rests on a finding."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_CITED, "recommendation", "finding")

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="+")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["recommendation", "finding"], name="thread_rests_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(recommendation__in=Recommendation.objects.seen_by(viewer).values("pk"))


class Addressed(Record):
    """An organisation to which a recommendation is addressed. Each answers in a row of its own, later."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_CITED, "recommendation", "organisation")

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="+")
    organisation = _organisation()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["recommendation", "organisation"], name="thread_addressed_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """One's own address, once it was issued; compartments hold here too."""
        inside = Q(recommendation__compartment__isnull=True) | Q(recommendation__compartment__in=viewer.compartments)
        return inside & ~Q(recommendation__state=DRAFT) & _where(viewer, SEE)
