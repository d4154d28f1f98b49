"""The map of forces as equal tiles: one tile a force, so that the smallest and the largest are both seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vkpp.engine.dissemination.edition import Chart
from vkpp.engine.dissemination.marks import Mark
from vkpp.engine.dissemination.plots import AXIS, BLUE, INK, NARROW, QUIET, TINT, layered, only, side_of, texts


@dataclass(frozen=True, slots=True)
class Tone:
    """How one kind of tile is told from the others: by tone, and by the shape within it."""

    fill: str
    edge: str
    letters: str
    words: str
    shape: str = ""


TONES: Mapping[str, Tone] = {
    "above": Tone(BLUE, "white", "white", "higher than expected", "triangle-up"),
    "in": Tone(TINT, "white", INK, "as expected"),
    "below": Tone("#7ea6c9", "white", INK, "lower than expected", "triangle-down"),
    "none": Tone("white", AXIS, QUIET, "no rate"),
}
SIDE, KEY_ROOM = 62.0, 175  # pixels: a tile's side at most, and the room kept for the key beside the map
SHORT = 4  # letters of a name that leave room for a sign beside them
GAP = 0.04  # of a tile
KEY_SQUARE = 18  # pixels


def tiles(chart: Chart, found: list[Mark], width: int) -> dict[str, Any]:
    """One equal tile a force, whatever its size; outside the limits is told by tone and by a shape; numbers stand within."""
    narrow = width < NARROW
    by_code = {m.code: m for m in found}
    drawn = chart.layout
    first_column, first_row = min(place[0] for place in drawn.values()), min(place[1] for place in drawn.values())
    rows = [_tile(chart, by_code.get(code), c - first_column, r - first_row, short) for code, (c, r, short) in drawn.items()]
    columns, lines = max(r["x"] for r in rows) + 1, max(r["y"] for r in rows) + 1
    used = [tone for tone in TONES if any(r["tone"] == tone for r in rows)]
    side = (width - 4) / columns if narrow else min(SIDE, (width - KEY_ROOM) / columns)
    across, down = (columns, lines + 0.5 + 0.62 * len(used)) if narrow else (width / side, lines)
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, across], "nice": False}}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [down, 0], "nice": False}}
    layers: list[dict[str, Any]] = []
    beside_number = any(len(r["short"]) > SHORT for r in rows)
    for tone in used:
        layers += _tiles_of(tone, x, y, narrow, beside_number)
        layers += _key_of(tone, _key_place(used.index(tone), columns, lines, narrow), x, y, side)
    return layered(rows, layers, round(side * across), round(side * down), left=2, right=0, top=2)


def _tile(chart: Chart, mark: Mark | None, column: int, row: int, short: str) -> dict[str, Any]:
    """One tile; a force that the table leaves out has a tile without a number, so that none is missing from the map."""
    limits = chart.limits
    low, high = (limits.outer_lower or limits.lower, limits.outer_upper or limits.upper) if limits else ("", "")
    middle = (1 - GAP) / 2
    return {
        "x": column, "x2": column + 1 - GAP, "y": row, "y2": row + 1 - GAP, "mx": column + middle, "my": row + middle,
        "tone": "none" if mark is None or mark.value is None else side_of(mark, low, high), "short": short,
        "number": mark.printed if mark else "",
    }  # fmt: skip


def _tiles_of(tone: str, x: dict[str, Any], y: dict[str, Any], narrow: bool, beside_number: bool) -> list[dict[str, Any]]:
    look, these = TONES[tone], only(f"datum.tone == '{tone}'")
    middle = {"x": {**x, "field": "mx"}, "y": {**y, "field": "my"}}
    box = {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}}
    layers: list[dict[str, Any]] = [{"mark": _square(look), "encoding": box} | these]
    rise = (7 if look.shape else 0) if narrow else -9
    layers.append(
        texts({**middle, "text": {"field": "short"}}, dy=rise, fontSize=12 if narrow else 13, fill=look.letters) | these
    )
    if not narrow:
        number = {**middle, "text": {"field": "number"}}
        layers.append(texts(number, dy=10, fontSize=13, fontWeight="bold", fill=look.letters) | these)
    if look.shape:
        layers.append(
            {"mark": _sign(look, 0 if narrow else -22, 9 if beside_number and not narrow else -9), "encoding": middle} | these
        )
    return layers


def _key_place(place: int, columns: int, lines: int, narrow: bool) -> tuple[float, float]:
    """Below the map on a phone, beside it elsewhere, in units of a tile."""
    return (0.05, lines + 0.4 + place * 0.62) if narrow else (columns + 0.3, 0.6 + place * 0.5)


def _key_of(tone: str, place: tuple[float, float], x: dict[str, Any], y: dict[str, Any], side: float) -> list[dict[str, Any]]:
    look, square = TONES[tone], KEY_SQUARE / side
    entry = {"x": place[0], "x2": place[0] + square, "y": place[1], "y2": place[1] + square, "words": look.words}
    data = {"data": {"values": [entry]}}
    box = {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}}
    words = texts({"x": x, "y": y, "text": {"field": "words"}}, align="left", dx=26, dy=KEY_SQUARE / 2, fontSize=13)
    layers: list[dict[str, Any]] = [data | {"mark": _square(look), "encoding": box}, data | words]
    if look.shape:
        layers.append(data | {"mark": _sign(look, KEY_SQUARE / 2, KEY_SQUARE / 2), "encoding": {"x": x, "y": y}})
    return layers


def _square(look: Tone) -> dict[str, Any]:
    return {"type": "rect", "fill": look.fill, "stroke": look.edge, "strokeWidth": 1}


def _sign(look: Tone, across: float, down: float) -> dict[str, Any]:
    shape = {"type": "point", "shape": look.shape, "fill": look.letters, "stroke": None, "size": 46, "opacity": 1}
    return {**shape, "xOffset": across, "yOffset": down}
