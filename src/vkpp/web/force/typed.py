"""What somebody typed beside cells of a version that is not in hand any more: shown again, and offered where the cell is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from vkpp.records.collections import queries
from vkpp.records.collections.rules import fixing
from vkpp.records.collections.rules.rows import FixCell, FixingCells, FixingPage
from vkpp.records.ground.problems import NotThere
from vkpp.web.parts.shapes import Cell, Column, Table

EMPTY = "(empty)"
_FIELD = re.compile(r"[ve]([0-9]{1,7})")
_COLUMNS = (Column("Row in file"), Column("Value as sent"), Column("What you typed"))


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: by the index of its finding in the version that the page showed, and one value for all the others."""

    version: int
    values: Mapping[int, str]  # "" empties the cell
    same: str
    cells: Mapping[int, FixCell]  # as that version has them; none where its findings are gone

    def table(self, lost: Sequence[int], *, same: bool) -> Table | None:
        """The values that stand in no field of the page."""
        rows = [self._row(index) for index in lost]
        if same and self.same:
            rows.append(["Every cell without a value of its own", "", Cell(self.same, code=True)])
        return Table("What you typed", _COLUMNS, rows) if rows else None

    def _row(self, index: int) -> list[Cell | str | int]:
        one = self.cells.get(index)
        where = "A cell that is not here any more" if one is None else f"{one.sheet}, row {one.row:,}" if one.sheet else one.row
        shown = Cell(one.shown, code=True) if one and one.shown else "Empty" if one else ""
        return [str(where), shown, Cell(self.values[index] or EMPTY, code=True)]

    def here(self, now: FixingCells) -> dict[int, int]:
        """Index now -> index then, of the same cell: the same row, holding what it held, where only one cell is that."""
        then: dict[tuple[str, int, str], list[int]] = {}
        for index, one in self.cells.items():
            then.setdefault(_place(one), []).append(index)
        found: dict[tuple[str, int, str], list[int]] = {}
        for one in now.cells:
            found.setdefault(_place(one), []).append(one.index)
        return {found[at][0]: then[at][0] for at in found.keys() & then.keys() if len(found[at]) == len(then[at]) == 1}


def _place(one: FixCell) -> tuple[str, int, str]:
    return one.sheet, one.row, one.shown


def came_late(request: HttpRequest, page: FixingPage) -> bool:
    """Whether what is sent is about a version that is not in hand, or about one of which no cell can be fixed now."""
    return request.method == "POST" and _version(request) > 0 and (bool(page.refused) or _version(request) != page.version)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def typed(request: HttpRequest, submission: UUID) -> Typed:
    """What was sent, without what the page showed already. Raises Refused for whoever does not prepare the return."""
    sent = request.POST
    found = {}
    for index in {int(match[1]) for name in sent if (match := _FIELD.fullmatch(name))}:
        said = sent.get(f"v{index}", "").strip()[: fixing.LONGEST_VALUE + 1]
        empty = said == EMPTY or (not said and f"e{index}" in sent)
        if (said or empty) and ("" if empty else said) != sent.get(f"s{index}"):
            found[index] = "" if empty else said
    version = _version(request)
    cells = queries.cells_of_version(viewer=request.viewer, submission=submission, version=version, indexes=frozenset(found))
    same = sent.get("same", "").strip()[: fixing.LONGEST_VALUE + 1]
    return Typed(version, dict(sorted(found.items())), same, {one.index: one for one in cells})


def offered(
    request: HttpRequest, submission: UUID, said: Typed, length: int, asked: Mapping[str, str]
) -> tuple[FixingCells, dict[int, int]] | None:
    """The page of cells of the version in hand on which the first of them stands, with which is which. None without a cell."""
    look: dict[str, Any] = {"viewer": request.viewer, "submission": submission, **asked}
    try:
        every = queries.fixing_cells(**look, length=fixing.MOST_CELLS)
    except NotThere:
        return None
    pairs = said.here(every)
    first = min(pairs, default=-1)
    if first < 0 and not said.same:
        return None
    now = queries.fixing_cells(**look, length=length, index=first)
    shown = {one.index for one in now.cells}
    return now, {index: then for index, then in pairs.items() if index in shown}


def fields(said: Typed, now: FixingCells, pairs: Mapping[int, int], version: int, *, chosen: bool) -> dict[str, str]:
    """What a form of the version in hand would have been sent with."""
    sent = {"version": str(version), "same": said.same}
    for one in now.cells:
        value = said.values[pairs[one.index]] if one.index in pairs else one.value
        sent[f"v{one.index}"] = EMPTY if chosen and value == "" else value or ""
        if value == "":
            sent[f"e{one.index}"] = "on"
        if one.value is not None:
            sent[f"s{one.index}"] = one.value
    return sent
