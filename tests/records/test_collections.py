"""Rounds and returns: every role, state and act both ways; two people; reasons carried on; can I publish; the walk."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import ASKS, CHECK, ERROR, VAGUE, Scene, drafted, found_scene, later, outcome
from tests.records.nation import AT, DAY, Nation, found_nation, join, viewer
from vkpp.basics.problems import Problem, RefusedByRule, UsageProblem
from vkpp.records.collections import commands, queries, rules, states
from vkpp.records.collections.models import Fix, Query, Round, Submission, Tasking, Version, Waiver
from vkpp.records.collections.rules import figures, register
from vkpp.records.collections.rules.words import file_name
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands as people
from vkpp.records.people.rules import roles
from vkpp.records.trail import commands as trail_commands
from vkpp.records.trail.models import Entry
from vkpp.records.work.models import Letter, Task
from vkpp.records.work.rules import templates

pytestmark = pytest.mark.usefixtures("records")

HERE, THERE = uuid4(), uuid4()


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


# The table: every role, state and act, both ways


def _as(role: str, place: UUID = HERE) -> Viewer:
    held = roles()[role]
    where = None if held.reach == "everywhere" else place
    return Viewer(str(uuid4()), DAY, permits=frozenset((permission, where) for permission in held.may))


@pytest.mark.parametrize("name", states.MACHINES)
def test_every_role_state_and_act_both_ways(name: str) -> None:
    """The answer of the rules is the table's, and nothing but the table's, for everybody who could ask."""
    machine = states.MACHINES[name]
    asked = {**{role: _as(role) for role in roles()}, "service": system("check", DAY), "nobody": Viewer(str(uuid4()), DAY)}
    allowed = 0
    for who, by in asked.items():
        for state in machine.states.words:
            for act in machine.names:
                facts = rules.Facts(state, HERE, uuid4(), whole=True, earlier=True)
                words = rules.why_not(machine, act, by, facts)
                line = machine.act(act, state)
                may = line is not None and (who == "service" if line.who == "service" else _may(by, line))
                assert (words == "") is may, (who, state, act, words)
                assert not words or words.endswith(".")
                allowed += may
    assert allowed >= len({act.act for act in machine.acts if act.origin})


def _may(by: Viewer, line: states.Act) -> bool:
    return any(by.may(who, HERE) for who in (line.who, line.or_who) if who)


def test_a_role_of_another_force_or_area_counts_for_nothing_here() -> None:
    for role in ("force_analyst", "certifier", "regional_analyst"):
        for act in states.RETURN.acts:
            if act.who != "service":
                assert rules.why_not(states.RETURN, act.act, _as(role, THERE), rules.Facts(act.origin, HERE, whole=True))


@pytest.mark.parametrize(
    ("act", "role", "facts", "words"),
    [
        ("receive", "force_analyst", {"state": "awaited", "round_state": "closed"}, "the round is closed"),
        ("receive", "force_analyst", {"state": "awaited", "round_state": "locked"}, "the round is locked"),
        ("receive", "force_analyst", {"state": "with_area"}, "You cannot send a file now: the return is certified"),
        ("offer", "force_analyst", {"state": "returned", "whole": False}, "not fixed or answered yet"),
        ("withdraw", "force_analyst", {"state": "ready", "earlier": False}, "no version of this return was accepted before"),
        ("certify", "force_analyst", {"state": "to_certify"}, "Your roles do not let you certify your force's returns."),
        ("accept", "regional_analyst", {"state": "with_national"}, "Your roles do not let you accept returns"),
        ("approve", "national_analyst", {"state": "with_area"}, "Your roles do not let you approve"),
        ("pass", "national_analyst", {"state": "checking"}, "Only the service itself can pass the checks."),
    ],
)
def test_a_refused_act_says_why(act: str, role: str, facts: dict[str, object], words: str) -> None:
    given: dict[str, object] = {"organisation": HERE, "whole": True, "earlier": True} | facts
    assert words in rules.why_not(states.RETURN, act, _as(role), rules.Facts(**given))  # type: ignore[arg-type]


def test_returned_and_unlocked_files_are_taken_after_the_round_closed() -> None:
    for state in ("returned", "unlocked"):
        assert (
            rules.why_not(states.RETURN, "receive", _as("force_analyst"), rules.Facts(state, HERE, round_state="locked")) == ""
        )


def test_without_an_approval_area_the_national_team_takes_its_step() -> None:
    facts = rules.Facts("with_area", HERE, has_area=False)
    assert rules.why_not(states.RETURN, "approve", _as("national_analyst"), facts) == ""
    assert rules.why_not(states.RETURN, "return", _as("national_analyst"), facts) == ""


@pytest.mark.parametrize(
    ("machine", "act", "state", "deed"),
    [(m, a.act, a.origin, deed) for m in ("return", "waiver") for a in states.MACHINES[m].acts for deed in a.others],
)
def test_two_people_always(machine: str, act: str, state: str, deed: str) -> None:
    permits = frozenset((permission, None) for permission in rules.PERMISSIONS)
    by = Viewer(str(uuid4()), DAY, permits=permits)
    facts = rules.Facts(state, HERE, whole=True, earlier=True, did={deed: by.id})
    assert "somebody else must" in rules.why_not(states.MACHINES[machine], act, by, facts)
    other = rules.Facts(state, HERE, whole=True, earlier=True, did={deed: str(uuid4())})
    assert rules.why_not(states.MACHINES[machine], act, by, other) == ""


def test_the_table_names_permissions_that_exist_and_every_state_is_reached() -> None:
    for machine in states.MACHINES.values():
        assert {who for a in machine.acts for who in (a.who, a.or_who)} <= {*rules.PERMISSIONS, "service", ""}
        assert {a.target for a in machine.acts} - {""} == set(machine.states.words)
    assert set(states.NEXT) == set(states.RETURN.states.words)


# The same at the door: commands


def _fixed(scene: Scene, key: UUID) -> None:
    """One cell of version 1 was written on screen, and the version is made."""
    of = Version.objects.unscoped("test").get(submission=key, number=1)
    with machinery("the test gathers a fix"):
        Fix(submission_id=key, of=of, file="crimes.csv", table="crimes", row=2, record=1, column="b", fixed_at=AT).save()
    commands.fix(by=viewer(scene.preparer), at=AT, submission=key, version=1)


COMMANDS: dict[str, Callable[[Scene, UUID], object]] = {
    "receive": lambda s, k: s.send(k),
    "fix": _fixed,
    "declare_nil": lambda s, k: commands.declare_nil(by=viewer(s.preparer), at=AT, submission=k, reason="Nothing recorded."),
    "offer": lambda s, k: commands.offer(by=viewer(s.preparer), at=AT, submission=k),
    "certify": lambda s, k: commands.certify(by=viewer(s.certifier), at=AT, submission=k, version=1),
    "approve": lambda s, k: commands.approve(by=viewer(s.area), at=AT, submission=k, version=1),
    "accept": lambda s, k: commands.accept(by=viewer(s.national), at=AT, submission=k, version=1),
    "withdraw": lambda s, k: commands.withdraw(by=viewer(s.preparer), at=AT, submission=k, reason="A mistake."),
    "lock": lambda s, k: commands.lock(by=viewer(s.national), at=AT, submission=k),
    "unlock": lambda s, k: commands.unlock(by=viewer(s.national), at=AT, submission=k, reason="A correction."),
    "mark": lambda s, k: commands.mark_return(by=viewer(s.national), at=AT, submission=k, level=2),
    "raise_marking": lambda s, k: commands.raise_marking(by=viewer(s.preparer), at=AT, submission=k, level=2),
    "extend": lambda s, k: commands.extend(by=viewer(s.national), at=AT, submission=k, working_days=3, reason="New system."),
}
SENDERS = {"to_certify": "certifier", "with_area": "area", "with_national": "national"}


def _put(key: UUID, state: str) -> None:
    """A return in a state, as if it had come there: version 1 is clean, and accepted where the state says so."""
    accepted = state in ("accepted", "locked", "unlocked")
    with machinery("the test puts a return into a state"):
        Submission.objects.filter(pk=key).update(state=state, version=1, accepted=int(accepted))
        Version.objects.filter(submission=key).update(checked_at=AT)


@pytest.mark.parametrize("state", [s for s in states.RETURN.states.words if s != "planned"])
def test_every_command_on_a_return_in_every_state(scene: Scene, state: str) -> None:
    key = scene.east
    scene.sent(key)
    for act, call in COMMANDS.items():
        _put(key, state)
        line = states.RETURN.act(act, state)
        allowed = line is not None and not (line.earlier and state not in ("accepted", "locked", "unlocked"))
        shown = scene.row(key, by=_holder(scene, act)).acts
        assert (act in shown.allowed) is allowed
        with transaction.atomic():
            if allowed and line is not None:
                call(scene, key)
                assert _row(key).state == line.target
            else:
                with pytest.raises(Refused) as refused:
                    call(scene, key)
                assert refused.value.saw == shown.refused[act]
            transaction.set_rollback(True)


def _holder(scene: Scene, act: str) -> UUID:
    (line, *_) = states.RETURN.named(act)
    holders = {"prepare": scene.preparer, "certify": scene.certifier, "approve": scene.area}
    return holders.get(line.who.partition(".")[2], scene.national)


@pytest.mark.parametrize("state", [s for s in states.RETURN.states.words if s != "planned"])
def test_sending_back_in_every_state(scene: Scene, state: str) -> None:
    key = scene.east
    scene.sent(key)
    _put(key, state)
    for person in (scene.preparer, scene.certifier, scene.area, scene.national, scene.lead):
        with transaction.atomic():
            if SENDERS.get(state) and getattr(scene, SENDERS[state]) == person:
                commands.send_back(by=viewer(person), at=AT, submission=key, reason="Victims were counted as crimes.")
                assert (_row(key).state, _row(key).returned_words) == ("returned", "Victims were counted as crimes.")
            else:
                with pytest.raises(Refused):
                    commands.send_back(by=viewer(person), at=AT, submission=key, reason="No.")
            transaction.set_rollback(True)


def _row(key: UUID) -> Submission:
    found = Submission.objects.unscoped("test").get(pk=key)
    assert isinstance(found, Submission)
    return found


# Rounds


def test_a_round_is_cloned_with_its_forces_and_says_what_changed_and_costs(scene: Scene) -> None:
    by = viewer(scene.national)
    before = Round.objects.unscoped("test").get(pk=scene.round)
    with machinery("the test makes last quarter's edition another"):
        asked = before.asked.replace('"crimes.crime_ref": ', '"crimes.old_ref": ', 1)
        Round.objects.filter(pk=before.pk).update(asked=asked, edition="2026-08", hours=3)
    made = commands.clone_round(by=by, at=AT, round_=scene.round, period="CY2026Q2", opens_on=date(2026, 4, 7))
    changes = queries.round_changes(viewer=by, round_=made)
    assert len(changes.added) == len(changes.removed) == 1 and changes.forces == 2
    assert (changes.hours, changes.hours_before, changes.hours_in_all) == (3.0, 3.0, 6.0)
    text = " ".join(changes.sentences)
    assert (
        "1 column is new" in text
        and "it was 2026-08" in text
        and "costs a force 3 hours (it was 3), and 2 forces 6 hours" in text
    )
    commands.edit_round(by=by, at=AT, round_=made, working_days=15, hours=5, respondents=[scene.nation.eastmere])
    changes = queries.round_changes(viewer=by, round_=made)
    assert changes.forces == 1 and changes.hours == 5
    row = next(r for r in queries.rounds(viewer=by) if r.id == made)
    assert row.due_on == date(2026, 4, 28) and row.state == "draft"  # fifteen working days after 7 April
    commands.discard_round(by=by, at=AT, round_=made)
    assert made not in {r.id for r in queries.rounds(viewer=by)}


def test_deadlines_are_working_days_and_jump_bank_holidays(scene: Scene) -> None:
    made = drafted(viewer(scene.national), scene.nation, "CY2026Q2", date(2026, 3, 27))
    row = next(r for r in queries.rounds(viewer=viewer(scene.national)) if r.id == made)
    assert row.due_on == date(2026, 4, 28)  # Good Friday 3 April and Easter Monday 6 April are none


def test_a_draft_is_not_there_for_forces_and_opening_writes_to_them(records: None) -> None:
    scene = found_scene(opened=False)
    force = viewer(scene.preparer)
    assert queries.rounds(viewer=force) == () and queries.force_home(viewer=force).returns == ()
    letters = commands.open_round(by=viewer(scene.national), at=AT, round_=scene.round)
    assert letters == 2  # one returns officer in each force
    home = queries.force_home(viewer=force)
    assert [(r.organisation_name, r.next_words, r.holder) for r in home.returns] == [
        ("Eastmere", "Send your file", "Returns officer")
    ]
    assert home.returns[0].working_days_left == 20
    (meter,) = home.hours
    assert (meter.hours, meter.limit, meter.quarter) == (4.0, 40.0, "CY2026Q1")
    with pytest.raises(Refused, match="the round is open"), transaction.atomic():
        commands.open_round(by=viewer(scene.national), at=AT, round_=scene.round)
    with pytest.raises(NotThere), transaction.atomic():
        commands.receive(by=viewer(scene.other), at=AT, submission=scene.east, upload=None)  # type: ignore[arg-type]


def test_a_round_with_nobody_on_its_list_cannot_open(records: None) -> None:
    scene = found_scene(opened=False)
    commands.edit_round(by=viewer(scene.national), at=AT, round_=scene.round, respondents=[])
    with pytest.raises(Refused, match="No force is on the list"), transaction.atomic():
        commands.open_round(by=viewer(scene.national), at=AT, round_=scene.round)


def test_above_forty_hours_a_force_and_quarter_somebody_signs_by_name(scene: Scene) -> None:
    by = viewer(scene.national)
    tasking = _tasking(scene, hours=30)
    commands.open_tasking(by=by, at=AT, tasking=tasking)
    more = _tasking(scene, hours=7)
    with pytest.raises(Refused, match=r"would spend 41 hours in the quarter\. Above 40 hours"), transaction.atomic():
        commands.open_tasking(by=by, at=AT, tasking=more)
    with pytest.raises(Refused, match="Your roles do not let you sign"), transaction.atomic():
        commands.sign_tasking_hours(by=by, at=AT, tasking=more, reason="Needed.")
    commands.sign_tasking_hours(by=viewer(scene.lead), at=AT, tasking=more, reason="The minister asked for it.")
    commands.open_tasking(by=by, at=AT, tasking=more)
    next_ = drafted(by, scene.nation, "FY2025-26Q4")
    changes = queries.round_changes(viewer=by, round_=next_)
    assert changes.most_hours_of_a_force == 45 and "above the limit of 40 hours" in changes.sentences[-1]
    with pytest.raises(Refused, match="would spend 45 hours"), transaction.atomic():
        commands.open_round(by=by, at=AT, round_=next_)
    commands.sign_hours(by=viewer(scene.lead), at=AT, round_=next_, reason="Agreed with the forces.")
    commands.open_round(by=by, at=AT, round_=next_)


def _tasking(scene: Scene, hours: float = 2, compartment: UUID | None = None) -> UUID:
    return commands.draft_tasking(
        by=viewer(scene.national),
        at=AT,
        title="Online activist groups",
        purpose="To say how many forces have met such a group.",
        basis="Part 3 of the Data Protection Act 2018.",
        working_days=10,
        hours=hours,
        organisations=[scene.nation.eastmere],
        compartment=compartment,
    )


def test_a_tasking_goes_out_is_done_and_closes(scene: Scene) -> None:
    tasking = _tasking(scene)
    force = viewer(scene.preparer)
    assert queries.taskings(viewer=force) == ()
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=tasking)
    (row,) = queries.force_home(viewer=force).taskings
    assert (row.title, row.forces, row.done, row.waiting_for) == ("Online activist groups", 1, 0, ("Eastmere",))
    assert queries.taskings(viewer=viewer(scene.other)) == ()  # Westholt is not asked
    with pytest.raises(Refused, match="Your roles do not let you send"), transaction.atomic():
        commands.report_done(by=viewer(scene.national), at=AT, tasking=tasking, organisation=scene.nation.eastmere)
    commands.report_done(by=force, at=AT, tasking=tasking, organisation=scene.nation.eastmere)
    with pytest.raises(Refused, match=r"It was said already, on .* that your force has done this"), transaction.atomic():
        commands.report_done(by=force, at=later(3), tasking=tasking, organisation=scene.nation.eastmere)
    (row,) = queries.taskings(viewer=viewer(scene.national))
    assert (row.done, row.waiting_for) == (1, ())
    commands.close_tasking(by=viewer(scene.national), at=AT, tasking=tasking)
    with pytest.raises(Refused, match="The tasking is closed"), transaction.atomic():
        commands.report_done(by=force, at=AT, tasking=tasking, organisation=scene.nation.eastmere)


# A return on its way


def test_a_clean_return_from_file_to_store(scene: Scene) -> None:
    key = scene.east
    version = scene.send(key)
    assert Task.objects.unscoped("test").filter(name="collections.check", about=str(version)).count() == 1
    assert scene.row(key).next_words == "Wait for the checks"
    assert commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome()) == "ready"
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert [(t.name, t.status) for t in page.tasks] == [
        ("get_ready", "Completed"),
        ("upload", "Completed"),
        ("fix", "Completed"),
        ("answer", "Completed"),
        ("summary", "Read"),
        ("certify", "Ask now"),
        ("receipt", "Cannot start yet"),
        ("pack", "Cannot start yet"),
    ]
    assert commands.offer(by=viewer(scene.preparer), at=AT, submission=key) == 1
    with pytest.raises(NotThere):
        queries.receipt(viewer=viewer(scene.preparer), submission=key)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)
    receipt = queries.receipt(viewer=viewer(scene.preparer), submission=key)
    assert [words for words, _ in receipt.steps] == ["Received", "Checked", "Certified"] and receipt.accepted_at is None
    assert receipt.files == (("crimes.csv", 8),) and receipt.checks == "74 of 74 checks ran" and len(receipt.sha256) == 64
    commands.approve(by=viewer(scene.area), at=AT, submission=key, version=1)
    commands.accept(by=viewer(scene.national), at=AT, submission=key, version=1)
    assert scene.row(key).state == "accepting"
    from vkpp.records.collections.rules.outcomes import Kept

    kept = Kept("csae/CY2026Q1/eastmere/v0001", "b" * 64, {"crimes": 512}, 512)
    assert commands.note_kept(by=CHECK, at=AT, version=version, kept=kept) == "accepted"
    assert commands.note_kept(by=CHECK, at=AT, version=version, kept=kept) == "accepted"  # told twice, nothing twice
    receipt = queries.receipt(viewer=viewer(scene.preparer), submission=key)
    assert (receipt.store_name, receipt.store_sha256) == (kept.receipt, kept.sha256) and len(receipt.steps) == 5
    assert queries.force_home(viewer=viewer(scene.preparer)).returns == ()
    assert len(queries.force_home(viewer=viewer(scene.preparer)).finished) == 1


def test_nobody_certifies_what_they_prepared_though_they_hold_both_roles(scene: Scene) -> None:
    both = join(scene.nation.chief, scene.nation.eastmere, "Bot Hroles", "force_analyst", "certifier")
    key = scene.east
    scene.sent(key, by=both)
    commands.offer(by=viewer(both), at=AT, submission=key)
    row = scene.row(key, by=both)
    assert row.acts.refused["certify"].startswith("You prepared the return, so somebody else must certify the return")
    with pytest.raises(Refused, match="two people, always"), transaction.atomic():
        commands.certify(by=viewer(both), at=AT, submission=key, version=1)
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(submission=key).update(certified_by=both)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)


def test_who_read_another_version_signs_nothing(scene: Scene) -> None:
    key = scene.east
    scene.sent(key)
    scene.sent(key)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=key)
    with pytest.raises(Refused, match="You read version 1, and the return is at version 2 now"), transaction.atomic():
        commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)


def test_errors_send_it_back_and_a_check_that_could_not_run_has_not_passed(scene: Scene) -> None:
    key = scene.east
    scene.sent(key, ERROR, ASKS)
    row = scene.row(key)
    assert (row.state, row.next_words, row.errors) == ("to_fix", "Fix 38 errors and send again", 38)
    (first, second) = queries.submission_page(viewer=viewer(scene.preparer), submission=key).checks
    assert (first.check, first.severity, first.places, second.severity) == ("age-fits-dates", "error", 38, "query")
    version = scene.send(key)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome(ran=73))
    assert scene.row(key).next_words == "Send again: some checks could not run"
    version = scene.send(key)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome(trouble="We cannot open crimes.xlsx.", ran=0))
    assert scene.row(key).next_words == "Send a file that can be read"


def test_an_older_check_run_changes_nothing(scene: Scene) -> None:
    key = scene.east
    first = scene.send(key)
    with machinery("a second file while the first is checked"):
        Submission.objects.filter(pk=key).update(state="to_fix")
    second = scene.send(key)
    assert commands.note_checked(by=CHECK, at=AT, version=first, outcome=outcome(ERROR)) == "checking"
    assert commands.note_checked(by=CHECK, at=AT, version=second, outcome=outcome()) == "ready"


def test_a_nil_return_is_a_return(scene: Scene) -> None:
    key = scene.east
    with pytest.raises(UsageProblem, match="The reason is missing"), transaction.atomic():
        commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=key, reason=" ")
    commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=key, reason="No crime of the kind was recorded.")
    assert scene.row(key, scene.preparer).nil and scene.row(key).state == "ready"
    assert not scene.row(key).nil  # what it says is the force's own until it is certified
    commands.offer(by=viewer(scene.preparer), at=AT, submission=key)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)
    assert queries.receipt(viewer=viewer(scene.preparer), submission=key).checks == "A nil return has no file to check"
    assert queries.round_overview(viewer=viewer(scene.national), round_=scene.round).received == 1


# Queries


def test_a_query_is_answered_with_a_reason_and_keeps_it_over_a_new_file(scene: Scene) -> None:
    key = scene.east
    scene.sent(key, ASKS, VAGUE)
    assert scene.row(key).next_words == "Answer 2 queries"
    first, second = queries.submission_page(viewer=viewer(scene.preparer), submission=key).queries
    by = viewer(scene.preparer)
    with pytest.raises(RefusedByRule, match="holds a way to reach somebody"), transaction.atomic():
        commands.answer(by=by, at=AT, query=first.id, reason="Ask di.east@example.invalid about it")
    with pytest.raises(Refused, match="Your roles do not let you send"), transaction.atomic():
        commands.answer(by=viewer(scene.certifier), at=AT, query=first.id, reason="Because.")
    assert not commands.answer(by=by, at=AT, query=first.id, reason="Small force.")
    assert commands.answer(by=by, at=AT, query=second.id, reason="Image crimes have no known victim.")
    assert scene.row(key).state == "ready"
    scene.sent(key, ASKS)
    assert scene.row(key).state == "ready"  # the answer stands, the other query is found no longer
    assert [q.check for q in queries.submission_page(viewer=by, submission=key).queries] == ["no-victim-share"]
    scene.sent(key, ASKS, VAGUE)
    assert scene.row(key).open_queries == 1  # what comes back is asked again


def test_an_answer_is_offered_again_next_quarter_and_never_taken_as_given(scene: Scene) -> None:
    key, by = scene.east, viewer(scene.preparer)
    scene.sent(key, ASKS)
    (query,) = queries.submission_page(viewer=by, submission=key).queries
    commands.answer(by=by, at=AT, query=query.id, reason="Image crimes have no known victim.")
    made = commands.clone_round(
        by=viewer(scene.national), at=AT, round_=scene.round, period="CY2026Q2", opens_on=date(2026, 4, 7)
    )
    commands.open_round(by=viewer(scene.national), at=AT, round_=made)
    (next_,) = [r for r in queries.force_home(viewer=by).returns if r.period == "CY2026Q2"]
    scene.sent(next_.id, ASKS)
    page = queries.submission_page(viewer=by, submission=next_.id)
    (again,) = page.queries
    assert (again.offered, again.answer, again.state) == ("Image crimes have no known victim.", "", "open")
    assert {t.name: t.hint for t in page.tasks}["answer"] == "1 reason filled in from last quarter"


def test_the_national_team_settles_a_query_or_asks_again_and_the_reason_is_printed(scene: Scene) -> None:
    key, by = scene.east, viewer(scene.preparer)
    scene.sent(key, ASKS)
    (query,) = queries.submission_page(viewer=by, submission=key).queries
    with pytest.raises(NotThere), transaction.atomic():
        commands.settle(by=viewer(scene.national), at=AT, query=query.id)  # the force's own until it is certified
    commands.show(by=by, at=AT, submission=key)
    with pytest.raises(Refused, match="the query is to be answered"), transaction.atomic():
        commands.settle(by=viewer(scene.national), at=AT, query=query.id)
    commands.answer(by=by, at=AT, query=query.id, reason="Image crimes have no known victim.")
    commands.ask_again(by=viewer(scene.national), at=AT, query=query.id, reason="In which months?")
    (asked,) = queries.submission_page(viewer=by, submission=key).queries
    assert (asked.state, asked.asked_again) == ("open", "In which months?")
    commands.answer(by=by, at=AT, query=query.id, reason="From January on.")
    commands.settle(by=viewer(scene.national), at=AT, query=query.id)
    assert queries.notes(viewer=viewer(scene.national), round_=scene.round) == ()
    commands.offer(by=by, at=AT, submission=key)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=1)
    assert [(n.kind, n.check, n.words) for n in queries.notes(viewer=viewer(scene.national), round_=scene.round)] == [
        ("query", "no-victim-share", "From January on.")
    ]


# Waivers


def test_a_waiver_of_a_return_is_asked_signed_by_another_and_published(scene: Scene) -> None:
    key = scene.east
    by, lead = viewer(scene.preparer), viewer(scene.lead)
    waiver = commands.ask_waiver(by=by, at=AT, submission=key, reason="The new system holds no such records yet.")
    with pytest.raises(Refused, match="asked for already"), transaction.atomic():
        commands.ask_waiver(by=by, at=AT, submission=key, reason="Again.")
    with pytest.raises(Refused, match="Your roles do not let you sign"), transaction.atomic():
        commands.sign_waiver(by=viewer(scene.national), at=AT, waiver=waiver)
    commands.sign_waiver(by=lead, at=AT, waiver=waiver)
    assert scene.row(key).state == "waived"
    assert [(n.kind, n.words) for n in queries.notes(viewer=lead, round_=scene.round)] == [
        ("waiver", "The new system holds no such records yet.")
    ]
    assert queries.round_overview(viewer=lead, round_=scene.round).waived == 1
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver).update(signed_by=scene.preparer)


def test_a_waiver_of_a_check_lets_its_errors_stand_and_no_other(scene: Scene) -> None:
    key, by = scene.east, viewer(scene.preparer)
    scene.sent(key, ERROR, ASKS)
    with pytest.raises(UsageProblem, match="found no error"), transaction.atomic():
        commands.ask_waiver(by=by, at=AT, submission=key, reason="x", check="another-check")
    waiver = commands.ask_waiver(by=by, at=AT, submission=key, reason="Ages come from the old system.", check=ERROR.check)
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    row = scene.row(key)
    assert (row.state, row.errors) == ("to_answer", 0)
    assert [c.waived for c in queries.submission_page(viewer=by, submission=key).checks] == [True, False]
    refused = commands.ask_waiver(by=by, at=AT, submission=scene.east, reason="All of it.")
    commands.refuse_waiver(by=viewer(scene.lead), at=AT, waiver=refused, reason="The records are there.")
    found = {w.id: w for w in queries.waivers(viewer=by)}
    assert found[refused].refusal == "The records are there." and found[waiver].state == "signed"


# Locks and corrections


def test_a_locked_return_is_unlocked_with_a_reason_corrected_and_the_old_version_stays(scene: Scene) -> None:
    key, by = scene.east, viewer(scene.national)
    scene.accepted(key)
    commands.close_round(by=by, at=AT, round_=scene.round)
    assert commands.lock_round(by=by, at=AT, round_=scene.round) == 1
    with pytest.raises(Refused, match="the return is accepted and locked"), transaction.atomic():
        scene.send(key)
    commands.unlock(by=by, at=AT, submission=key, reason="The force found a fault in its query.")
    assert queries.submission_page(viewer=by, submission=key).unlock_reason == "The force found a fault in its query."
    version = scene.send(key)
    said = outcome(total=600)
    from dataclasses import replace

    said = replace(said, difference=("crimes: 88 new, 0 removed.",), moved=("Total: 30,420 becomes 30,508.",))
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=said)
    row = scene.row(key)
    assert (row.version, row.accepted, row.changed) == (2, 1, True)
    assert queries.submission_page(viewer=by, submission=key).versions[0].difference == ()
    newest = queries.submission_page(viewer=viewer(scene.preparer), submission=key).versions[0]
    assert newest.difference == ("crimes: 88 new, 0 removed.",) and newest.moved == ("Total: 30,420 becomes 30,508.",)
    assert (
        queries.round_overview(viewer=by, round_=scene.round).total == 512
    )  # the accepted one counts until this one is certified
    commands.withdraw(by=viewer(scene.preparer), at=AT, submission=key, reason="It was right before.")
    assert scene.row(key).state == "accepted"
    assert queries.receipt(viewer=by, submission=key).version == 1


def test_a_round_is_locked_only_when_nothing_is_on_its_way(scene: Scene) -> None:
    by = viewer(scene.national)
    scene.certified(scene.east)
    commands.close_round(by=by, at=AT, round_=scene.round)
    with pytest.raises(Refused, match="1 return waits for the approval area"), transaction.atomic():
        commands.lock_round(by=by, at=AT, round_=scene.round)
    commands.reopen_round(by=by, at=AT, round_=scene.round, reason="A force was late.")
    assert next(r for r in queries.rounds(viewer=by) if r.id == scene.round).reason == "A force was late."


def test_who_accepts_has_not_approved(scene: Scene) -> None:
    with machinery("a force without an approval area"):
        Submission.objects.filter(pk=scene.east).update(area=None)
    key = scene.east
    scene.certified(key)
    commands.approve(by=viewer(scene.national), at=AT, submission=key, version=1)
    with pytest.raises(Refused, match="You approved the return"), transaction.atomic():
        commands.accept(by=viewer(scene.national), at=AT, submission=key, version=1)
    commands.accept(by=viewer(scene.second), at=AT, submission=key, version=1)


def test_what_the_store_refuses_goes_back_with_its_words(scene: Scene) -> None:
    from vkpp.records.collections.rules.outcomes import Kept

    key = scene.east
    version = scene.approved(key)
    commands.accept(by=viewer(scene.national), at=AT, submission=key, version=1)
    commands.note_kept(by=CHECK, at=AT, version=version, kept=Kept(trouble="The disk of the store is full."))
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert (page.row.state, page.returned_words) == ("returned", "The disk of the store is full.")


# Late, chased, and can I publish?


def test_one_act_chases_whoever_is_late_once_a_day_and_only_one_s_own(scene: Scene) -> None:
    other = found_region(scene)
    day = DAY + timedelta(days=40)
    scene.certified(scene.east)
    view = queries.round_overview(viewer=viewer(scene.national, day), round_=scene.round)
    assert [r.organisation_name for r in view.late] == ["Westholt"] and view.chase == (scene.west,)
    assert view.chase_words == "Chase 1 force"
    assert commands.chase(by=viewer(other, day), at=later(40), round_=scene.round) == 0  # none of its own
    assert commands.chase(by=viewer(scene.area, day), at=later(40), round_=scene.round) == 1
    assert commands.chase(by=viewer(scene.national, day), at=later(40), round_=scene.round) == 0
    assert commands.chase(by=viewer(scene.national, day), at=later(41), round_=scene.round) == 1
    assert Letter.objects.unscoped("test").filter(template="collections.chase", to=scene.other).count() == 2
    with pytest.raises(Refused, match="Your roles do not let you remind"), transaction.atomic():
        commands.chase(by=viewer(scene.preparer, day), at=later(40), round_=scene.round)
    commands.extend(by=viewer(scene.national, day), at=later(41), submission=scene.west, working_days=20, reason="New system.")
    assert not scene.row(scene.west, on=day).late


def found_region(scene: Scene) -> UUID:
    where = people.found_organisation(
        by=viewer(scene.nation.chief), at=AT, code="farmoor", kind="region", name="Farmoor", valid_from=date(2020, 1, 1)
    )
    return join(scene.nation.chief, where, "Far Moorish", "regional_analyst")


def test_a_region_sees_its_own_late_queried_changed_and_to_approve(scene: Scene) -> None:
    scene.certified(scene.east)
    scene.sent(scene.west, ASKS, by=scene.other)
    (mine,) = queries.region_overview(viewer=viewer(scene.area, DAY + timedelta(days=40))).rounds
    assert [r.organisation_name for r in mine.late] == ["Westholt"] == [r.organisation_name for r in mine.queried]
    assert [r.organisation_name for r in mine.to_approve] == ["Eastmere"] and mine.chase == (scene.west,)
    assert "chase" in mine.row.acts.allowed
    assert queries.region_overview(viewer=viewer(found_region(scene))).rounds == ()
    assert queries.region_overview(viewer=viewer(scene.preparer)).rounds == ()


def _history(scene: Scene, totals: dict[str, tuple[int, int]]) -> None:
    """Earlier rounds with accepted totals of both forces, planted: how they came there is another test."""
    before = Round.objects.unscoped("test").get(pk=scene.round)
    with machinery("the test plants earlier rounds"):
        for period, both in totals.items():
            row = Round.objects.get(pk=before.pk)
            row.pk, row.period, row.state, row.locked_at = uuid4(), period, "locked", AT
            row.save(force_insert=True)
            for force, code, total in zip(
                (scene.nation.eastmere, scene.nation.westholt), ("eastmere", "westholt"), both, strict=True
            ):
                one = Submission(round=row, organisation_id=force, state="locked", state_since=AT, due_on=row.due_on)
                one.version = one.accepted = 1
                one.save()
                receipt = f"csae/{period}/{code}/v0001"
                Version(submission=one, number=1, received_at=AT, total=total, receipt=receipt, accepted_at=AT).save()


def test_can_i_publish_says_what_could_move_the_total_and_by_how_much(scene: Scene) -> None:
    _history(scene, {"CY2025Q1": (500, 300), "CY2025Q2": (480, 340), "CY2025Q3": (510, 320), "CY2025Q4": (505, 360)})
    day, by = DAY + timedelta(days=40), viewer(scene.national, DAY + timedelta(days=40))
    scene.sent(scene.east, ASKS, total=512)
    view = queries.round_overview(viewer=by, round_=scene.round)
    assert (view.expected, view.received, view.total, view.can_publish) == (2, 0, 0, False)
    assert view.likely == (480 + 300, 510 + 360)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="Image crimes have no known victim.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    view = queries.round_overview(viewer=by, round_=scene.round)
    assert (view.received, view.total) == (1, 512)
    words = "Not yet: 1 return and 1 query could move the national total, and 1 certified return waits for a decision."
    assert view.sentence == words
    effects = [(m.organisation_name, m.low, m.high, m.holder) for m in view.stops]
    assert effects[0] == ("Westholt", 300, 360, "Returns officer")
    assert ("Eastmere", -30, 0, "National team") in effects and ("Eastmere", 0, 0, "Approval area") in effects
    assert view.late[0].organisation_name == "Westholt" and view.moved.now is None  # not on the same basis yet
    assert [(s, n) for s, _, n in view.by_state] == [("awaited", 1), ("with_area", 1)]
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)
    commands.accept(by=viewer(scene.national), at=AT, submission=scene.east, version=1)
    with machinery("the store has it"):
        key = Submission.objects.filter(pk=scene.east)
        key.update(state="accepted", accepted=1)
        Submission.objects.filter(pk=scene.west).update(state="waived")
    commands.settle(by=viewer(scene.national), at=AT, query=query.id)
    view = queries.round_overview(viewer=viewer(scene.national, day), round_=scene.round)
    assert view.can_publish and view.sentence.startswith("Yes: 2 of 2 returns are")


def test_a_certifier_reads_whether_the_change_is_more_than_noise(scene: Scene) -> None:
    _history(scene, {"CY2025Q1": (500, 1), "CY2025Q2": (480, 1), "CY2025Q3": (510, 1), "CY2025Q4": (505, 1)})
    scene.sent(scene.east, total=512)
    page = queries.certify_page(viewer=viewer(scene.certifier), submission=scene.east)
    assert page.moved.verdict == "no" and page.moved.sentence.startswith(
        "No: 7 more than in the period before, inside the usual range"
    )
    assert "Trial limits, from 4 periods." in page.moved.sentence and page.moved.points[-1] == ("CY2026Q1", 512)
    assert page.totals[0][1] == 512 and page.position.points == ()
    scene.sent(scene.east, total=900)
    page = queries.certify_page(viewer=viewer(scene.certifier), submission=scene.east)
    assert page.moved.verdict == "higher" and page.moved.sentence.startswith("Yes:")


def test_figures_on_few_points_and_a_position_among_unnamed_forces() -> None:
    assert figures.moved([], ("b", 3), "it").verdict == "unknown"
    assert figures.moved([("a", 100)], ("b", 104), "it").verdict == "no"
    assert figures.moved([("a", 100)], ("b", 300), "it").verdict == "higher"
    assert figures.moved([("a", 100)] * 4, ("b", 100), "it").sentence.startswith("No: the same number")
    counts = {f"f{i}": 100 * i for i in range(1, 8)}
    where = figures.position("f3", counts, {name: 10_000 * i for i, name in enumerate(counts, 1)})
    assert (
        where.sentence.startswith("As expected for your size, among 7 forces") and sum(own for _, _, own in where.points) == 1
    )
    few = figures.position("f3", {"f3": 1, "f4": 2}, {"f3": 10, "f4": 20})
    assert few.points == () and "Too few forces" in few.sentence
    many = {f"f{i}": 480 + i for i in range(1, 41)}
    high = figures.position("f1", many | {"f1": 3000}, dict.fromkeys(many, 50_000))
    assert high.sentence.startswith("Above")


# What outsiders see: nothing


WALK: dict[str, Callable[[Viewer, Scene, UUID, UUID], object]] = {
    "rounds": lambda v, s, r, k: queries.rounds(viewer=v),
    "round_changes": lambda v, s, r, k: queries.round_changes(viewer=v, round_=r),
    "force_home": lambda v, s, r, k: queries.force_home(viewer=v),
    "waiting_for": lambda v, s, r, k: queries.waiting_for(viewer=v),
    "submission_page": lambda v, s, r, k: queries.submission_page(viewer=v, submission=k),
    "findings": lambda v, s, r, k: queries.findings(viewer=v, submission=k),
    "findings_report": lambda v, s, r, k: queries.findings_report(viewer=v, submission=k),
    "fixing_page": lambda v, s, r, k: queries.fixing_page(viewer=v, submission=k),
    "fixing_cells": lambda v, s, r, k: queries.fixing_cells(viewer=v, submission=k, check="c", table="crimes", column="d"),
    "cells_of_version": lambda v, s, r, k: queries.cells_of_version(viewer=v, submission=k, version=1, indexes={1}),
    "fixed_cells": lambda v, s, r, k: queries.fixed_cells(viewer=v, submission=k),
    "fixed_files": lambda v, s, r, k: queries.fixed_files(viewer=v, submission=k),
    "certify_page": lambda v, s, r, k: queries.certify_page(viewer=v, submission=k),
    "receipt": lambda v, s, r, k: queries.receipt(viewer=v, submission=k),
    "round_overview": lambda v, s, r, k: queries.round_overview(viewer=v, round_=r),
    "region_overview": lambda v, s, r, k: queries.region_overview(viewer=v),
    "notes": lambda v, s, r, k: queries.notes(viewer=v, round_=r),
    "pack_page": lambda v, s, r, k: queries.pack_page(viewer=v, submission=k),
    "pack_file": lambda v, s, r, k: queries.pack_file(viewer=v, submission=k, kind="html"),
    "waivers": lambda v, s, r, k: queries.waivers(viewer=v),
    "published_waivers": lambda v, s, r, k: queries.published_waivers(viewer=v),
    "release_checklist": lambda v, s, r, k: queries.release_checklist(viewer=v, round_=r),
    "taskings": lambda v, s, r, k: queries.taskings(viewer=v),
    "similar_taskings": lambda v, s, r, k: queries.similar_taskings(viewer=v, title="Zephyrine groups", purpose="Zephyrine"),
    "joint_taskings": lambda v, s, r, k: queries.joint_taskings(viewer=v),
    "joint_page": lambda v, s, r, k: queries.joint_page(viewer=v, tasking=k),
    "joint_pages": lambda v, s, r, k: queries.joint_pages(viewer=v, taskings=[k]),
}
ALL = ("national", "second", "lead", "area", "preparer", "certifier", "other")


def _walk(by: Viewer, scene: Scene, round_: UUID, key: UUID) -> dict[str, str]:
    heard = {}
    for name, call in WALK.items():
        try:
            heard[name] = repr(call(by, scene, round_, key))
        except Problem as problem:
            heard[name] = str(problem)
    return heard


def test_the_walk_calls_every_query_that_names_a_viewer() -> None:
    exist = {
        name
        for name, function in vars(queries).items()
        if inspect.isfunction(function) and name in queries.__all__ and not name.startswith("_")
        if "viewer" in inspect.signature(function).parameters
    }
    assert exist == set(WALK)


def test_a_round_in_a_compartment_does_not_exist_outside_it(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Every outsider, national team and lead too, hears word for word the same before and after; the insiders hear it all."""
    keeper, insiders = viewer(scene.nation.keeper), ("preparer", "certifier", "area", "national")
    outsiders = tuple(name for name in ALL if name not in insiders)
    nothing = uuid4()
    before = {name: _walk(viewer(getattr(scene, name)), scene, nothing, nothing) for name in ALL}
    key = people.open_compartment(by=keeper, at=AT, title="Zephyrine", purpose="Quokka enquiry")
    for name in insiders:
        people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=getattr(scene, name))
    letters = Letter.objects.unscoped("test").filter(to=scene.other).count()
    round_, submission = _hidden(scene, key)
    for name in outsiders:
        by = viewer(getattr(scene, name))
        assert _walk(by, scene, round_, submission) == before[name]
        assert not _leaks(by, scene, round_, submission)
    assert Letter.objects.unscoped("test").filter(to=scene.other).count() == letters
    heard = {name: _walk(viewer(getattr(scene, name)), scene, round_, submission) for name in insiders}
    found = {call for name in insiders for call in WALK if heard[name][call] != before[name][call]}
    # Nothing is accepted and nothing is joint here: tests/web/test_pack.py and test_taskings.py plant those.
    elsewhere = {"pack_page", "pack_file", "joint_taskings", "joint_page", "joint_pages", "similar_taskings"}
    # Of a round in a compartment nothing is published, to its insiders either.
    elsewhere |= {"published_waivers"}
    # What is hidden there waits for its area, not for its force: tests/web/test_wrong_turns.py has what does.
    elsewhere |= {"waiting_for"}
    assert found - elsewhere == set(WALK) - elsewhere  # the walk can find what is there
    assert "Zephyrine" not in caplog.text


