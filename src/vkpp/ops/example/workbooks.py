"""Writes a workbook of large sheets as XML directly: far faster than cell by cell, and the same bytes every time."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

_MOMENT = (2026, 11, 25, 12, 0, 0)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPREADSHEET_EPOCH = dt.date(1899, 12, 30)
_STYLES = (
    f'{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" xfId="0"/><xf numFmtId="14" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_workbook(path: Path, sheets: Mapping[str, pl.DataFrame], *, title: str, mark: str, words: str) -> None:
    """One sheet a table: dates as dates, short plain numbers as numbers, the rest as text; the mark in every property."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relationships(
            [
                ("officeDocument", f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
                ("core", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ]
        ),
        "docProps/core.xml": _properties(title, mark, words),
        "xl/workbook.xml": _book(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relationships(
            [
                *((f"r{i}", f"{_OFFICE}/worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)),
                ("styles", f"{_OFFICE}/styles", "styles.xml"),
            ]
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{i}.xml": _sheet(table) for i, table in enumerate(sheets.values(), 1)},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), text.encode(), zipfile.ZIP_DEFLATED)


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    made = {f"/xl/worksheets/sheet{i}.xml": f"{kind}.worksheet+xml" for i in range(1, sheets + 1)}
    made |= {"/xl/workbook.xml": f"{kind}.sheet.main+xml", "/xl/styles.xml": f"{kind}.styles+xml"}
    made["/docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    overrides = "".join(f'<Override PartName="{name}" ContentType="{type_}"/>' for name, type_ in made.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
    )


def _relationships(entries: list[tuple[str, str, str]]) -> str:
    inside = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in entries)
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _properties(title: str, mark: str, words: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:subject>{escape(mark)}</dc:subject>"
        f"<dc:description>{escape(words)}</dc:description><cp:keywords>{escape(mark)}</cp:keywords>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2026-11-25T12:00:00Z</dcterms:created></cp:coreProperties>'
    )


def _book(names: list[str]) -> str:
    sheets = "".join(f'<sheet name="{escape(n)}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
    return f'{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _letters(at: int) -> str:
    return chr(65 + at) if at < 26 else chr(64 + at // 26) + chr(65 + at % 26)


def _sheet(table: pl.DataFrame) -> str:
    head = "".join(
        f'<c r="{_letters(i)}1" t="inlineStr"><is><t>{escape(name)}</t></is></c>' for i, name in enumerate(table.columns)
    )
    numbered = table.with_columns(_row=pl.int_range(2, len(table) + 2, eager=True).cast(pl.String))
    cells = numbered.select("_row", *(_cells(name, table.schema[name], _letters(i)) for i, name in enumerate(table.columns)))
    body = "".join(f'<row r="{row}">{"".join(of_row)}</row>' for row, *of_row in cells.iter_rows())
    return f'{_HEAD}<worksheet {_MAIN}><sheetData><row r="1">{head}</row>{body}</sheetData></worksheet>'


def _cells(name: str, kind: pl.DataType, letters: str) -> pl.Expr:
    """One column as the XML of its cells; "" where a cell is empty."""
    column, row = pl.col(name), pl.col("_row")
    if kind == pl.Date:
        days = (column - pl.lit(_SPREADSHEET_EPOCH)).dt.total_days().cast(pl.String)
        return (
            pl.concat_str(pl.lit(f'<c r="{letters}'), row, pl.lit('" s="1"><v>'), days, pl.lit("</v></c>"))
            .fill_null("")
            .alias(name)
        )
    text = column.str.replace_all("&", "&amp;", literal=True).str.replace_all("<", "&lt;", literal=True)
    opened, closed = '" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"
    written = pl.concat_str(pl.lit(f'<c r="{letters}'), row, pl.lit(opened), text, pl.lit(closed))
    number = pl.concat_str(pl.lit(f'<c r="{letters}'), row, pl.lit('"><v>'), column, pl.lit("</v></c>"))
    plain = column.str.contains("^(0|[1-9][0-9]?)$")
    empty = column.is_null() | (column == "")
    return pl.when(empty).then(pl.lit("")).when(plain).then(number).otherwise(written).alias(name)
