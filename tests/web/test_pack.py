"""A force's own pack: every number against one counted by hand, nothing of another force, and for nobody else's eyes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from tests import small_returns as small
from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, viewer
from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination import pack_files
from vkpp.engine.keeping.writing import document
from vkpp.engine.shapes.pack import DIMENSIONS, Pack, read
from vkpp.ops import packs
from vkpp.records.collections.models import Submission
from vkpp.records.collections.rules import places
from vkpp.records.collections.rules.outcomes import PackJob
from vkpp.records.ground.scope import machinery

Clients = Callable[[UUID | None], Any]


def job(**values: Any) -> PackJob:
    known = {
        "version": uuid4(),
        "number": 2,
        "nil": False,
        "collection": "csae",
        "title": "Recorded child sexual abuse and exploitation, record level",
        "period": "CY2024Q1",
        "force_id": small.FORCE,
        "force_name": "Ashwater",
        "receipt": f"csae/CY2024Q1/{small.FORCE}/v0001",
        "sent_on": date(2024, 6, 3),
        "due_on": date(2024, 5, 30),
        "extended": True,
        "late": 2,
        "checks_ran": 174,
        "checks_all": 174,
        "outcomes": (("crimes-online-place", "query", "crimes", 2),),
        "reasons": (),
        "waived": (),
    }
    return PackJob(**known | values)


def own_crimes() -> list[dict[str, Any]]:
    """Twelve crimes: ten counted, one transferred, one cancelled. Online: four yes, three no, two not known, one blank."""
    online = ["yes", "yes", "yes", "yes", "no", "no", "no", "not known", "not known", None]
    crimes = [small.crime(f"C{n:03}", online_flag=flag) for n, flag in enumerate(online)]
    crimes[0] |= {"offence_code": "019/07", "offence_class": "19C", "victim_by_design": "person"}
    return [*crimes, small.crime("C900", status="transferred", other_force="coldfell"), small.crime("C901", status="cancelled")]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service's folder: ashwater's return and the one before it, and five other forces' of the period."""
    folder = tmp_path_factory.mktemp("pack")
    store, work = places.store(folder), folder / "work"
    before = [small.crime(f"B{n:03}", recorded=date(2023, 11, 1), online_flag="yes") for n in range(4)]
    small.accept(store, work, small.FORCE, "CY2023Q4", crimes=before)
    small.accept(
        store,
        work,
        small.FORCE,
        "CY2024Q1",
        crimes=own_crimes(),
        victims=[small.person("C000", "V1", age=9), small.person("C000", "V2", ethnicity_self="NS", age=None)],
        suspects=[
            small.person("C000", "S1", age=15),
            small.person("C001", "S2", age=40),
            small.person("C002", "S3", age=None),
            small.person("C900", "S4", age=12),
        ],
        relations=[{"crime_ref": "C000", "victim_ref": "V1", "suspect_ref": "S1", "relationship": "REL-NK"}],
        reasons={"crimes-online-place": (2, "The force has looked: it is right.")},
    )
    for n, force in enumerate(small.OTHERS):
        crimes = [small.crime(f"Z{i:04}") for i in range(37 + 101 * n)]
        small.accept(store, work, force, "CY2024Q1", crimes=crimes, reasons={"x": (1, f"Quokka of {force}.")})
    return folder


@pytest.fixture(scope="module")
def pack(root: Path) -> Pack:
    return packs.packed(packs.PackTask(root, True, job(), "2024-06-04"))


def total(pack: Pack, name: str) -> tuple[int, int | None]:
    one = next(one for one in pack.totals if one.name == name)
    return one.now, one.before


def test_totals_are_those_counted_by_hand(pack: Pack) -> None:
    assert total(pack, "counted") == (10, 4) and total(pack, "crimes") == (12, 4)
    assert [total(pack, name)[0] for name in ("victims", "suspects", "relations")] == [2, 4, 1]
    said = {one.name: one.moved for one in pack.totals}
    # 4 then 10: with 14 in all, 10 or more on one side has probability 0.18 by chance; 4 and 10 are not apart.
    assert said["counted"] == "No: 6 more than in the period before, which chance alone can do."
    assert {one.name for one in pack.totals if one.small} == {"counted", "crimes", "victims", "suspects", "relations"}


