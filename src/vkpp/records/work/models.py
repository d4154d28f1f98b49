"""What is to be done later: a task for each ask, and a letter for each mail."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from vkpp.records.ground.classes import Kept, Privacy, RowKept, with_row
from vkpp.records.ground.record import Record
from vkpp.records.ground.viewer import Viewer
from vkpp.records.work.states import RUNNING, TASK

_NINETY = 90


class Task(Record):
    """One thing to be done: a name that ops/jobs.py maps to a command, and the id of what it is about."""

    ROW = RowKept(_NINETY, "ended_at")
    KEPT: ClassVar[dict[str, Kept]] = {
        name: with_row()
        for name in (
            *("id", "name", "about", "once", "state", "asked_at", "due_at"),
            *("attempts", "worker", "lease_until", "ended_at", "fault"),
        )
    }

    name = models.CharField(max_length=80)
    about = models.CharField(max_length=160)
    once = models.CharField(max_length=160, null=True, unique=True)
    state = models.CharField(max_length=10, choices=TASK.choices())
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # not before
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=120, blank=True, default="")  # the kind of error only: its words may quote a row

    class Meta:
        indexes = (models.Index(fields=["state", "due_at"], name="work_task_next"),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(TASK.words)), name="work_task_state"),
            models.CheckConstraint(
                condition=(Q(state=RUNNING) & Q(lease_until__isnull=False)) | (~Q(state=RUNNING) & Q(lease_until__isnull=True)),
                name="work_task_running_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, state__in=["waiting", "running"])
                | Q(ended_at__isnull=False, state__in=["done", "failed"]),
                name="work_task_ended_has_its_time",
            ),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(pk__in=())  # tasks are machinery: nobody reads them through a page


class Letter(Record):
    """A mail to one person, made from a template of letters.yaml and facts that are codes, numbers, dates or ids."""

    ROW = RowKept(_NINETY, "asked_at")
    KEPT: ClassVar[dict[str, Kept]] = {
        "id": with_row(),
        "to": with_row(Privacy.PERSONAL),
        "template": with_row(),
        "facts": with_row(),
        "asked_at": with_row(),
        "sent_at": with_row(),
    }

    to = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=80)
    facts = models.TextField()
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(to=viewer.id) if not viewer.id.startswith("system:") else Q(pk__in=())
