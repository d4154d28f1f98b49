"""What is waiting, running and given up, as counts for whoever runs the service; no task says what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from vkpp.records.work.models import Task
from vkpp.records.work.states import DONE, FAILED, RUNNING, WAITING


@dataclass(frozen=True, slots=True)
class Queue:
    """How the queue stands: counts by state, and since when the oldest task has been due."""

    waiting: int
    running: int
    done: int
    failed: int
    oldest_due: datetime | None


def queue() -> Queue:
    """The queue as counts."""
    tasks = Task.objects.unscoped("counts for whoever runs the service; no row is shown")
    counts = dict(tasks.order_by().values_list("state").annotate(n=Count("id")))
    oldest = tasks.filter(state=WAITING).aggregate(oldest=Min("due_at"))["oldest"]
    waiting, running, done, failed = (counts.get(state, 0) for state in (WAITING, RUNNING, DONE, FAILED))
    return Queue(waiting, running, done, failed, oldest)


def day_has_begun(name: str, at: datetime) -> bool:
    """Whether the day's work of this name was asked for."""
    once = f"{name}/{at.date().isoformat()}"
    return Task.objects.unscoped("the schedule looks for its own task").filter(once=once).exists()
