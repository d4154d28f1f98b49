"""People: joiners, movers, leavers, roles in words, compartments that do not exist for outsiders, the yearly review."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.records.nation import AT, DAY, PASSWORD, Nation, found_nation, join, viewer
from tests.records.planted.models import Paper
from vkpp.basics.problems import Problem, UsageProblem
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands, queries, rules
from vkpp.records.people.models import Compartment, Inside, Membership, Person, RoleHeld
from vkpp.records.trail import commands as trail_commands
from vkpp.records.trail import queries as trail

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def nation(records: None) -> Nation:
    return found_nation()


# Roles as data


def test_roles_are_whole_and_every_permission_is_explained_and_used() -> None:
    kinds = {"force", "region", "programme", "partner", "panel"}
    used = set()
    for role in rules.roles().values():
        assert bool(role.sees) is ("collections.see" in role.may), role.code
        assert role.words.startswith("You ") and role.title and role.held_in <= kinds and role.reach in rules.REACHES
        used |= role.may
    assert used == set(rules.permissions())


def test_every_permission_is_asked_for_somewhere() -> None:
    from pathlib import Path

    from vkpp.records import people

    records = Path(inspect.getfile(people)).parent.parent
    text = "".join(path.read_text(encoding="utf-8") for path in records.rglob("*.py") if "migrations" not in path.parts)
    assert [name for name in rules.permissions() if f'"{name}"' not in text] == []


def test_a_holder_reads_their_roles_in_words(nation: Nation) -> None:
    mine = queries.my_roles(viewer=viewer(nation.east))
    assert [(row.title, row.organisation_name) for row in mine] == [
        ("Access manager of an organisation", "Eastmere"),
        ("Member", "Eastmere"),
    ]
    assert "You cannot change your own access" in mine[0].words


def test_roles_reach_their_own_place_their_ties_or_everywhere(nation: Nation) -> None:
    def reach(person: UUID) -> frozenset[UUID] | None:
        return viewer(person).where("people.see")

    assert reach(nation.analyst) == {nation.eastmere}
    assert reach(nation.coordinator) == {nation.region, nation.eastmere, nation.westholt}
    assert reach(nation.chief) is None


def test_a_role_counts_only_while_its_holder_is_a_member_there(nation: Nation) -> None:
    with machinery("the test plants a role without its membership"):
        RoleHeld(person_id=nation.analyst, organisation_id=nation.westholt, role="access_manager", valid_from=DAY).save()
    assert viewer(nation.analyst).permits == {("people.see", nation.eastmere)}


# Joiners


def test_an_invited_person_is_no_viewer_until_they_accept(nation: Nation) -> None:
    person = commands.invite(
        by=viewer(nation.east), at=AT, organisation=nation.eastmere, name="New One", email="n@example.invalid"
    )
    assert queries.viewer_of(person, on=DAY) is None
    assert authenticate(username="n@example.invalid", password=PASSWORD) is None
    newcomer = queries.newcomer(person, on=DAY)
    assert newcomer is not None
    with pytest.raises(UsageProblem, match="too short"), transaction.atomic():
        commands.accept(by=newcomer, at=AT, password=PASSWORD[:5])
    commands.accept(by=newcomer, at=AT, password=PASSWORD)
    assert authenticate(username="N@Example.invalid ", password=PASSWORD) == _person(person)
    assert authenticate(username="n@example.invalid", password=PASSWORD + "!") is None
    assert queries.newcomer(person, on=DAY) is None
    with pytest.raises(Refused, match="To accept is not possible"), transaction.atomic():
        commands.accept(by=newcomer, at=AT, password=PASSWORD)


def test_inviting_an_address_known_elsewhere_tells_nothing_and_joins(nation: Nation) -> None:
    again = commands.invite(
        by=viewer(nation.west),
        at=AT,
        organisation=nation.westholt,
        name="Somebody",
        email="ÉLODIE.analyst@example.invalid".lower(),
    )
    assert again == nation.analyst
    assert viewer(nation.analyst).organisations == {nation.eastmere, nation.westholt}
    assert _person(nation.analyst).name == "Élodie Analyst"


def test_the_service_is_founded_once(nation: Nation) -> None:
    with pytest.raises(Refused, match="founded already"), transaction.atomic():
        commands.found_service(by=system("found", DAY), at=AT, programme="P", name="X", email="x@example.invalid")


# Movers and leavers


def test_a_mover_loses_roles_and_compartments_and_is_a_member_of_the_new_place(nation: Nation) -> None:
    commands.give_role(
        by=viewer(nation.chief), at=AT, person=nation.analyst, organisation=nation.eastmere, role="access_manager"
    )
    secret = _compartment(nation, nation.analyst)
    commands.move(by=viewer(nation.chief), at=AT, person=nation.analyst, origin=nation.eastmere, target=nation.westholt)
    moved = viewer(nation.analyst)
    assert moved.organisations == {nation.westholt}
    assert moved.permits == {("people.see", nation.westholt)}
    assert secret not in moved.compartments


def test_only_who_manages_both_places_moves_somebody(nation: Nation) -> None:
    with pytest.raises(Refused, match="do not let you"), transaction.atomic():
        commands.move(by=viewer(nation.east), at=AT, person=nation.analyst, origin=nation.eastmere, target=nation.westholt)


def test_a_move_to_where_they_work_already_takes_no_role_away(nation: Nation) -> None:
    before = viewer(nation.analyst).permits
    with pytest.raises(Refused, match="work there already"), transaction.atomic():
        commands.move(by=viewer(nation.chief), at=AT, person=nation.analyst, origin=nation.eastmere, target=nation.eastmere)
    assert viewer(nation.analyst).permits == before


def test_a_leaver_is_out_at_once_and_their_session_with_them(nation: Nation) -> None:
    before = _person(nation.analyst)
    old = before.get_session_auth_hash()
    assert commands.leave(by=viewer(nation.east), at=AT, person=nation.analyst, organisation=nation.eastmere)
    assert queries.viewer_of(nation.analyst, on=DAY) is None
    assert authenticate(username="élodie.analyst@example.invalid", password=PASSWORD) is None
    assert queries.SignIn().get_user(nation.analyst) is None
    after = _person(nation.analyst)
    assert after.email is None and after.left_on == DAY and after.get_session_auth_hash() != old


def test_a_leaver_of_one_of_two_organisations_keeps_the_other(nation: Nation) -> None:
    address = "élodie.analyst@example.invalid"
    commands.invite(by=viewer(nation.west), at=AT, organisation=nation.westholt, name="X", email=address)
    assert not commands.leave(by=viewer(nation.east), at=AT, person=nation.analyst, organisation=nation.eastmere)
    assert viewer(nation.analyst).organisations == {nation.westholt}


def test_a_suspended_account_is_out_at_once_and_comes_back_with_what_it_held(nation: Nation) -> None:
    was = viewer(nation.analyst)
    commands.suspend(by=viewer(nation.east), at=AT, person=nation.analyst)
    assert queries.viewer_of(nation.analyst, on=DAY) is None and queries.SignIn().get_user(nation.analyst) is None
    with pytest.raises(Refused, match="To suspend is not possible: the account is suspended"), transaction.atomic():
        commands.suspend(by=viewer(nation.east), at=AT, person=nation.analyst)
    commands.reinstate(by=viewer(nation.east), at=AT, person=nation.analyst)
    assert viewer(nation.analyst) == was


def test_a_withdrawn_role_counts_no_longer_from_that_moment(nation: Nation) -> None:
    commands.give_role(
        by=viewer(nation.chief), at=AT, person=nation.analyst, organisation=nation.eastmere, role="access_manager"
    )
    assert viewer(nation.analyst).may("people.manage", nation.eastmere)
    (held,) = [r for r in queries.roles_of(viewer=viewer(nation.chief), person=nation.analyst) if r.role == "access_manager"]
    commands.withdraw_role(by=viewer(nation.chief), at=AT, held=held.id)
    assert not viewer(nation.analyst).may("people.manage", nation.eastmere)


def test_roles_that_do_not_fit_are_refused_in_words(nation: Nation) -> None:
    def give(by: UUID, organisation: UUID, role: str) -> None:
        commands.invite(by=viewer(by), at=AT, organisation=organisation, name="A", email="a@example.invalid", roles=(role,))

    for by, organisation, role, words in (
        (nation.chief, nation.eastmere, "emperor", "no such role"),
        (nation.chief, nation.eastmere, "auditor", "not held in an organisation of this kind"),
        (nation.east, nation.westholt, "member", "do not let you invite people"),
    ):
        with pytest.raises(Refused, match=words), transaction.atomic():
            give(by, organisation, role)


# Two people


OWN_ACCESS: dict[str, Callable[[Viewer, UUID, Nation], object]] = {
    "suspend": lambda by, me, n: commands.suspend(by=by, at=AT, person=me),
    "leave": lambda by, me, n: commands.leave(by=by, at=AT, person=me, organisation=n.programme),
    "give": lambda by, me, n: commands.give_role(by=by, at=AT, person=me, organisation=n.programme, role="auditor"),
    "move": lambda by, me, n: commands.move(by=by, at=AT, person=me, origin=n.programme, target=n.eastmere),
    "invite": lambda by, me, n: commands.invite(
        by=by, at=AT, organisation=n.eastmere, name="A", email="ada@example.invalid", roles=("access_manager",)
    ),
}


@pytest.mark.parametrize("act", OWN_ACCESS)
def test_nobody_changes_their_own_access(nation: Nation, act: str) -> None:
    with pytest.raises(Refused, match="Nobody can change or confirm their own access"), transaction.atomic():
        OWN_ACCESS[act](viewer(nation.chief), nation.chief, nation)


def test_the_page_says_the_words_that_the_server_answers(nation: Nation) -> None:
    """For every viewer and person: an act that the row allows is done, one that it refuses is refused in the same words."""
    everyone = [nation.chief, nation.east, nation.analyst, nation.west, nation.coordinator]
    seen = refused = 0
    for by in everyone:
        for row in queries.people(viewer=viewer(by)):
            for act, words in [*[(act, "") for act in row.acts.allowed], *row.acts.refused.items()]:
                if act != "suspend":
                    continue
                with transaction.atomic():
                    try:
                        commands.suspend(by=viewer(by), at=AT, person=row.id)
                        assert words == ""
                        seen += 1
                    except Refused as problem:
                        assert problem.saw == words != ""
                        refused += 1
                    transaction.set_rollback(True)
    assert seen > 5 and refused > 5


def test_who_may_not_know_of_somebody_is_answered_as_if_there_were_nobody(nation: Nation) -> None:
    answers = set()
    for person in (nation.west, uuid4()):
        with pytest.raises(NotThere) as caught, transaction.atomic():
            commands.suspend(by=viewer(nation.east), at=AT, person=person)
        answers.add(str(caught.value))
        with pytest.raises(NotThere) as seen:
            queries.person(viewer=viewer(nation.east), person=person)
        answers.add(str(seen.value))
    assert len(answers) == 1


# Lists and search


def test_lists_show_whom_the_viewer_may_see(nation: Nation) -> None:
    def names(by: UUID, search: str = "") -> list[str]:
        return [row.name for row in queries.people(viewer=viewer(by), search=search)]

    assert names(nation.analyst) == ["Di East", "Élodie Analyst"]
    assert names(nation.coordinator) == ["Di East", "Fay West", "Gus Coordinator", "Élodie Analyst"]
    assert names(nation.chief, "ÉLODIE") == ["Élodie Analyst"]
    assert names(nation.west, "ana") == []


def test_a_list_costs_the_same_queries_for_one_and_for_many(nation: Nation) -> None:
    def cost() -> int:
        by = viewer(nation.east)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            queries.people(viewer=by)
        return len(captured)

    before = cost()
    for number in range(3):
        join(nation.east, nation.eastmere, f"Extra {number}")
    assert cost() == before


# Organisations


def test_a_merger_ends_an_organisation_and_names_its_successor(nation: Nation) -> None:
    day = date(2026, 4, 1)
    by = viewer(nation.chief)
    commands.tie_organisations(by=by, at=AT, organisation=nation.westholt, kind="merger", other=nation.eastmere, valid_from=day)
    eve = day - timedelta(days=1)
    assert queries.successor(viewer=by, organisation=nation.westholt, on=eve) == nation.westholt
    assert queries.successor(viewer=by, organisation=nation.westholt, on=day) == nation.eastmere
    assert {o.code for o in queries.organisations(viewer=by, kind="force", on=eve)} == {"eastmere", "westholt"}
    assert {o.code for o in queries.organisations(viewer=by, kind="force", on=day)} == {"eastmere"}


def test_a_host_s_coordinator_reaches_its_guests_only_while_the_tie_holds(nation: Nation) -> None:
    by = viewer(nation.chief)
    other = commands.found_organisation(
        by=by, at=AT, code="farmoor", kind="region", name="Farmoor", valid_from=date(2020, 1, 1)
    )
    commands.tie_organisations(by=by, at=AT, organisation=nation.westholt, kind="region", other=other, valid_from=DAY)
    assert viewer(nation.coordinator).where("people.see") == {nation.region, nation.eastmere}


# Compartments


def _compartment(nation: Nation, *inside: UUID) -> UUID:
    key = commands.open_compartment(by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    for person in inside:
        commands.admit(by=viewer(nation.keeper), at=AT, compartment=key, person=person)
    return key


# One call of every query that names a viewer, by its name; the test below finds any that is missing.
WALK: dict[str, Callable[[Viewer, Nation, UUID, UUID], object]] = {
    "people.my_roles": lambda v, n, c, p: queries.my_roles(viewer=v),
    "people.roles_of": lambda v, n, c, p: [queries.roles_of(viewer=v, person=x) for x in (n.analyst, n.keeper)],
    "people.organisations": lambda v, n, c, p: queries.organisations(viewer=v),
    "people.successor": lambda v, n, c, p: queries.successor(viewer=v, organisation=n.eastmere, on=DAY),
    "people.areas": lambda v, n, c, p: queries.areas(viewer=v, on=DAY),
    "people.people": lambda v, n, c, p: [queries.people(viewer=v), queries.people(viewer=v, search="zephyrine")],
    "people.person": lambda v, n, c, p: queries.person(viewer=v, person=n.analyst),
    "people.compartments": lambda v, n, c, p: queries.compartments(viewer=v),
    "people.compartment": lambda v, n, c, p: queries.compartment(viewer=v, compartment=c),
    "people.by_address": lambda v, n, c, p: queries.by_address(viewer=v, email="di.east@example.invalid"),
    "people.without_keeper": lambda v, n, c, p: queries.without_keeper(viewer=v),
    "people.keeper_at": lambda v, n, c, p: queries.keeper_at(viewer=v, email="cy.keeper@example.invalid"),
    "people.inside": lambda v, n, c, p: queries.inside(viewer=v, compartment=c),
    "people.reviews": lambda v, n, c, p: queries.reviews(viewer=v),
    "people.review_lines": lambda v, n, c, p: [queries.review_lines(viewer=v, review=r.id) for r in queries.reviews(viewer=v)],
    "people.review": lambda v, n, c, p: [queries.review(viewer=v, review=r.id) for r in queries.reviews(viewer=v)],
    "people.open_reviews": lambda v, n, c, p: queries.open_reviews(viewer=v),
    "people.review_plan": lambda v, n, c, p: queries.review_plan(viewer=v),
    "people.register": lambda v, n, c, p: queries.register(viewer=v),
    "people.organisation": lambda v, n, c, p: queries.organisation(viewer=v, organisation=n.eastmere),
    "people.held_alone": lambda v, n, c, p: queries.held_alone(viewer=v, person=n.analyst),
    "people.names_for_audit": lambda v, n, c, p: queries.names_for_audit(viewer=v, people=[str(n.analyst)]),
    "trail.openings": lambda v, n, c, p: _openings(v),
    "trail.opened_since": lambda v, n, c, p: trail.opened_since(viewer=v, about=f"planted.paper/{p}", since=AT),
    "trail.latest": lambda v, n, c, p: [
        trail.latest(viewer=v, act=act, of=Paper, keys=[p]) for act in ("trail.opened", "people.signed_in")
    ],
    "trail.history": lambda v, n, c, p: [
        _lines(trail.history(viewer=v, of=type_, key=key)) for type_, key in ((Paper, p), (Person, n.analyst), (Compartment, c))
    ],
    "trail.read_log": lambda v, n, c, p: _lines(trail.read_log(viewer=v, of=Paper, key=p)),
    "papers": lambda v, n, c, p: [
        list(Paper.objects.seen_by(v).values_list("title", flat=True)),
        Paper.objects.seen_by(v).count(),
        Paper.objects.seen_by(v).filter(title__contains="Zeph").exists(),
        list(Paper.objects.seen_by(v).filter(pk=p)),
        sorted(Paper.objects.seen_by(v).values_list("compartment", flat=True), key=str),
    ],
}


def _lines(found: tuple[trail.Line, ...]) -> list[tuple[object, ...]]:
    """Without the entry's number: that the trail as a whole has grown is no secret, and no list shows it."""
    return [(line.at, line.who, line.act, line.about, dict(line.facts)) for line in found]


