"""Two small pictures for a force, drawn as SVG of one width that fits a phone; words beside them say the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils.html import format_html, format_html_join

from vkpp.basics.periods import Period
from vkpp.basics.working_days import LONDON
from vkpp.records.collections.rules.rows import Moved, Position
from vkpp.web.parts.shapes import Column, Table

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 328, 190, 48, 318, 24, 160
_NAVY, _QUIET = "#12436D", "#8A8A86"


def instant(at: datetime) -> str:
    """26 November 2026, 10:42 in London."""
    return f"{at.astimezone(LONDON):%-d %B %Y, %H:%M}"


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: round(start + (end - start) * (value - low) / ((high - low) or 1), 1)


def run(moved: Moved) -> str:
    """Totals in time order, this one last and filled, over the usual range; "" where fewer than two are known."""
    points = [(Period.parse(code).label, n) for code, n in moved.points]
    if len(points) < 2:
        return ""
    low, high = _ends(moved)
    x, y = _scale(0, len(points) - 1, LEFT + 8, RIGHT - 12), _scale(low, high, BOTTOM, TOP)
    spots = [(x(i), y(n)) for i, (_, n) in enumerate(points)]
    last = spots[-1]
    parts = [
        _range(moved, y),
        _grid([low, high], y),
        format_html(
            '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5"/>', " ".join(f"{a},{b}" for a, b in spots), _QUIET
        ),
        _dots(spots[:-1]),
        format_html('<circle cx="{}" cy="{}" r="6" fill="{}"/>', *last, _NAVY),
        format_html(
            '<text class="b" x="{}" y="{}" font-size="15" text-anchor="end">{}</text>',
            last[0] + 8,
            last[1] - 12,
            f"{points[-1][1]:,}",
        ),
        format_html('<text class="q" x="{}" y="{}" font-size="13">{}</text>', LEFT, HEIGHT - 10, _short(moved.points[0][0])),
        format_html(
            '<text class="q" x="{}" y="{}" font-size="13" text-anchor="end">{}</text>',
            RIGHT,
            HEIGHT - 10,
            _short(moved.points[-1][0]),
        ),
    ]
    return _svg("run", "Totals by period, this return last", moved.sentence, parts)


def _ends(moved: Moved) -> tuple[float, float]:
    """Round numbers between which every total and the usual range lie."""
    values = [float(n) for _, n in moved.points] + [v for v in (moved.lower, moved.upper) if v is not None]
    room = (max(values) - min(values)) * 0.15 or 1.0
    step = 10.0 ** math.floor(math.log10(max(values) - min(values) + 2 * room))
    return max(0.0, math.floor((min(values) - room) / step) * step), math.ceil((max(values) + room) / step) * step


def scale(moved: Moved) -> str:
    """Where the picture's scale starts, when that is not nothing."""
    start = _ends(moved)[0] if len(moved.points) > 1 else 0
    return f"The scale starts at {start:,.0f}." if start else ""


def _short(code: str) -> str:
    """2026 Q1 of CY2026Q1, 2024-25 of FY2024-25."""
    return code[2:].replace("Q", " Q")


def _range(moved: Moved, y: Callable[[float], float]) -> str:
    if moved.lower is None or moved.upper is None:
        return ""
    top, bottom = y(moved.upper), y(moved.lower)
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="#E3EAF2"/>'
        '<text class="q" x="{}" y="{}" font-size="13">usual range</text>',
        LEFT,
        top,
        RIGHT - LEFT,
        max(1.0, round(bottom - top, 1)),
        LEFT + 4,
        bottom - 5,
    )


def _grid(marks: Sequence[float], y: Callable[[float], float]) -> str:
    return format_html_join(
        "",
        '<line x1="{0}" x2="{1}" y1="{2}" y2="{2}" stroke="#CECDC9"/>'
        '<text class="q" x="{3}" y="{4}" font-size="13" text-anchor="end">{5}</text>',
        ((LEFT, RIGHT, y(mark), LEFT - 6, y(mark) + 4, f"{mark:,.0f}") for mark in marks),
    )


def _dots(spots: Sequence[tuple[float, float]]) -> str:
    return format_html_join("", '<circle cx="{}" cy="{}" r="3.5" fill="#6F6F6B"/>', spots)


def _svg(name: str, title: str, words: str, parts: Sequence[str]) -> str:
    return format_html(
        '<svg class="vkpp-chart" role="img" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-labelledby="{n}-t {n}-d">'
        '<title id="{n}-t">{title}</title><desc id="{n}-d">{words}</desc>{parts}</svg>',
        n=name,
        w=WIDTH,
        h=HEIGHT,
        title=title,
        words=words,
        parts=format_html_join("", "{}", ((part,) for part in parts)),
    )


def run_table(moved: Moved) -> Table | None:
    """The same totals as a table."""
    if len(moved.points) < 2:
        return None
    rows = [(Period.parse(code).label, n) for code, n in moved.points]
    return Table("Totals by period", (Column("Period"), Column("Records", numeric=True)), rows)


def place(position: Position, name: str) -> str:
    """Every force's rate by its population, the own one named and filled; "" where there are too few to show."""
    if not position.points or position.average is None:
        return ""
    people = [p for p, _, _ in position.points]
    high = 1.1 * max([rate for _, rate, _ in position.points] + [upper for _, _, upper in position.limits])
    low_p, high_p = min(people), max(people)
    x, y = _scale(low_p, high_p, LEFT + 10, RIGHT - 12), _scale(0, high or 1, BOTTOM, TOP)
    own = next(((p, rate) for p, rate, mine in position.points if mine), None)
    edge = [f"{x(p)},{y(min(u, high))}" for p, _, u in position.limits]
    edge += [f"{x(p)},{y(max(0.0, low))}" for p, low, _ in reversed(position.limits)]
    parts: list[str] = [
        format_html('<polygon points="{}" fill="#E3EAF2"/>', " ".join(edge)),
        format_html('<line x1="{0}" x2="{1}" y1="{2}" y2="{2}" stroke="{3}"/>', LEFT, RIGHT, y(position.average), _NAVY),
        _grid([0, high], y),
        _dots([(x(p), y(rate)) for p, rate, mine in position.points if not mine]),
    ]
    if own:
        anchor = "end" if x(own[0]) > 240 else "start"
        parts.append(format_html('<circle cx="{}" cy="{}" r="6" fill="{}"/>', x(own[0]), y(own[1]), _NAVY))
        parts.append(
            format_html(
                '<text class="b" x="{}" y="{}" font-size="14" text-anchor="{}"'
                ' stroke="#fff" stroke-width="4" paint-order="stroke">{}</text>',
                x(own[0]),
                y(own[1]) - 11,
                anchor,
                name,
            )
        )
    ends = ((LEFT, "start", low_p), (RIGHT, "end", high_p))
    parts += [
        format_html(
            '<text class="q" x="{}" y="{}" font-size="13" text-anchor="{}">{} children</text>', a, HEIGHT - 10, side, f"{n:,}"
        )
        for a, side, n in ends
    ]
    return _svg("place", "Rate per 1,000 children by number of children; other forces are not named", position.sentence, parts)
