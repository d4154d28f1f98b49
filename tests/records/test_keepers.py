"""A compartment keeps a keeper; the one that lost its last is found by its operator, and by nobody whom it does not concern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tests.records.nation import AT, DAY, Nation, found_nation, join, viewer
from vkpp.ops.command_line import main
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import system
from vkpp.records.people import commands, queries
from vkpp.records.trail.models import Entry

TITLE = "Zephyrine"


@pytest.fixture
def nation(records: None) -> Nation:
    return found_nation()


@pytest.fixture
def second(nation: Nation) -> UUID:
    return join(nation.chief, nation.programme, "Dot Keeper", "compartment_keeper")


def opened(nation: Nation, *inside: UUID) -> UUID:
    key = commands.open_compartment(by=viewer(nation.keeper), at=AT, title=TITLE, purpose="Quokka enquiry")
    for person in inside:
        commands.admit(by=viewer(nation.keeper), at=AT, compartment=key, person=person)
    return key


def unkept(on: date = DAY) -> tuple[UUID, ...]:
    return tuple(one.id for one in queries.without_keeper(viewer=system("keeper", on)))


def test_the_last_keeper_is_not_taken_out(nation: Nation, second: UUID) -> None:
    key = opened(nation, nation.analyst)
    with pytest.raises(Refused, match="let another keeper in first, or close the compartment"):
        commands.dismiss(by=viewer(nation.keeper), at=AT, compartment=key, person=nation.keeper)
    commands.admit(by=viewer(nation.keeper), at=AT, compartment=key, person=second)
    stale = viewer(nation.keeper)
    commands.dismiss(by=viewer(second), at=AT, compartment=key, person=nation.keeper)
    with pytest.raises(Refused, match="Nobody who keeps compartments would be in this one"):
        commands.dismiss(by=stale, at=AT, compartment=key, person=second)  # both at once: the second of them is too late
    commands.dismiss(by=viewer(second), at=AT, compartment=key, person=nation.analyst)
    assert unkept() == ()


LOSSES: dict[str, Callable[[Nation], object]] = {
    "leave": lambda n: commands.leave(by=viewer(n.chief), at=AT, person=n.keeper, organisation=n.programme),
    "move": lambda n: commands.move(by=viewer(n.chief), at=AT, person=n.keeper, origin=n.programme, target=n.eastmere),
    "suspend": lambda n: commands.suspend(by=viewer(n.chief), at=AT, person=n.keeper),
    "role": lambda n: commands.withdraw_role(by=viewer(n.chief), at=AT, held=_held(n)),
}


def _held(nation: Nation) -> UUID:
    held = queries.roles_of(viewer=viewer(nation.chief), person=nation.keeper)
    return next(one for one in held if one.role == "compartment_keeper").id


def _last_facts() -> object:
    return Entry.objects.order_by("-number").values_list("facts", flat=True).first()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_keeper_is_lost_without_a_word_to_who_does_it(nation: Nation, second: UUID, loss: str) -> None:
    """The same act on a keeper who is in no compartment leaves the same answer and the same facts on the trail."""
    key = opened(nation, nation.analyst)
    assert unkept() == ()
    answer, facts = LOSSES[loss](nation), _last_facts()
    assert unkept() == (key,)
    assert (answer, facts) == (LOSSES[loss](replace(nation, keeper=second)), _last_facts())
    assert not queries.compartment(viewer=viewer(nation.analyst), compartment=key).has_keeper


def test_an_operator_finds_it_by_id_and_lets_a_keeper_in_on_two_people_s_word(
    nation: Nation, second: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    key = opened(nation, nation.analyst)
    LOSSES["leave"](nation)
    assert main(["keeper"]) == 0
    said = capsys.readouterr().out
    assert f"{key}  opened on " in said and ", 1 in it" in said and TITLE not in said
    asked = ["keeper", "--compartment", str(key), "--reason", "The last keeper left"]
    address = queries.person(viewer=viewer(nation.chief), person=second).email
    assert main([*asked, "--email", address, "--by", "Ada", "--by", "Ada"]) == 64
    assert "on two people's word" in capsys.readouterr().err
    nobody = queries.person(viewer=viewer(nation.chief), person=nation.analyst).email
    assert main([*asked, "--email", nobody, "--by", "Ada", "--by", "Bo"]) == 64
    assert "Nobody who keeps compartments signs in as" in capsys.readouterr().err
    today = date.today()
    assert unkept(today) == (key,)
    assert main([*asked, "--email", address, "--by", "Ada", "--by", "Bo"]) == 0
    assert unkept(today) == ()
    page = queries.compartment(viewer=viewer(second, today), compartment=key)
    assert page.has_keeper and page.events[0].act == "take_up"
    assert any("(decided by Ada and Bo)" in one.reason for one in page.members)


def test_nobody_takes_up_a_compartment_but_its_operator(nation: Nation, second: UUID) -> None:
    key = opened(nation)

    def take_up(by: object) -> None:
        commands.take_up_compartment(by=by, at=AT, compartment=key, person=second, reason="I want to.")

    with pytest.raises(Refused, match="A keeper is in this compartment"):
        take_up(system("keeper", DAY))
    LOSSES["leave"](nation)
    with pytest.raises(NotThere):
        take_up(viewer(second))
    assert queries.without_keeper(viewer=viewer(second)) == ()
    address = queries.person(viewer=viewer(nation.chief), person=second).email
    assert queries.keeper_at(viewer=viewer(second), email=address) is None
    take_up(system("keeper", DAY))
    assert unkept() == ()