def _openings(by: Viewer) -> object:
    """As an app calls it: without what its own scope hides from the auditor."""
    hidden = Paper.objects.unscoped("test").exclude(pk__in=Paper.objects.seen_by(by).values("pk")).values_list("pk", flat=True)
    without = [f"planted.paper/{key}" for key in hidden]
    return repr(trail.openings(viewer=by, kind="planted.paper", asked=trail.Asked(), without=without, start=0, size=9))


def _walk(by: Viewer, nation: Nation, compartment: UUID, paper: UUID) -> dict[str, str]:
    heard = {}
    for name, call in WALK.items():
        try:
            heard[name] = repr(call(by, nation, compartment, paper))
        except Problem as problem:
            heard[name] = str(problem)
    return heard


def test_the_walk_calls_every_query_that_names_a_viewer() -> None:
    exist = {
        f"{room}.{name}"
        for room, module in (("people", queries), ("trail", trail))
        for name, function in vars(module).items()
        if inspect.isfunction(function) and "viewer" in inspect.signature(function).parameters and not name.startswith("_")
        if f"{function.__module__}.".startswith(f"{module.__name__}.")
    }
    assert exist == set(WALK) - {"papers"}


def test_a_compartment_does_not_exist_for_whoever_is_not_in_it(nation: Nation, caplog: pytest.LogCaptureFixture) -> None:
    """What an outsider hears is word for word the same before anything restricted exists and after: nothing, anywhere."""
    insider, outsiders = nation.analyst, (nation.chief, nation.second, nation.east, nation.west, nation.coordinator)
    nobody, nothing = uuid4(), uuid4()
    before = {person: _walk(viewer(person), nation, nobody, nothing) for person in outsiders}
    inside_before = _walk(viewer(insider), nation, nobody, nothing)

    key = _compartment(nation, insider)
    with machinery("the test plants what could leak"):
        paper = Paper(title="Zephyrine paper", written_on=DAY, compartment_id=key)
        paper.save()
    trail_commands.opened(by=viewer(insider), at=AT, about=f"planted.paper/{paper.pk}")

    for person in outsiders:
        after = _walk(viewer(person), nation, key, paper.pk)
        assert after == before[person]
        assert not any(word in str(after) for word in ("Zephyrine", "Quokka", str(key), str(paper.pk)))
    inside = _walk(viewer(insider), nation, key, paper.pk)
    leaked = {name for name in WALK if inside[name] != inside_before[name]}
    assert {"people.compartments", "people.inside", "trail.history", "papers"} <= leaked  # the walk can find what is there
    assert "Zephyrine" not in caplog.text


