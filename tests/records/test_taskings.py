"""Taskings: edited and discarded in draft, joint with agreed rows only (planted), and those like a new one offered first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, DAY, join, viewer
from vkpp.basics.problems import Problem, UsageProblem
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Agreed, Asked, GivenRow, Member, Tasking
from vkpp.records.collections.rules.similar import likeness, words_of
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.people import commands as people
from vkpp.records.search import queries as search
from vkpp.records.trail.models import Entry
from vkpp.records.work.models import Letter

pytestmark = pytest.mark.usefixtures("records")
PLANTED = "Quokka"


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def draft(scene: Scene, **values: Any) -> UUID:
    given = {
        "title": "Online groups that say they hunt offenders",
        "purpose": "To know how many there are and what they do to cases.",
        "basis": "Law enforcement purposes.",
        "working_days": 10,
        "hours": 3.0,
        "organisations": [scene.nation.eastmere, scene.nation.westholt],
    }
    return commands.draft_tasking(by=viewer(scene.national), at=AT, **given | values)


def edit(scene: Scene, key: UUID, by: UUID | None = None, **values: Any) -> None:
    given = {
        "title": "Another title",
        "purpose": "Another purpose.",
        "basis": "Another basis.",
        "working_days": 20,
        "hours": 5.0,
        "organisations": [scene.nation.eastmere],
    }
    commands.edit_tasking(by=viewer(by or scene.national), at=AT, tasking=key, **given | values)


def test_a_draft_is_changed_whole_and_a_signature_does_not_outlive_its_hours(scene: Scene) -> None:
    key = draft(scene, hours=60.0)
    commands.sign_tasking_hours(by=viewer(scene.lead), at=AT, tasking=key, reason="It is worth it.")
    edit(scene, key, hours=60.0)
    (row,) = queries.taskings(viewer=viewer(scene.national))
    assert (row.title, row.purpose, row.basis, row.forces) == ("Another title", "Another purpose.", "Another basis.", 1)
    assert row.hours_signed and row.hours_reason == "It is worth it."
    edit(scene, key, hours=70.0)
    (row,) = queries.taskings(viewer=viewer(scene.national))
    assert not row.hours_signed and row.hours_reason == ""
    with pytest.raises(Refused, match="Above 40 hours"), transaction.atomic():
        commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)


def test_a_draft_is_discarded_and_nothing_else_is(scene: Scene) -> None:
    key, other = draft(scene, members=[scene.nation.region]), draft(scene)
    commands.discard_tasking(by=viewer(scene.national), at=AT, tasking=key)
    assert [one.id for one in queries.taskings(viewer=viewer(scene.national))] == [other]
    assert not Asked.objects.unscoped("test").filter(tasking=key).exists()
    assert not Member.objects.unscoped("test").filter(tasking=key).exists()
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=other)
    for act in (lambda: commands.discard_tasking(by=viewer(scene.national), at=AT, tasking=other), lambda: edit(scene, other)):
        with pytest.raises(Refused, match="now: the tasking is open"), transaction.atomic():
            act()
    for who in (scene.lead, scene.preparer, scene.area):
        with pytest.raises((Refused, NotThere)), transaction.atomic():
            edit(scene, other, who)


def test_opening_tells_whom_it_asks_and_counts_its_hours(scene: Scene) -> None:
    before = {one.organisation: one.hours for one in queries.force_home(viewer=viewer(scene.preparer)).hours}
    key = draft(scene)
    assert queries.force_home(viewer=viewer(scene.preparer)).taskings == ()
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)
    home = queries.force_home(viewer=viewer(scene.preparer))
    assert [(one.title, one.hours) for one in home.taskings] == [("Online groups that say they hunt offenders", 3.0)]
    assert home.hours[0].hours == before[scene.nation.eastmere] + 3.0
    told = {one.to_id for one in Letter.objects.unscoped("test").filter(template="collections.tasked")}
    assert told == {scene.preparer, scene.other}


# Joint


@dataclass(frozen=True)
class Joint:
    """A joint tasking of three organisations, each with somebody who works on it, and an outsider among partners."""

    scene: Scene
    key: UUID
    lead: UUID  # organisations
    taskforce: UUID
    hydrant: UUID
    leads: UUID  # people
    forces: UUID
    hydrants: UUID
    stranger: UUID


@pytest.fixture
def joint(scene: Scene) -> Joint:
    """A theme product on invented data: online groups that say they hunt offenders."""
    chief = viewer(scene.nation.chief)
    made = [
        people.found_organisation(by=chief, at=AT, code=code, kind="partner", name=name, valid_from=DAY)
        for code, name in (
            ("lead", "Invented lead"),
            ("force", "Invented taskforce"),
            ("hyd", "Invented hydrant"),
            ("x", "Strange"),
        )
    ]
    names = ("Led Lead", "Tas Kforce", "Hyd Rant", "Str Anger")
    who = [join(scene.nation.chief, place, name, "joint_member") for place, name in zip(made, names, strict=True)]
    key = draft(scene, members=made[:3])
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)
    return Joint(scene, key, made[0], made[1], made[2], who[0], who[1], who[2], who[3])


def give(joint: Joint, who: UUID, giver: UUID, agreed: list[UUID], words: str = f"{PLANTED} meets on one channel.") -> UUID:
    return commands.give_row(
        by=viewer(who), at=AT, tasking=joint.key, organisation=giver, what=f"{PLANTED} group", words=words, agreed=agreed
    )


def hears(joint: Joint, who: UUID) -> str:
    """All that anybody could be told of the tasking."""
    by, heard = viewer(who), []
    calls: list[Callable[[], Any]] = [
        lambda: queries.joint_taskings(viewer=by),
        lambda: queries.joint_page(viewer=by, tasking=joint.key),
        lambda: queries.taskings(viewer=by),
        lambda: queries.force_home(viewer=by),
        lambda: queries.similar_taskings(viewer=by, title=PLANTED, purpose="group channel"),
        lambda: search.search(by, PLANTED),
    ]
    for call in calls:
        try:
            heard.append(repr(call()))
        except Problem as problem:
            heard.append(str(problem))
    return " ".join(heard)


def test_each_member_reads_the_rows_agreed_for_it_and_no_other(joint: Joint) -> None:
    everybody = (
        *(joint.leads, joint.forces, joint.hydrants, joint.stranger),
        *(
            joint.scene.national,
            joint.scene.second,
            joint.scene.lead,
            joint.scene.area,
            joint.scene.preparer,
            joint.scene.other,
        ),
    )
    before = {who: hears(joint, who) for who in everybody}
    give(joint, joint.leads, joint.lead, [joint.taskforce])
    for who in everybody:
        if who in (joint.leads, joint.forces):
            assert PLANTED in hears(joint, who)
        else:
            assert hears(joint, who) == before[who]  # not the row, nor that there is one
    assert "Invented hydrant" not in next(
        repr(one.agreed_for) for one in queries.joint_page(viewer=viewer(joint.forces), tasking=joint.key).rows
    )
    trail = str([one.facts for one in Entry.objects.filter(act="collections.row.give")])
    assert PLANTED not in trail
    assert not any(PLANTED in one.facts for one in Letter.objects.unscoped("test"))


def test_a_member_knows_of_its_own_taskings_only_and_the_makers_read_no_row(joint: Joint) -> None:
    assert [one.id for one in queries.joint_taskings(viewer=viewer(joint.leads))] == [joint.key]
    assert queries.joint_page(viewer=viewer(joint.leads), tasking=joint.key).tasking.members == (
        "Invented hydrant",
        "Invented lead",
        "Invented taskforce",
    )
    assert queries.joint_taskings(viewer=viewer(joint.stranger)) == ()
    for who in (joint.stranger, joint.scene.national, joint.scene.lead, joint.scene.area):
        with pytest.raises(NotThere):
            queries.joint_page(viewer=viewer(who), tasking=joint.key)
    give(joint, joint.leads, joint.lead, [joint.taskforce])
    assert not GivenRow.objects.seen_by(viewer(joint.scene.national)).exists()
    assert not Agreed.objects.seen_by(viewer(joint.scene.national)).exists()


def test_a_draft_does_not_exist_for_its_members(joint: Joint) -> None:
    other = draft(joint.scene, title="Zephyrine", members=[joint.lead])
    assert "Zephyrine" not in hears(joint, joint.leads)
    with pytest.raises(NotThere), transaction.atomic():
        commands.give_row(
            by=viewer(joint.leads), at=AT, tasking=other, organisation=joint.lead, what="a", words="b", agreed=[joint.lead]
        )


def test_a_force_that_is_asked_gives_a_row_and_reads_only_its_own(joint: Joint) -> None:
    give(joint, joint.leads, joint.lead, [joint.taskforce], "Of the lead.")
    give(joint, joint.scene.preparer, joint.scene.nation.eastmere, [joint.hydrant], "Of Eastmere.")
    assert [one.words for one in queries.joint_page(viewer=viewer(joint.scene.preparer), tasking=joint.key).rows] == [
        "Of Eastmere."
    ]
    assert [one.words for one in queries.joint_page(viewer=viewer(joint.hydrants), tasking=joint.key).rows] == ["Of Eastmere."]
    assert queries.joint_page(viewer=viewer(joint.scene.other), tasking=joint.key).rows == ()


def test_who_gives_a_row_and_for_whom_is_held_to_the_members(joint: Joint) -> None:
    for who, giver in (
        (joint.stranger, joint.lead),
        (joint.leads, joint.taskforce),
        (joint.scene.national, joint.lead),
        (joint.scene.certifier, joint.scene.nation.eastmere),
        (joint.scene.preparer, joint.scene.nation.westholt),
    ):
        with pytest.raises((Refused, NotThere)), transaction.atomic():
            give(joint, who, giver, [joint.taskforce])
    for agreed in ([], [joint.scene.nation.eastmere], [uuid4()]):
        with pytest.raises(UsageProblem, match="agreed for nobody"), transaction.atomic():
            give(joint, joint.leads, joint.lead, agreed)
    with pytest.raises(Problem, match="way to reach somebody"), transaction.atomic():
        give(joint, joint.leads, joint.lead, [joint.taskforce], "Ask di.east@example.invalid about it")
    commands.close_tasking(by=viewer(joint.scene.national), at=AT, tasking=joint.key)
    with pytest.raises(Refused, match="The tasking is closed"), transaction.atomic():
        give(joint, joint.leads, joint.lead, [joint.taskforce])


def test_a_row_taken_back_is_its_giver_s_alone(joint: Joint) -> None:
    row = give(joint, joint.leads, joint.lead, [joint.taskforce])
    for who in (joint.forces, joint.hydrants, joint.scene.national):
        with pytest.raises((Refused, NotThere)), transaction.atomic():
            commands.withdraw_row(by=viewer(who), at=AT, row=row)
    commands.withdraw_row(by=viewer(joint.leads), at=AT, row=row)
    assert PLANTED not in hears(joint, joint.forces) and PLANTED in hears(joint, joint.leads)


def test_members_are_told_and_a_compartment_holds(joint: Joint) -> None:
    told = {one.to_id for one in Letter.objects.unscoped("test").filter(template="collections.tasked")}
    assert {joint.leads, joint.forces, joint.hydrants} <= told and joint.stranger not in told
    keeper = viewer(joint.scene.nation.keeper)
    key = people.open_compartment(by=keeper, at=AT, title="Sealed", purpose="Quokka enquiry")
    for person in (joint.scene.national, joint.leads):
        people.admit(by=viewer(joint.scene.nation.keeper), at=AT, compartment=key, person=person)
    before = hears(joint, joint.forces)
    sealed = draft(joint.scene, title="Zephyrine", members=[joint.lead, joint.taskforce], compartment=key)
    letters = Letter.objects.unscoped("test").filter(to=joint.forces).count()
    commands.open_tasking(by=viewer(joint.scene.national), at=AT, tasking=sealed)
    assert hears(joint, joint.forces) == before
    assert Letter.objects.unscoped("test").filter(to=joint.forces).count() == letters
    assert "Zephyrine" in hears(joint, joint.leads)
    give_to_sealed = {"tasking": sealed, "organisation": joint.lead, "what": "a", "words": "b", "agreed": [joint.taskforce]}
    row = commands.give_row(by=viewer(joint.leads), at=AT, **give_to_sealed)
    colleague = join(joint.scene.nation.chief, joint.lead, "Col League", "joint_member")  # of the giver, and not inside
    assert not Agreed.objects.seen_by(viewer(colleague)).filter(row=row).exists()
    assert Agreed.objects.seen_by(viewer(joint.leads)).filter(row=row).count() == 1


def test_hours_of_what_one_may_not_know_of_are_told_by_no_refusal(scene: Scene) -> None:
    keeper = viewer(scene.nation.keeper)
    key = people.open_compartment(by=keeper, at=AT, title="Sealed", purpose="Quokka enquiry")
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=scene.national)
    sealed = draft(scene, hours=25.0, compartment=key)
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=sealed)
    one, other = draft(scene, title="Zoo", hours=20.0), draft(scene, title="Zoo two", hours=1.0)
    more = draft(scene, title="More of it", hours=20.0, compartment=key)
    with pytest.raises(Refused, match="waits for a signature"), transaction.atomic():
        commands.open_tasking(by=viewer(scene.national), at=AT, tasking=more)  # inside: 45 hours are over the limit
    # A public ask counts public hours, whoever opens it: a signature on it would be read by everybody, and ask what it is for.
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=one)
    commands.open_tasking(by=viewer(scene.second), at=AT, tasking=other)


# Like earlier ones


def test_earlier_taskings_that_are_like_it_are_found_the_likest_first(scene: Scene) -> None:
    first = draft(scene)
    second = draft(scene, title="Groups that hunt", purpose="What online groups do.")
    draft(scene, title="Zoo", purpose="Which animals bite.")
    asked = {"title": "Groups online that hunt offenders", "purpose": "How many groups there are, and their effect on cases."}
    assert queries.similar_taskings(viewer=viewer(scene.national), **asked) == ()  # drafts were not asked of anybody
    for key in (first, second):
        commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)
    found = [one.id for one in queries.similar_taskings(viewer=viewer(scene.national), **asked)]
    assert set(found) == {first, second}
    assert queries.similar_taskings(viewer=viewer(scene.national), title="Nothing alike", purpose="At all.") == ()
    assert likeness(words_of("hunting groups"), words_of("They hunt in groups")) == 1.0
    assert likeness(words_of("hunting"), words_of("hunting")) == 0.0  # one word is too little
    assert Tasking.objects.unscoped("test").count() == 3
