"""Rounds, returns with their versions, queries, waivers and taskings: rows that point at the folder of accepted versions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from vkpp.records.collections.states import (
    ANSWERED,
    DRAFT,
    LOCKED,
    PLANNED,
    QUERY,
    RETURN,
    ROUND,
    SETTLED,
    SIGNED,
    TASKING,
    WAIVER,
)
from vkpp.records.ground.classes import Kept, Privacy, RowKept, for_good, until, with_row
from vkpp.records.ground.record import ID_KEPT, MARKED_KEPT, Marked, Record
from vkpp.records.ground.viewer import Viewer

SEE, MANAGE, SIGN, PREPARE = "collections.see", "collections.manage", "collections.sign", "collections.prepare"
SHARE = "collections.share"
REASON, CODE, HASH = 500, 60, 64
_TWO_YEARS, _SIX_YEARS = 730, 2192

_ASKED = "what was asked of whom, by when and at what cost: every number rests on it"
_COUNTS = "counts, hashes and dates of a return, without a record of it: the proof of what was sent and accepted"
_SIGNED = "who prepared, certified, approved and accepted: ids only, and purging the person's own row empties them"
_NOTES = "printed in the national notes beside the number that it explains; checked to name and find nobody"


def _good(why: str, *names: str) -> dict[str, Kept]:
    return {name: for_good(why) for name in names}


def _people(*names: str) -> dict[str, Kept]:
    return {name: for_good(_SIGNED, Privacy.PERSONAL) for name in names}


def _organisation(**kwargs: Any) -> Any:
    return models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+", **kwargs)


def _person() -> Any:
    return models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", null=True, blank=True)


def _state(machine: Any, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(state__in=list(machine.states.words)), name=name)


def _where(viewer: Viewer, permission: str, field: str) -> Q:
    """Rows of the organisations in which the viewer holds the permission."""
    places = viewer.where(permission)
    return Q() if places is None else Q(**{f"{field}__in": places})


def _drafts(viewer: Viewer) -> bool:
    """Whether drafts exist for the viewer: for who makes them, and for who signs for their hours."""
    return viewer.may(MANAGE) or viewer.may(SIGN)


class Round(Marked):
    """One collection asked of forces for one period. `asked` is a snapshot of the fields and checks, for what changed."""

    KEPT: ClassVar[dict[str, Kept]] = (
        MARKED_KEPT
        | _good(
            _ASKED,
            *(
                "collection",
                "edition",
                "title",
                "period",
                "state",
                "opens_on",
                "working_days",
                "due_on",
                "cloned_from",
                "asked",
            ),
            *(
                "hours",
                "hours_rest_on",
                "already_held",
                "hours_reason",
                "reason",
                "drafted_at",
                "opened_at",
                "closed_at",
                "locked_at",
            ),
        )
        | _people("hours_signed_by")
    )

    collection = models.SlugField(max_length=CODE)
    edition = models.CharField(max_length=CODE)
    title = models.CharField(max_length=160)
    period = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=ROUND.states.choices())
    opens_on = models.DateField()
    working_days = models.PositiveSmallIntegerField()  # from opening to the deadline
    due_on = models.DateField()
    cloned_from = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    asked = models.TextField()  # JSON: {"fields": {"table.field": title}, "checks": {id: severity}}
    hours = models.DecimalField(max_digits=7, decimal_places=2)  # of one force, for this return (R9)
    hours_rest_on = models.CharField(max_length=REASON)
    already_held = models.CharField(max_length=REASON)
    hours_signed_by = _person()
    hours_reason = models.CharField(max_length=REASON, blank=True, default="")
    reason = models.CharField(max_length=REASON, blank=True, default="")  # of the last opening again or unlocking
    drafted_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Marked.Meta):
        ordering = ("-due_on", "collection", "id")
        constraints = (
            *Marked.Meta.constraints,
            _state(ROUND, "collections_round_state"),
            models.UniqueConstraint(
                fields=["collection", "period"], condition=Q(compartment__isnull=True), name="collections_round_one_a_period"
            ),
            models.UniqueConstraint(  # what is accepted in a compartment lies in one store, in which this names a return
                fields=["collection", "period", "compartment"],
                condition=Q(compartment__isnull=False),
                name="collections_round_one_a_compartment",
            ),
            models.CheckConstraint(condition=Q(hours__gte=0), name="collections_round_hours"),
            models.CheckConstraint(condition=Q(due_on__gte=F("opens_on")), name="collections_round_dates"),
            models.CheckConstraint(
                condition=Q(state=DRAFT) | Q(opened_at__isnull=False), name="collections_round_open_has_its_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=LOCKED) | Q(locked_at__isnull=False), name="collections_round_locked_has_its_time"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """A draft is its makers'; once it is open, whoever sees returns knows what is asked."""
        if _drafts(viewer):
            return Q()
        return ~Q(state=DRAFT) if viewer.may_anywhere(SEE) else Q(pk__in=())


