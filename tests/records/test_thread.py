"""The thread's first rooms: references that last, findings on evidence, recommendations on findings; what outsiders hear."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, join, viewer
from vkpp.basics.markings import Level, Marking
from vkpp.basics.problems import Problem, RefusedByRule, UsageProblem
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands as people
from vkpp.records.people.rules import roles
from vkpp.records.search import commands as searching
from vkpp.records.search.queries import search
from vkpp.records.thread import commands, queries, rules
from vkpp.records.thread.models import Finding, Recommendation, Reference
from vkpp.records.thread.states import DRAFT, FINDING, ISSUED, MERGED, RECOMMENDATION, WITHDRAWN

pytestmark = pytest.mark.usefixtures("records")
HASH = "a" * 64
SEALED = Marking(Level.OFFICIAL_SENSITIVE, "For the panel only")


@dataclass(frozen=True)
class Room:
    """The nation of a round, with who writes and who issues."""

    scene: Scene
    author: UUID  # of the programme
    east_author: UUID
    editor: UUID

    @property
    def everybody(self) -> dict[str, UUID]:
        scene = self.scene
        mine = {"author": self.author, "east_author": self.east_author, "editor": self.editor}
        named = ("national", "lead", "area", "preparer", "certifier", "other")
        nation = ("chief", "second", "keeper", "east", "west", "coordinator")
        return mine | {n: getattr(scene, n) for n in named} | {n: getattr(scene.nation, n) for n in nation}

    @property
    def place(self) -> UUID:
        return self.scene.nation.programme

    def evidence(self, says: str = "Recorded crimes rose", by: UUID | None = None, **more: object) -> UUID:
        given = {"kind": "edition_number", "pointer": "csae-2025/total", "digest": HASH, "organisation": self.place} | more
        return commands.add_evidence(by=viewer(by or self.author), at=AT, says=says, **given)  # type: ignore[arg-type]

    def finding(self, text: str = "Ferrets are seldom asked", *, issued: bool = True, **more: object) -> UUID:
        given: dict[str, object] = {"organisation": self.place} | more
        by = self.author if given["organisation"] == self.place else self.east_author
        key = commands.draft_finding(by=viewer(by), at=AT, text=text, **given)  # type: ignore[arg-type]
        proof = self.evidence(by=by, **given)
        commands.support(by=viewer(by), at=AT, finding=key, evidence=proof)
        if issued:
            commands.issue_finding(by=viewer(self.editor), at=AT, finding=key)
        return key

    def recommendation(
        self, *findings: UUID, by: UUID | None = None, to: tuple[UUID, ...] = (), issued: bool = True, **more: object
    ) -> UUID:
        given: dict[str, object] = {"organisation": self.place, "text": "Ask ferrets"} | more
        key = commands.draft_recommendation(
            by=viewer(by or self.author),
            at=AT,
            findings=findings,
            addressees=to,
            **given,  # type: ignore[arg-type]
        )
        if issued:
            commands.issue_recommendation(by=viewer(self.editor), at=AT, recommendation=key)
        return key


@pytest.fixture
def room(records: None) -> Room:
    scene = found_scene()
    chief, programme = scene.nation.chief, scene.nation.programme
    return Room(
        scene,
        join(chief, programme, "Aut Hor", "thread_author"),
        join(chief, scene.nation.eastmere, "Eas Tauthor", "thread_author"),
        join(chief, programme, "Edi Tor", "thread_editor"),
    )


# References


@given(st.sampled_from(sorted(rules.CITED)), st.data())
def test_a_reference_finds_every_wrong_digit(kind: str, data: st.DataObject) -> None:
    text = rules.draw(kind)
    assert rules.spelled(f" {text.lower()} ") == text and re.fullmatch(r"VKPP-[A-Z]-[0-9]{7}", text)
    place = data.draw(st.integers(7, 13))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
    with pytest.raises(UsageProblem, match="mistyped"):
        rules.spelled(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "VKPP-F-12", "VKPP-F-12345678", "F-1234566", "x" * 500])
def test_what_is_no_reference_is_told(text: str) -> None:
    with pytest.raises(UsageProblem, match="is no reference"):
        rules.spelled(text)


def test_letters_are_one_a_kind() -> None:
    assert len({letter for letter, _ in rules.CITED.values()}) == len(rules.CITED)
    with pytest.raises(UsageProblem, match="cannot be cited"):
        rules.draw("people.person")


def test_every_object_of_the_thread_has_one_and_others_get_one_when_asked(room: Room) -> None:
    by, scene = viewer(room.scene.national), room.scene
    finding = room.finding()
    row = queries.finding(viewer=by, finding=finding)
    assert row.reference.startswith("VKPP-F-") and row.evidence[0].reference.startswith("VKPP-E-")
    found = queries.resolve(viewer=by, reference=row.reference.lower())
    assert (found.kind, found.kind_words, found.key, found.became) == ("thread.finding", "finding", finding, "")
    text = commands.give_reference(by=by, at=AT, kind="collections.round", key=scene.round)
    assert (
        text.startswith("VKPP-C-") and commands.give_reference(by=by, at=AT, kind="collections.round", key=scene.round) == text
    )
    assert queries.resolve(viewer=by, reference=text).key == scene.round
    with pytest.raises(UsageProblem, match="cannot be cited"):
        commands.give_reference(by=by, at=AT, kind="people.person", key=scene.national)
    with pytest.raises(NotThere):
        commands.give_reference(by=viewer(scene.other), at=AT, kind="collections.submission", key=scene.east)


def test_a_reference_is_never_given_twice(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["VKPP-F-0000000", "VKPP-F-0000000", "VKPP-F-0000018"])
    first = commands._unused(lambda: next(drawn))
    with machinery("test"):
        Reference(text=first, kind="thread.finding", key=uuid4(), given_at=AT).save()
    assert commands._unused(lambda: next(drawn)) == "VKPP-F-0000018"
    with pytest.raises(UsageProblem, match="no reference left"):
        commands._unused(lambda: first)
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        Reference(text=first, kind="thread.finding", key=uuid4(), given_at=AT).save()


def test_it_still_resolves_after_a_withdrawal_and_a_merger_with_words(room: Room) -> None:
    by, editor = viewer(room.scene.national), viewer(room.editor)
    one, two, three = (room.finding(f"Ferret {n}") for n in ("one", "two", "three"))
    names = [queries.finding(viewer=by, finding=key).reference for key in (one, two, three)]
    commands.withdraw_finding(by=editor, at=AT, finding=one, reason="The base was wrong.")
    commands.merge_finding(by=editor, at=AT, finding=two, into=three, reason="The same said twice.")
    said = [queries.resolve(viewer=by, reference=name).became for name in names]
    assert said == [
        "This finding was withdrawn on 2 March 2026. Reason: The base was wrong.",
        f"This finding was merged into {names[2]} on 2 March 2026. Reason: The same said twice.",
        "",
    ]
    assert queries.finding(viewer=by, finding=two).became == said[1]
    (hit,) = search(by, names[1]).hits  # cited, it is still found
    assert hit.key == two


# Rules


def test_a_finding_without_evidence_and_a_recommendation_without_a_finding_can_not_be_issued(room: Room) -> None:
    author, editor = viewer(room.author), viewer(room.editor)
    bare = commands.draft_finding(by=author, at=AT, organisation=room.place, text="Bare")
    with pytest.raises(Refused, match="names no evidence"):
        commands.issue_finding(by=editor, at=AT, finding=bare)
    assert queries.finding(viewer=editor, finding=bare).refused["issue"].endswith("names no evidence that it rests on.")
    draft, east = room.finding("Draft", issued=False), room.scene.nation.eastmere
    for words, findings, to in (
        ("names no finding", (), (east,)),
        ("1 of its findings are not issued", (draft,), (east,)),
        ("addressed to nobody", (room.finding(),), ()),
    ):
        key = room.recommendation(*findings, to=to, issued=False)
        with pytest.raises(Refused, match=words):
            commands.issue_recommendation(by=editor, at=AT, recommendation=key)
        assert words in queries.recommendation(viewer=editor, recommendation=key).refused["issue"]


def test_two_people_always(room: Room) -> None:
    editor = viewer(room.editor)
    key = commands.draft_finding(by=editor, at=AT, organisation=room.place, text="Mine")
    proof = room.evidence(by=room.editor)
    commands.support(by=editor, at=AT, finding=key, evidence=proof)
    with pytest.raises(Refused, match="somebody else must issue it"):
        commands.issue_finding(by=editor, at=AT, finding=key)


ACTS: dict[str, tuple[Callable[..., object], Callable[..., object]]] = {
    "edit": (
        lambda by, key, other: commands.edit_finding(by=by, at=AT, finding=key, text="New"),
        lambda by, key, other: commands.edit_recommendation(by=by, at=AT, recommendation=key, text="New"),
    ),
    "issue": (
        lambda by, key, other: commands.issue_finding(by=by, at=AT, finding=key),
        lambda by, key, other: commands.issue_recommendation(by=by, at=AT, recommendation=key),
    ),
    "withdraw": (
        lambda by, key, other: commands.withdraw_finding(by=by, at=AT, finding=key, reason="Wrong."),
        lambda by, key, other: commands.withdraw_recommendation(by=by, at=AT, recommendation=key, reason="Wrong."),
    ),
    "merge": (
        lambda by, key, other: commands.merge_finding(by=by, at=AT, finding=key, into=other, reason="Same."),
        lambda by, key, other: commands.merge_recommendation(by=by, at=AT, recommendation=key, into=other, reason="Same."),
    ),
}


def _put_in(row: object, state: str, other: UUID) -> None:
    """As if it had come to this state; the constraints hold all the same."""
    ended = {"reason": "Because.", "ended_at": AT} if state in (WITHDRAWN, MERGED) else {}
    values = {"state": state, "issued_at": AT, "leads_to": other if state == MERGED else None} | ended
    with machinery("test"):
        type(row).objects.filter(pk=row.pk).update(**values)  # type: ignore[attr-defined]


@pytest.mark.parametrize("which", [0, 1], ids=["finding", "recommendation"])
@pytest.mark.parametrize("state", list(FINDING.words))
def test_every_role_state_and_act_both_ways(room: Room, which: int, state: str) -> None:
    """What the page says of an act is what the command does: allowed, refused in the same words, or not there at all."""
    machine = (FINDING, RECOMMENDATION)[which]
    to = (room.scene.nation.eastmere,)
    found = [room.finding(f"Ferret {n}") for n in range(2)]
    keys = found if which == 0 else [room.recommendation(found[0], to=to) for _ in range(2)]
    model = (Finding, Recommendation)[which]
    row = model.objects.unscoped("test").get(pk=keys[0])
    _put_in(row, state, keys[1])
    allowed = set()
    for name, person in room.everybody.items():
        by = viewer(person)
        try:
            page = (
                queries.finding(viewer=by, finding=row.pk)
                if which == 0
                else queries.recommendation(viewer=by, recommendation=row.pk)
            )
        except NotThere:
            page = None
        for act, calls in ACTS.items():
            try:
                with transaction.atomic():
                    calls[which](by, row.pk, keys[1])
                    transaction.set_rollback(True)
            except NotThere:
                assert page is None
            except Refused as problem:
                assert page is not None and page.refused[act] in str(problem)
            else:
                assert page is not None and act in page.acts
                allowed.add((name, act))
    wanted = {("editor", act) for act in machine.acts_from(state)}
    if state == DRAFT:
        wanted.add(("author", "edit"))
    assert allowed == wanted


def test_what_rests_on_something_is_no_more_open_than_it(room: Room) -> None:
    author = viewer(room.author)
    strict = room.finding("Strict", marking=SEALED)
    with pytest.raises(Refused, match="marked more strictly"), transaction.atomic():
        room.recommendation(strict, issued=False)
    room.recommendation(strict, issued=False, marking=SEALED)
    draft = commands.draft_finding(by=author, at=AT, organisation=room.place, text="Open")
    proof = room.evidence(marking=SEALED)
    with pytest.raises(Refused, match="marked more strictly"), transaction.atomic():
        commands.support(by=author, at=AT, finding=draft, evidence=proof)


def test_only_the_same_organisation_s_are_merged_and_only_into_what_stands(room: Room) -> None:
    editor, east = viewer(room.editor), room.scene.nation.eastmere
    one, draft, other = room.finding("One"), room.finding("Draft", issued=False), room.finding("East", organisation=east)
    for into, words in ((other, "same organisation"), (draft, "must be issued"), (one, "another than the finding itself")):
        with pytest.raises(Refused, match=words), transaction.atomic():
            commands.merge_finding(by=editor, at=AT, finding=one, into=into, reason="Same.")


@pytest.mark.parametrize(
    ("more", "problem", "words"),
    [
        ({"kind": "rumour"}, UsageProblem, "edition_number or submission or document"),
        ({"digest": ""}, UsageProblem, "hash"),
        ({"digest": "x" * 64}, UsageProblem, "hash"),
        ({"pointer": "Jo Bloggs, 3 High Street"}, UsageProblem, "points at nothing"),
        ({"says": " "}, UsageProblem, "is missing"),
        ({"says": "x" * 501}, UsageProblem, "500 at most"),
        ({"says": "She was born on 3/4/2011"}, RefusedByRule, "name and find nobody"),
        ({"kind": "submission", "pointer": str(uuid4()), "digest": ""}, NotThere, "nothing here"),
        ({"kind": "submission", "pointer": "not-an-id", "digest": ""}, NotThere, "nothing here"),
        ({"kind": "document", "digest": ""}, UsageProblem, "hash"),
    ],
)
def test_evidence_that_proves_nothing_is_refused(
    room: Room, more: dict[str, object], problem: type[Problem], words: str
) -> None:
    with pytest.raises(problem, match=words):
        room.evidence(**({"says": "It rose"} | more))  # type: ignore[arg-type]


def test_evidence_opens_only_for_whoever_may_see_what_it_points_at(room: Room) -> None:
    """A return is cited by somebody who may see it; who may not reads what it says and not which return it is."""
    both = join(room.scene.nation.chief, room.place, "Bot Hroles", "thread_author", "national_analyst")
    east = room.scene.east
    proof = room.evidence(by=both, kind="submission", pointer=str(east), digest="")
    finding = room.finding("Returns are late", issued=False)
    commands.support(by=viewer(both), at=AT, finding=finding, evidence=proof)
    commands.issue_finding(by=viewer(room.editor), at=AT, finding=finding)
    room.recommendation(finding, to=(room.scene.nation.eastmere, room.scene.nation.westholt))

    def pointers(person: UUID) -> set[str]:
        return {one.pointer for one in queries.finding(viewer=viewer(person), finding=finding).evidence}

    assert pointers(room.scene.national) == pointers(room.scene.preparer) == {"csae-2025/total", str(east)}
    assert pointers(room.scene.other) == pointers(room.author) == {"csae-2025/total", ""}
    with pytest.raises(NotThere):
        room.evidence(by=room.author, kind="submission", pointer=str(east), digest="")


# What outsiders see: nothing


@dataclass(frozen=True)
class Planted:
    """Ids and references that could leak."""

    finding: UUID
    recommendation: UUID
    evidence: UUID
    references: tuple[str, ...]


NOTHING = Planted(uuid4(), uuid4(), uuid4(), (rules.draw("thread.finding"),) * 3)
WALK: dict[str, Callable[[Viewer, Planted], object]] = {
    "resolve": lambda v, p: [_or_words(lambda r=r: queries.resolve(viewer=v, reference=r)) for r in p.references],
    "is_there": lambda v, p: [
        queries.is_there(viewer=v, kind=kind, key=key)
        for kind, key in (("finding", p.finding), ("recommendation", p.recommendation), ("evidence", p.evidence))
        for kind in (f"thread.{kind}",)
    ],
    "reference_of": lambda v, p: queries.reference_of(viewer=v, kind="thread.finding", key=p.finding),
    "findings": lambda v, p: [queries.findings(viewer=v), queries.findings(viewer=v, state=ISSUED)],
    "finding": lambda v, p: queries.finding(viewer=v, finding=p.finding),
    "evidence": lambda v, p: queries.evidence(viewer=v, evidence=p.evidence),
    "recommendations": lambda v, p: [queries.recommendations(viewer=v), queries.recommendations(viewer=v, state=ISSUED)],
    "recommendation": lambda v, p: queries.recommendation(viewer=v, recommendation=p.recommendation),
    "search": lambda v, p: [search(v, text) for text in ("ferrets", "zephyrine", "quokka", *p.references)],
}


def _or_words(call: Callable[[], object]) -> str:
    try:
        return repr(call())
    except Problem as problem:
        return str(problem)


def _walk(by: Viewer, planted: Planted) -> dict[str, str]:
    return {name: _or_words(lambda call=call: call(by, planted)) for name, call in WALK.items()}  # type: ignore[misc]


def test_the_walk_calls_every_query_that_names_a_viewer() -> None:
    exist = {
        name
        for name, function in vars(queries).items()
        if inspect.isfunction(function) and function.__module__ == queries.__name__ and not name.startswith("_")
        if "viewer" in inspect.signature(function).parameters
    }
    assert exist == set(WALK) - {"search"}


def _plant(room: Room, text: str, *, issued: bool = True, **more: object) -> Planted:
    finding = room.finding(f"{text} is seldom asked", issued=issued, **more)
    recommendation = room.recommendation(finding, to=(room.scene.nation.westholt,), issued=issued, text=f"Ask {text}", **more)
    row = queries.finding(viewer=viewer(room.editor), finding=finding)
    names = [row.reference, row.evidence[0].reference]
    names.append(queries.recommendation(viewer=viewer(room.editor), recommendation=recommendation).reference)
    return Planted(finding, recommendation, row.evidence[0].id, tuple(names))


def _says(text: str, planted: Planted) -> bool:
    told = (str(planted.finding), str(planted.recommendation), str(planted.evidence), *planted.references, "Zephyrine")
    return any(word in text for word in told)


def test_a_chain_in_a_compartment_does_not_exist_outside_it(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    _plant(room, "Ferrets")
    before = {name: _walk(viewer(person), NOTHING) for name, person in room.everybody.items()}
    key = people.open_compartment(by=viewer(room.scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka")
    insiders = ("author", "editor", "national", "other")
    for name in insiders:
        people.admit(by=viewer(room.scene.nation.keeper), at=AT, compartment=key, person=room.everybody[name])
    planted = _plant(room, "Zephyrine quokka ferrets", compartment=key)
    after = {name: _walk(viewer(person), planted) for name, person in room.everybody.items()}
    for name in set(room.everybody) - set(insiders):
        assert after[name] == {**before[name]}, name
        assert not _says(str(after[name]), planted)
    assert all(_says(str(after[name]), planted) for name in insiders)
    assert {call for name in insiders for call in WALK if after[name][call] != before[name][call]} == set(WALK)
    assert "Zephyrine" not in caplog.text


def test_a_draft_does_not_exist_for_its_readers(room: Room) -> None:
    before = {name: _walk(viewer(person), NOTHING) for name, person in room.everybody.items()}
    planted = _plant(room, "Zephyrine", issued=False)
    heard = {name for name, person in room.everybody.items() if _walk(viewer(person), planted) != before[name]}
    assert heard == {"author", "editor"}


def test_an_issued_recommendation_reaches_its_addressee_and_no_other_force(room: Room) -> None:
    before = {name: _walk(viewer(person), NOTHING) for name, person in room.everybody.items()}
    planted = _plant(room, "Zephyrine")
    heard = {name for name, person in room.everybody.items() if _walk(viewer(person), planted) != before[name]}
    assert heard == {"author", "editor", "national", "area", "other"}  # Westholt's analyst, and its region


def test_every_act_answers_an_outsider_as_if_it_were_not_there(room: Room) -> None:
    planted, by = _plant(room, "Zephyrine"), viewer(room.scene.preparer)
    for which, key in ((0, planted.finding), (1, planted.recommendation)):
        for calls in ACTS.values():
            answers = set()
            for one in (key, uuid4()):
                with pytest.raises(NotThere) as caught, transaction.atomic():
                    calls[which](by, one, key)
                answers.add(str(caught.value))
            assert len(answers) == 1
    sealed = people.open_compartment(by=viewer(room.scene.nation.keeper), at=AT, title="Q", purpose="Q")
    for compartment in (sealed, uuid4()):
        with pytest.raises(NotThere):
            room.finding(compartment=compartment)


# Search and lists


def test_search_finds_exactly_what_the_lists_show_for_everybody(room: Room) -> None:
    """The index's permissions are a copy of the scopes: whoever reads, and whatever happened before, the two agree."""
    nation, editor = room.scene.nation, viewer(room.editor)
    east, west = nation.eastmere, nation.westholt
    draft, own = room.finding(issued=False), room.finding(organisation=east)
    shared, gone, merged = room.finding(), room.finding(), room.finding()
    both = join(nation.chief, room.place, "Bot Hroles", "thread_author", "national_analyst")
    room.recommendation(own, shared, to=(west,), by=both)
    with pytest.raises(NotThere):
        queries.finding(viewer=viewer(room.scene.other), finding=own)  # Eastmere's own does not travel to Westholt
    room.recommendation(draft, to=(east,), issued=False)
    ended = room.recommendation(shared, gone, to=(east, west))
    commands.withdraw_recommendation(by=editor, at=AT, recommendation=ended, reason="Done.")
    commands.withdraw_finding(by=editor, at=AT, finding=gone, reason="Wrong.")
    commands.merge_finding(by=editor, at=AT, finding=merged, into=shared, reason="Same.")
    turned = room.recommendation(shared, to=(east,), issued=False)
    commands.address(by=viewer(room.author), at=AT, recommendation=turned, addressees=[west])
    commands.issue_recommendation(by=editor, at=AT, recommendation=turned)
    seen = set()
    for name, person in room.everybody.items():
        by = viewer(person)
        listed = {row.id for row in queries.findings(viewer=by)} | {row.id for row in queries.recommendations(viewer=by)}
        assert {hit.key for hit in search(by, "ferrets").hits} == listed, name
        seen.add(len(listed))
    assert len(seen) > 3
    counts = searching.rebuild(by=system("reindex", AT.date()), at=AT)
    assert counts["removed"] == 0 and counts.keys() == {"same", "removed"}


