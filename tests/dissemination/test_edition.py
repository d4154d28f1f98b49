"""What an edition promises: whole or not at all, the same bytes twice, accessible pages, links that lead somewhere."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag

import fastexcel
import pytest

from tests.dissemination.reading import elements, ids
from tests.dissemination.sample import CHARTS, CRIMES, RATE, dimension, edition, forces, kinds, quarters, table
from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.engine.dissemination import Headline, Section, SupportLine, write_edition
from vkpp.engine.dissemination.grid import PANEL, grid
from vkpp.engine.dissemination.sheets import table_csv
from vkpp.engine.shapes.measures import TOTAL, Dimension
from vkpp.engine.shapes.protected import ProtectedTable

NOT_OURS = "This is not the programme's own site"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def test_the_same_edition_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = write_edition(edition(), tmp_path / "again", pdf=False)
    assert files_of(again.folder) == files_of(folder)


def test_the_folder_holds_what_it_should(folder: Path) -> None:
    names = set(files_of(folder))
    assert {"report.html", "checked.html", "tables.ods", "numbers.csv", "manifest.json"} <= names
    assert {"tables/kind.csv", "tables/force.csv", "tables/quarter.csv"} <= names
    assert {f"charts/{name}.svg" for name in ("trend", "kinds", "funnel", "dots", "tiles")} <= names
    assert "report.pdf" not in names
    assert "This edition has no PDF" in (folder / "report.html").read_text("utf-8")


def test_the_manifest_names_every_file_and_where_it_came_from(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    found = files_of(folder)
    del found["manifest.json"]
    assert {n: e["sha256"] for n, e in manifest["files"].items()} == {
        n: hashlib.sha256(c).hexdigest() for n, c in found.items()
    }
    assert manifest["provenance"]["inputs"] == {"invented.csv": "a1" * 32}
    assert manifest["provenance"]["catalogue_digest"] == "c" * 64
    assert manifest["no_pdf"]


def test_no_clock_and_no_machine_in_any_file(folder: Path) -> None:
    for name, content in files_of(folder).items():
        assert b"file://" not in content, name
        assert str(Path.home()).encode() not in content or str(Path.home()) == "/", name
        assert not re.search(rb"20(2[5-9]|3\d)-\d\d-\d\dT", content), name


def test_a_folder_that_is_there_is_not_touched(folder: Path) -> None:
    before = files_of(folder)
    with pytest.raises(UsageProblem, match="there already"):
        write_edition(edition(), folder, pdf=False)
    assert files_of(folder) == before


def test_nothing_is_left_when_a_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_edition(edition(), tmp_path / "out", pdf=False)
    assert list(tmp_path.iterdir()) == []


# One table under two titles


def relabelled(source: ProtectedTable, name: str) -> ProtectedTable:
    """The same numbers under other words, dimensions and columns turned round."""
    turned = tuple(reversed(source.dimensions))
    words = tuple(
        Dimension(d.name, f"Other {d.title}", {c: f"x {w}" for c, w in reversed(list(d.codes.items()))}) for d in turned
    )
    cells = tuple(replace(c, key=tuple(reversed(c.key))) for c in reversed(source.cells))
    return replace(
        source, name=name, title="Victims by quarter", dimensions=words, measures=tuple(reversed(source.measures)), cells=cells
    )


@pytest.mark.parametrize("source", [kinds(), quarters(), forces()], ids=lambda t: t.name)
def test_one_table_under_two_titles_raises_the_alarm(source: ProtectedTable, tmp_path: Path) -> None:
    with pytest.raises(RefusedByRule) as alarm:
        write_edition(edition(tables=(*edition().tables, relabelled(source, "twin"))), tmp_path / "out", pdf=False)
    assert source.title in str(alarm.value) and "Victims by quarter" in str(alarm.value)


def test_one_changed_number_is_no_twin(tmp_path: Path) -> None:
    other = relabelled(kinds(), "other")
    first = other.cells[-1]
    other = replace(other, cells=(*other.cells[:-1], replace(first, value=(first.value or 0) + 1)))
    write_edition(edition(tables=(*edition().tables, other)), tmp_path / "out", pdf=False)


# Rules of publishing


def test_a_table_without_its_base_is_refused(tmp_path: Path) -> None:
    tables = (replace(kinds(), base=" "), quarters(), forces())
    with pytest.raises(RefusedByRule, match="how many replied"):
        write_edition(edition(tables=tables), tmp_path / "out", pdf=False)


def test_a_headline_says_what_it_does_not_say(folder: Path, tmp_path: Path) -> None:
    report = (folder / "report.html").read_text("utf-8")
    assert report.count("What this does not say:") == 2 == report.count("Status: management information. <a")
    with pytest.raises(RefusedByRule, match="headline stands alone"):
        write_edition(edition(headlines=(Headline("crimes.", ("kind.crimes.total",), " "),)), tmp_path / "out", pdf=False)


def test_invented_is_marked_everywhere(folder: Path) -> None:
    for page in pages_of(folder):
        text = unescape(page.read_text("utf-8"))
        assert NOT_OURS in text and "Invented data" in text, page
        assert "(invented data)" in text.split("</title>")[0], page
    for path in folder.rglob("*.svg"):
        assert "Invented data" in path.read_text("utf-8").split("</title>")[1], path
    for path in folder.rglob("*.csv"):
        rows = list(csv.reader(path.read_text("utf-8").splitlines()))
        assert all("Invented data" in row[-1] for row in rows[1:]), path
    assert NOT_OURS in json.loads((folder / "manifest.json").read_text("utf-8"))["invented"]
    book = fastexcel.read_excel((folder / "tables.ods").read_bytes())
    for name in book.sheet_names:
        cells = book.load_sheet(name, header_row=None).to_arrow().to_pylist()
        assert any(NOT_OURS in str(value) for row in cells for value in row.values()), name


def test_real_data_is_not_called_invented(tmp_path: Path) -> None:
    written = write_edition(edition(invented=False, marking="OFFICIAL"), tmp_path / "out", pdf=False)
    for name, content in files_of(written.folder).items():
        if name.endswith((".html", ".csv", ".svg")):
            assert b"Invented data" not in content, name
    assert "OFFICIAL" in (written.folder / "report.html").read_text("utf-8")


def test_each_force_chart_says_that_it_is_no_measure_of_performance(folder: Path) -> None:
    report = (folder / "report.html").read_text("utf-8")
    assert report.count("Neither high nor low is a measure of performance.") == 3


def test_support_lines_come_before_the_title(folder: Path) -> None:
    report = (folder / "report.html").read_text("utf-8")
    assert report.index("0800 1111") < report.index("<h1")
    assert SupportLine("999", "x", "y", "2026-11-01").number in report


# Pages


class _Nesting(HTMLParser):
    """Fails on a page whose elements do not close in order."""

    VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"{tag} at {self.getpos()}"


def test_every_page_is_well_made(folder: Path) -> None:
    for page in pages_of(folder):
        text = page.read_text("utf-8")
        nesting = _Nesting()
        nesting.feed(text)
        assert nesting.open == [], page
        found = elements(text)
        assert [e.attributes.get("lang") for e in found if e.tag == "html"] == ["en-GB"]
        assert [n for n, count in Counter(ids(text)).items() if count > 1] == [], page
        levels = [int(e.tag[1]) for e in found if re.fullmatch("h[1-6]", e.tag)]
        starts = [level for level in levels if level == 1]
        assert len(starts) == 1, page
        after = levels[levels.index(1) :]
        assert all(b <= a + 1 for a, b in pairwise(after)), (page, after)
        assert all(e.attributes.get("scope") in ("col", "row") for e in found if e.tag == "th"), page
        assert sum(e.tag == "table" for e in found) == sum(e.tag == "caption" for e in found), page
        assert not [e for e in found if e.tag == "script" or "onclick" in e.attributes]
        assert not [e for e in found if e.tag in ("td", "th") and ("colspan" in e.attributes or "rowspan" in e.attributes)]


def test_every_link_leads_somewhere(folder: Path) -> None:
    held = {page.resolve(): set(ids(page.read_text("utf-8"))) for page in pages_of(folder)}
    for page in pages_of(folder):
        for element in elements(page.read_text("utf-8")):
            href = element.attributes.get("href", "")
            if element.tag != "a" or href.startswith("https://"):
                continue
            target, fragment = urldefrag(href)
            path = (page.parent / unquote(target)).resolve() if target else page.resolve()
            assert path.exists(), (page.name, href)
            assert not fragment or unquote(fragment) in held[path], (page.name, href)


def test_a_number_is_two_clicks_from_the_file_it_came_from(folder: Path) -> None:
    report = elements((folder / "report.html").read_text("utf-8"))
    first = next(e for e in report if e.tag == "a" and "how" in e.attributes.get("class", ""))
    page, anchor = first.attributes["href"].split("#")
    trace = (folder / page).read_text("utf-8")
    assert anchor in ids(trace)
    assert "select * from crimes group by kind" in trace and CRIMES.definition in trace
    assert "../checked.html" in {e.attributes.get("href") for e in elements(trace)}
    checked = (folder / "checked.html").read_text("utf-8")
    assert "a1" * 32 in checked and "1,204" in checked and "RC02" in checked and "the benchmark was not given" in checked


def test_each_table_is_printed_once_with_its_shorthand_above(folder: Path) -> None:
    report = (folder / "report.html").read_text("utf-8")
    assert report.count('id="table-force"') == 1
    assert [report.count(f"(part {n} of 2)</span>: Recorded crimes by force, A to Z (invented data)") for n in (1, 2)] == [1, 1]
    part = report[report.index('id="table-kind"') :]
    assert part.index("Shorthand") < part.index("<table")
    assert "[c]" in part[: part.index("<table")]


def test_wide_tables_are_split_into_panels_that_repeat_the_rows() -> None:
    codes = {str(i): f"Class {i}" for i in range(19)}
    dims = (dimension("force_id", "Force", {"a": "A", "b": "B", TOTAL: "All"}), dimension("code", "Class", codes))
    wide = table(
        "wide", dims, (CRIMES,), {(f, c): (i,) for i, (f, c) in enumerate((f, c) for f in ("a", "b", TOTAL) for c in codes)}
    )
    laid = grid(wide)
    panels = laid.panels()
    assert len(panels) == 3 and all(len(p.columns) <= PANEL for p in panels)
    assert [h for p in panels for h in p.columns] == list(laid.columns)
    assert all([r.headings for r in p.rows] == [r.headings for r in laid.rows] for p in panels)
    assert [r.total for r in laid.rows] == [False, False, True]


def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    hostile = "<script>alert(x)</script>\"'><img src=x onerror=alert(x)>"
    codes = {"a": hostile, "b": "Plain", "c": "Also plain", "d": "Last"}
    bad = table(
        "bad", (dimension("code", hostile, codes),), (CRIMES,), {(c,): (i + 5,) for i, c in enumerate(codes)}, title=hostile
    )
    chart = replace(CHARTS[1], name="bad", table="bad", headline="Kinds", reading="Plain words.", subtitle="Kinds")
    whole = edition(
        tables=(*edition().tables, bad), charts=(*CHARTS, chart), subtitle="Invented " + hostile,
        sections=(*edition().sections, Section("Bad", "Words.", "bad", ("bad",))),
    )  # fmt: skip
    written = write_edition(whole, tmp_path / "out", pdf=False)
    for page in (*pages_of(written.folder), *written.folder.rglob("*.svg")):
        tags = {e.tag for e in elements(page.read_text("utf-8"))}
        assert not tags & {"script", "img"}, page


# Sheets


def test_the_workbook_reads_back_equal(folder: Path) -> None:
    book = fastexcel.read_excel((folder / "tables.ods").read_bytes())
    assert book.sheet_names == ["Cover", "Contents", "Notes", "Table_1", "Table_2", "Table_3"]
    for place, source in enumerate(edition().printed(), 1):
        laid = grid(source, edition().provisional)
        rows = [
            list(r.values()) for r in book.load_sheet(f"Table_{place}", header_row=None, dtypes="string").to_arrow().to_pylist()
        ]
        assert rows[0][0] == source.title
        head = [*laid.stubs, *(c.words for c in laid.columns)]
        start = next(i for i, row in enumerate(rows) if row[: len(head)] == head)
        assert any(str(row[0]).startswith("Shorthand") for row in rows[:start])
        body = rows[start + 1 :]
        assert len(body) == len(laid.rows)
        for got, row in zip(body, laid.rows, strict=True):
            assert got[: len(laid.stubs)] == [h.words for h in row.headings]
            for text, cell in zip(got[len(laid.stubs) :], row.cells, strict=True):
                if cell is None:
                    assert text == "[z]"
                    continue
                decimals = next(m.decimals for m in source.measures if m.name == cell.measure)
                assert text == cell.symbol if cell.value is None else float(text) == round(cell.value, decimals)


def test_csv_cannot_be_taken_for_a_formula() -> None:
    codes = {"=1+1": "=cmd|' /C calc'!A0", "+x": "@SUM(A1)", "-y": "-2+3", "ok": "Plain, with comma"}
    hostile = table("hostile", (dimension("code", "=Kind", codes),), (CRIMES, RATE), {(c,): (-3, 1.25) for c in codes})
    rows = list(csv.reader(table_csv(hostile).decode("utf-8").splitlines()))
    text = [value for row in rows for value in row[:2]] + rows[0]
    assert not [value for value in text if value.startswith(("=", "+", "-", "@"))]
    assert [row[2:] for row in rows[1:]] == [["-3", "1.2"]] * 4
    assert rows[4][:2] == ["ok", "Plain, with comma"]


def test_the_workbook_is_well_made(folder: Path) -> None:
    with zipfile.ZipFile(folder / "tables.ods") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        content = archive.read("content.xml").decode("utf-8")
        meta = archive.read("meta.xml").decode("utf-8")
    assert "Invented data" in meta and "en-GB" in meta
    used = set(re.findall(r'table:style-name="([^"]+)"', content))
    assert used <= set(re.findall(r'style:name="([^"]+)"', content))
    assert "number-columns-spanned" not in content and "covered-table-cell" not in content
    assert re.findall(r'target-range-address="([^"]+)"', content) == [
        "Table_1.A7:Table_1.F10", "Table_2.A7:Table_2.C13", "Table_3.A7:Table_3.K28",
    ]  # fmt: skip