def _hidden(scene: Scene, compartment: UUID) -> tuple[UUID, UUID]:
    """A round and a tasking in a compartment, the round with a certified return, a query, an answer and a waiver."""
    by = viewer(scene.national)
    forces = [scene.nation.eastmere, scene.nation.westholt]
    round_ = commands.draft_round(
        by=by,
        at=AT,
        collection="csae",
        period="CY2026Q1",
        opens_on=DAY,
        working_days=20,
        respondents=forces,
        compartment=compartment,
        already_held="Zephyrine holds the rest.",
    )
    commands.open_round(by=by, at=AT, round_=round_)
    found = Submission.objects.unscoped("test").get(round=round_, organisation=scene.nation.eastmere).pk
    scene.sent(found, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=found).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="Zephyrine explains it.")
    commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=found, reason="Zephyrine is closed.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=found)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=found, version=1)
    tasking = _tasking(scene, compartment=compartment)
    commands.open_tasking(by=by, at=AT, tasking=tasking)
    return round_, found


def _leaks(by: Viewer, scene: Scene, round_: UUID, submission: UUID) -> bool:
    text = str(_walk(by, scene, round_, submission))
    return any(word in text for word in ("Zephyrine", "Quokka", str(round_), str(submission)))


def test_another_force_s_return_is_not_there(scene: Scene) -> None:
    """What Westholt hears does not change with what Eastmere does, and an act on it answers as if there were none."""
    key, by = scene.east, viewer(scene.other)
    before = _walk(by, scene, scene.round, key)
    scene.accepted(key)
    commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=key, reason="Quokka.")
    assert _walk(by, scene, scene.round, key) == before
    nothing = str(NotThere())
    assert {before[name] for name in ("submission_page", "findings", "certify_page", "receipt")} == {nothing}
    assert "Eastmere" not in str(before)


