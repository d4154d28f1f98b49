"""Charts as SVG: what each kind of chart shows of its table, drawn at two widths by vl-convert without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination import plots
from vkpp.engine.dissemination.edition import Chart, Edition
from vkpp.engine.dissemination.marks import Mark, marks
from vkpp.engine.dissemination.numbers import Numbers
from vkpp.engine.dissemination.rendering import Drawn
from vkpp.engine.dissemination.tile_map import tiles
from vkpp.engine.dissemination.wording import Wording

FONTS = Path(__file__).with_name("fonts")
VEGA_LITE = "6.4"
WIDE, NARROW = 720, 330  # pixels; the page shows one of the two, so that letters keep their size
Plot = Callable[[Chart, list[Mark], int], dict[str, Any]]
PLOTS: Mapping[str, Plot] = {
    "bar": plots.bar, "line": plots.line, "funnel": plots.funnel, "dots": plots.dots, "tiles": tiles,
}  # fmt: skip


def draw(chart: Chart, edition: Edition, numbers: Numbers) -> Drawn:
    """The chart at both widths, with its headline and reading as the words for whoever cannot see it."""
    found = marks(chart, edition)
    if not any(mark.value is not None for mark in found):
        raise RefusedByRule(
            f"Chart {chart.name} has nothing to draw.",
            where=f"table {chart.table}, measure {chart.measure}",
            expected="at least one number that may be shown",
            next_step="leave the chart out, and say why",
        )
    wording = Wording(edition, numbers)
    title = ("Invented data. " if edition.invented else "") + wording.plain(chart.headline)
    words = f"{wording.plain(chart.subtitle)}. {wording.plain(chart.reading)}"
    wide, narrow = (_svg(PLOTS[chart.kind](chart, found, width), edition.invented) for width in (WIDE, NARROW))
    return Drawn(
        wide=_named(wide, f"{chart.name}-wide", title, words, "chart wide"),
        narrow=_named(narrow, f"{chart.name}-narrow", title, words, "chart narrow"),
        file=(_named(wide, chart.name, title, words, "") + "\n").encode("utf-8"),
    )


@cache
def _fonts_registered() -> bool:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return True


def _svg(plot: dict[str, Any], invented: bool) -> str:
    import vl_convert

    _fonts_registered()
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": plots.CONFIG,
        "background": "white",
        **plot,
    }
    if invented:
        plot["padding"]["top"] += 26
        whole["title"] = {"text": "Invented data", "anchor": "start", "fontSize": 12, "color": plots.QUIET, "offset": 6}
    return str(vl_convert.vegalite_to_svg(whole, vl_version=VEGA_LITE, allowed_base_urls=[]))


def _named(svg: str, name: str, title: str, words: str, css: str) -> str:
    """The drawing with a title and a description, ids of its own, and no further words for assistive technology inside."""
    size = re.search(r'<svg[^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    if size is None:
        raise ValueError(f"the drawing of {name} has no size")
    body = re.sub(r"^.*?<svg[^>]*>", "", svg, count=1, flags=re.DOTALL)
    body = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", body)
    body = re.sub(r'\bid="', f'id="{name}-', body).replace("url(#", f"url(#{name}-")
    width, height = size.groups()
    classes = f' class="{css}"' if css else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{classes} role="img" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(words)}</desc>{body}'
    )