def test_the_rate_and_the_shares_have_their_bases_and_intervals(pack: Pack) -> None:
    shares = {one.name: one for one in pack.shares}
    rate = shares["rate"]
    assert (rate.count, rate.base) == (10, 634_692) and "middle of 2024" in rate.base_words
    # Byar's limits of 10 are 4.787 and 18.391.
    assert (rate.value, rate.lower, rate.upper) == pytest.approx((0.015756, 0.007543, 0.028977), rel=1e-3)
    online = shares["type.T-ONLINE"]
    # Wilson, 4 of 7: 25.05% to 84.18%. Three unknown: from 4 of 10 to 7 of 10.
    assert (online.count, online.base, online.unknown) == (4, 7, 3)
    assert (online.value, online.lower, online.upper) == pytest.approx((57.143, 25.05, 84.18), abs=0.01)
    assert (online.lowest, online.highest) == (40.0, 70.0)
    assert (shares["crime-type.images"].count, shares["crime-type.images"].base) == (9, 10)
    assert (shares["crime-type.rape"].count, shares["crime-type.rape"].base) == (1, 10)
    child = shares["suspects-child"]  # of S1, S2, S3: the crime of S4 is not counted
    assert (child.count, child.base, child.unknown) == (1, 2, 1)
    family = shares["type.T-FAM"]  # a relation that is not known is not "no"
    assert family.count == 0 and family.unknown == 10


def test_unknown_is_counted_by_its_reason_and_never_as_no(pack: Pack) -> None:
    held = {(one.table, one.field): one for one in pack.filled}
    online = held["crimes", "online_flag"]
    assert (online.records, online.known, online.reasons) == (12, 9, {"not known": 2, "not recorded": 1})
    assert online.share == 75.0 and online.before == 100.0 and not online.moved  # 9 of 12 and 4 of 4 are not apart
    assert held["victims", "ethnicity_self"].reasons == {"not stated": 1}
    # An age that is null may have been blank, or "not known" in words: nobody is told that it was left blank.
    assert held["victims", "age"].reasons == {"for a reason that is not kept": 1}
    assert held["relations", "relationship"].reasons == {"not known": 1}
    assert not held["crimes", "other_force"].expected and held["crimes", "online_flag"].expected


def test_the_card_measures_what_it_says(pack: Pack) -> None:
    card = {one.name: one for one in pack.quality}
    assert {one.dimension for one in pack.quality} == set(DIMENSIONS)
    expected = [one for one in pack.filled if one.expected and one.table == "victims"]
    # Two victims; every column is there but one age and one ethnic group.
    assert card["completeness.victims"].of == 2 * len(expected)
    assert card["completeness.victims"].count == 2 * len(expected) - 2
    assert "Age" in card["completeness.victims"].next_step
    assert (card["uniqueness.crimes"].count, card["uniqueness.crimes"].of, card["uniqueness.crimes"].fine) == (12, 12, True)
    assert (card["consistency.suspects.crime_ref"].count, card["consistency.suspects.crime_ref"].of) == (4, 4)
    assert card["consistency.values"].words.startswith("2 places") and not card["consistency.values"].fine
    late = card["timeliness"].words
    assert "2 working days after the deadline of 30 May 2024, which was extended" in late and not card["timeliness"].fine
    assert card["accuracy"].words.startswith("Not measured") and card["accuracy"].percent is None
    assert "174 of 174" in card["validity.checks"].words
    assert "6 more" in card["comparability.total"].words
    assert all(one.next_step for one in pack.quality)


def test_what_does_not_hold_together_is_found(tmp_path: Path) -> None:
    """A key twice, a suspect of no crime, a column that stops being filled: each counted."""
    store = places.store(tmp_path)
    before = [small.crime(f"B{n}", place="There") for n in range(60)]
    small.accept(store, tmp_path / "w", small.FORCE, "CY2023Q4", crimes=before)
    crimes = [small.crime(f"C{n}", place=None) for n in range(40)] + [small.crime("C1", place=None)]
    small.accept(store, tmp_path / "w", small.FORCE, "CY2024Q1", crimes=crimes, suspects=[small.person("NONE", "S1")])
    found = packs.packed(packs.PackTask(tmp_path, True, job(late=-3, extended=False), "2024-06-04"))
    card = {one.name: one for one in found.quality}
    assert (card["uniqueness.crimes"].count, card["uniqueness.crimes"].of) == (40, 41)
    assert (card["consistency.suspects.crime_ref"].count, card["consistency.suspects.crime_ref"].of) == (0, 1)
    assert "Place (district) (100% before, 0% now)" in card["comparability.columns"].next_step
    assert card["timeliness"].fine and "3 working days before the deadline" in card["timeliness"].words
    assert found.place.own is None and not found.place.others  # too few forces to sit among


def test_a_pack_holds_nothing_of_another_force(root: Path, pack: Pack) -> None:
    """Names, ids, words and totals of the others are planted: none is in any file, and no total can be worked out."""
    made = pack_files.files(pack) | {"json": document(pack.document())}
    text = b"".join(made[kind] for kind in ("html", "csv", "json")).decode()
    assert "Ashwater" in text and len(pack.place.others) == 5
    names = [stores_name(force) for force in small.OTHERS]
    for word in (*small.OTHERS, *names, "Quokka"):
        assert word not in text, word
    exact = {(people(force), round(1000 * (37 + 101 * n) / people(force), 4)) for n, force in enumerate(small.OTHERS)}
    assert not exact & set(pack.place.others)
    shown = {n for n, _ in pack.place.others}
    assert not shown & {people(force) for force in small.OTHERS}
    assert "%PDF" in made["pdf"][:8].decode() and b"northmarch" not in made["pdf"].lower()