def test_every_act_on_a_compartment_answers_an_outsider_as_if_it_were_not_there(nation: Nation) -> None:
    key = _compartment(nation)
    other = join(nation.chief, nation.programme, "Another Keeper", "compartment_keeper")
    acts: tuple[Callable[[UUID], object], ...] = (
        lambda c: commands.admit(by=viewer(other), at=AT, compartment=c, person=other),
        lambda c: commands.dismiss(by=viewer(other), at=AT, compartment=c, person=nation.keeper),
        lambda c: commands.close_compartment(by=viewer(other), at=AT, compartment=c),
    )
    for act in acts:
        answers = set()
        for compartment in (key, uuid4()):
            with pytest.raises(NotThere) as caught, transaction.atomic():
                act(compartment)
            answers.add(str(caught.value))
        assert len(answers) == 1
    commands.open_compartment(by=viewer(other), at=AT, title="Zephyrine", purpose="the same title is no refusal")


def test_who_is_dismissed_or_whose_compartment_closes_is_outside_at_once(nation: Nation) -> None:
    key = _compartment(nation, nation.analyst, nation.west)
    assert key in viewer(nation.analyst).compartments
    commands.dismiss(by=viewer(nation.keeper), at=AT, compartment=key, person=nation.analyst)
    assert key not in viewer(nation.analyst).compartments
    commands.close_compartment(by=viewer(nation.keeper), at=AT, compartment=key)
    assert key not in viewer(nation.west).compartments and key not in viewer(nation.keeper).compartments