def test_every_act_on_a_return_answers_an_outsider_as_if_it_were_not_there(scene: Scene) -> None:
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    waiver = commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="None.")
    by, words = viewer(scene.other), "Because."
    acts: tuple[tuple[UUID, Callable[[UUID], object]], ...] = (
        (scene.east, lambda k: scene.send(k, by=scene.other)),
        (scene.east, lambda k: commands.declare_nil(by=by, at=AT, submission=k, reason=words)),
        (scene.east, lambda k: commands.gather_fixes(by=by, at=AT, submission=k, version=1)),
        (scene.east, lambda k: commands.fix(by=by, at=AT, submission=k, version=1)),
        (scene.east, lambda k: commands.offer(by=by, at=AT, submission=k)),
        (scene.east, lambda k: commands.certify(by=by, at=AT, submission=k, version=1)),
        (scene.east, lambda k: commands.send_back(by=by, at=AT, submission=k, reason=words)),
        (scene.east, lambda k: commands.approve(by=by, at=AT, submission=k, version=1)),
        (scene.east, lambda k: commands.accept(by=by, at=AT, submission=k, version=1)),
        (scene.east, lambda k: commands.withdraw(by=by, at=AT, submission=k, reason=words)),
        (scene.east, lambda k: commands.lock(by=by, at=AT, submission=k)),
        (scene.east, lambda k: commands.unlock(by=by, at=AT, submission=k, reason=words)),
        (scene.east, lambda k: commands.extend(by=by, at=AT, submission=k, working_days=1, reason=words)),
        (scene.east, lambda k: commands.ask_waiver(by=by, at=AT, submission=k, reason=words)),
        (query.id, lambda k: commands.answer(by=by, at=AT, query=k, reason=words)),
        (query.id, lambda k: commands.settle(by=by, at=AT, query=k)),
        (query.id, lambda k: commands.ask_again(by=by, at=AT, query=k, reason=words)),
        (waiver, lambda k: commands.sign_waiver(by=by, at=AT, waiver=k)),
        (waiver, lambda k: commands.refuse_waiver(by=by, at=AT, waiver=k, reason=words)),
    )
    for key, act in acts:
        answers = set()
        for target in (key, uuid4()):
            with pytest.raises(NotThere) as caught, transaction.atomic():
                act(target)
            answers.add(str(caught.value))
        assert len(answers) == 1


