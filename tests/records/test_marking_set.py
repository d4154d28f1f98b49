"""A marking set on a round, a return and a tasking: by whom, upwards at will, downwards only for a reason; trail and files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from django.conf import settings
from django.db import transaction

from tests.records.collecting import CHECK, Scene, found_scene, outcome
from tests.records.nation import AT, viewer
from vkpp.basics.markings import Level, Marking
from vkpp.basics.problems import UsageProblem
from vkpp.engine.shapes.findings import CheckResult, Findings
from vkpp.engine.validation.reports import write_json_lines, write_workbook
from vkpp.ops import jobs, packs
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import marking, places
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.search.queries import search
from vkpp.records.trail.models import Entry
from vkpp.records.work.models import Letter, Task

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


# A return's own


RAISED = Marking(Level.OFFICIAL_SENSITIVE, "Quokka only")


def _raise(scene: Scene, by: UUID, level: int = 2, handling: str = "Quokka only") -> None:
    with transaction.atomic():
        commands.raise_marking(by=viewer(by), at=AT, submission=scene.east, level=level, handling=handling)


def _lower(scene: Scene, by: UUID, level: int = 1, handling: str = "", reason: str = "") -> None:
    with transaction.atomic():
        commands.mark_return(by=viewer(by), at=AT, submission=scene.east, level=level, handling=handling, reason=reason)


@pytest.mark.parametrize("who", ["preparer", "certifier"])
def test_a_force_raises_the_marking_of_its_own_return(scene: Scene, who: str) -> None:
    before = scene.row(scene.west).marking
    _raise(scene, getattr(scene, who))
    assert scene.row(scene.east).marking == RAISED
    assert scene.row(scene.west).marking == before
    last = Entry.objects.order_by("-number")[0]
    assert last.act == "collections.submission.raise_marking" and str(scene.east) in last.about
    assert '"before":1' in last.facts and '"after":2' in last.facts and "Quokka" not in last.facts


@pytest.mark.parametrize("who", ["area", "national", "second", "lead", "other"])
def test_nobody_else_raises_it_as_its_force(scene: Scene, who: str) -> None:
    with pytest.raises((Refused, NotThere)):
        _raise(scene, getattr(scene, who))
    assert scene.row(scene.east).marking == Marking()


@pytest.mark.parametrize(("level", "handling"), [(1, "Quokka only"), (2, ""), (2, "Somebody else")])
def test_a_force_does_not_lower_it(scene: Scene, level: int, handling: str) -> None:
    _raise(scene, scene.preparer)
    with pytest.raises(Refused, match="ask the national team"):
        _raise(scene, scene.certifier, level, handling)
    assert scene.row(scene.east).marking == RAISED


@pytest.mark.parametrize("who", ["preparer", "certifier", "area", "lead", "other"])
def test_the_national_analyst_alone_lowers_it(scene: Scene, who: str) -> None:
    _raise(scene, scene.preparer)
    with pytest.raises((Refused, NotThere)):
        _lower(scene, getattr(scene, who), reason="set_too_strict")
    with pytest.raises(Refused, match="less strict"):
        _lower(scene, scene.national)
    assert scene.row(scene.east).marking == RAISED
    _lower(scene, scene.national, reason="set_too_strict")
    assert scene.row(scene.east).marking == Marking()
    last = Entry.objects.order_by("-number")[0]
    assert last.act == "collections.submission.mark" and '"reason":"set_too_strict"' in last.facts


def test_a_return_carries_the_stricter_of_its_own_and_its_round_s_and_lowering_one_leaves_the_other(scene: Scene) -> None:
    _raise(scene, scene.preparer, 1)
    _mark(scene, scene.national, 2, "For police only")
    row = scene.row(scene.east)
    assert row.marking == Marking(Level.OFFICIAL_SENSITIVE, "For police only; Quokka only")
    assert (row.own_marking, row.round_marking) == (Marking(Level.OFFICIAL, "Quokka only"), SENSITIVE)
    _mark(scene, scene.national, 1, reason="content_gone")
    assert scene.row(scene.east).marking == Marking(Level.OFFICIAL, "Quokka only")


def _found(scene: Scene, kind: str, word: str) -> Marking:
    page = search(viewer=viewer(scene.national), text=word)
    (hit,) = (hit for hit in page.hits if hit.kind == kind)
    return hit.marking


def test_search_says_the_marking_as_it_is_now(scene: Scene) -> None:
    commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="The numbat is not held.")
    _raise(scene, scene.preparer)
    assert _found(scene, "return", "Eastmere csae") == _found(scene, "waiver", "numbat") == RAISED
    _mark(scene, scene.national, 2, "x" * marking.LONGEST_HANDLING)
    both = f"{'x' * marking.LONGEST_HANDLING}; Quokka only"
    assert _found(scene, "return", "Eastmere csae").handling == _found(scene, "waiver", "numbat").handling == both
    assert _found(scene, "return", "Westholt csae").handling == "x" * marking.LONGEST_HANDLING
    _lower(scene, scene.national, reason="content_gone")
    assert _found(scene, "return", "Eastmere csae").handling == "x" * marking.LONGEST_HANDLING


def test_the_longest_handling_words_of_a_round_and_a_return_stand_together(scene: Scene) -> None:
    _mark(scene, scene.national, 2, "x" * marking.LONGEST_HANDLING)
    _raise(scene, scene.preparer, 2, "y" * marking.LONGEST_HANDLING)
    assert _found(scene, "return", "Eastmere csae") == scene.row(scene.east).marking


# Files that were made before


def _asked(scene: Scene) -> list[str]:
    return list(Task.objects.unscoped("test").filter(name=commands.MARK).order_by("pk").values_list("about", flat=True))


def test_files_made_before_are_given_to_nobody_until_they_say_the_new_marking(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    version = scene.sent(scene.east)
    _reports(tmp_path, version, "OFFICIAL")

    def offered() -> list[bool]:
        found = [queries.findings_report(viewer=viewer(scene.preparer), submission=scene.east, kind=kind) for kind in KINDS]
        assert all(bool(one.path) is not one.being_marked for one in found)
        return [bool(one.path) for one in found]

    assert offered() == [True, True]
    _raise(scene, scene.preparer)
    assert offered() == [False, False] and _asked(scene) == [str(scene.east)]
    jobs.mark_files(str(scene.east), AT)
    assert offered() == [True, True]
    for kind in KINDS:
        assert str(RAISED) in _words_of(places.report(tmp_path, version, kind))
    _mark(scene, scene.national, 2, "For police only")  # a round's marking is carried by the files of its returns
    assert offered() == [False, False] and _asked(scene) == [str(scene.east)] * 2


def test_a_pack_is_made_again_and_nobody_is_told_twice(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    version = scene.accepted(scene.east)
    made: list[str] = []

    def make(task: packs.PackTask) -> packs.Packed:
        made.append(task.job.marking)
        return packs.Packed("f" * 64)

    jobs.mark_files(str(scene.east), AT, make=make)
    assert made == []  # no pack lay there: the job that makes it knows the marking
    path = places.pack(tmp_path, version, "json")
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")
    letters = Letter.objects.unscoped("test").count()
    _raise(scene, scene.certifier)
    jobs.mark_files(str(scene.east), AT, make=make)
    assert made == [str(RAISED)] and Letter.objects.unscoped("test").count() == letters


def test_files_that_were_being_made_while_the_marking_was_set_are_marked_afterwards(scene: Scene) -> None:
    version = scene.send(scene.east)
    _raise(scene, scene.preparer)
    asked = len(_asked(scene))
    late = replace(outcome(), marking="OFFICIAL")
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=late)
    assert len(_asked(scene)) == asked + 1
    commands.note_packed(by=CHECK, at=AT, version=version, sha256="f" * 64, marking=str(RAISED))
    assert len(_asked(scene)) == asked + 1
    commands.note_packed(by=CHECK, at=AT, version=version, sha256="f" * 64, marking="OFFICIAL")
    assert len(_asked(scene)) == asked + 2


KINDS = ("xlsx", "jsonl")


def _reports(root: Path, version: UUID, words: str) -> None:
    result = CheckResult(Findings.of([]), (), (), "csae")
    (root / "findings").mkdir(exist_ok=True)
    write_workbook(result, places.report(root, version, "xlsx"), marking=words)
    write_json_lines(result, places.report(root, version, "jsonl"), marking=words)


def _words_of(path: Path) -> str:
    if path.suffix == ".xlsx":
        return str(openpyxl.load_workbook(path)["Summary"]["A1"].value)
    return path.read_text(encoding="utf-8")
