"""What must be true before a round is published: each line so, not so and not known, and what its records are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.records.collecting import ASKS, CHECK, Scene, found_scene, later, outcome
from tests.records.nation import AT, DAY, viewer
from vkpp.records.collections import commands, queries, states
from vkpp.records.collections.models import Version
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.lateness import can_come
from vkpp.records.collections.rules.notes import NOTE_KINDS, Note, digest_of
from vkpp.records.collections.rules.outcomes import Kept
from vkpp.records.collections.rules.release import Read, ReleaseLine, Signed, Standing, checklist
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people
from vkpp.records.people.queries import places_held

SIGNED = Signed(AT, AT, AT, has_area=True)
WHOLE = Standing(
    round_state="open",
    states=["accepted", "waived"],
    signed=[SIGNED],
    queries={"settled": 2},
    uncertified=[],
    waivers_asked=0,
    rule="Counts of 1 to 4 are hidden.",
    rule_proposed=False,
    notes=3,
    read=Read(AT, same=True),
)


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def line(found: Standing, name: str) -> ReleaseLine:
    return next(one for one in checklist(found) if one.name == name)


def of(scene: Scene, name: str) -> ReleaseLine:
    found = queries.release_checklist(viewer=viewer(scene.national), round_=scene.round)
    return next(one for one in found if one.name == name)


def test_a_whole_round_holds_in_every_line_and_asks_nothing() -> None:
    assert all(one.holds is True and one.todo == "" for one in checklist(WHOLE))


@pytest.mark.parametrize(
    ("name", "changed", "holds", "words"),
    [
        ("returns", {"states": ["accepted", "awaited"]}, False, "Of 2: 1 accepted, 0 waived, 0 on the way, 1 not in."),
        (
            "returns",
            {"states": ["accepted", "awaited"], "round_state": "closed"},
            True,
            "1 not in; the notes name it.",
        ),
        ("returns", {"states": ["accepted", "with_area"], "round_state": "closed"}, False, "1 on the way"),
        ("returns", {"states": ["accepted", "accepting"]}, False, "1 on the way"),
        ("returns", {"states": []}, False, "Of 0: "),
        ("certifiers", {"uncertified": [(uuid4(), "Westholt")]}, False, "its return can never be signed: Westholt."),
        ("certifiers", {"uncertified": [(uuid4(), "A"), (uuid4(), "B")]}, False, "their returns can never be signed: A, B."),
        ("approvals", {"signed": [SIGNED, replace(SIGNED, certified=None)]}, None, "Of 1 of 2 accepted returns"),
        ("approvals", {"signed": [replace(SIGNED, approved=None)]}, None, "their receipts say it"),
        ("approvals", {"signed": [replace(SIGNED, approved=None, has_area=False)]}, True, "So for 1 accepted return."),
        ("approvals", {"signed": []}, False, "None is accepted."),
        ("approvals", {"states": ["accepted", "with_national"]}, False, "1 return waits for a second pair of eyes."),
        ("queries", {"queries": {"answered": 1, "settled": 2}}, False, "1 answered and not decided"),
        ("queries", {"queries": {"open": 1}}, False, "1 without an answer"),
        ("waivers", {"waivers_asked": 2}, False, "2 waivers wait for the national lead."),
        ("disclosure", {"rule": ""}, False, "names no rule"),
        ("disclosure", {"rule_proposed": True}, True, "waits for the programme’s own decision"),
        ("notes", {"read": None}, None, "Nobody has said so yet."),
        ("notes", {"read": Read(AT, same=False)}, False, "have changed since"),
    ],
)
def test_a_line_that_does_not_hold_says_why_and_what_settles_it(
    name: str, changed: dict[str, object], holds: bool | None, words: str
) -> None:
    found = line(replace(WHOLE, **changed), name)  # type: ignore[arg-type]
    assert found.holds is holds and words in found.why
    assert bool(found.todo) is (holds is not True)


# From records


def test_a_force_in_which_nobody_can_certify_is_named(scene: Scene) -> None:
    found = of(scene, "certifiers")
    assert found.holds is False and "Westholt" in found.why and "Eastmere" not in found.why
    by = viewer(scene.nation.chief)
    people.give_role(by=by, at=AT, person=scene.other, organisation=scene.nation.westholt, role="certifier")
    assert of(scene, "certifiers").holds is True
    people.suspend(by=by, at=AT, person=scene.other)
    assert of(scene, "certifiers").holds is False


def test_nobody_can_certify_in_a_compartment_in_which_nobody_is(scene: Scene) -> None:
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka")
    assert places_held(permission="collections.certify", on=DAY) == {scene.nation.eastmere}
    assert places_held(permission="collections.certify", on=DAY, compartment=key) == frozenset()
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=scene.certifier)
    assert places_held(permission="collections.certify", on=DAY, compartment=key) == {scene.nation.eastmere}


def test_signatures_are_known_where_people_gave_them_and_not_known_where_the_store_did(scene: Scene) -> None:
    assert of(scene, "approvals").holds is False
    scene.accepted(scene.east)
    assert of(scene, "approvals").holds is True
    with machinery("a row made again from the store has no instants of signatures"):
        Version.objects.unscoped("test").filter(submission=scene.east).update(certified_at=None, approved_at=None)
    assert of(scene, "approvals").holds is None


def test_queries_of_certified_returns_count_and_others_are_their_force_s_own(scene: Scene) -> None:
    scene.sent(scene.east, ASKS)
    assert of(scene, "queries").holds is True
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="A new records system.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    assert of(scene, "queries").holds is False
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)
    commands.settle(by=viewer(scene.national), at=AT, query=query.id)
    assert of(scene, "queries").holds is True


def test_the_rule_on_what_is_hidden_is_the_collection_s_and_said_to_be_proposed(scene: Scene) -> None:
    found = of(scene, "disclosure")
    assert found.holds is True and "Counts of 1 to 4 are hidden" in found.why and "proposed" in found.why


def test_the_notes_are_read_until_one_of_them_changes(scene: Scene) -> None:
    by = viewer(scene.national)

    def now() -> str:
        return digest_of(queries.notes(viewer=by, round_=scene.round))

    assert of(scene, "notes").holds is None
    empty = now()
    commands.read_notes(by=by, at=AT, round_=scene.round, digest=empty)
    assert of(scene, "notes").holds is True
    waiver = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="The system is down.")
    assert of(scene, "notes").holds is True and of(scene, "waivers").holds is False
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    assert of(scene, "notes").holds is False and of(scene, "waivers").holds is True
    with pytest.raises(Refused, match="changed while you read them"):
        commands.read_notes(by=by, at=AT, round_=scene.round, digest=empty)
    with pytest.raises(Refused, match="Your roles do not let you"):
        commands.read_notes(by=viewer(scene.area), at=AT, round_=scene.round, digest=now())
    commands.read_notes(by=by, at=AT, round_=scene.round, digest=now())
    assert of(scene, "notes").holds is True


def test_a_round_that_the_viewer_may_not_know_of_has_no_checklist(scene: Scene) -> None:
    with pytest.raises(NotThere):
        queries.release_checklist(viewer=viewer(scene.national), round_=uuid4())


# The notes


def said(scene: Scene, days: int = 0) -> list[tuple[str, str, str]]:
    found = queries.notes(viewer=viewer(scene.national, (AT + timedelta(days=days)).date()), round_=scene.round)
    return [(one.kind, one.organisation_name, one.words) for one in found]


def test_a_return_is_not_in_once_its_deadline_is_past_and_not_before(scene: Scene) -> None:
    assert said(scene) == []
    scene.certified(scene.east)
    assert said(scene, 60) == [("missing", "Westholt", "It was due on 30 March 2026 and is not in.")]


def test_a_return_that_has_more_time_is_named_too_once_the_others_are_due(scene: Scene) -> None:
    """Whoever counts the notes finds as many as "received of expected" leaves open."""
    scene.certified(scene.east)
    by = viewer(scene.national)
    commands.extend(by=by, at=AT, submission=scene.west, working_days=10, reason="The system was changed.")
    assert said(scene) == []
    ((kind, who, words),) = said(scene, 30)
    assert (kind, who) == ("missing", "Westholt")
    assert words == "It has more time, until 15 April 2026, and is not in yet."
    assert said(scene, 60) == [("missing", "Westholt", "It was due on 15 April 2026 and is not in.")]


def test_a_closed_round_names_who_is_not_in_whatever_the_day(scene: Scene) -> None:
    commands.close_round(by=viewer(scene.national), at=AT, round_=scene.round)
    assert [(kind, who) for kind, who, _ in said(scene)] == [("missing", "Eastmere"), ("missing", "Westholt")]


def test_a_return_that_was_signed_after_its_deadline_is_late(scene: Scene) -> None:
    version = scene.send(scene.east)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome())
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    at = later(35)  # Monday 6 April 2026, Easter Monday: the deadline was 30 March
    commands.certify(by=viewer(scene.certifier, at.date()), at=at, submission=scene.east, version=1)
    found = [words for kind, who, words in said(scene, 35) if (kind, who) == ("late", "Eastmere")]
    assert found == ["Signed on 6 April 2026, 3 working days after its deadline of 30 March 2026."]


def test_a_corrected_return_says_so_while_it_is_awaited_and_afterwards(scene: Scene) -> None:
    scene.accepted(scene.east)
    assert said(scene) == []
    by = viewer(scene.national)
    commands.lock(by=by, at=AT, submission=scene.east)
    commands.unlock(by=by, at=AT, submission=scene.east, reason="Crimes were counted twice.")
    (awaited,) = said(scene)
    assert awaited[0] == "correction" and "is awaited; what was accepted stands. Unlocked because: Crimes" in awaited[2]
    scene.accepted(scene.east, total=505)
    (corrected,) = said(scene)
    assert corrected[0] == "correction" and corrected[2].startswith("It was corrected after it had been accepted.")


def test_a_nil_return_is_printed_once_it_is_accepted_and_gone_when_a_file_takes_its_place(scene: Scene) -> None:
    commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="Nothing was recorded.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)
    assert said(scene) == []
    commands.accept(by=viewer(scene.national), at=AT, submission=scene.east, version=1)
    version = Version.objects.unscoped("test").get(submission=scene.east)
    commands.note_kept(by=CHECK, at=AT, version=version.pk, kept=Kept("csae/x/v0001", "a" * 64, {}, 0))
    assert said(scene) == [("nil", "Eastmere", "Nothing was recorded.")]
    scene.accepted(scene.east)
    assert "nil" not in [kind for kind, _, _ in said(scene)]


def test_every_kind_of_note_has_its_place_in_the_order() -> None:
    assert len(set(NOTE_KINDS)) == 6
    one = Note("late", "A", "", "x")
    assert digest_of([one]) != digest_of([replace(one, words="y")])


# Chasing


def test_a_closed_round_is_chased_for_what_its_force_can_still_bring_in() -> None:
    """The tuple against the table of moves: something of the force's that needs no open round leads on from the state."""
    brings = {"receive", "declare_nil", "offer", "certify", "answer"}
    for state in states.WITH_THE_FORCE:
        possible = any(a.origin == state and a.act in brings and not a.open_round for a in states.RETURN.acts)
        assert can_come(state, "closed") is possible, state
        assert can_come(state, "open") is (state != "checking")