class Submission(Marked):
    """The return that is expected of one force in one round, and where it stands. Versions are what was sent."""

    KEPT: ClassVar[dict[str, Kept]] = (
        MARKED_KEPT
        | _good(
            _COUNTS,
            *("round", "organisation", "area", "state", "due_on", "version", "accepted", "state_since", "chased_at", "chases"),
            "shown_at",
        )
        | _good(_ASKED, "extension_reason")
        | {"returned_words": until(_SIX_YEARS, "state_since"), "unlock_reason": for_good(_NOTES)}
    )

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    organisation = _organisation()
    area = _organisation(null=True, blank=True)  # the approval area when the force was put on the list; none for some
    state = models.CharField(max_length=14, choices=RETURN.states.choices())
    state_since = models.DateTimeField()
    due_on = models.DateField()
    extension_reason = models.CharField(max_length=REASON, blank=True, default="")
    version = models.PositiveSmallIntegerField(default=0)  # of the version in hand; 0 is none
    accepted = models.PositiveSmallIntegerField(default=0)  # of the newest accepted version; 0 is none
    returned_words = models.CharField(max_length=REASON, blank=True, default="")
    unlock_reason = models.CharField(max_length=REASON, blank=True, default="")
    chased_at = models.DateTimeField(null=True, blank=True)
    chases = models.PositiveSmallIntegerField(default=0)
    # Since when its force lets its area and the national team look inside before it has certified; null: it does not.
    shown_at = models.DateTimeField(null=True, blank=True)

    class Meta(Marked.Meta):
        ordering = ("organisation__name", "id")
        constraints = (
            *Marked.Meta.constraints,
            _state(RETURN, "collections_submission_state"),
            models.UniqueConstraint(fields=["round", "organisation"], name="collections_submission_one_a_round"),
            models.CheckConstraint(condition=Q(accepted__lte=F("version")), name="collections_submission_versions"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "locked", "unlocked"]) | Q(accepted__gte=1),
                name="collections_submission_accepted_has_its_version",
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        mine = _where(viewer, SEE, "organisation")
        return mine if _drafts(viewer) else mine & ~Q(state=PLANNED)


class Part(Record):
    """A row that belongs to a return: whoever may know of the return may know of it, and nobody else."""

    class Meta:
        abstract = True

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(submission__in=Submission.objects.seen_by(viewer))


