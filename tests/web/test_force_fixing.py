"""Cells fixed on screen: from 62 findings to a clean version without the spreadsheet; refused in words; taken home as files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import Scene
from tests.records.nation import AT, viewer
from tests.records.test_collections_work import begun, do, files, send, service  # noqa: F401  fixtures
from tests.web.clients import client_for
from tests.web.test_force import at, text
from vkpp.basics.spreadsheets import harmless
from vkpp.catalogue.example import WORDS as INVENTED
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Fix, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.scope import machinery
from vkpp.records.trail.models import Entry

pytestmark = pytest.mark.slow
Clients = Callable[[UUID | None], Any]


@pytest.fixture
def broken(files: list[Path], tmp_path: Path) -> list[Path]:  # noqa: F811
    """A return with three kinds of error in the crimes, 62 places, written by another system: CRLF, quotes, a mark in front."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in files:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        if "crimes" in path.stem:
            column = {name: number for number, name in enumerate(rows[0])}
            rows[3][column["Date recorded"]] = "31/13/2024"
            rows[5][column["Status"]] = "Perhaps"
            for row in rows[10:70]:
                row[column["Outcome"]] = ""
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        (folder / path.name).write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())
    return sorted(folder.iterdir())


@pytest.fixture
def asked(service: dict[str, str], broken: list[Path]) -> tuple[Scene, UUID]:  # noqa: F811
    """The broken return, checked."""
    scene, key = begun(broken)
    send(scene, key, broken)
    do(commands.CHECK)
    return scene, key


def kinds(scene: Scene, key: UUID) -> dict[str, Any]:
    page = queries.fixing_page(viewer=viewer(scene.preparer), submission=key)
    return {one.column: one for one in page.kinds if one.severity == "error"}


def address(key: UUID, kind: Any) -> str:
    return at(key, f"fix/cells/?check={kind.check}&table={kind.table}&column={kind.column}")


def cells_of(scene: Scene, key: UUID, kind: Any) -> Any:
    named = {"check": kind.check, "table": kind.table, "column": kind.column}
    return queries.fixing_cells(viewer=viewer(scene.preparer), submission=key, **named)


def values(found: Any, *said: str) -> dict[str, str]:
    return {f"v{one.index}": value for one, value in zip(found.cells, said, strict=False)}


