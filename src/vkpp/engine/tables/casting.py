"""Text becomes typed columns as a field of the specification says; what cannot be read becomes null, never a guess.

The steps of every field: trim; texts of `read_as` are exchanged; texts of `missing_values` become null; then the type. The
validation station holds the same steps in plain Python (validation/values_plain.py) as the reference, and a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import ibis

from vkpp.basics.missing import MISSING_WORDS, missing_of
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue import specifications
from vkpp.engine.tables.folding import full_match, looked_up, says_why_missing

# What is trimmed at both ends: ASCII white space and the no-break space that spreadsheets and web pages leave.
WHITE_SPACE = " \t\n\r\v\f\u00a0"
# A number holds 12 digits before the point and 6 after it. DuckDB needs some 300 times longer for DECIMAL(38, ...).
NUMBER = "decimal(18, 6)"
TRUE_WORDS, FALSE_WORDS = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")

INTEGER_SHAPE = "[+-]?[0-9]{1,19}"
NUMBER_SHAPE = "[+-]?([0-9]{1,12}([.][0-9]*)?|[.][0-9]+)"
# Each directive has a fixed width, so that a date of the format has one shape and no other.
_DIRECTIVES = {"%Y": "[1-9][0-9]{3}", "%m": "[0-9]{2}", "%d": "[0-9]{2}"}
_WIDTHS = {"%Y": 4, "%m": 2, "%d": 2}
_DEFAULT_FORMATS = {"date": "%Y-%m-%d", "yearmonth": "%Y-%m"}


@ibis.udf.scalar.builtin(name="trim")  # type: ignore[untyped-decorator]
def _trim(text: str, characters: str) -> str:  # type: ignore[empty-body]
    """The engine's own trim: Ibis' strip() knows ASCII white space only."""


def typed(expr: Any, table: specifications.Table) -> Any:
    """Staged text columns as typed columns of the same names, with `_record`, `_line` and `_sheet` as they were.

    Types: string, int64, decimal(18, 6), date, boolean; a yearmonth is the date of its first day. A field that the staged
    table does not have becomes a null column, so that what follows can count on every name of the specification.
    """
    own = [name for name in expr.columns if name.startswith("_")]
    fields = {f.name: value(expr[f.name], f) if f.name in expr.columns else _nothing(f) for f in table.fields}
    return expr.select(*own, **fields)


def cleaned(text: Any, field: specifications.Field) -> Any:
    """The text as it is meant: trimmed, exchanged by `read_as`, null where missing."""
    # Trimming is dear where a column has no dictionary; most texts show at once that there is nothing to trim.
    return _as_meant(full_match(text, _CLEAN_ALREADY).ifelse(text, _trim(text, WHITE_SPACE)), field)


def known_text(text: Any, field: specifications.Field) -> Any:
    """The cleaned text of a string field, null also where it is one of the words that say why a value is missing."""
    clean = cleaned(text, field)
    known = says_why_missing(clean).ifelse(ibis.null("string"), clean)
    if any(missing_of(meant) for meant in field.read_as.values()):
        return known
    return full_match(text, _CLEAN_AND_NO_WORD).ifelse(_as_meant(text, field), known)


def _as_meant(trimmed: Any, field: specifications.Field) -> Any:
    if field.read_as:
        trimmed = ibis.coalesce(looked_up(trimmed, field.read_as), trimmed)
    absent = sorted({"", *field.missing_values})
    return trimmed.nullif("") if absent == [""] else trimmed.isin(absent).ifelse(ibis.null("string"), trimmed)


def value(text: Any, field: specifications.Field) -> Any:
    """The typed value; null where it is missing and where it cannot be read."""
    if field.type not in _SHAPED:
        return _CASTS[field.type](cleaned(text, field), field)
    # Most texts have their shape as they came; only the others are cleaned first.
    has_shape = full_match(text, shape_of(field))
    if meant_otherwise := _exchanged_or_missing(field):
        has_shape = has_shape & ~text.isin(meant_otherwise)
    clean = cleaned(text, field)
    later = full_match(clean, shape_of(field)).ifelse(clean, ibis.null("string"))
    return _CASTS[field.type](has_shape.ifelse(text, later), field)


def _exchanged_or_missing(field: specifications.Field) -> list[str]:
    """Texts that have the field's shape and yet mean something else: "-00" read as 0, 999 for missing."""
    texts = {*field.read_as, *field.missing_values}
    return sorted(text for text in texts if re.fullmatch(shape_of(field), text))