class Version(Part):
    """One sending: what was received, what the checks said in numbers, who signed, and its place in the store."""

    KEPT: ClassVar[dict[str, Kept]] = (
        dict(ID_KEPT)
        | _good(
            _COUNTS,
            *("submission", "number", "nil", "received_at", "sha256", "size", "checked_at", "specification", "lines"),
            *("errors", "queries", "notes", "checks_ran", "checks_all", "findings_sha256", "records", "total"),
            *("certified_at", "approved_at", "accepted_at", "receipt", "receipt_sha256", "difference", "moved", "fixed_from"),
        )
        | _people("prepared_by", "certified_by", "approved_by", "accepted_by")
        | {
            "nil_reason": for_good(_NOTES),
            "files": until(_TWO_YEARS, "received_at"),
            "trouble": until(_TWO_YEARS, "received_at"),
        }
    )

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    nil = models.BooleanField(default=False)
    nil_reason = models.CharField(max_length=REASON, blank=True, default="")
    fixed_from = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)  # cells fixed
    prepared_by = _person()
    received_at = models.DateTimeField()
    files = models.TextField(blank=True, default="")  # JSON: names and sizes; a name given by a person may name one
    sha256 = models.CharField(max_length=HASH, blank=True, default="")  # over the hashes of the files, in their order
    size = models.PositiveBigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    specification = models.CharField(max_length=120, blank=True, default="")
    trouble = models.CharField(max_length=1000, blank=True, default="")  # why nothing could be checked, in words
    errors = models.PositiveIntegerField(default=0)
    queries = models.PositiveIntegerField(default=0)
    notes = models.PositiveIntegerField(default=0)
    checks_ran = models.PositiveSmallIntegerField(default=0)
    checks_all = models.PositiveSmallIntegerField(default=0)
    findings_sha256 = models.CharField(max_length=HASH, blank=True, default="")  # of the findings' file
    lines = models.TextField(blank=True, default="[]")  # JSON: the reconciliations, one sentence a file and table
    records = models.TextField(blank=True, default="{}")  # JSON: records by table
    total = models.PositiveIntegerField(null=True, blank=True)  # records of the collection's first table
    certified_by = _person()
    certified_at = models.DateTimeField(null=True, blank=True)
    approved_by = _person()
    approved_at = models.DateTimeField(null=True, blank=True)
    accepted_by = _person()
    accepted_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=200, blank=True, default="")  # its name in its round's store, which is the truth
    receipt_sha256 = models.CharField(max_length=HASH, blank=True, default="")
    difference = models.TextField(blank=True, default="[]")  # JSON: sentences against the accepted version before
    moved = models.TextField(blank=True, default="[]")  # JSON: sentences on published numbers that it would move

    class Meta:
        ordering = ("submission", "-number")
        constraints = (
            models.UniqueConstraint(fields=["submission", "number"], name="collections_version_one_of_a_number"),
            models.UniqueConstraint(  # of another return it is the name in another store
                fields=["submission", "receipt"], condition=~Q(receipt=""), name="collections_version_one_a_receipt"
            ),
            models.CheckConstraint(
                condition=Q(certified_by__isnull=True) | Q(prepared_by__isnull=True) | ~Q(certified_by=F("prepared_by")),
                name="collections_version_certified_by_another",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, receipt="") | (Q(accepted_at__isnull=False) & ~Q(receipt="")),
                name="collections_version_accepted_has_its_receipt",
            ),
        )


class Fix(Part):
    """One cell of a version as its force would have it: gathered on screen, and later in the version that it made.

    It holds the value, so only who prepares the force's returns may know of it.
    """

    ROW = RowKept(_TWO_YEARS, "fixed_at")
    KEPT: ClassVar[dict[str, Kept]] = {
        name: with_row()
        for name in (
            *("id", "submission", "of", "version", "check_id", "file", "table", "sheet", "row", "record", "column"),
            *("fixed_at",),
        )
    } | {
        "fixed_by": with_row(Privacy.PERSONAL),
        **{name: with_row(Privacy.SPECIAL) for name in ("shown", "was", "value")},
    }
    ORDER: ClassVar[tuple[str, ...]] = ("file", "sheet", "table", "row", "column", "id")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    of = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")  # in which the cell stands
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", null=True, blank=True)  # that it made
    check_id = models.CharField(max_length=80)
    file = models.CharField(max_length=200)
    table = models.CharField(max_length=CODE)
    sheet = models.CharField(max_length=200, blank=True, default="")
    row = models.PositiveBigIntegerField()
    record = models.PositiveBigIntegerField()
    column = models.CharField(max_length=200)
    shown = models.TextField(blank=True, default="")  # as the finding shows it: masked where the value may point to a person
    was = models.TextField(blank=True, default="")  # as it stood in the file; known once the fix is made
    value = models.CharField(max_length=REASON, blank=True, default="")
    fixed_at = models.DateTimeField()
    fixed_by = _person()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["of", "file", "table", "sheet", "row", "column"], name="collections_fix_one_a_cell"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return super().scope(viewer) & _where(viewer, PREPARE, "submission__organisation")


class CheckOutcome(Part):
    """What one check found in one version, as counts. The findings themselves are a file; see rules.findings_file."""

    ROW = RowKept(_TWO_YEARS, "checked_at")
    KEPT: ClassVar[dict[str, Kept]] = {
        name: with_row()
        for name in (
            *("id", "submission", "version", "check_id", "severity", "table", "sheets", "columns", "places", "records"),
            *("message", "fix", "checked_at"),
        )
    } | {"message": with_row(Privacy.PERSONAL)}

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    check_id = models.CharField(max_length=80)
    severity = models.CharField(max_length=8, choices=(("error", "Error"), ("query", "Query"), ("note", "Note")))
    table = models.CharField(max_length=CODE)
    sheets = models.CharField(max_length=200, blank=True, default="")
    columns = models.CharField(max_length=300, blank=True, default="")
    places = models.PositiveIntegerField()
    records = models.PositiveIntegerField(null=True, blank=True)  # that it touches; null where it is about a whole table
    message = models.CharField(max_length=600)  # of the first finding, masked as the checks mask
    fix = models.CharField(max_length=600, blank=True, default="")
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ("-places", "check_id", "id")
        constraints = (
            models.UniqueConstraint(fields=["version", "check_id", "table"], name="collections_checkoutcome_one_a_check"),
            models.CheckConstraint(condition=Q(places__gte=1), name="collections_checkoutcome_places"),
        )


