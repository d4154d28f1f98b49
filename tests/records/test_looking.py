"""What a return says is its force's own until its certifier signs, or until the force lets others look: both ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db import transaction

from tests.records.collecting import CHECK, Scene, found_scene, outcome
from tests.records.nation import AT, viewer
from vkpp.basics.problems import Problem
from vkpp.engine.shapes.findings import FINDINGS_SCHEMA
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.outcomes import CheckCount
from vkpp.records.ground.problems import NotThere, Refused

pytestmark = pytest.mark.usefixtures("records")
PLANTED = ("Quokka", "77713", "quokka-check")
ASKS = CheckCount(
    "quokka-check", "query", "crimes", "Quokka sheet", "Quokka column", 1, 30, "Quokka is odd.", "Quokka: say why."
)
ERROR = CheckCount("quokka-check", "error", "crimes", "Quokka sheet", "Quokka column", 1, 30, "Quokka is wrong.", "Quokka.")


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    return found_scene()


def checked(scene: Scene, *counts: CheckCount) -> UUID:
    """Eastmere's file with planted words in its findings, its totals, its reconciliation and its reason."""
    from dataclasses import replace

    version = scene.send(scene.east)
    said = replace(outcome(*counts, total=77713), lines=("Quokka.csv: 77713 lines.",), moved=("Quokka moves.",))
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=said)
    path = places.findings(register.root(), version)
    path.parent.mkdir(parents=True, exist_ok=True)
    row = dict.fromkeys(FINDINGS_SCHEMA.names) | {"check": "quokka-check", "severity": "query", "value": "Quokka"}
    row |= {"file": "f", "table": "crimes", "message": "Quokka is odd.", "fix": "", "row": 1, "record": 1}
    pq.write_table(pa.Table.from_pylist([row], schema=FINDINGS_SCHEMA), path)
    places.report(register.root(), version, "xlsx").write_bytes(b"Quokka")
    return version


def everything(scene: Scene, who: UUID) -> str:
    """All that queries tell somebody of the return and its round."""
    by, heard = viewer(who), []
    calls: list[Callable[[], Any]] = [
        lambda: queries.submission_page(viewer=by, submission=scene.east),
        lambda: queries.findings(viewer=by, submission=scene.east).rows,
        lambda: Path(queries.findings_report(viewer=by, submission=scene.east).path).read_bytes(),
        lambda: queries.certify_page(viewer=by, submission=scene.east),
        lambda: queries.receipt(viewer=by, submission=scene.east),
        lambda: queries.round_overview(viewer=by, round_=scene.round),
        lambda: queries.region_overview(viewer=by),
        lambda: queries.notes(viewer=by, round_=scene.round),
        lambda: queries.waivers(viewer=by),
        lambda: queries.force_home(viewer=by),
    ]
    for call in calls:
        try:
            heard.append(repr(call()))
        except Problem as problem:
            heard.append(str(problem))
    return " ".join(heard)


def leaks(scene: Scene, who: UUID) -> set[str]:
    return {word for word in PLANTED if word in everything(scene, who)}


@pytest.mark.parametrize("counts", [(ERROR,), (ASKS,), ()])
def test_before_it_is_certified_others_see_only_how_far_it_is(scene: Scene, counts: tuple[CheckCount, ...]) -> None:
    checked(scene, *counts)
    assert leaks(scene, scene.preparer) and leaks(scene, scene.certifier)  # its own side sees it
    for who in (scene.area, scene.national, scene.lead):
        assert leaks(scene, who) == set()
        row = queries.submission_page(viewer=viewer(who), submission=scene.east).row
        assert (row.version, row.errors, row.open_queries) == (1, len(counts) * (counts[:1] == (ERROR,)), counts == (ASKS,))
        assert row.total is None and not row.inside and row.received_at is not None


def test_from_certifying_on_others_see_it_and_sent_back_it_is_the_force_s_own_again(scene: Scene) -> None:
    checked(scene)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert leaks(scene, scene.area) == set()
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    assert "77713" in leaks(scene, scene.area) and "77713" in leaks(scene, scene.national)
    commands.send_back(by=viewer(scene.area), at=AT, submission=scene.east, reason="Please look again.")
    assert leaks(scene, scene.area) == leaks(scene, scene.national) == set()


def test_a_force_that_wants_help_lets_others_look_and_takes_it_back(scene: Scene) -> None:
    checked(scene, ASKS)
    for who in (scene.certifier, scene.area, scene.national, scene.other):
        with pytest.raises((Refused, NotThere)), transaction.atomic():
            commands.show(by=viewer(who), at=AT, submission=scene.east)
    commands.show(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert leaks(scene, scene.area) == leaks(scene, scene.national) == set(PLANTED)
    assert leaks(scene, scene.other) == set()  # another force still finds nothing
    commands.hide(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert leaks(scene, scene.area) == set()


def test_the_total_so_far_counts_nothing_that_is_not_certified(scene: Scene) -> None:
    checked(scene)
    view = queries.round_overview(viewer=viewer(scene.national), round_=scene.round)
    assert view.total == 0 and view.received == 0
    (mine,) = [one for one in view.stops if one.submission == scene.east]
    assert (mine.low, mine.high) == (None, None)  # nothing accepted before says what it usually is
