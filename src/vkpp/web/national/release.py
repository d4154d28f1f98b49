"""The release checklist of a round as a task list: each line with whether it is so, and a link to what settles it."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from vkpp.records.collections.rules.release import ReleaseLine
from vkpp.records.collections.rules.rows import RoundRow
from vkpp.web.parts.shapes import Tag, Task, Tasks


def tasks(row: RoundRow, lines: Sequence[ReleaseLine]) -> Tasks:
    done = sum(one.holds is True for one in lines)
    unknown = sum(one.holds is None for one in lines)
    heading = f"Release checklist: {done} of {len(lines)} settled"
    return Tasks(heading + (f", {unknown} not known" if unknown else ""), [_task(row, one) for one in lines])


def _task(row: RoundRow, one: ReleaseLine) -> Task:
    status = Tag("Yes", "") if one.holds else Tag(one.todo, "do")
    if one.holds is None:
        status = Tag(f"Not known: {one.todo[:1].lower()}{one.todo[1:]}", "plain")
    return Task(one.words, status, _address(row, one), one.why)


def _address(row: RoundRow, one: ReleaseLine) -> str:
    here = reverse("national:round", args=[row.id])
    return {
        "returns": f"{here}#every",
        "matters": reverse("national:matters", args=[row.id]),
        "organisations": reverse("account:organisations"),
        "waivers": reverse("national:waivers"),
        "collection": reverse("public:collection", args=[row.collection]),
        "notes": reverse("national:notes", args=[row.id]),
    }[one.settled_on]
