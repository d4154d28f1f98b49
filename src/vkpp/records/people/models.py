"""People, organisations and what ties them, each with its dates; compartments; the yearly access review."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from vkpp.records.ground.classes import Kept, Privacy, RowKept, for_good, until, with_row
from vkpp.records.ground.record import ID_KEPT, Record
from vkpp.records.ground.scope import Scoped
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.states import ACCOUNT, ACTIVE, LEFT, OPEN, REVIEW

KINDS = (("force", "Force"), ("region", "Region"), ("programme", "Programme"), ("partner", "Partner"), ("panel", "Panel"))
TIES = (("region", "belongs to the region"), ("host", "is hosted by"), ("merger", "was merged into"))

_TWO_YEARS, _SIX_YEARS = 730, 2192
_REGISTER = "an organisation's public name and dates: history must stay readable"
_SEEN = "people.see"


class Organisation(Record):
    """A force, a region, the programme, a partner or a panel."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | {
        name: for_good(_REGISTER) for name in ("code", "kind", "name", "welsh_name", "valid_from", "ended_on")
    }

    code = models.SlugField(max_length=80, unique=True)  # of a force: the catalogue's force_id
    kind = models.CharField(max_length=20, choices=KINDS)
    name = models.CharField(max_length=160)
    welsh_name = models.CharField(max_length=160, blank=True, default="")
    valid_from = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=[k for k, _ in KINDS]), name="people_organisation_kind"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="people_organisation_named"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("valid_from")), name="people_organisation_dates"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q()  # which forces and partners there are is public


class Tie(Record):
    """One organisation's dated tie to another: its region, its host, or what it was merged into."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | {
        name: for_good(_REGISTER) for name in ("organisation", "kind", "other", "valid_from", "ended_on")
    }

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=TIES)
    other = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=[k for k, _ in TIES]), name="people_tie_kind"),
            models.CheckConstraint(condition=~Q(organisation=F("other")), name="people_tie_not_itself"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("valid_from")), name="people_tie_dates"
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=Q(ended_on__isnull=True), name="people_tie_one_open_of_a_kind"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q()


class PersonManager(models.Manager.from_queryset(Scoped)):  # type: ignore[misc]
    """Scoped like every other; sign-in alone looks somebody up by address before there is a viewer."""

    def get_by_natural_key(self, email: str | None) -> Person:
        return self.unscoped("sign-in: there is no viewer yet").get(email=(email or "").strip().lower())


class Person(AbstractBaseUser, Record):
    """An account and its holder. The address goes when its holder leaves, the name two years later; the id stays."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | {
        "name": until(_TWO_YEARS, "left_on"),
        "search_name": until(_TWO_YEARS, "left_on"),
        "email": until(0, "left_on", becomes=None),  # gone at once in the command; purge only makes sure
        "password": until(0, "left_on", becomes="!"),
        "state": for_good("whether an id on the trail still belongs to somebody"),
        "joined_on": for_good("dates of an account, without its name"),
        "left_on": for_good("dates of an account, without its name"),
    }

    name = models.CharField(max_length=120)
    search_name = models.CharField(max_length=120, db_index=True)  # folded: icontains knows ASCII only on SQLite
    email = models.EmailField(max_length=254, null=True, unique=True)  # in small letters
    state = models.CharField(max_length=12, choices=ACCOUNT.choices())
    joined_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)
    last_login = None  # Django would write it at each sign-in; the trail says it

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("search_name", "id")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(ACCOUNT.words)), name="people_person_state"),
            models.CheckConstraint(
                condition=(Q(state=LEFT) & Q(left_on__isnull=False)) | (~Q(state=LEFT) & Q(left_on__isnull=True)),
                name="people_person_left_has_its_date",
            ),
            models.CheckConstraint(condition=Q(state=LEFT) | Q(email__isnull=False), name="people_person_has_an_address"),
            models.CheckConstraint(
                condition=Q(email__isnull=True) | Q(email=Lower("email")), name="people_person_small_letters"
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)  # what lands in a log by accident is an id

    @property
    def is_active(self) -> bool:
        return self.state == ACTIVE

    def check_password(self, raw_password: str | None) -> bool:
        from django.contrib.auth.hashers import check_password

        return check_password(raw_password, self.password)  # and no silent write of a stronger hash

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Oneself, and whoever works now where one's role lets one see people."""
        places = viewer.where(_SEEN)
        if places is None:
            return Q()
        memberships = Membership.objects.unscoped("narrowed by the viewer's own places")
        colleagues = memberships.filter(in_force(viewer.on), organisation__in=places).values("person")
        return Q(pk=own_id(viewer)) | Q(pk__in=colleagues)


def own_id(viewer: Viewer) -> UUID | None:
    """The viewer as a person; None when it is the service itself."""
    return None if viewer.id.startswith("system:") else UUID(viewer.id)


