"""A compartment's accepted versions lie in a store of its own: nothing public is moved by them, and nothing of theirs by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connections, transaction

from tests import small_returns as small
from tests.ops.conftest import Run
from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, DAY, viewer
from tests.records.test_collections_work import FORCE, accepted_up_to_the_job, begun, do, send
from tests.web.test_pack import job
from vkpp.basics.periods import Period
from vkpp.engine.keeping import Store
from vkpp.ops import jobs, packs, returns, stores
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Round, Submission, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people

HUGE = 7_777  # crimes: in a number of any page, file or sentence it would be seen
INSIDERS = ("preparer", "certifier", "area", "national")


def compartment_of(scene: Scene, title: str = "Zephyrine") -> UUID:
    """A compartment with everybody in it whom a return needs on its way; the national lead and the other analyst are not."""
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title=title, purpose="An enquiry")
    for name in INSIDERS:
        people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=getattr(scene, name))
    return key


def drafted(scene: Scene, compartment: UUID | None, period: str, **values: Any) -> UUID:
    forces = [scene.nation.eastmere, scene.nation.westholt]
    asked = {"collection": "csae", "period": period, "opens_on": DAY, "working_days": 20, "respondents": forces}
    return commands.draft_round(by=viewer(scene.national), at=AT, compartment=compartment, **asked | values)


def opened(scene: Scene, compartment: UUID | None, period: str, **values: Any) -> UUID:
    """A round for Eastmere and Westholt; gives Eastmere's return."""
    round_ = drafted(scene, compartment, period, **values)
    commands.open_round(by=viewer(scene.national), at=AT, round_=round_)
    found = Submission.objects.unscoped("test").get(round=round_, organisation=scene.nation.eastmere)
    return UUID(str(found.pk))


# Numbers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service's public store: six forces' returns of a quarter, and Ashwater's of the one before."""
    made = tmp_path_factory.mktemp("apart")
    some = [small.crime(f"C{n:04}") for n in range(60)]
    small.accept(places.store(made), made / "work", small.FORCE, "CY2023Q4", crimes=some[:50])
    for n, force in enumerate((small.FORCE, *small.OTHERS)):
        small.accept(places.store(made), made / "work", force, "CY2024Q1", crimes=some[: 55 + n])
    small.accept(places.store(made), made / "work", small.FORCE, "CY2024", crimes=some)
    return made


def packed(folder: Path, compartment: UUID | None = None) -> dict[str, Any]:
    known = replace(job(version=UUID(int=7)), compartment=compartment)
    return packs.packed(packs.PackTask(folder, True, known, "2024-06-04")).document()


def said_of(folder: Path, compartment: UUID | None) -> Mapping[str, object]:
    """All that is worked out from a store: a pack, what an edition takes, what a return differs from, receipts."""
    of = ("csae", "CY2024Q1", FORCE)
    task = returns.Task(folder, True, UUID(int=7), True, *of, {}, frozenset(), "", "", compartment=compartment)
    store = returns._store(task)
    taken = stores.loaded(store, Period.parse("CY2024"), folder / "loaded" / str(uuid4()))
    return {
        "pack": packed(folder, compartment),
        "edition": (taken.accepted.receipts, taken.left_out, taken.accepted.reasons),
        "versions": [one.receipt for one in store.versions(*of)],
        "verified": (store.verify(), len(list(store.all()))),
        "editions": returns._editions(task),
        "held": [one for one in returns.in_store(folder, invented=True) if one.compartment == compartment],
    }


def test_what_a_compartment_accepts_moves_nothing_outside_and_nothing_outside_moves_it(folder: Path, tmp_path: Path) -> None:
    """The same force, collection and period, each way: the newest version of the one is never one of the other."""
    inside, other = uuid4(), uuid4()
    edition = folder / "editions" / "first"
    edition.mkdir(parents=True)
    (edition / "manifest.json").write_text("{}")
    before = said_of(folder, None)
    huge = [small.crime(f"H{n:05}") for n in range(HUGE)]
    apart = places.store(folder, inside)
    small.accept(apart, tmp_path, FORCE, "CY2023Q4", crimes=huge[:-7], by="Zephyrine")
    small.accept(apart, tmp_path, FORCE, "CY2024Q1", crimes=huge, by="Zephyrine")
    small.accept(apart, tmp_path, FORCE, "CY2024", crimes=huge, by="Zephyrine")
    for force in small.OTHERS:
        small.accept(apart, tmp_path, force, "CY2024Q1", crimes=huge[:-9])
    after = said_of(folder, None)
    assert after == before and "7777" not in str(after) and "7,777" not in str(after) and "Zephyrine" not in str(after)

    assert str(before["edition"]).count("ashwater CY2024 v0001") == 1

    own = said_of(folder, inside)
    assert own["editions"] == [] and len(before["editions"]) == 1  # type: ignore[arg-type]
    counted = next(one for one in own["pack"]["totals"] if one["name"] == "counted")  # type: ignore[index]
    assert (counted["now"], counted["before"]) == (HUGE, HUGE - 7)
    receipts = str([one.receipt for one in Store(apart).all()])
    assert str(inside) not in receipts and "compartment" not in receipts
    # What a third compartment accepts is nobody's of these, and more of the public one changes nothing inside.
    small.accept(places.store(folder, other), tmp_path / "o", FORCE, "CY2024Q1", crimes=huge[:3])
    small.accept(places.store(folder), tmp_path / "p", FORCE, "CY2024Q1", crimes=huge[:5])
    assert said_of(folder, inside) == own
    assert said_of(folder, None) != before  # the walk can see a version that is there
    assert [key for key, _ in places.stores(folder)] == [None, *sorted((inside, other), key=str)]