def test_a_finding_is_found_by_the_words_of_its_evidence(room: Room) -> None:
    finding = room.finding()
    assert [hit.key for hit in search(viewer(room.scene.national), "recorded crimes rose").hits] == [finding]


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_lists_take_a_constant_number_of_queries(room: Room, rows: int) -> None:
    finding = room.finding()
    for number in range(rows):
        room.finding(f"Ferret {number}")
        room.recommendation(finding, to=(room.scene.nation.eastmere,))
    by = viewer(room.scene.national)
    with CaptureQueriesContext(connection) as asked:
        assert len(queries.findings(viewer=by)) == rows + 1
    assert len(asked) == 5
    with CaptureQueriesContext(connection) as asked:
        assert len(queries.recommendations(viewer=by)) == rows
    assert len(asked) == 5


# Constraints


@pytest.mark.parametrize(
    "values",
    [
        {"state": "lost"},
        {"text": ""},
        {"state": WITHDRAWN},
        {"state": MERGED, "reason": "x", "ended_at": AT},
        {"issued_at": None},
        {"reason": "x"},
    ],
)
def test_the_database_holds_what_must_always_be_true(room: Room, values: dict[str, object]) -> None:
    key = room.finding()
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=key).update(**values)


def test_who_may_read_findings_has_words_for_it() -> None:
    for role in roles().values():
        if "thread.see" in role.may:
            assert "finding" in role.words, role.code