def shape_of(field: specifications.Field) -> str:
    """The regular expression that a whole text of this field must match, before it is cast."""
    if field.type in _DEFAULT_FORMATS:
        return "".join(_DIRECTIVES.get(part) or re.escape(part) for part in format_parts(field))
    plain = INTEGER_SHAPE if field.type == "integer" else NUMBER_SHAPE
    separator = group_separator(field)
    if not separator:
        return plain
    grouped = f"[+-]?[0-9]{{1,3}}({re.escape(separator)}[0-9]{{3}})+"
    return f"{plain}|{grouped}([.][0-9]*)?" if field.type == "number" else f"{plain}|{grouped}"


def group_separator(field: specifications.Field) -> str:
    """The thousands separator that the field allows (Table Schema's groupChar, among the constraints), "" for none."""
    return str(field.constraints.get("groupChar", ""))


def format_parts(field: specifications.Field) -> list[str]:
    """A date format as directives and literal characters: "%d/%m/%Y" -> ["%d", "/", "%m", "/", "%Y"]."""
    pattern = _DEFAULT_FORMATS[field.type] if field.format == "default" else field.format
    parts = re.findall(r"%.|.", pattern)
    wanted = ["%Y", "%m", "%d"] if field.type == "date" else ["%Y", "%m"]
    if sorted(p for p in parts if p.startswith("%")) != sorted(wanted):
        raise UsageProblem(
            f"The format {pattern!r} cannot be read.",
            where=f"field {field.name} of the specification",
            expected=f"each of {', '.join(wanted)} once, and no other directive",
            next_step="change the field's format, or its type to string",
        )
    return parts


def piece(parts: list[str], directive: str) -> tuple[int, int]:
    """Where a directive stands in a text of this format: (start, length), counted in characters from 0."""
    before = parts[: parts.index(directive)]
    return sum(_WIDTHS.get(part, 1) for part in before), _WIDTHS[directive]


def _integer(text: Any, field: specifications.Field) -> Any:
    return _ungrouped(text, field).try_cast("int64")


def _number(text: Any, field: specifications.Field) -> Any:
    return _ungrouped(text, field).try_cast(NUMBER)


def _ungrouped(text: Any, field: specifications.Field) -> Any:
    separator = group_separator(field)
    return text.replace(separator, "") if separator else text


def _date(text: Any, field: specifications.Field) -> Any:
    parts = format_parts(field)
    if "".join(parts) == "%Y-%m-%d":
        return text.try_cast("date")
    year, month, day = (_cut(text, parts, directive) for directive in ("%Y", "%m", "%d"))
    return (year + "-" + month + "-" + day).try_cast("date")


def _cut(text: Any, parts: list[str], directive: str) -> Any:
    """A part of a date; a month has the first for its day."""
    return text.substr(*piece(parts, directive)) if directive in parts else ibis.literal("01")


def _boolean(text: Any, field: specifications.Field) -> Any:
    low = text.lower()
    return ibis.cases((low.isin(TRUE_WORDS), True), (low.isin(FALSE_WORDS), False), else_=ibis.null("boolean"))


def _nothing(field: specifications.Field) -> Any:
    kinds = {"string": "string", "integer": "int64", "number": NUMBER, "boolean": "boolean"}
    return ibis.null(kinds.get(field.type, "date"))


_CLEAN_ALREADY = "[!-~]|[!-~][ -~]*[!-~]"
_INITIALS = "".join(sorted({word[0] for word in MISSING_WORDS}))
# What begins with none of their first letters (n, r, u, w) is none of the words for missing values.
_OTHER = "[" + "".join(c if c.isalnum() else f"\\{c}" for c in map(chr, range(33, 127)) if c.lower() not in _INITIALS) + "]"
_CLEAN_AND_NO_WORD = f"{_OTHER}|{_OTHER}[ -~]*[!-~]"
_SHAPED = ("integer", "number", "date", "yearmonth")
_CASTS: dict[str, Callable[[Any, specifications.Field], Any]] = {
    "string": lambda text, field: text,
    "integer": _integer,
    "number": _number,
    "date": _date,
    "yearmonth": _date,
    "boolean": _boolean,
}
