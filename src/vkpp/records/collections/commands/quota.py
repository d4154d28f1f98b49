"""How much a force may send in a day: enough for every correction, too little to fill the disk for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from vkpp.basics.working_days import LONDON
from vkpp.records.collections.commands.locking import day_of, rows_of
from vkpp.records.collections.models import Submission, Version
from vkpp.records.collections.rules import register
from vkpp.records.ground.problems import RefusedForNow

_DAY = timedelta(days=1)


def demand_room(row: Submission, size: int, at: datetime) -> None:
    """RefusedForNow where a version of `size` bytes would be more than the return's force may send within 24 hours.

    What is sent in a compartment is counted by itself: a refusal for it elsewhere would say that it is there.
    """
    others = {"submission__organisation": row.organisation_id, "submission__compartment": row.compartment_id}
    found = rows_of(Version, received_at__gt=at - _DAY, **others).order_by("received_at", "number")
    sent = list(found.values_list("received_at", "size"))
    most, most_bytes = register.sent_a_day(day_of(at))
    wait = _until(sent, size, most, most_bytes)
    if wait is None:
        return
    said = f"{len(sent):,} versions with {sum(each for _, each in sent) >> 20:,} MB"
    again = (wait + _DAY + timedelta(minutes=1)).astimezone(LONDON)  # a whole minute, and after it
    raise RefusedForNow(
        f"Your force has sent {said} within 24 hours, and {most:,} with {most_bytes >> 20:,} MB are the most that it may send."
        " Nothing of this one was kept.",
        seconds=int((wait + _DAY - at).total_seconds()) + 1,
        next_step=f"send it after {again:%H:%M on %A %-d %B}, or tell the national team why it cannot wait",
    )


def _until(sent: list[tuple[datetime, int]], size: int, most: int, most_bytes: int) -> datetime | None:
    """When the last version was sent that must be a day old before there is room; None where there is room now."""
    until, versions, together = None, len(sent), sum(each for _, each in sent)
    for received, each in sent:
        if versions < most and together + size <= most_bytes:
            break
        until, versions, together = received, versions - 1, together - each
    return until
