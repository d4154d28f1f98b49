"""A force's pack as files: one HTML page that stands by itself, the same as PDF, and the quality card's measures as CSV."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vkpp.basics.ranges import beside, told
from vkpp.engine.dissemination.edition import NOT_OUR_SITE
from vkpp.engine.dissemination.pdf import FONTS
from vkpp.engine.dissemination.rendering import PAGES
from vkpp.engine.shapes.pack import Filled, Pack, Place, Share

COLUMNS = ("dimension", "measure", "what", "count", "of", "percent", "words", "next_step")
# Beginnings of the names of shares that stand in one table, and its caption.
GROUPS = (
    (("rate",), "The rate"),
    (("crime-type.",), "Crimes by type, each a share of all counted"),
    (("type.", "suspects-child"), "What is known of them, each a share of those known"),
)
_WIDE, _HIGH, _LEFT, _TOP, _FOOT = 700, 300, 60, 20, 40


def html(pack: Pack) -> str:
    """The pack as one page, without script and with its style sheet inside. The same pack gives the same bytes."""

    def small(n: int) -> str:
        return f"{n:,}*" if 0 < n < pack.small_below else f"{n:,}"

    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("pack.html").render(
        pack=pack,
        css=Markup((PAGES / "edition.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        not_our_site=NOT_OUR_SITE,
        drawn=Markup(funnel(pack.place)),  # noqa: S704 (numbers only)
        small=small,
        share_words=share_words,
        told=told,
        groups=[
            (caption, mine) for starts, caption in GROUPS if (mine := [s for s in pack.shares if s.name.startswith(starts)])
        ],
        unknown=[one for one in pack.filled if one.expected and one.unknown],
        why=lambda column: why(column, small),
    )


def pdf(page: str, pack: Pack) -> bytes:
    """The page as a tagged PDF (PDF/UA-1), with its marking on every sheet. Nothing is fetched, and no date is written."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    said = " · ".join(filter(None, (pack.marking, "Invented data" if pack.invented else "")))
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')
    sheet = CSS(
        string=f"""
        @font-face {{ font-family: Roboto; src: url(Roboto-Regular.ttf); font-weight: 400; }}
        @font-face {{ font-family: Roboto; src: url(Roboto-Bold.ttf); font-weight: 700; }}
        html, body, code, svg text {{ font-family: Roboto !important; }}
        @page {{ @bottom-left {{ content: "{quoted}"; font: 8pt Roboto; color: #484949; }}
          @bottom-right {{ content: "Page " counter(page) " of " counter(pages); font: 8pt Roboto; color: #484949; }} }}
        """,
        font_config=fonts,
        base_url=FONTS.as_uri() + "/",
        url_fetcher=URLFetcher(allowed_protocols={"file"}),
    )
    made = HTML(string=page, base_url=FONTS.as_uri() + "/", url_fetcher=URLFetcher(allowed_protocols={"data"})).write_pdf(
        stylesheets=[sheet],
        font_config=fonts,
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(page.encode("utf-8")).digest()[:16],
    )
    return bytes(made)


def measures_csv(pack: Pack) -> bytes:
    """The card's measures, then every column's share with a value, as CSV in UTF-8 with a heading."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(pack))
    return ("\ufeff" + sink.getvalue()).encode("utf-8")


def _rows(pack: Pack) -> Iterator[tuple[object, ...]]:
    about = f"{pack.title}, {pack.period_words}, version {pack.version}"
    yield ("", "scope", about, "", "", "", f"{pack.marking}. {pack.invented}".strip(), "")
    for one in pack.quality:
        yield (
            one.dimension,
            one.name,
            one.title,
            _blank(one.count),
            _blank(one.of),
            _share(one.percent),
            one.words,
            one.next_step,
        )
    for column in pack.filled:
        name, title = f"column.{column.table}.{column.field}", f"{column.table}: {column.title}"
        yield ("Completeness", name, title, column.known, column.applies, _share(column.share), why(column), "")


def _blank(value: object) -> object:
    return "" if value is None else value


def _share(percent: float | None) -> str:
    return "" if percent is None else f"{percent:.2f}"


def why(column: Filled, said: Callable[[int], str] = "{:,}".format) -> str:
    """Why values are missing: "12 not recorded, 3 not known"; `said` writes a number."""
    return ", ".join(f"{said(n)} {reason}" for reason, n in column.reasons.items())


def share_words(one: Share) -> str:
    """ "12.5% (10.1% to 15.4%)", or why there is none."""
    if one.value is None or one.lower is None or one.upper is None:
        return "No share: of none is it known" if one.unknown else "No share: there are none"
    if one.unit == "percent":
        return beside(f"{one.value:.1f}%", f"{one.lower:.1f}%", f"{one.upper:.1f}%")
    return beside(f"{one.value:.2f}", f"{one.lower:.2f}", f"{one.upper:.2f}", one.unit)


# The funnel


def funnel(place: Place) -> str:
    """Rates by people who live there; the force is the filled dot with its name, the others are rings without one."""
    if place.own is None or place.average is None:
        return ""
    people = [n for n, _ in place.others] + [place.own[0]]
    heights = [rate for _, rate in place.others] + [place.own[1]] + [high for _, _, high in place.limits]
    x, y = _scale(max(people) * 1.05, _LEFT, _WIDE - 10), _scale(max(heights) * 1.1 or 1.0, _HIGH - _FOOT, _TOP)
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" height="{_HIGH}">',
        f"<title>Where the force sits among {place.forces} forces, of which no other is named</title>",
        _line([(x(n), y(high)) for n, _, high in place.limits]),
        _line([(x(n), y(low)) for n, low, _ in place.limits]),
        f'<line x1="{_LEFT}" x2="{_WIDE - 10}" y1="{y(place.average)}" y2="{y(place.average)}" stroke="#484949"/>',
        *(f'<circle cx="{x(n)}" cy="{y(rate)}" r="4" fill="none" stroke="#6f6f6b"/>' for n, rate in place.others),
        f'<circle cx="{x(place.own[0])}" cy="{y(place.own[1])}" r="7" fill="#12436d"/>',
        f'<text x="{x(place.own[0])}" y="{y(place.own[1]) - 12}" font-size="15" text-anchor="middle">Your force</text>',
        f'<text x="{_LEFT}" y="{_HIGH - 8}" font-size="13">Children who live there, 0 to {max(people):,}</text>',
        f'<text x="4" y="{y(place.average) - 5}" font-size="13">{place.average:.2f}</text>',
        f'<text x="4" y="{_HIGH - _FOOT}" font-size="13">0</text>',
        "</svg>",
    ]
    return "".join(parts)


def _scale(high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: round(start + (end - start) * value / high, 1)


def _line(points: list[tuple[float, float]]) -> str:
    if not points:
        return ""
    return f'<polyline points="{" ".join(f"{a},{b}" for a, b in points)}" fill="none" stroke="#8a8a86" stroke-dasharray="4 3"/>'


def files(pack: Pack) -> dict[str, Any]:
    """Every file by its kind; no PDF where the machine cannot lay out letters."""
    from vkpp.engine.dissemination.pdf import why_no_pdf

    page = html(pack)
    made = {"html": page.encode("utf-8"), "csv": measures_csv(pack)}
    return made if why_no_pdf() else made | {"pdf": pdf(page, pack)}
