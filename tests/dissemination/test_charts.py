"""Charts: their numbers come from the table alone, their letters keep their size, and colour never stands alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.dissemination.reading import elements
from tests.dissemination.sample import CHARTS, FORCES, LIMITS, TILES, edition
from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination import Chart, SeriesBreak, plots, tile_map
from vkpp.engine.dissemination.drawing import NARROW, PLOTS, WIDE, draw
from vkpp.engine.dissemination.marks import marks
from vkpp.engine.dissemination.numbers import Numbers
from vkpp.engine.dissemination.unbound import without_exceptions

BY_NAME = {chart.name: chart for chart in CHARTS}


def plot(chart: Chart, width: int = WIDE, **changes: Any) -> dict[str, Any]:
    return PLOTS[chart.kind](chart, marks(chart, edition(**changes)), width)


def texts_of(svg: str) -> list[str]:
    return [e.text for e in elements(svg) if e.tag == "text"]


def axis_labels(plotted: dict[str, Any]) -> bool:
    return "axis" in str(plotted)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_number_drawn_is_a_cell_or_a_mark_of_the_scale(folder: Path, name: str) -> None:
    chart = BY_NAME[name]
    svg = (folder / "charts" / f"{name}.svg").read_text("utf-8")
    scale = {e.text for e in elements(re.sub(r'(?s)^.*?(<g class="mark-group role-axis.*)$', r"\1", svg)) if e.tag == "text"}
    cells = {mark.printed for mark in marks(chart, edition())}
    drawn = [t for t in texts_of(svg) if re.search(r"\d", without_exceptions(t))]
    values = [t for t in drawn if t not in scale]
    assert set(values) <= cells, set(values) - cells
    if chart.kind in ("bar", "tiles"):
        assert cells <= set(texts_of(svg))


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_chart_has_two_widths_a_title_a_description_and_legible_letters(name: str) -> None:
    whole = edition()
    drawn = draw(BY_NAME[name], whole, Numbers(whole))
    for svg, width in ((drawn.wide, WIDE), (drawn.narrow, NARROW)):
        found = elements(svg)
        root = found[0]
        assert root.attributes["role"] == "img"
        assert abs(float(root.attributes["width"]) - width) <= 8
        named = root.attributes["aria-labelledby"].split()
        assert [e.attributes["id"] for e in found if e.tag in ("title", "desc")] == named
        assert all(len(e.text) > 20 for e in found if e.tag == "desc")
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
        assert sizes and min(sizes) >= 12
        assert not re.search(r"aria-roledescription|rotate\(-?90", svg), "text lies level, and only the title is spoken"


def test_forces_stand_in_the_order_of_names_not_of_numbers() -> None:
    rows = plot(BY_NAME["dots"])["data"]["values"]
    assert [row["label"] for row in rows] == sorted(FORCES)
    bars = plot(replace(BY_NAME["dots"], kind="bar"))["data"]["values"]
    assert [" ".join(row["label"]) for row in bars] == list(FORCES)


def test_a_funnel_names_nobody_unless_it_is_told_to(folder: Path) -> None:
    shown = set(texts_of((folder / "charts" / "funnel.svg").read_text("utf-8")))
    assert not shown & set(FORCES)
    named = replace(BY_NAME["funnel"], named=("caldmere",))
    words = [row["words"] for row in plot(named)["data"]["values"] if row["words"]]
    assert words == ["Caldmere"]


def test_outside_the_limits_is_told_by_shape_and_not_by_tone_alone() -> None:
    sides = {row["side"] for row in plot(BY_NAME["funnel"])["data"]["values"]}
    assert sides == {"in", "above", "below"}
    shapes = [tone.shape for tone in tile_map.TONES.values() if tone.shape]
    assert len(set(shapes)) == 2
    tones = {row["short"]: row["tone"] for row in plot(BY_NAME["tiles"])["data"]["values"]}
    assert (tones["Caldme"], tones["Pennar"], tones["Upperm"], tones["Ashmoo"]) == ("above", "below", "none", "in")


def test_series_differ_in_shape_so_that_grey_is_enough() -> None:
    assert len(set(plots.SHAPES)) == plots.MOST_SERIES == len(plots.SERIES)


def layers(plotted: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [layer for layer in plotted["layer"] if layer["mark"]["type"] == kind]


def test_provisional_points_are_hollow_and_their_line_dashed() -> None:
    drawn = plot(BY_NAME["trend"])
    hollow = [p for p in layers(drawn, "point") if p["mark"]["fill"] == "white"]
    assert [len(p["data"]["values"]) for p in hollow] == [1, 1]
    dashed = [line for line in layers(drawn, "line") if line["mark"]["strokeDash"] == [4, 4]]
    assert len(dashed) == 2
    settled = plot(replace(BY_NAME["trend"], provisional=()), provisional=())
    assert not [p for p in layers(settled, "point") if p["mark"]["fill"] == "white"]


def test_a_break_cuts_the_line_and_is_named() -> None:
    whole = len(layers(plot(BY_NAME["trend"]), "line"))
    cut = replace(BY_NAME["trend"], breaks=(SeriesBreak("FY2017-18Q2", "new counting rules"),))
    drawn = plot(cut)
    assert len(layers(drawn, "line")) == whole - 2
    assert layers(drawn, "rule")
    assert "new counting rules" in str(drawn)


def test_unknown_stands_apart_as_a_hollow_bar() -> None:
    rows = {" ".join(row["label"]): row for row in plot(BY_NAME["kinds"])["data"]["values"]}
    assert rows["Kind not known"]["hollow"] and not rows["Obscene publications"]["hollow"]
    assert rows["Kind not known"]["printed"] == "[c]"
    assert "All kinds" not in rows


def test_two_measures_may_be_two_series() -> None:
    chart = replace(BY_NAME["trend"], kind="line", table="force", measure="low", also=("high",), by="force_id", series="")
    assert {m.series_label for m in marks(chart, edition())} == {"95% lower limit", "95% upper limit"}


def test_a_chart_with_nothing_to_show_is_refused() -> None:
    whole = edition()
    hidden = tuple(replace(c, value=None, symbol="[c]") for c in whole.table("kind").cells)
    tables = (replace(whole.table("kind"), cells=hidden), *whole.tables[1:])
    with pytest.raises(RefusedByRule, match="nothing to draw"):
        draw(BY_NAME["kinds"], edition(tables=tables), Numbers(whole))
    with pytest.raises(RefusedByRule, match="not cut by"):
        marks(replace(BY_NAME["kinds"], by="period"), whole)


def test_tiles_never_overlap() -> None:
    assert len({place[:2] for place in TILES.values()}) == len(TILES)
    assert LIMITS.outer_upper


def test_scales_end_at_round_numbers() -> None:
    assert [plots._nice(x) for x in (0, 7, 19_734, 22_949, 0.3, 100, 1.01)] == [1, 8, 20_000, 25_000, 0.3, 100, 1.2]
