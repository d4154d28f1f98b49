"""A marking set on a round and a tasking: by whom, in one step upwards, downwards only for a reason, and on the trail."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, viewer
from vkpp.basics.markings import Level, Marking
from vkpp.basics.problems import UsageProblem
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import marking
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.trail.models import Entry

SENSITIVE = Marking(Level.OFFICIAL_SENSITIVE, "For police only")


@pytest.mark.parametrize(
    ("after", "lower"),
    [
        (Marking(Level.OFFICIAL, "For police only"), True),
        (Marking(Level.OFFICIAL_SENSITIVE), True),
        (Marking(Level.OFFICIAL_SENSITIVE, "For somebody else"), True),
        (SENSITIVE, False),
        (Marking(Level.OFFICIAL_SENSITIVE, "For police only, until March"), True),
        (Marking(Level.OFFICIAL_SENSITIVE, "No longer: For police only"), True),
    ],
)
def test_a_lower_level_or_lost_handling_words_need_a_reason(after: Marking, lower: bool) -> None:
    assert marking.is_lower(SENSITIVE, after) is lower
    if lower:
        with pytest.raises(Refused, match="less strict"):
            marking.demand_reason(SENSITIVE, after, "")
    marking.demand_reason(SENSITIVE, after, "content_gone")


@pytest.mark.parametrize(("level", "handling"), [(0, ""), (3, ""), (1, "x" * 201), (2, "a\x00b")])
def test_what_is_no_marking_is_refused(level: int, handling: str) -> None:
    with pytest.raises(UsageProblem):
        marking.marking_of(level, handling)


def test_a_reason_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(UsageProblem, match="reason"):
        marking.demand_reason(SENSITIVE, SENSITIVE, "because")


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def _row(scene: Scene) -> Marking:
    return next(one for one in queries.rounds(viewer=viewer(scene.national)) if one.id == scene.round).marking


def _mark(scene: Scene, by: UUID, level: int, handling: str = "", reason: str = "") -> None:
    with transaction.atomic():
        commands.mark_round(by=viewer(by), at=AT, round_=scene.round, level=level, handling=handling, reason=reason)


def test_a_round_is_marked_by_the_national_analyst_alone_and_its_returns_carry_it(scene: Scene) -> None:
    for other in (scene.preparer, scene.certifier, scene.area, scene.lead):
        with pytest.raises((Refused, NotThere)):
            _mark(scene, other, 2)
    assert _row(scene) == Marking()
    _mark(scene, scene.national, 2, " For police  only ")
    assert _row(scene) == SENSITIVE
    assert scene.row(scene.east).marking == SENSITIVE
    last = Entry.objects.order_by("-number")[0]
    assert last.act == "collections.round.mark" and "police" not in last.facts


def test_lowering_needs_a_reason_which_the_trail_keeps(scene: Scene) -> None:
    _mark(scene, scene.national, 2)
    with pytest.raises(Refused, match="less strict"):
        _mark(scene, scene.national, 1)
    assert _row(scene).level == 2
    _mark(scene, scene.national, 1, reason="content_gone")
    assert _row(scene) == Marking()
    assert '"reason":"content_gone"' in Entry.objects.order_by("-number")[0].facts


def test_a_tasking_is_marked_in_draft_and_after(scene: Scene) -> None:
    key = commands.draft_tasking(
        by=viewer(scene.national),
        at=AT,
        title="Count",
        purpose="To know",
        basis="The duty to know",
        working_days=5,
        hours=1,
        organisations=[scene.nation.eastmere],
    )
    commands.mark_tasking(by=viewer(scene.national), at=AT, tasking=key, level=2)
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)
    with pytest.raises(Refused), transaction.atomic():
        commands.mark_tasking(by=viewer(scene.preparer), at=AT, tasking=key, level=2, handling="Ours")
    (row,) = queries.taskings(viewer=viewer(scene.preparer))
    assert row.marking == Marking(Level.OFFICIAL_SENSITIVE)