def _overview(by: Any, scene: Scene) -> object:
    """For who works on whole rounds; for others it is not there, before and after."""
    try:
        return queries.round_overview(viewer=by, round_=scene.round)
    except NotThere:
        return None


PAGES: Mapping[str, Callable[[Any, Scene], object]] = {
    "certify": lambda by, s: queries.certify_page(viewer=by, submission=s.east),
    "submission": lambda by, s: queries.submission_page(viewer=by, submission=s.east),
    "receipt": lambda by, s: queries.receipt(viewer=by, submission=s.east),
    "overview": _overview,
    "changes": lambda by, s: queries.round_changes(viewer=by, round_=s.round).most_hours_of_a_force,
    "notes": lambda by, s: queries.notes(viewer=by, round_=s.round),
}


def test_rows_of_a_compartment_move_no_public_page_for_anybody(records: None, tmp_path: Path) -> None:
    """Earlier and same periods, the same names in two stores: what is read of the public round stays word for word."""
    settings.FOLDER, folder = tmp_path, settings.FOLDER
    try:
        scene = found_scene()
        scene.accepted(scene.east)
        people_ = {name: viewer(getattr(scene, name)) for name in (*INSIDERS, "second", "lead")}
        pages = [name for name in PAGES if name != "changes"]
        before = {(who, name): PAGES[name](by, scene) for who, by in people_.items() for name in pages}
        asked = PAGES["changes"](viewer(scene.second), scene)
        key = compartment_of(scene)
        for period in ("CY2025Q4", "CY2026Q1"):
            hidden = opened(scene, key, period)
            assert scene.accepted(hidden, total=HUGE)
        people_ = {name: viewer(getattr(scene, name)) for name in people_}
        assert {(who, name): PAGES[name](by, scene) for who, by in people_.items() for name in pages} == before
        assert PAGES["changes"](viewer(scene.second), scene) == asked
        page = queries.certify_page(viewer=viewer(scene.certifier), submission=hidden)
        assert page.moved.before == HUGE and page.version.total == HUGE
        public = queries.receipt(viewer=viewer(scene.certifier), submission=scene.east)
        assert queries.receipt(viewer=viewer(scene.certifier), submission=hidden).store_name == public.store_name
        assert {places.called("csae/CY2026Q1/eastmere/v0001", where) for where in (None, key)} <= queries.indexed().keys()
    finally:
        settings.FOLDER = folder


def test_a_compartment_has_one_round_of_a_period_and_another_its_own(records: None) -> None:
    scene = found_scene()
    key, other = compartment_of(scene), compartment_of(scene, "Quokka")
    first = drafted(scene, key, "CY2026Q1")
    assert drafted(scene, other, "CY2026Q1") != first
    with pytest.raises(Refused, match="already"):
        drafted(scene, key, "CY2026Q1")
    row = Round.objects.unscoped("test").get(pk=first)
    row.pk = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic(), machinery("the database believes it too"):
        row.save(force_insert=True)


def test_hours_of_a_compartment_refuse_no_public_round(records: None) -> None:
    """A refusal for hours that the reader cannot know of would say that they are there."""
    scene = found_scene()
    key = compartment_of(scene)
    opened(scene, key, "CY2025Q4", hours=30)
    public = drafted(scene, None, "CY2025Q4", hours=30)
    commands.open_round(by=viewer(scene.second), at=AT, round_=public)
    more = drafted(scene, key, "CY2025Q3", hours=30)
    with pytest.raises(Refused, match="hours"):
        commands.open_round(by=viewer(scene.national), at=AT, round_=more)


# The jobs, the index, and what is kept


def two(files: list[Path]) -> tuple[Scene, UUID, UUID, UUID]:
    """One force, collection and period: a nil return outside, the whole files in a compartment, both accepted by the jobs.

    Gives the scene, the public return, the compartment's, and the compartment.
    """
    scene, public = begun(files)
    key = compartment_of(scene)
    hidden = opened(scene, key, "CY2024", respondents=[scene.nation.eastmere])
    commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=public, reason="No crime of the kind was recorded.")
    accepted_up_to_the_job(scene, public)
    do(commands.ACCEPT)
    send(scene, hidden, files)
    do(commands.CHECK)
    accepted_up_to_the_job(scene, hidden)
    do(commands.ACCEPT)
    return scene, public, hidden, key