def test_a_file_s_name_is_made_safe() -> None:
    assert file_name("../../etc/passwd") == "passwd" and file_name("C:\\x\\y.csv") == "y.csv"
    assert file_name("a\x00b\n.csv") == "a_b_.csv" and file_name("...") == "file" and len(file_name("x" * 500)) == 120


# Cost, mail, trail, purge


def test_every_page_costs_the_same_queries_for_few_and_for_many(records: None) -> None:
    nation = found_nation()
    national = viewer(join(nation.chief, nation.programme, "Nat Ional", "national_analyst"))
    area = viewer(join(nation.chief, nation.region, "Are Amoor", "regional_analyst"))
    round_ = drafted(national, nation)
    commands.open_round(by=national, at=AT, round_=round_)

    def cost() -> list[int]:
        costs = []
        calls = (
            lambda: queries.round_overview(viewer=national, round_=round_),
            lambda: queries.region_overview(viewer=area),
            lambda: queries.rounds(viewer=national),
            lambda: queries.waivers(viewer=national),
            lambda: queries.notes(viewer=national, round_=round_),
            lambda: queries.taskings(viewer=national),
        )
        for call in calls:
            with CaptureQueriesContext(connection) as captured:
                call()
            costs.append(len(captured))
        return costs

    _more(nation, round_, 0, 1)
    before = cost()
    _more(nation, round_, 1, 3)
    assert cost() == before
    _more(nation, round_, 3, 30)
    assert cost() == before and max(before) < 20


