"""Text to value in plain Python: slow, obvious, and the reference for engine/tables/casting.py."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from vkpp.basics.missing import missing_of
from vkpp.catalogue.specifications import Field
from vkpp.engine.tables.casting import FALSE_WORDS, TRUE_WORDS, WHITE_SPACE, format_parts, group_separator, piece, shape_of

_LARGEST = 2**63 - 1
_SIX_PLACES = Decimal("0.000001")


def cleaned(text: str | None, field: Field) -> str | None:
    """Trimmed, exchanged by `read_as`, None where missing."""
    trimmed = (text or "").strip(WHITE_SPACE)
    trimmed = field.read_as.get(trimmed, trimmed)
    return None if trimmed == "" or trimmed in field.missing_values else trimmed


def value(text: str | None, field: Field) -> Any:
    """The typed value, or None where it is missing or cannot be read."""
    plain = cleaned(text, field)
    return None if plain is None else cast(plain, field)


def known_text(text: str | None, field: Field) -> str | None:
    """The text of a value that is known: None where it is missing, says why it is missing, or cannot be read."""
    plain = cleaned(text, field)
    if plain is None or missing_of(plain) is not None or cast(plain, field) is None:
        return None
    return plain


def known(text: str | None, field: Field) -> Any:
    """The typed value of a value that is known, else None."""
    plain = known_text(text, field)
    return None if plain is None else cast(plain, field)


def readable(text: str | None, field: Field) -> bool:
    """Whether the value is missing, says why it is missing, or can be read as the field's type."""
    plain = cleaned(text, field)
    return plain is None or missing_of(plain) is not None or cast(plain, field) is not None


def literal(given: Any, field: Field) -> Any:
    """A value written in a specification as a value of the field's type; dates there are ISO 8601 always."""
    if field.type == "string":
        return str(given)
    if field.type in ("date", "yearmonth"):
        return _iso_date(str(given))
    if field.type == "boolean":
        return given if isinstance(given, bool) else _boolean(str(given))
    text = str(given)
    if not re.fullmatch(r"-?[0-9]+" if field.type == "integer" else r"-?[0-9]*\.?[0-9]+", text):
        return None
    return int(text) if field.type == "integer" else _decimal(text)


def cast(plain: str, field: Field) -> Any:
    """A cleaned text as the field's type, None where it is not one."""
    if field.type == "string":
        return plain
    if field.type == "boolean":
        return _boolean(plain)
    if not re.fullmatch(shape_of(field), plain):
        return None
    separator = group_separator(field)
    without = plain.replace(separator, "") if separator else plain
    if field.type == "integer":
        number = int(without)
        return number if -_LARGEST - 1 <= number <= _LARGEST else None
    if field.type == "number":
        return _decimal(without)
    return _date(plain, field)


def _decimal(text: str) -> Decimal | None:
    rounded = Decimal(text).quantize(_SIX_PLACES, rounding=ROUND_HALF_UP)
    return rounded if abs(rounded) < 10**12 else None


def _date(plain: str, field: Field) -> dt.date | None:
    parts = format_parts(field)

    def cut(directive: str) -> int:
        start, length = piece(parts, directive)
        return int(plain[start : start + length])

    return _calendar(cut("%Y"), cut("%m"), cut("%d") if field.type == "date" else 1)


def _iso_date(text: str) -> dt.date | None:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?", text)
    return _calendar(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None


def _calendar(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _boolean(text: str) -> bool | None:
    low = text.lower()
    return True if low in TRUE_WORDS else False if low in FALSE_WORDS else None