def people(force: str) -> int:
    from vkpp.basics.periods import Period
    from vkpp.catalogue.example import example_catalogue

    return example_catalogue().population(force, Period.parse("CY2024Q1")).value


def stores_name(force: str) -> str:
    from vkpp.catalogue.example import example_catalogue

    return example_catalogue().force(force).name


def test_small_numbers_are_marked_and_the_marking_stands_in_every_file(pack: Pack) -> None:
    page = pack_files.html(pack)
    assert "OFFICIAL-SENSITIVE: Ashwater only, not for publication" in page and "Invented data" in page
    assert ">2*<" in page and ">12<" in page and ">10*<" not in page  # 1 to 4 are small
    assert ">2* suspects of which it is known<" in page and ">7 crimes of which it is known<" in page
    assert ">2* not known, 1* not recorded<" in page
    assert "OFFICIAL-SENSITIVE" in pack_files.measures_csv(pack).decode()
    assert not any(word in page for word in ("<script", "http://", "https://", "onload"))


def test_the_csv_of_the_card_reads_back(pack: Pack) -> None:
    rows = list(csv.DictReader(io.StringIO(pack_files.measures_csv(pack).decode("utf-8-sig"))))
    by_name = {row["measure"]: row for row in rows}
    assert by_name["column.crimes.online_flag"]["percent"] == "75.00" and by_name["column.crimes.online_flag"]["count"] == "9"
    assert {row["dimension"] for row in rows} >= set(DIMENSIONS)


def test_a_pack_is_the_same_after_it_was_kept_and_of_another_form_is_none(pack: Pack) -> None:
    kept = json.loads(document(pack.document()))
    assert read(kept) == pack and read(kept | {"form": "vkpp-pack-0"}) is None


# The service: made as work, told by letter, read by its own people only.


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    return found_scene()


def keep(scene: Scene, version: UUID) -> Path:
    """What the job would leave: the pack's files of a version."""
    folder = Path(settings.FOLDER)
    store = places.store(folder)
    for n, force in enumerate(small.OTHERS):
        small.accept(store, folder / "work", force, "CY2024Q1", crimes=[small.crime(f"Z{i}") for i in range(30 + n)])
    small.accept(store, folder / "work", small.FORCE, "CY2024Q1", crimes=own_crimes(), suspects=[small.person("C000", "S1")])
    packs.make(packs.PackTask(folder, True, job(version=version, force_name="Eastmere"), "2024-06-04"))
    return places.pack(folder, version, "json")


def test_acceptance_asks_for_the_pack_and_its_force_is_told_without_a_number(scene: Scene) -> None:
    from vkpp.ops import jobs
    from vkpp.records.collections import commands
    from vkpp.records.work.models import Letter, Task

    version = scene.accepted(scene.east)
    (task,) = Task.objects.unscoped("test").filter(name=commands.PACK)
    assert task.about == str(version)
    before = set(Letter.objects.unscoped("test").values_list("pk", flat=True))
    asked: list[PackJob] = []

    def make(task: packs.PackTask) -> packs.Packed:
        asked.append(task.job)
        return packs.Packed("f" * 64)

    finish = jobs.make_pack(str(version), AT, make=make)
    assert finish is not None and asked[0].force_name == "Eastmere" and asked[0].late < 0
    finish()
    new = Letter.objects.unscoped("test").exclude(pk__in=before)
    assert {one.to_id for one in new} == {scene.preparer, scene.certifier}
    assert {one.template for one in new} == {"collections.pack_ready"}
    from vkpp.records.work.rules import written

    subject, body = written("collections.pack_ready", json.loads(new[0].facts))
    assert "pack is ready" in subject
    assert not any(word in subject + body for word in ("512", "441", "388"))
    assert jobs.make_pack(str(uuid4()), AT, make=make) is None
    assert jobs.make_pack(str(version), AT, make=lambda _: packs.Packed("")) is None  # its records are lawfully gone


