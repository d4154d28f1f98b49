"""tables.ods: cover, contents, notes, then one table a sheet, its XML written directly.

The layout follows the Analysis Function's guidance on accessible spreadsheets (as gptables lays out workbooks): the title in
A1, what a reader must know above the table, one table a sheet, no merged cells, no empty rows inside, marked table ranges.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from vkpp.engine.dissemination.edition import NOT_OUR_SITE, Edition
from vkpp.engine.dissemination.grid import Grid, grid
from vkpp.engine.dissemination.numbers import Numbers, plain
from vkpp.engine.dissemination.wording import Wording, sentence
from vkpp.engine.shapes.measures import Measure
from vkpp.engine.shapes.notes import KINDS
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold: no clock in any output
NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "style": "style", "text": "text", "table": "table", "number": "datastyle", "meta": "meta",
    }.items()
) + (
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"'
)  # fmt: skip
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
WIDTHS = {"wide": "9cm", "words": "6.5cm", "number": "3.2cm", "text": "17cm"}


def ods(edition: Edition, numbers: Numbers) -> bytes:
    """The workbook of the edition; the same edition gives the same bytes."""
    sheets = [_cover(edition), _contents(edition), _notes(edition)]
    ranges = []
    if edition.notes:
        sheet, covered = _forces_notes(edition)
        sheets.append(sheet)
        ranges.append(("notes_from_forces", covered))
    wording = Wording(edition, numbers)
    for place, table in enumerate(edition.printed(), 1):
        sheet, covered = _table_sheet(edition, table, sheet_name(place), wording)
        sheets.append(sheet)
        ranges.append((f"table_{place}", covered))
    return _zipped(edition, _content(sheets, ranges))


FORCES_NOTES = "Notes_from_forces"


def sheet_name(place: int) -> str:
    return f"Table_{place}"


def _content(sheets: Iterable[str], ranges: Iterable[tuple[str, str]]) -> str:
    marked = "".join(
        f'<table:database-range table:name="{name}" table:target-range-address="{address}" table:contains-header="true"'
        ' table:display-filter-buttons="false"/>'
        for name, address in ranges
    )
    return (
        f"{HEAD}<office:document-content {NAMESPACES}><office:automatic-styles>{_styles()}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{''.join(sheets)}<table:database-ranges>{marked}</table:database-ranges>"
        "</office:spreadsheet></office:body></office:document-content>"
    )


def _styles() -> str:
    columns = "".join(
        f'<style:style style:name="c-{name}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width}"/></style:style>'
        for name, width in WIDTHS.items()
    )
    cells = (
        _cell_style("title", 'fo:font-size="15pt" fo:font-weight="bold"', "")
        + _cell_style("subtitle", "", "")
        + _cell_style("text", "", 'fo:wrap-option="wrap" style:vertical-align="top"')
        + _cell_style("head", 'fo:font-weight="bold"', 'fo:wrap-option="wrap" fo:border-bottom="0.75pt solid #17324d"')
        + _cell_style(
            "head-number", 'fo:font-weight="bold"', 'fo:wrap-option="wrap" fo:border-bottom="0.75pt solid #17324d"', "end"
        )
        + _cell_style("total", 'fo:font-weight="bold"', "")
        + _cell_style("symbol", "", "", "end")
    )
    numbers = ""
    for unit, plus in (("n", ""), ("p", "%")):
        for decimals in range(5):
            suffix = f"<number:text>{plus}</number:text>" if plus else ""
            numbers += (
                f'<number:number-style style:name="f-{unit}{decimals}"><number:number number:decimal-places="{decimals}"'
                f' number:min-decimal-places="{decimals}" number:min-integer-digits="1" number:grouping="true"/>{suffix}'
                f'</number:number-style><style:style style:name="{unit}{decimals}" style:family="table-cell"'
                f' style:parent-style-name="Default" style:data-style-name="f-{unit}{decimals}"/>'
            )
    return (
        columns
        + '<style:style style:name="sheet" style:family="table"><style:table-properties table:display="true"/></style:style>'
        + cells
        + numbers
    )


def _cell_style(name: str, text: str, cell: str, align: str = "") -> str:
    paragraph = f'<style:paragraph-properties fo:text-align="{align}"/>' if align else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell" style:parent-style-name="Default">'
        f"<style:table-cell-properties {cell}/>{paragraph}<style:text-properties {text}/></style:style>"
    )


def _text(words: str, style: str = "text") -> str:
    shown = f"<text:p>{escape(words)}</text:p>"
    return f'<table:table-cell office:value-type="string" table:style-name="{style}">{shown}</table:table-cell>'


def _link(words: str, href: str) -> str:
    return (
        '<table:table-cell office:value-type="string" table:style-name="text"><text:p>'
        f'<text:a xlink:type="simple" xlink:href={quoteattr(href)}>{escape(words)}</text:a></text:p></table:table-cell>'
    )


def _row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _sheet(name: str, columns: Sequence[tuple[str, int]], rows: Iterable[str]) -> str:
    widths = "".join(
        f'<table:table-column table:style-name="c-{style}" table:number-columns-repeated="{n}"/>' for style, n in columns if n
    )
    return f'<table:table table:name="{name}" table:style-name="sheet">{widths}{"".join(rows)}</table:table>'


def _cover(edition: Edition) -> str:
    lines = [
        edition.title,
        edition.subtitle,
        edition.period_label,
        f"Status: {edition.status}",
        edition.basis,
        edition.attribution,
    ]
    lines += [f"Published by {edition.publisher}", f"Edition {edition.id}, made by vkpp {edition.provenance.program_version}"]
    lines += [edition.marking] if edition.marking else []
    lines += [NOT_OUR_SITE] if edition.invented else []
    rows = [_row(_text(line, "title" if i == 0 else "text")) for i, line in enumerate(lines) if line]
    return _sheet("Cover", [("text", 1)], rows)


def _contents(edition: Edition) -> str:
    rows = [_row(_text("Contents", "title")), _row(_text("This sheet holds one table.", "text"))]
    rows += [_row(_text(NOT_OUR_SITE))] if edition.invented else []
    rows.append(_row(_text("Sheet", "head"), _text("What it holds", "head")))
    rows += [_row(_link("Cover", "#Cover.A1"), _text("Cover")), _row(_link("Notes", "#Notes.A1"), _text("Notes and shorthand"))]
    if edition.notes:
        rows.append(_row(_link(FORCES_NOTES, f"#{FORCES_NOTES}.A1"), _text("What forces said of their returns")))
    for place, table in enumerate(edition.printed(), 1):
        name = sheet_name(place)
        rows.append(_row(_link(name, f"#{name}.A1"), _text(f"{table.title}. {table.subtitle}")))
    return _sheet("Contents", [("words", 1), ("text", 1)], rows)


def _notes(edition: Edition) -> str:
    from vkpp.engine.dissemination.grid import LEGEND

    rows = [_row(_text("Notes", "title")), _row(_text("This sheet holds one table.", "text"))]
    rows += [_row(_text(NOT_OUR_SITE))] if edition.invented else []
    rows.append(_row(_text("Note", "head"), _text("Words", "head")))
    rows += [_row(_text(symbol), _text(words)) for symbol, words in LEGEND.items()]
    for table in edition.printed():
        for m in table.measures:
            if m.definition or m.source:
                rows.append(
                    _row(
                        _text(f"{table.title}: {m.title}"),
                        _text(" ".join(sentence(words) for words in (m.definition, m.source) if words)),
                    )
                )
        rows.append(_row(_text(f"{table.title}: what may be shown"), _text(f"{table.rule}. {table.audit}")))
    return _sheet("Notes", [("words", 1), ("text", 1)], rows)


def _forces_notes(edition: Edition) -> tuple[str, str]:
    """The national notes, a row each, and the address of their table with its header row."""
    rows = [_row(_text("Notes from forces", "title")), _row(_text("This sheet holds one table.", "text"))]
    rows.append(_row(_text("Numbers in words are left out. A waived return is in no number; it is not a count of nought.")))
    rows += [_row(_text(NOT_OUR_SITE))] if edition.invented else []
    rows.append(_row(_link("Back to contents", "#Contents.A1")))
    first = len(rows) + 1
    rows.append(_row(*(_text(words, "head") for words in ("Force", "Period", "What", "Check", "Words"))))
    rows += [
        _row(*map(_text, (note.force, note.period_label, KINDS[note.kind], note.check or "The whole return", note.words)))
        for note in edition.notes
    ]
    address = f"{FORCES_NOTES}.A{first}:{FORCES_NOTES}.E{len(rows)}"
    return _sheet(FORCES_NOTES, [("words", 4), ("text", 1)], rows), address


def _table_sheet(edition: Edition, table: ProtectedTable, name: str, wording: Wording) -> tuple[str, str]:
    """The sheet, and the address of its table with the header row."""
    laid = grid(table, edition.provisional)
    above = [_row(_text(table.title, "title")), _row(_text(table.subtitle, "subtitle"))]
    above += [_row(_text(NOT_OUR_SITE, "subtitle"))] if edition.invented else []
    above += [_row(_text(words, "subtitle")) for words in map(wording.plain, (f"Base: {table.base}", *table.notes)) if words]
    if laid.legend:
        above.append(_row(_text("Shorthand: " + "; ".join(f"{s} {w}" for s, w in laid.legend) + ".", "subtitle")))
    above.append(_row(_link("Back to contents", "#Contents.A1")))
    head = _row(*(_text(s, "head") for s in laid.stubs), *(_text(c.words, "head-number") for c in laid.columns))
    rows = [*above, head, *_body(table, laid)]
    first, last = len(above) + 1, len(above) + 1 + len(laid.rows)
    width = len(laid.stubs) + len(laid.columns)
    address = f"{name}.A{first}:{name}.{_letter(width)}{last}"
    return _sheet(name, [("wide", 1), ("words", len(laid.stubs) - 1), ("number", len(laid.columns))], rows), address


def _body(table: ProtectedTable, laid: Grid) -> Iterable[str]:
    measures = {m.name: m for m in table.measures}
    for row in laid.rows:
        style = "total" if row.total else "text"
        yield _row(*(_text(h.words, style) for h in row.headings), *(_number(cell, measures) for cell in row.cells))


def _number(cell: ProtectedCell | None, measures: dict[str, Measure]) -> str:
    if cell is None:
        return _text("[z]", "symbol")
    if cell.value is None:
        return _text(cell.symbol or "[x]", "symbol")
    m = measures[cell.measure]
    style = f"{'p' if m.unit in ('share', 'change') else 'n'}{min(m.decimals, 4)}"
    value = plain(cell.value, m.decimals)
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}" table:style-name="{style}">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


def _letter(column: int) -> str:
    """1 -> A, 27 -> AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _zipped(edition: Edition, content: str) -> bytes:
    title = ("Invented data: " if edition.invented else "") + edition.title
    subject = NOT_OUR_SITE if edition.invented else edition.subtitle
    meta = (
        f"{HEAD}<office:document-meta {NAMESPACES}><office:meta><dc:title>{escape(title)}</dc:title>"
        f"<dc:subject>{escape(subject)}</dc:subject><dc:creator>{escape(edition.publisher)}</dc:creator>"
        "<dc:language>en-GB</dc:language></office:meta></office:document-meta>"
    )
    styles = (
        f"{HEAD}<office:document-styles {NAMESPACES}><office:styles>"
        '<style:style style:name="Default" style:family="table-cell">'
        '<style:text-properties fo:font-family="Arial" fo:font-size="12pt" fo:language="en" fo:country="GB"/></style:style>'
        "</office:styles></office:document-styles>"
    )
    kinds = {"/": MIMETYPE, "content.xml": "text/xml", "styles.xml": "text/xml", "meta.xml": "text/xml"}
    entries = "".join(f'<manifest:file-entry manifest:full-path="{p}" manifest:media-type="{k}"/>' for p, k in kinds.items())
    manifest = (
        f'{HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f"{entries}</manifest:manifest>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _add(archive, "mimetype", MIMETYPE, zipfile.ZIP_STORED)
        for name, text in (
            ("META-INF/manifest.xml", manifest),
            ("meta.xml", meta),
            ("styles.xml", styles),
            ("content.xml", content),
        ):
            _add(archive, name, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str, how: int) -> None:
    info = zipfile.ZipInfo(name, LONG_AGO)
    info.compress_type = how
    info.external_attr = 0o644 << 16
    info.create_system = 3
    archive.writestr(info, text.encode("utf-8"))