def test_from_62_errors_to_a_clean_version_and_exactly_these_cells(asked: tuple[Scene, UUID], broken: list[Path]) -> None:
    scene, key = asked
    client = client_for(scene.preparer)
    assert "Fix cells on screen" in text(client.get(at(key, "results/"))) and "Fix here" in text(
        client.get(at(key, "results/"))
    )
    found = kinds(scene, key)
    assert {name: one.cells for name, one in found.items()} == {"Date recorded": 1, "Status": 1, "Outcome": 60}
    assert "No cell" not in text(client.get(at(key, "fix/")))
    nothing = client.post(at(key, "fix/"), {"version": "1"})
    assert nothing.status_code == 403 and "No cell was fixed yet." in text(nothing)

    (date,) = cells_of(scene, key, found["Date recorded"]).cells
    assert date.shown == "31/13/2024"
    answer = client.post(address(key, found["Date recorded"]), {"version": "1", f"v{date.index}": "2024-12-31"})
    assert answer.status_code == 302 and answer["Location"] == at(key, "fix/")
    status = cells_of(scene, key, found["Status"])
    assert "recorded" in dict(status.codes)  # the allowed codes stand on the page
    page = client.get(address(key, found["Status"])).content.decode()
    assert '<option value="recorded">' in page and "Perhaps" in page
    client.post(address(key, found["Status"]), {"version": "1", **values(status, "recorded")})
    outcome = cells_of(scene, key, found["Outcome"])
    same = next(iter(dict(outcome.codes)), "") or "1"
    client.post(address(key, found["Outcome"]), {"version": "1", "same": same, **values(outcome, same)})
    assert "Check again with 62 cells fixed" in text(client.get(at(key, "fix/")))
    assert Version.objects.unscoped("test").filter(submission=key).count() == 1  # nothing is made yet
    done = client.post(at(key, "fix/"), {"version": "1"}, follow=True)
    assert "62 cells fixed" in text(done) and "We are checking your file" in text(done)
    do(commands.CHECK)

    row = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert row.row.state in ("ready", "to_answer") and row.row.version == 2, row.checks
    first, second = row.versions[1], row.versions[0]
    assert (second.fixed_from, second.fixed_cells, second.files) != (0, 0, ()) and first.fixed_from == 0
    assert second.sha256 and second.sha256 != first.sha256 and second.trouble == ""
    made = {path.name: path.read_bytes() for path in places.sent(register.root(), second.id).iterdir()}
    for path in broken:
        old = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
        new = list(csv.reader(io.StringIO(made[path.name].decode("utf-8-sig"), newline="")))
        differ = [(r, c) for r, line in enumerate(old) for c, value in enumerate(line) if new[r][c] != value]
        assert len(differ) == (62 if "crimes" in path.stem else 0)
        if "crimes" not in path.stem:
            assert made[path.name] == path.read_bytes()
        assert made[path.name].count(b"\r\n") == path.read_bytes().count(b"\r\n") and made[path.name].startswith(
            b"\xef\xbb\xbf"
        )
    results = text(client.get(at(key, "results/")))
    assert "62 cells of version 1 were fixed on screen" in results and "Download the corrected file" in results
    assert "62 cells of version 1 fixed on screen" in text(client.get(at(key)))

    (crimes,) = [name for name in made if "crimes" in name]
    commands.raise_marking(by=viewer(scene.preparer), at=AT, submission=key, level=2)
    marked = client.get(at(key, "fix/files/1/"))
    assert f'filename="OFFICIAL-SENSITIVE_{crimes}"' in marked["Content-Disposition"]
    marked.close()
    commands.mark_return(by=viewer(scene.national), at=AT, submission=key, level=1, reason="set_too_strict")
    given = client.get(at(key, "fix/files/1/"))
    assert f'filename="{crimes}"' in given["Content-Disposition"]
    assert b"".join(given.streaming_content) == made[crimes]
    assert client.get(at(key, "fix/files/2/")).status_code == 404  # the other files are as they were sent
    assert (
        given["Content-Disposition"].startswith("attachment; filename=") and given["Content-Type"] == "application/octet-stream"
    )
    lines = list(csv.reader(io.StringIO(client.get(at(key, "fix/fixes.csv")).content.decode("utf-8-sig"))))
    heading, *rows = lines
    assert heading[6:] == ["Record", "Column", "Was", "Is", "Marking", "Note"] and len(rows) == 62
    was_is = [row[8:10] for row in rows]
    assert ["31/13/2024", "2024-12-31"] in was_is and ["Perhaps", "recorded"] in was_is
    assert {tuple(row[10:]) for row in rows} == {("OFFICIAL", INVENTED)}  # in every row, as in every other table

    acts = list(Entry.objects.filter(act__in=["collections.fix", "collections.fix.gather", "trail.opened"]).order_by("number"))
    assert [entry.act for entry in acts][-2:] == ["trail.opened", "trail.opened"]
    said = str([entry.facts for entry in Entry.objects.all()])
    assert "crimes.status:1" in said and '"cells":62' in said
    assert not any(value in said for value in ("31/13/2024", "2024-12-31", "Perhaps"))