# The yearly review


def test_a_review_confirms_each_role_by_somebody_else_and_takes_away_the_rest(nation: Nation) -> None:
    by, second = viewer(nation.east), viewer(nation.second)
    review = commands.open_review(by=by, at=AT, organisation=nation.eastmere, year=2026, due_on=date(2026, 4, 1))
    lines = queries.review_lines(viewer=by, review=review)
    assert {person for _, person, _ in lines} == {nation.east, nation.analyst} and len(lines) == 3
    with pytest.raises(Refused, match="3 lines of this review have no decision"), transaction.atomic():
        commands.close_review(by=by, at=AT, review=review)
    own = [line for line, person, _ in lines if person == nation.east]
    with pytest.raises(Refused, match="Nobody can change or confirm"), transaction.atomic():
        commands.decide(by=by, at=AT, line=own[0], keep=True)
    for line in own:
        commands.decide(by=second, at=AT, line=line, keep=True)
    (analyst_s,) = [line for line, person, _ in lines if person == nation.analyst]
    commands.decide(by=by, at=AT, line=analyst_s, keep=False)
    assert [row.waiting for row in queries.reviews(viewer=by)] == [0]
    assert commands.close_review(by=by, at=AT, review=review) == 1
    assert viewer(nation.analyst).permits == frozenset() and viewer(nation.east).may("people.manage", nation.eastmere)
    with pytest.raises(Refused, match="is closed"), transaction.atomic():
        commands.decide(by=by, at=AT, line=analyst_s, keep=True)
    with pytest.raises(Refused, match="open or done already"), transaction.atomic():
        commands.open_review(by=by, at=AT, organisation=nation.eastmere, year=2026, due_on=DAY)


