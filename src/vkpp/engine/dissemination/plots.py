"""The five kinds of plot as Vega-Lite: what goes where, in the programme's palette, readable without colour."""

from __future__ import annotations

import math
import textwrap
from itertools import pairwise
from typing import Any

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination.edition import Chart, Limits
from vkpp.engine.dissemination.marks import Mark

# The Government Analysis Function's accessible palette, in its order (design/identity: "charts, on white only").
BLUE, TURQUOISE, PINK, ORANGE, GREY, PURPLE = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"
SERIES = (BLUE, TURQUOISE, PINK, ORANGE)
WORDS = (BLUE, "#0f6b63", PINK, "#a8400c")  # the same hues, dark enough for letters
SHAPES = ("circle", "square", "triangle-up", "diamond")
DASHES = ([1, 0], [1, 0], [6, 3], [2, 2])
INK, QUIET, LINE, AXIS, TINT = "#0b0c0c", "#484949", "#dedcd7", "#8a8a86", "#eceae5"
FONT = "Roboto, Arial, sans-serif"
CONFIG: dict[str, Any] = {
    "aria": False,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13, "labelColor": QUIET, "titleFontSize": 13, "titleColor": QUIET, "titleFontWeight": "normal",
        "gridColor": LINE, "domainColor": AXIS, "tickColor": AXIS, "labelLimit": 400, "titlePadding": 10, "labelPadding": 6,
    },
    "text": {"font": FONT, "fontSize": 14, "fill": INK},
    "legend": {"disable": True},
}  # fmt: skip
PLAIN_AXIS = {"title": None, "format": ",.2~f", "tickCount": 5, "domain": False, "ticks": False}
NARROW = 400  # below this width the narrow arrangement is drawn
WIDEST_LABEL, WIDEST_NARROW = 27, 38  # letters in a line of a label beside the bars, and above them
LINE_HEIGHT = 17
MOST_SERIES = len(SERIES)


def bar(chart: Chart, found: list[Mark], width: int) -> dict[str, Any]:
    """Lying bars in the order of the table, each with its number; codes in `apart` are drawn hollow."""
    narrow = width < NARROW
    top = max((m.value for m in found if m.value is not None), default=1.0)
    data: list[dict[str, Any]] = [
        {
            "place": m.place, "value": max(m.value or 0, 0), "printed": m.printed,
            "label": textwrap.wrap(m.label, WIDEST_NARROW if narrow else WIDEST_LABEL), "hollow": m.code in chart.apart,
        }
        for m in found
    ]  # fmt: skip
    longest = max(len(line) for row in data for line in row["label"])
    lines = max(len(row["label"]) for row in data)
    gutter = 0 if narrow else min(220, 8 * longest + 14)
    step = (33 if narrow else 22) + LINE_HEIGHT * lines
    room = width - gutter - 70
    y = {"field": "place", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.3, "paddingOuter": 0.1}}
    x = {"field": "value", "type": "quantitative", "axis": None, "scale": {"domain": [0, top], "nice": False}}
    size = 20 if narrow else 24
    shift = 2 + LINE_HEIGHT * lines // 2 if narrow else 0
    layers: list[dict[str, Any]] = [
        _bars(data, x, y, size, shift, "!datum.hollow", BLUE, BLUE),
        _bars(data, x, y, size, shift, "datum.hollow", "white", GREY),
        texts({"x": x, "y": y, "text": {"field": "printed"}}, align="left", dx=7, dy=shift, fontWeight="bold"),
    ]
    label = {"y": y, "x": {"value": 0 if narrow else -12}, "text": {"field": "label"}}
    for row in data:
        above = len(row["label"]) - 1
        row["lift"] = shift - size / 2 - 13 - above * LINE_HEIGHT if narrow else -above * LINE_HEIGHT / 2
    for lift in sorted({row["lift"] for row in data}):
        side = "left" if narrow else "right"
        layers.append(texts(label, align=side, dy=lift, lineHeight=LINE_HEIGHT) | only(f"datum.lift == {lift}"))
    return layered(data, layers, room, step * len(data), left=gutter, right=width - gutter - room)


def _bars(
    data: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any], size: int, shift: int, test: str, fill: str, stroke: str
) -> dict[str, Any]:
    mark = {"type": "bar", "height": size, "yOffset": shift, "fill": fill, "stroke": stroke, "strokeWidth": 1.4}
    return {"mark": mark, "encoding": {"x": x, "y": y}} | only(test)


