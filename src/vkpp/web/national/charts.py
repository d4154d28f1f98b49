"""Two pictures of a round: who has replied, and how much each open matter could move the total; words say the same."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from vkpp.records.collections.rules.rows import Matter
from vkpp.records.collections.states import (
    ACCEPTED,
    ACCEPTING,
    AWAITED,
    LOCKED,
    PLANNED,
    WAIVED,
    WITH_AREA,
    WITH_NATIONAL,
)

WIDE, NARROW = 720, 320
_CELL, _STEP = 12, 16.2
AT_MOST = 8  # bars; the table holds every matter
# Words, fill, and the states that stand under them; darker is further on its way.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("accepted or waived", "#12436D", (ACCEPTED, LOCKED, WAIVED)),
    ("with the area or the national team", "#7C98B3", (WITH_AREA, WITH_NATIONAL, ACCEPTING)),
    ("with the force, something sent", "#D9D6CF", ()),
    ("not received", "#FFFFFF", (AWAITED, PLANNED)),
)


def grouped(by_state: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """(words, fill, returns) in the order of GROUPS; what no group names is with the force."""
    named = {state: number for number, (_, _, states) in enumerate(GROUPS) for state in states}
    counts = [0] * len(GROUPS)
    for state, _, n in by_state:
        counts[named.get(state, 2)] += n
    return [(words, fill, n) for (words, fill, _), n in zip(GROUPS, counts, strict=True)]


def replied(by_state: Sequence[tuple[str, str, int]]) -> list[SafeString]:
    """One box a return, for a desk and for a phone."""
    groups = grouped(by_state)
    cells = [fill for _, fill, n in groups for _ in range(n)]
    words = ", ".join(f"{n} {words}" for words, _, n in groups if n)
    return [_boxes(cells, words, width, name) for width, name in ((WIDE, "wide"), (NARROW, "narrow"))]


def _boxes(cells: Sequence[str], words: str, width: int, name: str) -> SafeString:
    across = int(width // _STEP)
    height = -(-len(cells) // across) * 34 if cells else 1
    paths: dict[str, str] = {}  # one for each fill: a box takes few characters in it
    for n, fill in enumerate(cells):
        x, y = 0.6 + n % across * _STEP, 0.6 + n // across * 34
        paths[fill] = paths.get(fill, "") + f"M{x:.1f} {y:.1f}h{_CELL}v28h-{_CELL}z"
    boxes = format_html_join(
        "", '<path d="{}" fill="{}" stroke="#12436D" stroke-width="1.2"/>', ((d, f) for f, d in paths.items())
    )
    return format_html(
        '<svg class="vkpp-chart vkpp-{n}" role="img" width="{w}" height="{h}" viewBox="0 0 {w} {h}"'
        ' aria-labelledby="replied-{n}-t replied-{n}-d"><title id="replied-{n}-t">{count} returns by where they stand</title>'
        '<desc id="replied-{n}-d">{words}</desc>{boxes}</svg>',
        n=name,
        w=width,
        h=height,
        count=len(cells),
        words=words,
        boxes=boxes,
    )


_FONT = 'font-family="Roboto, Arial, sans-serif"'
_ALONE = {  # what the service's style sheet says of these classes
    ' class="q"': ' fill="#484949"',
    ' class="b"': ' font-weight="700"',
}


def alone(svg: str, title: str, words: Sequence[str]) -> str:
    """A chart of these pages as a file that stands by itself: heading above, period, marking and origin below, own fonts.

    Its title and description, which say the same in words, go along.
    """
    for given, own in _ALONE.items():
        svg = svg.replace(given, own)
    size = re.match(r'<svg class="[^"]*" role="img" width="(\d+)" height="(\d+)" viewBox="[^"]*"', svg)
    if size is None:
        raise ValueError("no chart of these pages")
    width, height = int(size[1]), int(size[2])
    below = [line for said in words for line in textwrap.wrap(said, width // 7)]
    tall = 40 + height + 12 + 20 * len(below)
    inside = format_html(
        '<rect x="-10" y="0" width="{}" height="{}" fill="#fff"/><text x="0" y="24" font-size="19" font-weight="700">{}</text>',
        width + 20,
        tall,
        title,
    )
    foot = format_html_join(
        "",
        '<text x="0" y="{}" font-size="14" fill="#484949">{}</text>',
        ((40 + height + 20 + 20 * number, line) for number, line in enumerate(below)),
    )
    opened, _, rest = svg[size.end() :].partition(">")
    names, drawing = rest[: rest.index("</desc>") + 7], rest[rest.index("</desc>") + 7 : -len("</svg>")]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width + 20}" height="{tall}"'
        f' viewBox="-10 0 {width + 20} {tall}" {_FONT}{opened}>{names}{inside}'
        f'<g transform="translate(0 40)">{drawing}</g>{foot}</svg>\n'
    )


def drawn(matters: Sequence[Matter]) -> list[Matter]:
    """Those whose effect is known and is not nothing, the largest first."""
    return [one for one in matters if one.low is not None and one.high is not None and (one.low or one.high)][:AT_MOST]


def effects(matters: Sequence[Matter]) -> list[SafeString]:
    """A bar from the least to the most that each could move the total, for a desk and for a phone."""
    found = drawn(matters)
    return [_bars(found, WIDE, 200), _bars(found, NARROW, 0)] if found else []


def _bars(matters: Sequence[Matter], width: int, labels: int) -> SafeString:
    """`labels` is the room for names to the left; none puts each above its bar."""
    name, row, top = ("wide", 34, 30) if labels else ("narrow", 52, 30)
    ends = [(one.low or 0, one.high or 0) for one in matters]
    low, high = min(0, *(a for a, _ in ends)), max(0, *(b for _, b in ends))
    room = width - labels - 70
    left = labels + 10

    def x(value: float) -> float:
        return left + room * (value - low) / ((high - low) or 1)

    height = top + row * len(matters)
    parts = [_axis(x, sorted({low, 0, high}), height, narrow=not labels)]
    for number, (one, (a, b)) in enumerate(zip(matters, ends, strict=True)):
        y = top + row * number + (0 if labels else 20)
        said = one.organisation_name + (": query" if one.query else "")
        where = (labels, y + 15, "end") if labels else (4, y - 5, "start")
        parts.append(
            format_html(
                '<text x="{}" y="{}" font-size="15" text-anchor="{}">{}</text>'
                '<rect x="{}" y="{}" width="{}" height="20" fill="#12436D"/>'
                '<text class="b" x="{}" y="{}" font-size="15">{}</text>',
                *where,
                said,
                f"{x(a):.1f}",
                y,
                f"{max(2.0, x(b) - x(a)):.1f}",
                f"{x(b) + 7:.1f}",
                y + 15,
                _percent(one.share),
            )
        )
    words = "; ".join(f"{one.organisation_name} {effect(one)}" for one in matters)
    return format_html(
        '<svg class="vkpp-chart vkpp-{n}" role="img" width="{w}" height="{h}" viewBox="0 0 {w} {h}"'
        ' aria-labelledby="effects-{n}-t effects-{n}-d"><title id="effects-{n}-t">Effect of each open matter on the national'
        ' total</title><desc id="effects-{n}-d">{words}</desc>{parts}</svg>',
        n=name,
        w=width,
        h=height,
        words=words,
        parts=format_html_join("", "{}", ((part,) for part in parts)),
    )


def _axis(x: Callable[[float], float], marks: Sequence[int], height: int, *, narrow: bool) -> SafeString:
    shown = [marks[0], marks[-1]] if narrow and len(marks) > 2 else list(marks)
    spots: list[tuple[float, int]] = []
    for mark in shown:
        at = x(mark)
        if spots and at - spots[-1][0] < 48:
            continue  # two words on one spot say nothing
        spots.append((at, mark))
    return format_html_join(
        "",
        '<text class="q" x="{0}" y="14" font-size="14" text-anchor="middle">{1}</text>'
        '<line x1="{0}" x2="{0}" y1="20" y2="{2}" stroke="#8A8A86" stroke-width="1"/>',
        ((f"{at:.1f}", signed(mark), height) for at, mark in spots),
    )


def signed(value: int) -> str:
    """+560, −240 or 0."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):,}"


def effect(one: Matter) -> str:
    """ "+560 to +1,180"; "None"; "Not known" where nothing earlier says how large it is."""
    if one.low is None or one.high is None:
        return "Not known"
    if not one.low and not one.high:
        return "None"
    return signed(one.low) if one.low == one.high else f"{signed(one.low)} to {signed(one.high)}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1f}%" if share >= 0.1 else "under 0.1%"
