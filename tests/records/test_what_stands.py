"""Which version stands: after a correction is taken back, unlocked or overtaken, every number is the accepted one's."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from tests.records.collecting import ASKS, CHECK, Scene, found_scene, later, outcome
from tests.records.nation import AT, viewer
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Query
from vkpp.records.collections.rules import figures
from vkpp.records.collections.rules.outcomes import Kept
from vkpp.records.collections.rules.rows import Position

pytestmark = pytest.mark.usefixtures("records")
WHY = "Image crimes have no known victim."


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    return found_scene()


def answered(scene: Scene) -> None:
    by = viewer(scene.preparer)
    (query,) = [one for one in queries.submission_page(viewer=by, submission=scene.east).queries if one.state == "open"]
    commands.answer(by=by, at=AT, query=query.id, reason=WHY)


def others(scene: Scene) -> UUID:
    """Westholt's return, checked."""
    scene.sent(scene.west, total=300, by=scene.other)
    return scene.west


def accepted_with_a_reason(scene: Scene) -> None:
    key = scene.east
    version = scene.sent(key, ASKS)
    answered(scene)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=key)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)
    commands.approve(by=viewer(scene.area), at=AT, submission=key, version=1)
    commands.accept(by=viewer(scene.national), at=AT, submission=key, version=1)
    kept = Kept("csae/CY2026Q1/eastmere/v0001", "a" * 64, {"crimes": 512}, 512)
    commands.note_kept(by=CHECK, at=AT, version=version, kept=kept)


def test_a_correction_that_was_taken_back_leaves_the_accepted_version_in_every_number(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, by, national = scene.east, viewer(scene.preparer), viewer(scene.national)
    accepted_with_a_reason(scene)
    before = [(one.check, one.words) for one in queries.notes(viewer=national, round_=scene.round)]
    assert before == [(ASKS.check, WHY)]
    other = outcome(total=600)
    commands.note_checked(by=CHECK, at=AT, version=scene.send(key), outcome=other)  # which no longer has what was asked
    commands.withdraw(by=by, at=AT, submission=key, reason="It was right before.")
    row = scene.row(key)
    assert (row.state, row.version, row.accepted, row.total, row.inside) == ("accepted", 1, 1, 512, True)
    assert queries.round_overview(viewer=national, round_=scene.round).total == 512
    assert queries.certify_page(viewer=national, submission=key).version.number == 1
    assert [(one.check, one.words) for one in queries.notes(viewer=national, round_=scene.round)] == before
    counted: dict[str, int] = {}
    monkeypatch.setattr(figures, "position", lambda own, counts, people: counted.update(counts) or Position(""))
    queries.certify_page(viewer=viewer(scene.other), submission=others(scene))
    assert counted == {"eastmere": 512, "westholt": 300}
    said = {line.name: line for line in queries.submission_page(viewer=by, submission=key).tasks}
    assert said["answer"].status == "Completed"


def test_what_a_withdrawn_correction_asked_is_asked_no_more_and_the_next_one_has_a_number_of_its_own(scene: Scene) -> None:
    key, by, national = scene.east, viewer(scene.preparer), viewer(scene.national)
    scene.accepted(key)
    scene.sent(key, ASKS, total=600)
    commands.withdraw(by=by, at=AT, submission=key, reason="It was right before.")
    assert scene.row(key).open_queries == 0
    assert Query.objects.unscoped("test").get(submission=key).state == "gone"
    assert all(one.query is None for one in queries.round_overview(viewer=national, round_=scene.round).stops)
    scene.sent(key, total=530)
    row = scene.row(key, scene.preparer)
    assert (row.version, row.accepted, row.total) == (3, 1, 530)
    numbers = [one.number for one in queries.submission_page(viewer=by, submission=key).versions]
    assert numbers == [3, 2, 1]


def test_an_unlocked_return_counts_once_in_what_the_total_may_become(scene: Scene) -> None:
    from tests.records.test_collections import _history

    _history(scene, {"CY2025Q3": (500, 300), "CY2025Q4": (520, 310)})
    key, national = scene.east, viewer(scene.national)
    scene.accepted(key)
    commands.close_round(by=national, at=AT, round_=scene.round)
    commands.lock_round(by=national, at=AT, round_=scene.round)
    commands.unlock(by=national, at=AT, submission=key, reason="The force found a fault.")
    view = queries.round_overview(viewer=national, round_=scene.round)
    assert view.total == 512
    assert view.likely == (500, 520)  # a closed round does not take what Westholt never sent
    (mine,) = [one for one in view.stops if one.submission == key]
    assert (mine.low, mine.high) == (500 - 512, 520 - 512)


def test_the_reason_of_a_nil_return_goes_when_a_version_with_records_is_accepted(scene: Scene) -> None:
    key, by, national = scene.east, viewer(scene.preparer), viewer(scene.national)
    version = commands.declare_nil(by=by, at=AT, submission=key, reason="No crime was recorded.")
    commands.offer(by=by, at=AT, submission=key)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)
    commands.approve(by=viewer(scene.area), at=AT, submission=key, version=1)
    commands.accept(by=national, at=AT, submission=key, version=1)
    commands.note_kept(by=CHECK, at=AT, version=version, kept=Kept("csae/CY2026Q1/eastmere/v0001", "a" * 64, {}, 0))
    assert [one.kind for one in queries.notes(viewer=national, round_=scene.round)] == ["nil"]
    scene.accepted(key)
    assert [one.kind for one in queries.notes(viewer=national, round_=scene.round)] == ["correction"]  # and no nil return


def test_the_answer_of_what_was_accepted_is_printed_while_its_correction_is_awaited(scene: Scene) -> None:
    key, by, national = scene.east, viewer(scene.preparer), viewer(scene.national)
    accepted_with_a_reason(scene)

    def printed() -> list[tuple[str, str]]:
        return [(one.kind, one.words) for one in queries.notes(viewer=national, round_=scene.round)]

    awaited = ("correction", "A corrected return is awaited; what was accepted stands.")
    scene.sent(key, total=600)  # which no longer has what was asked
    assert printed() == [awaited, ("query", WHY)]
    scene.sent(key, ASKS, total=610)
    assert printed() == [awaited, ("query", WHY)]
    (query,) = queries.submission_page(viewer=by, submission=key).queries
    assert query.state == "open"
    commands.answer(by=by, at=later(1), query=query.id, reason="Not yet signed by anybody.")
    assert printed() == [awaited], "words that no certifier has signed are not printed"