# What the database believes


BROKEN: tuple[Callable[[Nation], object], ...] = (
    lambda n: Membership(person_id=n.analyst, organisation_id=n.eastmere, valid_from=DAY).save(),
    lambda n: RoleHeld(person_id=n.analyst, organisation_id=n.eastmere, role="member", valid_from=DAY).save(),
    lambda n: Membership(person_id=n.analyst, organisation_id=n.westholt, valid_from=DAY, ended_on=date(2020, 1, 1)).save(),
    lambda n: Person(name="x", search_name="x", email="A@x.invalid", state="active", joined_on=DAY).save(),
    lambda n: Person(name="x", search_name="x", email="a@x.invalid", state="left", joined_on=DAY).save(),
    lambda n: Person(name="x", search_name="x", email=None, state="active", joined_on=DAY).save(),
    lambda n: Person(name="x", search_name="x", email="ada@example.invalid", state="active", joined_on=DAY).save(),
    lambda n: Person(name="x", search_name="x", email="b@x.invalid", state="asleep", joined_on=DAY).save(),
)


@pytest.mark.parametrize("broken", range(len(BROKEN)))
def test_the_database_refuses_what_may_never_be_true(nation: Nation, broken: int) -> None:
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        BROKEN[broken](nation)


def test_no_name_and_no_address_is_on_the_trail(nation: Nation) -> None:
    _compartment(nation, nation.analyst)
    from vkpp.records.trail.models import Entry

    text = "".join(f"{e.who} {e.about} {e.facts}" for e in Entry.objects.all()).lower()
    assert len(text) > 2000
    assert not any(word in text for word in ("élodie", "lodie", "chief", "@", "zephyrine", "quokka", "di east"))
    assert trail.verify().faults == ()
    assert Inside.objects.unscoped("test").count() == 2
    assert str(_person(nation.analyst)) == str(nation.analyst)


def _person(key: UUID) -> Person:
    found = Person.objects.unscoped("test").get(pk=key)
    assert isinstance(found, Person)
    return found
