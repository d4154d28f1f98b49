"""report.pdf: tagged, in English, titled, in fonts of its own, the same bytes twice, and no path of any machine."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.dissemination.sample import edition
from vkpp.basics.problems import UsageProblem
from vkpp.engine.dissemination import pdf as _pdf  # noqa: F401
from vkpp.engine.dissemination import write_edition, writing
from vkpp.engine.dissemination.pdf import NO_PANGO, why_no_pdf

pytestmark = [pytest.mark.pdf, pytest.mark.slow]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> bytes:
    require: Callable[[bool, str], None] = request.getfixturevalue("require")
    require(not why_no_pdf(), "Pango is missing")
    return (write_edition(edition(), tmp_path_factory.mktemp("pdf") / "one", pdf=True).folder / "report.pdf").read_bytes()


def test_the_pdf_is_tagged_titled_and_in_english(made: bytes) -> None:
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None and "invented data" in (reader.metadata.title or "")
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert "/CreationDate" not in reader.metadata and "/ModDate" not in reader.metadata


def test_every_font_is_ours_and_embedded(made: bytes) -> None:
    fonts = {}
    for page in PdfReader(io.BytesIO(made)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            for descendant in font.get_object()["/DescendantFonts"]:
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                fonts[str(descriptor["/FontName"])] = any(f"/FontFile{n}" in descriptor for n in ("", "2", "3"))
    assert fonts and all(fonts.values())
    assert all("Roboto" in name for name in fonts)


def test_every_page_says_that_the_data_is_invented(made: bytes) -> None:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    assert len(pages) > 3
    assert all("Invented data" in text and "not the programme's own site" in text for text in pages)
    assert "How this was checked" in "".join(pages)


def test_no_path_and_no_dead_link(made: bytes) -> None:
    assert b"file:" not in made
    for page in PdfReader(io.BytesIO(made)).pages:
        for note in page.get("/Annots") or []:
            assert "/URI" not in (note.get_object().get("/A") or {})


def test_the_same_edition_gives_the_same_pdf(made: bytes, tmp_path: Path) -> None:
    again = write_edition(edition(), tmp_path / "two", pdf=True)
    assert (again.folder / "report.pdf").read_bytes() == made


def test_without_pango_the_edition_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "why_no_pdf", lambda: NO_PANGO)
    written = write_edition(edition(), tmp_path / "none")
    assert written.no_pdf == NO_PANGO
    assert NO_PANGO in (written.folder / "report.html").read_text("utf-8")
    with pytest.raises(UsageProblem, match="Pango"):
        write_edition(edition(), tmp_path / "more", pdf=True)