def _more(nation: Nation, round_: UUID, first: int, last: int) -> None:
    with machinery("the test plants many"):
        from vkpp.records.people.models import Organisation

        for number in range(first, last):
            where = Organisation(code=f"extra-{number}", kind="force", name=f"Extra {number}", valid_from=DAY)
            where.save()
            one = Submission(round_id=round_, organisation=where, area_id=nation.region, state="to_answer", state_since=AT)
            one.due_on, one.version = DAY, 1
            one.save()
            Version(submission=one, number=1, received_at=AT, checked_at=AT, total=number).save()
            Query(submission=one, check_id="x", state="open", message="m", places=1, asked_at=AT).save()
            Waiver(submission=one, state="asked", reason="r", asked_at=AT).save()


def test_every_letter_is_written_somewhere_and_names_nobody() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(str(commands.__file__)).parent.glob("*.py"))
    mine = {name for name in templates() if name.startswith("collections.")}
    assert mine and all(f'"{name}"' in text for name in mine)


def test_no_name_no_reason_and_no_file_name_is_on_the_trail(scene: Scene) -> None:
    key, by = scene.east, viewer(scene.preparer)
    scene.sent(key, ASKS)
    (query,) = queries.submission_page(viewer=by, submission=key).queries
    commands.answer(by=by, at=AT, query=query.id, reason="Zephyrine explains it.")
    commands.offer(by=by, at=AT, submission=key)
    commands.send_back(by=viewer(scene.certifier), at=AT, submission=key, reason="Zephyrine again.")
    text = "".join(f"{e.who} {e.about} {e.facts}" for e in Entry.objects.all()).lower()
    assert "collections.submission/" in text and not any(
        word in text for word in ("zephyrine", "crimes.csv", "derly", "erone", "@")
    )


