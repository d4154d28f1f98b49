"""The words of a finding: templates filled for many rows at once, and values of personal fields masked.

The rule of masking: nothing of a personal or special value is shown but how long it is, in three classes. An empty value
is shown as empty. The mask holds for the value itself and wherever a message or a fix names the field.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.validation.vocabulary import CannotRun

EMPTY = "(empty)"
SHORT, MIDDLE, LONG = "*** (1 to 5 characters)", "*** (6 to 15 characters)", "*** (more than 15 characters)"


def is_masked(field: Field) -> bool:
    return field.sensitivity in ("personal", "special")


def masked(text: str | None, field: Field) -> str | None:
    """One value as a finding may show it."""
    if text is None or text == "" or not is_masked(field):
        return text
    return SHORT if len(text) <= 5 else MIDDLE if len(text) <= 15 else LONG


def masked_column(texts: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    """Many values as findings may show them."""
    if not is_masked(field):
        return texts
    length = pc.utf8_length(texts)
    classes = pc.if_else(pc.less_equal(length, 5), SHORT, pc.if_else(pc.less_equal(length, 15), MIDDLE, LONG))
    return pc.if_else(pc.equal(length, 0), texts, classes)


def placeholders(template: str, table: Table) -> tuple[str, ...]:
    """The names in braces. Raises CannotRun for a name that is neither `value`, `column` nor a field of the table."""
    known = {"value", "column", *(f.name for f in table.fields)}
    try:
        names = tuple(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    except ValueError as broken:
        raise CannotRun(f"The words {template!r} have a brace too many or too few.") from broken
    if unknown := [name for name in names if name not in known]:
        raise CannotRun(f"The words {template!r} name {{{unknown[0]}}}.", expected=f"one of {', '.join(sorted(known))}")
    return names


def filled(template: str, values: Mapping[str, str | None]) -> str:
    """A template with its placeholders filled, for one finding."""
    pieces = (before + _piece(name, values) for before, name, _, _ in string.Formatter().parse(template))
    return "".join(pieces)


def filled_column(template: str, column: Callable[[str], pa.ChunkedArray], rows: int) -> pa.Array | pa.ChunkedArray:
    """A template filled for many rows at once; `column` gives the texts of a placeholder."""
    pieces: list[pa.Scalar | pa.ChunkedArray] = []
    for before, name, _, _ in string.Formatter().parse(template):
        if before:
            pieces.append(pa.scalar(before, pa.string()))
        if name is not None:
            texts = column(name)
            pieces.append(pc.if_else(pc.equal(pc.fill_null(texts, ""), ""), EMPTY, texts))
    if all(isinstance(piece, pa.Scalar) for piece in pieces):
        return pa.repeat(pa.scalar("".join(piece.as_py() for piece in pieces), pa.string()), rows)
    return pc.binary_join_element_wise(*pieces, pa.scalar("", pa.string()))


def _piece(name: str | None, values: Mapping[str, str | None]) -> str:
    return "" if name is None else values.get(name) or EMPTY


def fields_shown(templates: Sequence[str], table: Table, column: Field) -> tuple[str, ...]:
    """The fields whose texts these templates and the finding itself show."""
    named = {name for template in templates for name in placeholders(template, table)} - {"value", "column"}
    return (column.name, *sorted(named - {column.name}))