def test_a_pack_is_for_its_own_people_only_and_names_no_other_force(scene: Scene, client_of: Clients) -> None:
    version = scene.accepted(scene.east)
    keep(scene, version)
    address = f"/returns/{scene.east}/pack/"
    for person in (scene.preparer, scene.certifier):
        client = client_of(person)
        page = client.get(address)
        text = page.content.decode()
        assert page.status_code == 200 and "OFFICIAL-SENSITIVE: Eastmere only" in text and "Data-quality card" in text
        assert not any(stores_name(force) in text for force in small.OTHERS) and "Westholt" not in text
        for kind in ("html", "pdf", "csv"):
            answer = client.get(f"{address}pack.{kind}")
            assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
            assert b"".join(answer.streaming_content)
        assert client.get(f"{address}pack.exe").status_code == 404
    for person in (scene.other, scene.area, scene.national, scene.lead, scene.nation.analyst, scene.nation.chief):
        client = client_of(person)
        found = [client.get(address), client.get(f"{address}pack.html"), client.get(f"{address}pack.csv")]
        assert {one.status_code for one in found} == {404}
        assert client.post(f"{address}again/").status_code in (403, 404)
        assert client.get(f"/returns/{uuid4()}/pack/").status_code == 404
    mine = client_of(scene.preparer).get(f"/returns/{scene.east}/").content.decode()
    assert address in mine and "Read your force" in mine


def test_before_acceptance_there_is_no_pack(scene: Scene, client_of: Clients) -> None:
    from vkpp.records.collections import commands
    from vkpp.records.work.models import Task

    client = client_of(scene.preparer)
    assert client.get(f"/returns/{scene.west}/pack/").status_code == 404
    scene.certified(scene.east)
    assert client.get(f"/returns/{scene.east}/pack/").status_code == 404
    assert client.post(f"/returns/{scene.east}/pack/again/").status_code == 403
    assert Task.objects.unscoped("test").filter(name=commands.PACK).count() == 0


def test_a_pack_that_does_not_come_can_be_asked_for_once_a_day(scene: Scene, client_of: Clients) -> None:
    from vkpp.records.collections import commands
    from vkpp.records.work.models import Task

    scene.accepted(scene.east)
    client = client_of(scene.preparer)
    page = client.get(f"/returns/{scene.east}/pack/").content.decode()
    assert "Your pack is being made" in page
    for _ in range(3):
        assert client.post(f"/returns/{scene.east}/pack/again/").status_code == 302
    assert Task.objects.unscoped("test").filter(name=commands.PACK).count() == 2  # of acceptance, and of today


def test_only_destroyed_records_are_no_fault_where_a_pack_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RefusedByRule, match="The store does not hold"):
        packs.made(packs.PackTask(tmp_path, True, job(version=uuid4()), "2024-06-04"))

    def refuse(task: packs.PackTask) -> str:
        raise RefusedByRule("A rule that has nothing to do with destruction.")

    monkeypatch.setattr(packs, "make", refuse)
    with pytest.raises(RefusedByRule, match="nothing to do with"):
        packs.made(packs.PackTask(tmp_path, True, job(version=uuid4()), "2024-06-04"))


def test_the_daily_sweep_takes_packs_of_superseded_versions_and_keeps_the_one_in_force(scene: Scene) -> None:
    from vkpp.ops import jobs

    first = scene.accepted(scene.east)
    old = keep(scene, first)
    jobs._purge_files(datetime.now(AT.tzinfo))
    assert old.is_file()
    with machinery("a correction that was accepted"):
        Submission.objects.unscoped("test").filter(pk=scene.east).update(version=2, accepted=2)
    other = places.pack(Path(settings.FOLDER), uuid4(), "json")
    other.write_text("{}", encoding="utf-8")
    jobs._purge_files(datetime.now(AT.tzinfo))
    assert not old.is_file() and not list(old.parent.glob(f"{first}.*")) and other.is_file()
    other.unlink()


def test_lacking_packs_are_made_again_and_those_of_destroyed_records_go(scene: Scene) -> None:
    from vkpp.engine.keeping import Store
    from vkpp.ops import jobs

    version = scene.accepted(scene.east)
    path = keep(scene, version)
    folder = Path(settings.FOLDER)
    held = next(one for one in Store(places.store(folder)).all() if one.receipt["force_id"] == small.FORCE)
    lies = {str(version): (str(held.receipt["receipt"]), None)}
    assert packs.forget_destroyed(folder, lies) == 0 and path.is_file()
    Store(places.store(folder)).destroy(held, by=("One", "Two"), reason="Asked for by the force.", at="2026-03-02T09:00:00Z")
    elsewhere = {str(version): (lies[str(version)][0], uuid4())}  # of that name in a compartment's store
    assert packs.forget_destroyed(folder, elsewhere) == 0 and path.is_file()
    assert packs.forget_destroyed(folder, lies) == 4 and not path.is_file()
    assert packs.made(packs.PackTask(folder, True, job(version=version), "2024-06-04")).sha256 == ""
    made, unmade = jobs.rebuild_packs(datetime.now(AT.tzinfo))
    assert made == 0 and len(unmade) == 1  # the row's version is not in this store, which is no lawful end: it is named
    assert viewer(scene.preparer).may("collections.prepare", scene.nation.eastmere)