class Query(Part):
    """A query on a return: one for each check that asks, whatever the number of versions; its answer goes into the notes."""

    KEPT: ClassVar[dict[str, Kept]] = (
        dict(ID_KEPT)
        | _good(_COUNTS, "submission", "check_id", "state", "places", "records", "asked_at", "answered_at", "settled_at")
        | _people("answered_by", "settled_by")
        | {
            "message": until(_TWO_YEARS, "asked_at"),
            "answer": for_good(_NOTES),
            "offered": for_good(_NOTES),
            "asked_again": until(_TWO_YEARS, "asked_at"),
        }
    )

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    check_id = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=QUERY.states.choices())
    message = models.CharField(max_length=600)
    places = models.PositiveIntegerField()
    records = models.PositiveIntegerField(null=True, blank=True)  # how far it could move the total; null: not known
    offered = models.CharField(max_length=REASON, blank=True, default="")  # the answer of the round before, to keep or change
    answer = models.CharField(max_length=REASON, blank=True, default="")
    asked_again = models.CharField(max_length=REASON, blank=True, default="")
    asked_at = models.DateTimeField()
    answered_by = _person()
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_by = _person()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("check_id", "id")
        constraints = (
            _state(QUERY, "collections_query_state"),
            models.UniqueConstraint(fields=["submission", "check_id"], name="collections_query_one_a_check"),
            models.CheckConstraint(
                condition=~Q(state__in=[ANSWERED, SETTLED]) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="collections_query_answered_has_its_words",
            ),
        )


class Waiver(Part):
    """Leave not to send a return (no check) or not to meet one check, signed by a second person and published."""

    KEPT: ClassVar[dict[str, Kept]] = (
        dict(ID_KEPT)
        | _good(_ASKED, "submission", "check_id", "state", "reason", "asked_at", "signed_at", "refusal")
        | _people("asked_by", "signed_by")
    )

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    check_id = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=8, choices=WAIVER.states.choices())
    reason = models.CharField(max_length=REASON)
    refusal = models.CharField(max_length=REASON, blank=True, default="")
    asked_by = _person()
    asked_at = models.DateTimeField()
    signed_by = _person()
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "id")
        constraints = (
            _state(WAIVER, "collections_waiver_state"),
            models.CheckConstraint(
                condition=~Q(state=SIGNED) | Q(signed_at__isnull=False), name="collections_waiver_signed_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | Q(asked_by__isnull=True) | ~Q(signed_by=F("asked_by")),
                name="collections_waiver_signed_by_another",
            ),
        )


