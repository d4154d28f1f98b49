"""The blank workbook of a collection: headings as expected, text-typed columns, drop-downs from the code lists."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vkpp.catalogue.code_lists import CodeList
from vkpp.catalogue.specifications import Field, Specification, Table

LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)  # no clock in any output
ROWS = 20_000  # rows that are typed and carry drop-downs
LONGEST_SHEET_NAME, LONGEST_MESSAGE, LONGEST_TITLE = 31, 255, 32  # limits of the file format
NUMBER_FORMATS = {"integer": "0", "number": "General"}
WARNING = "This is not in the list. Other accepted wordings may still be read; see the guidance."


def blank_workbook(specification: Specification, lists: Mapping[str, CodeList]) -> bytes:
    """XLSX: notes, then a sheet a table with its headings in the first row, then the codes. Same input, same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": specification.title,
            "author": specification.publisher,
            "created": LONG_AGO,
            "comments": specification.edition,
        }
    )
    formats = {
        "head": book.add_format(
            {"bold": True, "bg_color": "#17324d", "font_color": "#ffffff", "text_wrap": True, "valign": "top"}
        ),
        "title": book.add_format({"bold": True, "font_size": 15}),
        "bold": book.add_format({"bold": True, "valign": "top"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@"}),
        **{kind: book.add_format({"num_format": shown}) for kind, shown in NUMBER_FORMATS.items()},
    }
    _notes(book, specification, formats)
    sheets = [(table, book.add_worksheet(sheet_name(table.name))) for table in specification.tables]
    places = _codes(book, lists, formats)
    for table, sheet in sheets:
        _table(sheet, table, lists, places, formats)
    book.close()
    return out.getvalue()


def sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:LONGEST_SHEET_NAME]


def shown_codes(field: Field, found: CodeList) -> str:
    """Whether a field is filled with codes or with titles: as its example has it."""
    return "codes" if field.example.strip() in found.codes else "titles"


def _notes(book: Any, specification: Specification, formats: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet("Notes")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, specification.title, formats["title"])
    burden = specification.burden
    lines = [
        ("Edition", specification.edition),
        ("Purpose", specification.purpose),
        ("Lawful basis", specification.lawful_basis),
        ("Kept for", specification.retention),
        ("Hours for a force", f"{burden.get('hours_per_force', 'not known')}. {burden.get('rests_on', '')}"),
        (
            "How to fill it in",
            "One record a row, from the second row. Leave the headings as they are. All columns but counts are text.",
        ),
        ("Drop-downs", "They hold the usual wording. The sheet Codes holds every code with its title."),
    ]
    lines += [(f"Sheet {sheet_name(t.name)}", t.description) for t in specification.tables]
    for row, (term, words) in enumerate(lines, 2):
        sheet.write_string(row, 0, term, formats["bold"])
        sheet.write_string(row, 1, words, formats["wrap"])
    for row in range(2, len(lines) + 2):
        sheet.set_row(row, 15 * max(1, -(-len(lines[row - 2][1]) // 105)))


def _codes(book: Any, lists: Mapping[str, CodeList], formats: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """The sheet of codes: two columns a list. Returns the first column and the number of codes of each list."""
    places: dict[str, tuple[int, int]] = {}
    if not lists:
        return places
    sheet = book.add_worksheet("Codes")
    sheet.freeze_panes(1, 0)
    for place, (name, found) in enumerate(lists.items()):
        column = place * 2
        places[name] = (column, len(found.codes))
        sheet.set_column(column, column, 18)
        sheet.set_column(column + 1, column + 1, 48)
        sheet.write_string(0, column, f"{name}: code", formats["head"])
        sheet.write_string(0, column + 1, f"{name}: title", formats["head"])
        for row, (code, title) in enumerate(found.codes.items(), 1):
            sheet.write_string(row, column, code, formats["text"])
            sheet.write_string(row, column + 1, title, formats["text"])
    return places


def _table(
    sheet: Any, table: Table, lists: Mapping[str, CodeList], places: Mapping[str, tuple[int, int]], formats: Mapping[str, Any]
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 32)
    for column, field in enumerate(table.fields):
        sheet.set_column(column, column, max(14, min(44, len(field.title) + 4)), formats.get(field.type, formats["text"]))
        sheet.write_string(0, column, field.title, formats["head"])
        rule = _rule(field, lists, places)
        sheet.data_validation(1, column, ROWS, column, rule)


def _rule(field: Field, lists: Mapping[str, CodeList], places: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """The drop-down of a field with a code list; what the field is, in any case, when its cell is entered."""
    said = {"input_title": field.title[:LONGEST_TITLE], "input_message": _short(field.description, LONGEST_MESSAGE)}
    if not field.code_list:
        return {"validate": "any", **said}
    first, count = places[field.code_list]
    letter = _letter(first + (0 if shown_codes(field, lists[field.code_list]) == "codes" else 1))
    source = f"=Codes!${letter}$2:${letter}${count + 1}"
    return {"validate": "list", "source": source, "error_type": "warning", "error_message": WARNING, **said}


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "\u2026"


def _letter(column: int) -> str:
    """0 -> A, 26 -> AA."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