def test_purge_empties_what_its_time_is_up_for_and_keeps_the_proof(scene: Scene) -> None:
    key = scene.east
    scene.sent(key, ERROR, ASKS)
    trail_commands.purge(by=system("purge", DAY), at=later(731))
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert page.checks == () and page.versions[0].files == () and page.versions[0].sha256
    assert page.queries[0].message == "" and page.versions[0].errors == 38


def test_the_register_s_forces_are_expected_where_nobody_is_named(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from vkpp.catalogue.example import example_catalogue

    monkeypatch.setattr(register, "catalogue", example_catalogue)
    by = viewer(scene.nation.chief)
    for code in ("ashwater", "coldfell"):
        people.found_organisation(by=by, at=AT, code=code, kind="force", name=code.title(), valid_from=date(2020, 1, 1))
    made = commands.draft_round(
        by=viewer(scene.national), at=AT, collection="csae", period="CY2025Q4", opens_on=DAY, working_days=5
    )
    view = queries.round_overview(viewer=viewer(scene.national), round_=made)
    assert {row.organisation_name for row in view.returns} == {"Ashwater", "Coldfell", "Eastmere"}
    with pytest.raises(UsageProblem, match="There is no collection"), transaction.atomic():
        commands.draft_round(
            by=viewer(scene.national), at=AT, collection="nothing", period="CY2025Q4", opens_on=DAY, working_days=5
        )


BROKEN: tuple[Callable[[Scene], object], ...] = (
    lambda s: Round.objects.filter(pk=s.round).update(state="asleep"),
    lambda s: Round.objects.filter(pk=s.round).update(state="locked", locked_at=None),
    lambda s: Round.objects.filter(pk=s.round).update(hours=-1),
    lambda s: Submission.objects.filter(round=s.round).update(state="accepted"),
    lambda s: Submission.objects.filter(round=s.round).update(accepted=2),
    lambda s: Submission(
        round_id=s.round, organisation_id=s.nation.eastmere, state="awaited", state_since=AT, due_on=DAY
    ).save(),
    lambda s: Version(submission_id=s.east, number=1, received_at=AT, receipt="x").save(),
    lambda s: Query(submission_id=s.east, check_id="x", state="answered", message="", places=1, asked_at=AT).save(),
    lambda s: Tasking(title="x", purpose="x", basis="x", state="open", due_on=DAY, hours=-2, drafted_at=AT).save(),
)


@pytest.mark.parametrize("broken", range(len(BROKEN)))
def test_the_database_refuses_what_may_never_be_true(scene: Scene, broken: int) -> None:
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        BROKEN[broken](scene)


def test_files_go_once_nobody_needs_them(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from vkpp.ops import jobs
    from vkpp.records.collections.rules import places

    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    superseded = scene.sent(scene.east, ERROR)
    current = scene.sent(scene.east)
    arriving = uuid4()
    places.sent(tmp_path, arriving).mkdir()
    for version in (superseded, current, arriving):
        findings = places.findings(tmp_path, version)
        findings.parent.mkdir(exist_ok=True)
        findings.write_bytes(b"x")
    now = datetime.now(UTC)
    jobs.purge("", now)
    assert all(places.sent(tmp_path, version).exists() for version in (superseded, current, arriving))
    jobs.purge("", now + timedelta(days=2))
    assert [places.sent(tmp_path, version).exists() for version in (superseded, current, arriving)] == [False, True, False]
    assert places.findings(tmp_path, current).exists()
    jobs.purge("", now + timedelta(days=731))
    assert not places.findings(tmp_path, current).exists()