class Tasking(Marked):
    """Something that forces are asked to do or find out, beside the returns: purpose, basis, deadline, effort (16.8)."""

    KEPT: ClassVar[dict[str, Kept]] = (
        MARKED_KEPT
        | _good(
            _ASKED,
            "title",
            "purpose",
            "basis",
            "state",
            "due_on",
            "hours",
            "hours_reason",
            "drafted_at",
            "opened_at",
            "closed_at",
        )
        | _people("hours_signed_by")
    )

    title = models.CharField(max_length=160)
    purpose = models.CharField(max_length=REASON)
    basis = models.CharField(max_length=REASON)
    state = models.CharField(max_length=10, choices=TASKING.states.choices())
    due_on = models.DateField()
    hours = models.DecimalField(max_digits=7, decimal_places=2)
    hours_signed_by = _person()
    hours_reason = models.CharField(max_length=REASON, blank=True, default="")
    drafted_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Marked.Meta):
        ordering = ("due_on", "title", "id")
        constraints = (
            *Marked.Meta.constraints,
            _state(TASKING, "collections_tasking_state"),
            models.CheckConstraint(condition=Q(hours__gte=0), name="collections_tasking_hours"),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Its makers; once it is out, whoever sees returns of a force that it asks, and its members."""
        if _drafts(viewer):
            return Q()
        asked, joined = Asked.objects.seen_by(viewer).values("tasking"), Member.objects.seen_by(viewer).values("tasking")
        return ~Q(state=DRAFT) & (Q(pk__in=asked) | Q(pk__in=joined))


class Asked(Record):
    """One organisation that a tasking asks, and when it said that it was done."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_ASKED, "tasking", "organisation", "done_at") | _people("done_by")

    tasking = models.ForeignKey(Tasking, on_delete=models.PROTECT, related_name="+")
    organisation = _organisation()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = _person()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tasking", "organisation"], name="collections_asked_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        inside = Q(tasking__compartment__isnull=True) | Q(tasking__compartment__in=viewer.compartments)
        out = Q() if _drafts(viewer) else ~Q(tasking__state=DRAFT)
        return inside & out & _where(viewer, SEE, "organisation")


def _shares(viewer: Viewer) -> list[Any]:
    """The viewer's own organisations for which they read and give agreed rows: reach does not count, belonging does."""
    return [one for one in viewer.organisations if viewer.may(SHARE, one)]


def _inside(viewer: Viewer) -> Q:
    return Q(tasking__compartment__isnull=True) | Q(tasking__compartment__in=viewer.compartments)


class Member(Record):
    """One organisation that works on a joint tasking (16.10): it knows of the tasking, and reads the rows agreed for it."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_ASKED, "tasking", "organisation")

    tasking = models.ForeignKey(Tasking, on_delete=models.PROTECT, related_name="+")
    organisation = _organisation()

    class Meta:
        ordering = ("organisation__name", "id")
        constraints = (models.UniqueConstraint(fields=["tasking", "organisation"], name="collections_member_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """The makers of taskings; once it is out the members know of each other, and whoever is asked knows who they are."""
        if _drafts(viewer):
            return _inside(viewer)
        mine = Member.objects.unscoped("which taskings the viewer's own organisations are members of").filter(
            organisation__in=_shares(viewer)
        )
        asked = Asked.objects.seen_by(viewer)
        theirs = Q(tasking__in=mine.values("tasking")) | Q(tasking__in=asked.values("tasking"))
        return _inside(viewer) & ~Q(tasking__state=DRAFT) & theirs


class GivenRow(Record):
    """One row of a joint tasking: what an organisation gives, and for which members it was agreed; nobody else finds it."""

    KEPT: ClassVar[dict[str, Kept]] = (
        dict(ID_KEPT)
        | _good(_COUNTS, "tasking", "organisation", "given_at", "withdrawn_at")
        | {"what": until(_SIX_YEARS, "given_at"), "words": until(_SIX_YEARS, "given_at")}
        | _people("given_by")
    )

    tasking = models.ForeignKey(Tasking, on_delete=models.PROTECT, related_name="+")
    organisation = _organisation()
    what = models.CharField(max_length=160)
    words = models.CharField(max_length=REASON)
    given_by = _person()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("given_at", "id")

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Who gave it, and those for whom it was agreed: no reach and no role opens it to anybody else."""
        mine = [*_shares(viewer), *(one for one in viewer.organisations if viewer.may(PREPARE, one))]
        agreed = Agreed.objects.unscoped("which rows were agreed for the viewer's own organisations").filter(
            organisation__in=_shares(viewer)
        )
        theirs = Q(pk__in=agreed.values("row")) & Q(withdrawn_at__isnull=True)
        return _inside(viewer) & (Q(organisation__in=mine) | theirs)


class Agreed(Record):
    """One member for which a row was agreed."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | _good(_ASKED, "row", "organisation")

    row = models.ForeignKey(GivenRow, on_delete=models.PROTECT, related_name="+")
    organisation = _organisation()

    class Meta:
        ordering = ("organisation__name", "id")
        constraints = (models.UniqueConstraint(fields=["row", "organisation"], name="collections_agreed_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Whoever gave the row knows for whom; another member learns only of itself."""
        own = _shares(viewer)
        seen = GivenRow.objects.seen_by(viewer)
        mine = seen.filter(organisation__in=[*own, *(one for one in viewer.organisations if viewer.may(PREPARE, one))])
        return Q(row__in=mine.values("pk")) | (Q(organisation__in=own) & Q(row__in=seen.values("pk")))
