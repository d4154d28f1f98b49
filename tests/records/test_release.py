"""What must be true before a round is published: each line so, not so and not known, and what its records are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F

from tests.records.collecting import ASKS, CHECK, ERROR, Scene, found_scene, later, outcome
from tests.records.nation import AT, DAY, viewer
from vkpp.records.collections import commands, queries, states
from vkpp.records.collections.models import Round, Submission, Version
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.lateness import can_come, due_in, late_words
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
        ("certifiers", {"uncertified": ["Westholt"]}, False, "its return can never be signed: Westholt."),
        ("certifiers", {"uncertified": ["A", "B"]}, False, "their returns can never be signed: A, B."),
        ("approvals", {"signed": [SIGNED, replace(SIGNED, certified=None)]}, None, "Of 1 of 2 accepted returns"),
        ("approvals", {"signed": [replace(SIGNED, approved=None)]}, None, "their receipts say it"),
        ("approvals", {"signed": [replace(SIGNED, approved=None, has_area=False)]}, True, "So for 1 accepted return."),
        ("approvals", {"signed": []}, False, "None is accepted."),
        ("approvals", {"signed": [], "states": ["waived", "waived"]}, True, "none can come any more"),
        ("approvals", {"signed": [], "states": ["waived", "awaited"]}, False, "None is accepted."),
        ("approvals", {"signed": [], "states": ["waived", "awaited"], "round_state": "closed"}, True, "none can come any more"),
        ("approvals", {"signed": [], "states": ["waived", "accepting"], "round_state": "closed"}, False, "None is accepted."),
        ("approvals", {"signed": [], "states": []}, False, "None is accepted."),
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


# What a stranger to this code tried


def test_a_return_that_was_sent_twice_before_it_was_accepted_was_not_corrected(scene: Scene) -> None:
    """A version is a sending: the first one had errors, and the second is the first that anybody accepted."""
    scene.sent(scene.east, ERROR)
    scene.accepted(scene.east)
    row = scene.row(scene.east)
    assert (row.version, row.accepted, row.changed) == (2, 2, False)
    assert said(scene) == []


def test_a_correction_that_was_taken_back_is_none(scene: Scene) -> None:
    scene.accepted(scene.east)
    scene.sent(scene.east, ERROR, total=505)
    assert [kind for kind, _, _ in said(scene)] == ["correction"] and scene.row(scene.east).changed
    commands.withdraw(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="The first file was right.")
    assert said(scene) == [] and not scene.row(scene.east).changed


def late_and_accepted(scene: Scene) -> None:
    version = scene.send(scene.east)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome())
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    at = later(35)
    commands.certify(by=viewer(scene.certifier, at.date()), at=at, submission=scene.east, version=1)
    commands.approve(by=viewer(scene.area, at.date()), at=at, submission=scene.east, version=1)
    commands.accept(by=viewer(scene.national, at.date()), at=at, submission=scene.east, version=1)
    commands.note_kept(by=CHECK, at=at, version=version, kept=Kept("csae/x/v0001", "a" * 64, {"crimes": 512}, 512))


def test_a_late_return_stays_late_while_a_corrected_one_is_awaited(scene: Scene) -> None:
    """What was accepted is still counted, so what has to be said of it still stands."""
    late_and_accepted(scene)
    by, at = viewer(scene.national, later(36).date()), later(36)
    commands.lock(by=by, at=at, submission=scene.east)
    commands.unlock(by=by, at=at, submission=scene.east, reason="Crimes were counted twice.")
    assert [kind for kind, who, _ in said(scene, 36) if who == "Eastmere"] == ["late", "correction"]


def test_a_return_that_is_counted_is_in_while_a_corrected_one_is_awaited(scene: Scene) -> None:
    """n of n says how many returns the total beside it is made of (R4)."""
    scene.accepted(scene.east)
    scene.sent(scene.east, ERROR, total=505)
    found = queries.round_overview(viewer=viewer(scene.national), round_=scene.round)
    assert (found.total, found.received, found.expected) == (512, 1, 2)
    assert "Of 2: 1 accepted, 0 waived, 0 on the way, 1 not in." in of(scene, "returns").why


def test_a_force_that_a_closed_round_does_not_wait_for_needs_no_certifier_and_stops_nothing(scene: Scene) -> None:
    """It was let go by closing the round: the notes name it, and every line of the checklist can hold without it."""
    scene.accepted(scene.east)
    found = queries.round_overview(viewer=viewer(scene.national), round_=scene.round)
    assert not found.can_publish and [one.organisation_name for one in found.stops] == ["Westholt"]
    commands.close_round(by=viewer(scene.national), at=AT, round_=scene.round)
    assert of(scene, "certifiers").holds is True and of(scene, "returns").holds is True
    found = queries.round_overview(viewer=viewer(scene.national), round_=scene.round)
    assert found.can_publish and found.stops == () and (found.received, found.owed) == (1, 2)
    assert found.sentence.startswith("Yes: 1 of 2 returns are accepted or waived") and "1 will not come" in found.sentence
    row = scene.row(scene.west)
    assert (row.next_words, row.holder) == ("Not taken any more: the round is closed", "Nobody")
    commands.reopen_round(by=viewer(scene.national), at=AT, round_=scene.round, reason="Westholt asked for it.")
    assert (scene.row(scene.west).next_words, scene.row(scene.west).holder) == ("Send the file", "Returns officer")


@pytest.mark.parametrize(
    ("left", "past", "words"),
    [
        (5, False, "in 5 working days"),
        (1, False, "in 1 working day"),
        (0, False, "today"),
        (0, True, "just past"),
        (-1, True, "1 working day ago"),
        (-6, True, "6 working days ago"),
    ],
)
def test_a_deadline_is_told_in_working_days_and_never_as_none(left: int, past: bool, words: str) -> None:
    assert due_in(left, past=past) == words


def test_on_the_weekend_after_its_deadline_a_return_is_late_by_no_number_of_days(scene: Scene) -> None:
    """A deadline of a Thursday before Good Friday: on that Friday and to Easter Monday no working day has gone by."""
    with machinery("the test moves a deadline"):
        Submission.objects.unscoped("test").filter(round=scene.round).update(due_on=date(2026, 4, 2))
    row = scene.row(scene.east, on=date(2026, 4, 5))
    assert row.late and row.working_days_left == 0 and late_words(row) == "late"
    version = scene.send(scene.east)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome())
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier, later(34).date()), at=later(34), submission=scene.east, version=1)
    assert "Signed on 5 April 2026, after its deadline of 2 April 2026." in [words for _, _, words in said(scene, 34)]


def test_whoever_is_not_of_the_force_is_not_told_to_save_its_receipt(scene: Scene) -> None:
    scene.accepted(scene.east)
    assert scene.row(scene.east, scene.preparer).next_words == "Save your receipt"
    assert scene.row(scene.east, scene.area).next_words == scene.row(scene.east).next_words == "Nothing to do"


def test_the_task_list_tells_only_the_force_to_save_its_receipt(scene: Scene) -> None:
    scene.accepted(scene.east)
    for person, words in (
        (scene.preparer, "Save your receipt"),
        (scene.national, "Read the receipt"),
        (scene.area, "Read the receipt"),
    ):
        page = queries.submission_page(viewer=viewer(person), submission=scene.east)
        assert [one.words for one in page.tasks if one.name == "receipt"] == [words]


def test_returned_words_say_whether_the_return_was_sent_back_or_taken_back(scene: Scene) -> None:
    def because() -> str:
        return queries.submission_page(viewer=viewer(scene.national), submission=scene.east).returned_because

    scene.certified(scene.east)
    commands.send_back(by=viewer(scene.area), at=AT, submission=scene.east, reason="Two months lack.")
    assert because() == "Sent back because"
    scene.accepted(scene.east)
    scene.send(scene.east)
    assert because() == "Sent back because"
    with machinery("as commands.withdraw leaves it"):
        Submission.objects.unscoped("test").filter(pk=scene.east).update(
            state="accepted", version=F("accepted"), returned_words="Ours was right."
        )
    assert because() == "Corrected return taken back because"
    scene.send(scene.east)
    assert not queries.submission_page(viewer=viewer(scene.national), submission=scene.east).returned_words


@pytest.mark.parametrize("state", states.ROUND.states.words)
def test_only_who_manages_rounds_says_that_notes_are_read_and_never_of_a_draft(scene: Scene, state: str) -> None:
    with machinery("the test puts the round into a state"):
        Round.objects.unscoped("test").filter(pk=scene.round).update(state=state, locked_at=AT)
    digest = digest_of(queries.notes(viewer=viewer(scene.national), round_=scene.round))
    for person in (scene.national, scene.second, scene.lead, scene.area, scene.preparer, scene.certifier, scene.nation.chief):
        may = person in (scene.national, scene.second) and state != "draft"
        with transaction.atomic():
            if may:
                commands.read_notes(by=viewer(person), at=AT, round_=scene.round, digest=digest)
                assert of(scene, "notes").holds is True
            else:
                with pytest.raises((Refused, NotThere)):
                    commands.read_notes(by=viewer(person), at=AT, round_=scene.round, digest=digest)
            transaction.set_rollback(True)


def test_every_national_role_sees_that_the_notes_were_read(scene: Scene) -> None:
    digest = digest_of(queries.notes(viewer=viewer(scene.national), round_=scene.round))
    commands.read_notes(by=viewer(scene.national), at=AT, round_=scene.round, digest=digest)
    for person in (scene.second, scene.lead):
        found = queries.release_checklist(viewer=viewer(person), round_=scene.round)
        assert next(one for one in found if one.name == "notes").holds is True


# A check in words


def test_a_check_is_named_by_its_words_and_by_no_value_of_a_record() -> None:
    """Pages that the read log does not count say which check it was, and nothing of what it found."""
    assert register.asks("csae", "crimes-crime-ref-once") == "Crime reference … stands on more than one row."
    assert register.asks("csae", "no-such-check") == "no-such-check"
    for check in register.catalogue().specification("csae").checks:
        words = register.asks("csae", check.id)
        assert words and "{" not in words and "}" not in words


@pytest.mark.parametrize("role", ["preparer", "certifier", "area"])
def test_the_totals_of_a_whole_round_are_there_for_who_works_on_all_of_it(scene: Scene, role: str) -> None:
    """First it is shown that the person sees the round and a return of it, from which a total would be made."""
    by = viewer(getattr(scene, role))
    assert any(one.id == scene.round for one in queries.rounds(viewer=by))
    assert queries.submission_page(viewer=by, submission=scene.east)
    for read in (queries.round_overview, queries.release_checklist):
        with pytest.raises(NotThere):
            read(viewer=by, round_=scene.round)
        assert read(viewer=viewer(scene.national), round_=scene.round)