def line(chart: Chart, found: list[Mark], width: int) -> dict[str, Any]:
    """A line a series from zero; breaks cut it, provisional points are hollow and reached by dashes; labels at the lines."""
    narrow = width < NARROW
    names = list(dict.fromkeys(m.series for m in found))
    if len(names) > MOST_SERIES:
        raise RefusedByRule(
            f"Chart {chart.name} has {len(names)} series.",
            expected=f"at most {MOST_SERIES}",
            next_step="draw small multiples, or fewer series",
        )
    drawn = [m for m in found if m.value is not None]
    uppers = [m.other(chart.limits.upper) or 0 for m in found] if chart.limits else [0]
    top = _nice(max(*uppers, *(m.value or 0 for m in drawn)))
    left, right, height = 62, 30 if narrow or len(names) == 1 else 170, 230 if narrow else 280
    places = sorted({m.place: m.label for m in found}.items())
    x = {"field": "place", "type": "quantitative", "axis": _time_axis(places, width - left - right, narrow),
         "scale": {"domain": [places[0][0] - 0.3, places[-1][0] + 0.3], "nice": False}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "axis": PLAIN_AXIS,
         "scale": {"domain": [0, top], "nice": False}}  # fmt: skip
    layers = _control_limits(chart, found, x, y)
    for i, name in enumerate(names):
        layers += _series([m for m in drawn if m.series == name], i, x, y)
    layers += _breaks(chart, found, x, top)
    if len(names) > 1:
        layers += _line_labels([[m for m in drawn if m.series == name] for name in names], x, y, top / height, narrow)
    return layered([], layers, width - left - right, height, left=left, right=right, top=14, bottom=64)