@pytest.mark.slow
def test_the_jobs_keep_each_in_its_own_store_and_the_index_is_rebuilt_from_both(
    service: dict[str, str], elsewhere: dict[str, str], files: list[Path], vkpp: Run, tmp_path: Path
) -> None:
    scene, public, hidden, key = two(files)
    root, name = register.root(), f"csae/CY2024/{FORCE}/v0001"
    for store, crimes in ((places.store(root), 0), (places.store(root, key), None)):
        (kept,) = Store(store).all()
        assert kept.receipt["receipt"] == name and str(key) not in str(kept.receipt)
        assert crimes is None or kept.receipt["tables"]["crimes"]["records"] == crimes
    by = viewer(scene.preparer)
    total = queries.submission_page(viewer=by, submission=hidden).versions[0].total
    assert total and queries.submission_page(viewer=by, submission=public).versions[0].total == 0

    assert jobs.reindex(AT) == {"known": 2, "mended": 0, "added": 0, "strange": 0, "missing": 0}
    with machinery("the index is lost"):
        Version.objects.update(receipt="", receipt_sha256="", accepted_at=None, total=None)
        Submission.objects.filter(state="accepted").update(state="accepting", accepted=0)
    assert jobs.reindex(AT)["added"] == 2
    totals = {row: queries.submission_page(viewer=by, submission=row).versions[0].total for row in (public, hidden)}
    assert totals == {public: 0, hidden: total}

    for submission, same in ((public, False), (hidden, True)):
        send(scene, submission, files)  # each is compared with what is before it in its own store
        do(commands.CHECK)
        found = queries.submission_page(viewer=by, submission=submission).versions[0].difference
        assert found and any("no record differs" in line for line in found) == same, found
    kept_with_both(service, elsewhere, key, vkpp, tmp_path)


def kept_with_both(service: dict[str, str], elsewhere: dict[str, str], key: UUID, vkpp: Run, tmp_path: Path) -> None:
    """Backed up, verified, restored and rebuilt: both stores, each named only by its id."""
    connections.close_all()
    root = Path(service["VKPP_FOLDER"])
    set_aside = tmp_path / "named.csv"
    set_aside.write_text("Zebedee Planted", encoding="utf-8")
    Store(places.store(root, key)).quarantine(set_aside, "a" * 64, ["a name"])
    code, text = vkpp(service, "backup", "--out", str(tmp_path / "backup"))
    assert code == 0, text
    copied = tmp_path / "backup" / "compartments" / str(key)
    assert (copied / "register.json").is_file() and not (copied / "quarantine").exists()
    code, text = vkpp(elsewhere, "restore", "--from", str(tmp_path / "backup"))
    assert code == 0, text
    there = Path(elsewhere["VKPP_FOLDER"])
    code, text = vkpp(elsewhere, "verify", "--store", str(there / "store"))
    assert code == 0 and text.count("1 version(s) of invented returns: every byte as accepted.") == 2, text
    assert f"Compartment {key}:" in text and "Zephyrine" not in text
    code, text = vkpp(elsewhere, "reindex")
    assert code == 0 and "2 version(s) in the store: 0 row(s) changed.\n" in text, text
    table = next((there / "compartments" / str(key)).rglob("crimes.parquet"))
    table.write_bytes(table.read_bytes()[:-1])
    code, text = vkpp(elsewhere, "verify", "--store", str(there / "store"))
    assert code == 1 and "crimes.parquet is not what was accepted" in text and "1 fault(s)" in text
    code, text = vkpp(elsewhere, "backup", "--out", str(tmp_path / "again"))
    assert code == 1 and "crimes.parquet is not what was accepted" in text


def test_a_version_that_lies_in_the_wrong_store_is_indexed_nowhere(records: None, tmp_path: Path) -> None:
    """Accepted before compartments had stores, say: it is left for people to look at, and becomes no public row."""
    settings.FOLDER, folder = tmp_path, settings.FOLDER
    try:
        scene = found_scene()
        key = compartment_of(scene)
        hidden = opened(scene, key, "CY2025Q4")
        version = scene.approved(hidden, total=HUGE)
        opened(scene, None, "CY2025Q4")
        mark = f"collections.version/{version}"
        small.accept(places.store(tmp_path), tmp_path / "w", "eastmere", "CY2025Q4", crimes=[small.crime("C1")], by=mark)
        settings.INVENTED, invented = True, settings.INVENTED
        assert jobs.reindex(AT) == {"known": 0, "mended": 0, "added": 0, "strange": 1, "missing": 0}
        settings.INVENTED = invented
        assert not queries.indexed()
    finally:
        settings.FOLDER = folder


def test_what_a_killed_program_left_in_a_compartment_s_store_goes_after_a_day(
    records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    left = places.store(tmp_path, uuid4()) / ".incoming-1"
    left.mkdir(parents=True)
    jobs._purge_files(AT.replace(year=date.today().year + 1))
    assert not left.exists() and places.stores(tmp_path)[1:]
    (tmp_path / "compartments" / "no-id").mkdir()
    assert len(places.stores(tmp_path)) == 2