def test_a_letter_goes_only_where_the_return_can_still_come(scene: Scene) -> None:
    scene.accepted(scene.east)
    by = viewer(scene.national)
    commands.lock(by=by, at=AT, submission=scene.east)
    commands.unlock(by=by, at=AT, submission=scene.east, reason="Crimes were counted twice.")
    commands.close_round(by=by, at=AT, round_=scene.round)
    at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    late = viewer(scene.national, at.date())
    assert queries.round_overview(viewer=late, round_=scene.round).chase == (scene.east,)
    (area,) = queries.region_overview(viewer=viewer(scene.area, at.date())).rounds
    assert area.chase == (scene.east,) and {one.organisation_name for one in area.late} == {"Eastmere", "Westholt"}
    assert commands.chase(by=late, at=at, round_=scene.round) == 1
    assert scene.row(scene.west, on=at.date()).chases == 0 and scene.row(scene.east, on=at.date()).chases == 1


def test_a_correction_moves_the_total_by_its_difference_and_not_once_more(scene: Scene) -> None:
    """What was accepted is counted already."""
    scene.accepted(scene.east, total=500)
    by = viewer(scene.national)
    second = commands.clone_round(by=by, at=AT, round_=scene.round, period="CY2026Q2", opens_on=DAY)
    commands.open_round(by=by, at=AT, round_=second)
    rows = queries.round_overview(viewer=by, round_=second).returns
    east = next(one.id for one in rows if one.organisation == scene.nation.eastmere)
    scene.accepted(east, total=520)
    commands.lock(by=by, at=AT, submission=east)
    commands.unlock(by=by, at=AT, submission=east, reason="Crimes were counted twice.")
    found = queries.round_overview(viewer=by, round_=second)
    matter = next(one for one in found.stops if one.submission == east)
    assert found.total == 520 and (matter.low, matter.high) == (-20, -20)
    assert matter.share == pytest.approx(100 * 20 / 520)


# A check in words


def test_a_check_is_named_by_its_words_and_by_no_value_of_a_record() -> None:
    """Pages that the read log does not count say which check it was, and nothing of what it found."""
    assert register.asks("csae", "crimes-crime-ref-once") == "Crime reference … stands on more than one row."
    assert register.asks("csae", "no-such-check") == "no-such-check"
    for check in register.catalogue().specification("csae").checks:
        words = register.asks("csae", check.id)
        assert words and "{" not in words and "}" not in words