def _control_limits(chart: Chart, found: list[Mark], x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """The band between a control chart's limits and its mean, behind the points; nothing where the chart names none."""
    limits = chart.limits
    if limits is None:
        return []
    rows = [
        {"place": m.place, "low": m.other(limits.lower), "value": m.other(limits.centre), "high": m.other(limits.upper)}
        for m in found
        if m.other(limits.centre) is not None
    ]
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    return [
        {"data": {"values": rows}, "mark": {"type": "area", "fill": "#e1e8ef"}, "encoding": band},
        {
            "data": {"values": rows},
            "mark": {"type": "line", "stroke": "#5c6b78", "strokeWidth": 1.4, "strokeDash": [6, 4]},
            "encoding": {"x": x, "y": y},
        },
    ]


def _series(run: list[Mark], i: int, x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    layers = []
    for a, b in pairwise(run):
        if a.segment == b.segment and b.place == a.place + 1:
            dash = [4, 4] if b.provisional else DASHES[i]
            mark = {"type": "line", "stroke": SERIES[i], "strokeWidth": 2.6, "strokeDash": dash, "strokeCap": "round"}
            layers.append({"data": {"values": [_point(a), _point(b)]}, "mark": mark, "encoding": {"x": x, "y": y}})
    for hollow in (False, True):
        points = [_point(m) for m in run if m.provisional is hollow]
        if points:
            mark = {"type": "point", "shape": SHAPES[i], "size": 70 if hollow else 48, "opacity": 1, "stroke": SERIES[i],
                    "strokeWidth": 2.2 if hollow else 1, "fill": "white" if hollow else SERIES[i]}  # fmt: skip
            layers.append({"data": {"values": points}, "mark": mark, "encoding": {"x": x, "y": y}})
    return layers


def _point(mark: Mark) -> dict[str, Any]:
    return {"place": mark.place, "value": mark.value}


def _breaks(chart: Chart, found: list[Mark], x: dict[str, Any], top: float) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    for brk in chart.breaks:
        after = min((m.place for m in found if m.code >= brk.first_after), default=None)
        if after is None or after == 0:
            continue
        at = {"values": [{"place": after - 0.5, "words": textwrap.wrap(brk.words, 22)}]}
        layers.append({"data": at, "mark": {"type": "rule", "stroke": GREY, "strokeDash": [3, 3]}, "encoding": {"x": x}})
        text = {"x": x, "y": {"value": 2}, "text": {"field": "words"}}
        layers.append({"data": at} | texts(text, align="left", dx=6, baseline="top", fill=QUIET, fontSize=13))
    return layers


def _line_labels(
    runs: list[list[Mark]], x: dict[str, Any], y: dict[str, Any], per_pixel: float, narrow: bool
) -> list[dict[str, Any]]:
    """Each series' name at its last point, pushed apart where two would touch."""
    ends = sorted(((run[-1], i) for i, run in enumerate(runs) if run), key=lambda end: end[0].value or 0)
    layers, floor = [], -math.inf
    for mark, i in ends:
        lines = [mark.series_label] if narrow else textwrap.wrap(mark.series_label, 20)
        above = 14 * per_pixel if narrow else 0
        at = max((mark.value or 0) + above, floor)
        floor = at + (LINE_HEIGHT * len(lines) + 5) * per_pixel
        data = {"values": [{"place": mark.place, "value": at, "words": lines}]}
        shape = {"fill": WORDS[i], "fontWeight": "bold", "lineHeight": LINE_HEIGHT}
        encoding = {"x": x, "y": y, "text": {"field": "words"}}
        if narrow:
            layers.append(
                {"data": data} | texts(encoding, align="right", dx=6, stroke="white", strokeWidth=4, fontWeight="bold")
            )
        layers.append({"data": data} | texts(encoding, align="right" if narrow else "left", dx=6 if narrow else 12, **shape))
    return layers


def _time_axis(places: list[tuple[int, str]], room: int, narrow: bool) -> dict[str, Any]:
    fit = max(1, room // (62 if narrow else 78))
    every = max(1, math.ceil(len(places) / fit))
    shown = dict(places[::every])
    words = {str(place): "\n".join(textwrap.wrap(label, 10)) for place, label in shown.items()}
    pairs = ", ".join(f"'{place}': {text!r}" for place, text in words.items())
    return {"title": None, "grid": False, "values": list(shown), "labelExpr": f"split({{{pairs}}}[datum.value + ''], '\\n')",
            "labelLineHeight": 16}  # fmt: skip


def funnel(chart: Chart, found: list[Mark], width: int) -> dict[str, Any]:
    """Rates against size within their control limits; dots unnamed but for `named`; shapes tell above from below."""
    limits = _limits(chart)
    narrow = width < NARROW
    dots_ = sorted((m for m in found if m.value is not None and m.other(chart.size)), key=lambda m: m.other(chart.size) or 0)
    outer_low, outer_high = limits.outer_lower or limits.lower, limits.outer_upper or limits.upper
    rows: list[dict[str, Any]] = [
        {
            "size": m.other(chart.size), "value": m.value, "words": m.label if m.code in chart.named else "",
            "side": side_of(m, outer_low, outer_high),
            "low": m.other(limits.lower), "high": m.other(limits.upper), "centre": m.other(limits.centre),
            "low2": m.other(outer_low), "high2": m.other(outer_high),
        }
        for m in dots_
    ]  # fmt: skip
    top = _nice(max(max(r["value"] or 0, r["high2"] or 0) for r in rows))
    left, right, height = 46, 16, 300 if narrow else 330
    x = {"field": "size", "type": "quantitative", "scale": {"domain": [0, _nice(rows[-1]["size"] or 1)], "nice": False},
         "axis": {**CONFIG["axis"], "title": chart.size_title, "grid": False, **({"format": "~s", "tickCount": 3} if narrow else
                  {"format": ",.2~f", "tickCount": 6})}}  # fmt: skip
    scale = {"domain": [0, top], "nice": False}
    axis = PLAIN_AXIS

    def y(name: str) -> dict[str, Any]:
        return {"field": name, "type": "quantitative", "scale": scale, "axis": axis}

    layers = [
        {"mark": {"type": "area", "fill": "#e9eef3"}, "encoding": {"x": x, "y": y("low2"), "y2": {"field": "high2"}}},
        {"mark": {"type": "area", "fill": "#cfdbe6"}, "encoding": {"x": x, "y": y("low"), "y2": {"field": "high"}}},
        {"mark": {"type": "line", "stroke": BLUE, "strokeWidth": 1.6}, "encoding": {"x": x, "y": y("centre")}},
    ]
    edge = {"type": "line", "stroke": AXIS, "strokeWidth": 1, "strokeDash": [5, 4]}  # in grey the outer band is faint
    layers += [{"mark": edge, "encoding": {"x": x, "y": y(name)}} for name in ("low2", "high2")]
    for side, shape, fill, size in (
        ("in", "circle", "#5c6b78", 50),
        ("above", "triangle-up", BLUE, 110),
        ("below", "triangle-down", BLUE, 110),
    ):
        mark = {
            "type": "point",
            "shape": shape,
            "fill": fill,
            "stroke": "white",
            "strokeWidth": 0.8,
            "size": size,
            "opacity": 1,
        }
        layers.append({"mark": mark, "encoding": {"x": x, "y": y("value")}} | only(f"datum.side == '{side}'"))
    layers += _names_of_dots(rows, x, y("value"), width)
    return layered(rows, layers, width - left - right, height, left=left, right=right, top=10, bottom=54)


def _names_of_dots(rows: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any], width: int) -> list[dict[str, Any]]:
    """Names beside dots, to the left of those in the right half, so that no name leaves the chart."""
    half = _nice(rows[-1]["size"] or 1) / 2
    encoding = {"x": x, "y": y, "text": {"field": "words"}}
    return [
        texts(encoding, align="left", dx=10, fontSize=13) | only(f"datum.words != '' && datum.size <= {half}"),
        texts(encoding, align="right", dx=-10, fontSize=13) | only(f"datum.words != '' && datum.size > {half}"),
    ]


def dots(chart: Chart, found: list[Mark], width: int) -> dict[str, Any]:
    """A dot a row with its interval, in A to Z; what has no number says its symbol."""
    narrow = width < NARROW
    ordered = sorted(found, key=lambda m: m.label.casefold())
    rows: list[dict[str, Any]] = [
        {
            "place": i, "label": m.label, "value": m.value, "low": m.other(chart.low), "high": m.other(chart.high),
            "symbol": "" if m.value is not None else m.printed, "own": not chart.named or m.code in chart.named,
        }
        for i, m in enumerate(ordered)
    ]  # fmt: skip
    top = _nice(max(max(r["high"] or 0, r["value"] or 0) for r in rows))
    left = min(200 if not narrow else 168, 8 * max(len(m.label) for m in ordered) + 12)
    y = {"field": "place", "type": "ordinal", "axis": None}
    axis = {**PLAIN_AXIS, "orient": "top"}

    def x(name: str) -> dict[str, Any]:
        return {"field": name, "type": "quantitative", "axis": axis, "scale": {"domain": [0, top], "nice": False}}

    layers: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "stroke": LINE, "strokeDash": [1, 3]}, "encoding": {"y": y}},
        texts({"y": y, "x": {"value": -10}, "text": {"field": "label"}}, align="right", fontSize=12 if narrow else 13),
        texts({"y": y, "x": {"value": 4}, "text": {"field": "symbol"}}, align="left", fontSize=13) | only("datum.symbol != ''"),
    ]
    if chart.low and chart.high:
        rule = {"type": "rule", "stroke": "#7b98b3", "strokeWidth": 3}
        layers.append({"mark": rule, "encoding": {"y": y, "x": x("low"), "x2": {"field": "high"}}} | only("datum.symbol == ''"))
    for own, fill in ((True, BLUE), (False, "#8a8a86")):
        mark = {
            "type": "point",
            "shape": "circle",
            "size": 60,
            "fill": fill,
            "stroke": "white",
            "strokeWidth": 0.8,
            "opacity": 1,
        }
        layers.append(
            {"mark": mark, "encoding": {"y": y, "x": x("value")}}
            | only(f"datum.symbol == '' && datum.own == {str(own).lower()}")
        )
    return layered(rows, layers, width - left - 16, 21 * len(rows), left=left, right=16, top=28)