def in_force(on: Any) -> Q:
    """What holds on a day. `ended_on` is the first day on which it no longer holds: what ends today has ended now."""
    return Q(valid_from__lte=on) & (Q(ended_on__isnull=True) | Q(ended_on__gt=on))


class Dated(Record):
    """What a person holds from one day to another; it goes six years after it ended."""

    ROW: ClassVar[RowKept | None] = RowKept(_SIX_YEARS, "ended_on")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: tuple[Any, ...] = (
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("valid_from")), name="%(app_label)s_%(class)s_dates"
            ),
        )


_DATED_KEPT: dict[str, Kept] = {
    "id": with_row(),
    "person": with_row(Privacy.PERSONAL),
    "valid_from": with_row(),
    "ended_on": with_row(),
}


class Membership(Dated):
    """Somebody works in an organisation from one day to another."""

    KEPT: ClassVar[dict[str, Kept]] = _DATED_KEPT | {"organisation": with_row()}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = (
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(ended_on__isnull=True), name="people_membership_one_open"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        places = viewer.where(_SEEN)
        return Q() if places is None else Q(person=own_id(viewer)) | Q(organisation__in=places)


class RoleHeld(Dated):
    """Somebody holds a role of roles.yaml in an organisation."""

    KEPT: ClassVar[dict[str, Kept]] = _DATED_KEPT | {"organisation": with_row(), "role": with_row()}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.SlugField(max_length=40)

    class Meta(Dated.Meta):
        constraints = (
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["person", "organisation", "role"], condition=Q(ended_on__isnull=True), name="people_roleheld_one_open"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Membership.scope(viewer)


class Compartment(Record):
    """A closed circle. Outside it neither it nor anything in it exists; so no title is unique: a refusal would tell."""

    KEPT: ClassVar[dict[str, Kept]] = dict(ID_KEPT) | {
        "title": until(_SIX_YEARS, "closed_on"),
        "purpose": until(_SIX_YEARS, "closed_on"),
        "opened_on": for_good("dates of a compartment, without its title"),
        "closed_on": for_good("dates of a compartment, without its title"),
    }

    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=500)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("title", "id")

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(pk__in=viewer.compartments)


class Inside(Dated):
    """Somebody is in a compartment from one day to another."""

    KEPT: ClassVar[dict[str, Kept]] = _DATED_KEPT | {
        "compartment": with_row(),
        "reason": with_row(Privacy.PERSONAL),
        "ended_reason": with_row(Privacy.PERSONAL),
    }

    compartment = models.ForeignKey(Compartment, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True, default="")  # why they need to be in it
    ended_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta(Dated.Meta):
        constraints = (
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["person", "compartment"], condition=Q(ended_on__isnull=True), name="people_inside_one_open"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(compartment__in=viewer.compartments)


class AccessReview(Record):
    """Once a year everybody's access in an organisation is confirmed or taken away, line by line."""

    ROW = RowKept(_SIX_YEARS, "closed_on")
    KEPT: ClassVar[dict[str, Kept]] = {
        name: with_row() for name in ("id", "organisation", "year", "state", "opened_on", "due_on", "closed_on")
    }

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=REVIEW.choices())
    opened_on = models.DateField()
    due_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organisation", "year"], name="people_review_one_a_year"),
            models.CheckConstraint(condition=Q(state__in=list(REVIEW.words)), name="people_review_state"),
            models.CheckConstraint(
                condition=(Q(state=OPEN) & Q(closed_on__isnull=True)) | (~Q(state=OPEN) & Q(closed_on__isnull=False)),
                name="people_review_closed_has_its_date",
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        places = viewer.where("reviews.manage")
        return Q() if places is None else Q(organisation__in=places)


class ReviewLine(Record):
    """One role that somebody held when the review opened, and what was decided. It goes with its review."""

    ROW = RowKept(_SIX_YEARS, "closed_on")
    KEPT: ClassVar[dict[str, Kept]] = {
        "id": with_row(),
        "review": with_row(),
        "held": with_row(),
        "person": with_row(Privacy.PERSONAL),
        "decision": with_row(),
        "decided_by": with_row(Privacy.PERSONAL),
        "closed_on": with_row(),
    }

    review = models.ForeignKey(AccessReview, on_delete=models.CASCADE, related_name="+")
    held = models.ForeignKey(RoleHeld, on_delete=models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=8, choices=(("", "open"), ("keep", "keep"), ("remove", "take away")), default="")
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(decision__in=["", "keep", "remove"]), name="people_reviewline_decision"),
            models.CheckConstraint(
                condition=(Q(decision="") & Q(decided_by__isnull=True)) | (~Q(decision="") & Q(decided_by__isnull=False)),
                name="people_reviewline_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("person")), name="people_reviewline_not_one_s_own"
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        places = viewer.where("reviews.manage")
        return Q() if places is None else Q(review__organisation__in=places)
