"""A paper with a marking and perhaps a compartment, visible to everybody else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vkpp.records.ground.classes import Kept, Privacy, until
from vkpp.records.ground.record import MARKED_KEPT, Marked
from vkpp.records.ground.viewer import Viewer


class Paper(Marked):
    KEPT: ClassVar[dict[str, Kept]] = MARKED_KEPT | {
        "title": until(30, "written_on"),
        "diagnosis": until(10, "written_on", privacy=Privacy.SPECIAL),
        "written_on": MARKED_KEPT["level"],
    }

    title = models.CharField(max_length=80)
    diagnosis = models.CharField(max_length=80, default="")
    written_on = models.DateField()

    class Meta(Marked.Meta):
        app_label = "planted"

    @classmethod
    def scope(cls, viewer: Viewer) -> models.Q:
        return models.Q()