def test_a_workbook_is_fixed_in_its_own_cells(service: dict[str, str], broken: list[Path], tmp_path: Path) -> None:  # noqa: F811
    """The same return as one workbook of four sheets: its cells are fixed in place and it is checked again."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for path in broken:
        sheet = book.create_sheet(path.stem.rpartition("_")[2].capitalize())
        for line in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
            sheet.append(line)
    workbook = tmp_path / "return.xlsx"
    book.save(workbook)
    scene, key = begun([workbook])
    send(scene, key, [workbook])
    do(commands.CHECK)
    found = kinds(scene, key)
    assert {"Date recorded", "Status", "Outcome"} <= set(found), found
    gather(scene, key, found["Date recorded"], "2024-12-31")
    gather(scene, key, found["Status"], "recorded")
    gather(scene, key, found["Outcome"], *["none-yet"] * 50)
    commands.fix(by=viewer(scene.preparer), at=AT, submission=key, version=1)
    do(commands.CHECK)
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    left = {one.column: one.cells for one in queries.fixing_page(viewer=viewer(scene.preparer), submission=key).kinds}
    assert page.versions[0].trouble == "" and page.versions[0].errors == page.versions[1].errors - 52
    assert left["Outcome"] == 10
    (made,) = places.sent(register.root(), page.versions[0].id).iterdir()
    after = {sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in openpyxl.load_workbook(made)}
    before = {sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in openpyxl.load_workbook(workbook)}
    differ = [
        (title, r, c)
        for title, rows in before.items()
        for r, line in enumerate(rows)
        for c, value in enumerate(line)
        if after[title][r][c] != value
    ]
    assert len(differ) == 52 and {title for title, _, _ in differ} == {"Crimes"}


def test_the_certifier_is_another_than_who_fixed(asked: tuple[Scene, UUID]) -> None:
    scene, key = asked
    one = kinds(scene, key)["Status"]
    gather(scene, key, one, "recorded")
    commands.fix(by=viewer(scene.preparer), at=AT, submission=key, version=1)
    made = Version.objects.unscoped("test").get(submission=key, number=2)
    assert made.prepared_by_id == scene.preparer and made.fixed_from.number == 1 and made.sha256 == ""


def gather(scene: Scene, key: UUID, kind: Any, *said: str, version: int = 1, by: UUID | None = None) -> int:
    found = cells_of(scene, key, kind)
    wanted = [commands.Wanted(one.index, value) for one, value in zip(found.cells, said, strict=False)]
    return commands.gather_fixes(by=viewer(by or scene.preparer), at=AT, submission=key, version=version, wanted=wanted)


def test_what_stands_in_the_way_is_told_and_nothing_is_lost(asked: tuple[Scene, UUID], broken: list[Path]) -> None:
    scene, key = asked
    client, found = client_for(scene.preparer), kinds(scene, key)
    one = found["Date recorded"]
    (cell,) = cells_of(scene, key, one).cells
    for value, words in (
        (cell.shown, "the one that was sent"),
        ("x" * 301, "at most 300 characters"),
    ):
        answer = client.post(address(key, one), {"version": "1", f"v{cell.index}": value})
        assert answer.status_code == 400 and words in text(answer), text(answer)
        assert value in answer.content.decode()  # what was typed stands there still
    empty = client.post(address(key, one), {"version": "1"})
    assert empty.status_code == 400 and "No new value was written or changed." in text(empty)
    assert_summary_leads_to_fields(empty)  # one cell has no field for all of them
    assert not Fix.objects.unscoped("test").exists()

    # Two at once: whoever comes second with another value is told, and the first stands.
    gather(scene, key, one, "2024-12-31")
    second = client.post(address(key, one), {"version": "1", f"v{cell.index}": "2024-12-30"})
    assert (
        second.status_code == 403 and "A colleague has changed what row 4" in text(second) and "Theirs stands." in text(second)
    )
    assert [fix.value for fix in Fix.objects.unscoped("test")] == ["2024-12-31"]
    # As it was sent again: the fix is taken back by whoever saw it.
    client.post(address(key, one), {"version": "1", f"s{cell.index}": "2024-12-31", f"v{cell.index}": ""})
    assert not Fix.objects.unscoped("test").exists()
    # A cell may be emptied, which is another thing than no new value.
    client.post(address(key, one), {"version": "1", f"e{cell.index}": "on"})
    assert [fix.value for fix in Fix.objects.unscoped("test")] == [""]

    # Superseded meanwhile: the fixes stay on the list, and the act is refused in words.
    send(scene, key, broken)
    late = client.post(at(key, "fix/"), {"version": "1"})
    assert late.status_code == 403 and "You cannot fix cells on screen now: the return is received and being checked." in text(
        late
    )
    do(commands.CHECK)
    late = client.post(address(key, one), {"version": "1", f"v{cell.index}": "2024-12-31"})
    assert late.status_code == 403 and "You looked at version 1, and the return is at version 2 now." in text(late)
    assert "not yet" in client.get(at(key, "fix/fixes.csv")).content.decode()
    commands.raise_marking(by=viewer(scene.preparer), at=AT, submission=key, level=2, handling="Quokka only")
    told = list(csv.DictReader(io.StringIO(client.get(at(key, "fix/fixes.csv")).content.decode("utf-8-sig"))))
    assert told and {row["Marking"] for row in told} == {"OFFICIAL-SENSITIVE: Quokka only"}

    # The files went: told on the page, refused at the door.
    gather(scene, key, one, "2024-12-31", version=2)
    newest = queries.submission_page(viewer=viewer(scene.preparer), submission=key).versions[0]
    folder = places.sent(register.root(), newest.id)
    folder.rename(folder.with_name("gone"))
    assert "The files of version 2 are not here" in text(client.get(at(key, "fix/")))
    gone = client.post(at(key, "fix/"), {"version": "2"})
    assert gone.status_code == 403 and "The files of version 2 are not here any more" in text(gone)
    assert queries.submission_page(viewer=viewer(scene.preparer), submission=key).row.version == 2


def test_words_typed_while_a_new_version_came_are_kept_and_offered_again(asked: tuple[Scene, UUID], broken: list[Path]) -> None:
    scene, key = asked
    client, one = client_for(scene.preparer), kinds(scene, key)["Outcome"]
    first, second, *_ = cells_of(scene, key, one).cells
    sent = {"version": "1", f"v{first.index}": "Typed <one>", f"v{second.index}": "Typed two", "same": "Typed for all"}

    # A colleague has another cell fixed and checked again: while that goes on nothing can be saved, and all of it is shown.
    gather(scene, key, kinds(scene, key)["Status"], "recorded")
    commands.fix(by=viewer(scene.preparer), at=AT, submission=key, version=1)
    waiting = client.post(address(key, one), sent)
    said = text(waiting)
    assert waiting.status_code == 403 and "Nothing was saved." in said and "version 2 now" in said
    for words in (f"{first.row}", "Typed &lt;one&gt;", "Typed two", "Typed for all", "Try these again"):
        assert words in waiting.content.decode(), words
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z0-9]+)" value="([^"]*)"', waiting.content.decode()))
    assert hidden[f"v{second.index}"] == "Typed two" and hidden["version"] == "1"

    # The check is done: the same words, sent again, stand beside the same rows of version 2 and can be saved there.
    do(commands.CHECK)
    again = client.post(address(key, one), sent)
    html = again.content.decode()
    now = {cell.row: cell for cell in cells_of(scene, key, one).cells}
    assert again.status_code == 403 and "look at each, then save" in text(again)
    (box,) = re.findall(rf'<input[^>]*name="v{now[first.row].index}"[^>]*>', html)
    assert 'value="Typed &lt;one&gt;"' in box
    assert 'name="version" value="2"' in html and not Fix.objects.unscoped("test").filter(of__number=2).exists()
    kept = client.post(address(key, one), {"version": "2", f"v{now[first.row].index}": "Typed <one>"})
    assert kept.status_code == 302 and Fix.objects.unscoped("test").get(of__number=2).value == "Typed <one>"

    # Sent anew without such cells: nothing is offered, and nothing typed is lost.
    gone = client.post(address(key, one).replace("column=Outcome", "column=Nothing"), sent)
    assert gone.status_code == 403 and "None of these cells" in text(gone) and "Typed two" in text(gone)
    # Who does not prepare the return gets no value of it.
    assert first.message not in text(client_for(scene.certifier).post(address(key, one), sent))


def assert_summary_leads_to_fields(answer: Any) -> None:
    html = answer.content.decode()
    summary = html[html.index("govuk-error-summary__list") : html.index("<h1")]
    leads = re.findall(r'href="#([^"]+)"', summary)
    assert leads and all(f'id="{lead}"' in html for lead in leads), leads


def test_a_kind_of_which_every_cell_has_its_value_still_says_what_is_wrong(asked: tuple[Scene, UUID]) -> None:
    scene, key = asked
    client, one = client_for(scene.preparer), kinds(scene, key)["Outcome"]
    client.post(address(key, one), {"version": "1", "same": next(iter(dict(cells_of(scene, key, one).codes)), "") or "1"})
    found = cells_of(scene, key, one)
    sent = {"version": "1"} | {f"{part}{cell.index}": cell.value for cell in found.cells for part in "vs"}
    answer = client.post(address(key, one), sent)
    assert answer.status_code == 400 and "No new value was written or changed." in text(answer)
    assert_summary_leads_to_fields(answer)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("=1+1", "'=1+1"), ("=1", "'=1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1+1", "'\t=1+1"), ("-1-2", "'-1-2"),
        ("+1e5", "'+1e5"), ("-1.5", "-1.5"), ("+3", "+3"), ("a=1", "a=1"), ("", ""),
    ],
)  # fmt: skip
def test_a_value_in_the_list_of_fixes_is_no_formula(value: str, told: str) -> None:
    assert harmless(value) == told


def test_a_name_of_a_file_in_the_list_of_fixes_is_no_formula(asked: tuple[Scene, UUID]) -> None:
    scene, key = asked
    gather(scene, key, kinds(scene, key)["Status"], "recorded")
    with machinery("names that a force may give its files and sheets"):
        Fix.objects.unscoped("test").update(file="+1-1.csv", sheet="=1+1")
    given = client_for(scene.preparer).get(at(key, "fix/fixes.csv")).content.decode("utf-8-sig")
    _, line = csv.reader(io.StringIO(given))
    assert line[3:5] == ["'+1-1.csv", "'=1+1"]


def test_a_file_that_is_not_what_was_checked_is_left_alone(asked: tuple[Scene, UUID]) -> None:
    """Whatever came into the folder behind our back: the job changes no cell that does not hold what was shown."""
    scene, key = asked
    gather(scene, key, kinds(scene, key)["Status"], "recorded")
    first = queries.submission_page(viewer=viewer(scene.preparer), submission=key).versions[0]
    (crimes,) = [path for path in places.sent(register.root(), first.id).iterdir() if "crimes" in path.stem]
    crimes.write_bytes(crimes.read_bytes().replace(b"Perhaps", b"Another"))
    commands.fix(by=viewer(scene.preparer), at=AT, submission=key, version=1)
    do(commands.CHECK)
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert page.row.state == "to_fix" and "does not hold the value that was shown" in page.versions[0].trouble
    assert "Another" not in page.versions[0].trouble and not places.sent(register.root(), page.versions[0].id).exists()
    assert Fix.objects.unscoped("test").get().value == "recorded"
    # Nobody says that it was fixed, and what was written can be taken home.
    results = client_for(scene.preparer).get(at(key, "results/"))
    assert "was fixed on screen" not in text(results) and "1 cell of version 1 was to be fixed, and is not" in text(results)
    assert at(key, "fix/fixes.csv") in results.content.decode()
    assert at(key, "fix/fixes.csv") not in client_for(scene.certifier).get(at(key, "results/")).content.decode()
    assert "1 cell of version 1 to be fixed on screen" in text(client_for(scene.preparer).get(at(key)))


def test_values_are_for_who_prepares_and_for_nobody_else(asked: tuple[Scene, UUID]) -> None:
    scene, key = asked
    gather(scene, key, kinds(scene, key)["Status"], "recorded")
    for person in (scene.certifier, scene.area, scene.national, scene.lead):
        client = client_for(person)
        assert client.get(at(key, "fix/fixes.csv")).status_code == 403
        assert client.get(at(key, "fix/files/1/")).status_code == 403
        assert "Your roles do not let you" in text(client.get(at(key, "fix/")))
        assert not Fix.objects.seen_by(viewer(person)).exists()
    assert client_for(scene.other).get(at(key, "fix/fixes.csv")).status_code == 404
    assert client_for(scene.preparer).get(at(key, "fix/files/1/")).status_code == 404  # files that were sent are not handed out


def test_a_page_of_cells_is_light_and_asks_the_database_as_often_for_many(asked: tuple[Scene, UUID]) -> None:
    scene, key = asked
    client, found = client_for(scene.preparer), kinds(scene, key)

    def asks(page: str) -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(page)
        assert answer.status_code == 200 and len(answer.content) < 100_000
        return len(seen)

    assert asks(address(key, found["Status"])) == asks(address(key, found["Outcome"]))
    past = client.get(address(key, found["Status"]) + "&page=9999").content
    assert re.search(rb'id="id_v\d', past), "past its end: the last page and its cells, as every list does"
    before = asks(at(key, "fix/"))
    gather(scene, key, found["Outcome"], *["Nothing"] * 40)
    assert asks(at(key, "fix/")) == before