def side_of(mark: Mark, low: str, high: str) -> str:
    value, least, most = mark.value, mark.other(low), mark.other(high)
    if value is not None and most is not None and value > most:
        return "above"
    return "below" if value is not None and least is not None and value < least else "in"


def _limits(chart: Chart) -> Limits:
    if chart.limits is None or not chart.size:
        raise RefusedByRule(
            f"Chart {chart.name} is a funnel without its limits.",
            expected="limits, and the measure of size along the bottom",
            next_step="name both in the chart",
        )
    return chart.limits


def texts(encoding: dict[str, Any], **mark: Any) -> dict[str, Any]:
    return {"mark": {"type": "text", "baseline": "middle", **mark}, "encoding": encoding}


def only(test: str) -> dict[str, Any]:
    return {"transform": [{"filter": test}]}


def layered(
    data: list[dict[str, Any]], layers: list[dict[str, Any]], width: int, height: float,
    *, left: int, right: int, top: int = 8, bottom: int = 8,
) -> dict[str, Any]:  # fmt: skip
    """The layers over one another, in a fixed frame: what stands around the plot is reserved, not measured."""
    plot: dict[str, Any] = {
        "layer": layers, "width": width, "height": height, "autosize": {"type": "none"},
        "padding": {"left": left, "right": right, "top": top, "bottom": bottom},
    }  # fmt: skip
    if data:
        plot["data"] = {"values": data}
    return plot


def _nice(value: float) -> float:
    """The next round number at or above a value, for the end of a scale."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 5, 6, 8, 10)
    return float(round(next(step * power for step in steps if value <= step * power * 1.0000001), 10))
