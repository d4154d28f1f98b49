"""An edition of invented numbers, and the pieces to make others: forces of no register, shaped like the real tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vkpp.engine.dissemination import Chart, Edition, Fact, Headline, Limits, Provenance, Section, SupportLine
from vkpp.engine.shapes.findings import CheckRun, Reconciliation
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

BASE = "20 of 20 forces, recorded April 2017 to March 2018, extracted 19 July 2018"
CRIMES = Measure("crimes", "Crimes", "count", definition="Crimes recorded in classes that name a child.", source="invented.csv")
SHARE = Measure("share", "Share of all", "share", 1, 100, ("crimes",), definition="Crimes as a percentage of all.")
RATE = Measure("rate", "Per 1,000 children", "rate", 1, 1000, ("crimes",), definition="Crimes per 1,000 children under 18.")
QUARTERS = {
    "FY2016-17Q4": "Jan to Mar 2017", "FY2017-18Q1": "Apr to Jun 2017", "FY2017-18Q2": "Jul to Sep 2017",
    "FY2017-18Q3": "Oct to Dec 2017", "FY2017-18Q4": "Jan to Mar 2018",
}  # fmt: skip
KINDS = {
    "19D": "Rape of a female child under 16", "20B": "Sexual assault on a female child under 13",
    "22B": "Sexual activity involving child under 16", "86": "Obscene publications",
    "unknown": "Kind not known", TOTAL: "All kinds",
}  # fmt: skip
FORCES = (
    "Ashmoor", "Brackwater", "Caldmere", "Dunholt", "Eastcombe", "Fenwick Vale", "Greyling", "Hollinshire", "Islemouth",
    "Juniper Coast", "Kestrel Bay", "Larkfield", "Mirefell", "Northmarch", "Oakhurst", "Pennard", "Quarrow", "Ridgeway North",
    "Sallowby", "Uppermoor",
)  # fmt: skip


def dimension(name: str, title: str, codes: Mapping[str, str]) -> Dimension:
    return Dimension(name, title, codes, {c: TOTAL for c in codes if c != TOTAL and TOTAL in codes})


def table(
    name: str,
    dimensions: tuple[Dimension, ...],
    measures: tuple[Measure, ...],
    values: Mapping[tuple[str, ...], Iterable[int | float | str | None]],
    **other: Any,
) -> ProtectedTable:
    """A protected table from rows: key -> one value or symbol a measure; None leaves the cell out."""
    cells = []
    for key, row in values.items():
        for measure, value in zip(measures, row, strict=True):
            if isinstance(value, str):
                cells.append(ProtectedCell(key, measure.name, None, value, "fewer than allowed"))
            elif value is not None:
                cells.append(ProtectedCell(key, measure.name, value, None))
    words: dict[str, Any] = {
        "title": f"Recorded crimes: {name}",
        "subtitle": "Crimes recorded, invented forces, April 2017 to March 2018",
        "rule": "already-published",
        "audit": "No cell is hidden, because the source is published.",
        "base": BASE,
        "query": " ".join(("select * from crimes group by", name)),
    }
    return ProtectedTable(name=name, dimensions=dimensions, measures=measures, cells=tuple(cells), **(words | other))


def kinds() -> ProtectedTable:
    counts = {"19D": 6120, "20B": 5011, "22B": 9934, "86": 4200, "unknown": "[c]", TOTAL: 25_900}
    rows = {(c,): (n, "[c]" if isinstance(n, str) else round(n / 25_900 * 100, 4)) for c, n in counts.items()}
    return table("kind", (dimension("code", "Kind of crime", KINDS),), (CRIMES, SHARE), rows, title="Recorded crimes by kind")


def quarters() -> ProtectedTable:
    codes = {"child": "Directly against a child", "image": "Indecent images", TOTAL: "All crimes"}
    child, image = (14_980, 15_120, 15_390, 15_160, 15_870), (4_210, 4_330, 4_460, 4_510, 4_720)
    rows: dict[tuple[str, ...], tuple[int]] = {}
    for code, run in (("child", child), ("image", image), (TOTAL, tuple(a + b for a, b in zip(child, image, strict=True)))):
        rows |= {(code, period): (n,) for period, n in zip(QUARTERS, run, strict=True)}
    dims = (dimension("code", "Kind of crime", codes), Dimension("period", "Quarter", QUARTERS))
    return table("quarter", dims, (CRIMES,), rows, title="Recorded crimes by quarter")


def forces() -> ProtectedTable:
    names = [Measure(n, t, "rate", 2) for n, t in (
        ("low", "95% lower limit"), ("high", "95% upper limit"), ("centre", "All forces"), ("inner_low", "Expected from"),
        ("inner_high", "Expected to"), ("outer_low", "Hardly ever below"), ("outer_high", "Hardly ever above"))]  # fmt: skip
    size = Measure("children", "Children", "count")
    codes = {name.lower().replace(" ", "-"): name for name in FORCES} | {TOTAL: "All forces"}
    rows: dict[tuple[str, ...], tuple[int | float | str | None, ...]] = {}
    for i, code in enumerate(codes):
        if code == TOTAL:
            rows[(code,)] = (25_900, 4_120_000, 6.3, 6.2, 6.4, None, None, None, None, None)
        elif code == "uppermoor":
            rows[(code,)] = (12, 40, *("[u]",) * 8)
        else:
            children = 61_000 + 23_000 * ((i * 7) % 19)
            rate = 6.3 + ((i * 37) % 11 - 5) * 0.35 + (4.4 if code == "caldmere" else -3.9 if code == "pennard" else 0)
            spread = 1.96 * (rate / children * 1000) ** 0.5
            inner = 1.96 * (6.3 / children * 1000 + 1.0) ** 0.5
            limits = (6.3, max(6.3 - inner, 0), 6.3 + inner, max(6.3 - inner * 1.58, 0), 6.3 + inner * 1.58)
            rows[(code,)] = (round(rate * children / 1000), children, rate, rate - spread, rate + spread, *limits)
    dims = (dimension("force_id", "Force", codes),)
    return table("force", dims, (CRIMES, size, RATE, *names), rows, title="Recorded crimes by force, A to Z")


LIMITS = Limits("centre", "inner_low", "inner_high", "outer_low", "outer_high")
TILES = {name.lower().replace(" ", "-"): (i % 5, i // 5, name[:6]) for i, name in enumerate(FORCES)}
CHARTS = (
    Chart(
        "trend", "line", "quarter", "crimes", "period", series="code", provisional=("FY2017-18Q4",),
        headline="Crimes about images {{ rose('quarter.crimes.image.FY2017-18Q3', 'quarter.crimes.image.FY2017-18Q1') }}"
        " in half a year",
        subtitle="Recorded crimes each quarter, invented forces, January 2017 to March 2018",
        reading="Crimes directly against a child were {{ n('quarter.crimes.child.FY2017-18Q3') }} from October to December"
        " 2017. Those about images were {{ n('quarter.crimes.image.FY2017-18Q3') }}.",
    ),
    Chart(
        "kinds", "bar", "kind", "crimes", "code", apart=("unknown",),
        headline="Sexual activity with a child was recorded most often",
        subtitle="Recorded crimes by kind, invented forces, 2017/18",
        reading="{{ pct('kind.share.22B') }} of recorded crimes were in class 22B."
        " Rape of a girl was {{ pct('kind.share.19D') }}.",
    ),
    Chart(
        "funnel", "funnel", "force", "rate", "force_id", size="children", limits=LIMITS, size_title="Children in the area",
        headline="{{ within('force', 'rate', 'outer_low', 'outer_high') }} of {{ valued('force', 'rate') }} forces recorded"
        " about as many crimes as expected",
        subtitle="Recorded crimes per 1,000 children against the number of children in the area, invented forces, 2017/18",
        reading="Most forces lie within the range expected of forces their size. {{ above('force', 'rate', 'outer_high') }}"
        " recorded more and {{ below('force', 'rate', 'outer_low') }} fewer, which is a question to ask and not a verdict.",
    ),
    Chart(
        "dots", "dots", "force", "rate", "force_id", low="low", high="high",
        headline="Rates differ between forces by more than chance alone",
        subtitle="Recorded crimes per 1,000 children with 95% intervals, invented forces A to Z, 2017/18",
        reading="The rate of all forces together is {{ n('force.rate.total') }}. A wide line is a small force.",
    ),
    Chart(
        "tiles", "tiles", "force", "rate", "force_id", limits=LIMITS, layout=TILES,
        headline="{{ outside('force', 'rate', 'outer_low', 'outer_high') }} forces stand apart from what is expected",
        subtitle="Recorded crimes per 1,000 children in each force area, one equal tile a force, invented forces, 2017/18",
        reading="Most tiles are plain, because most forces are where forces of their size are expected to be. A force with few"
        " resident children has no rate.",
    ),
)  # fmt: skip


def edition(**changes: Any) -> Edition:
    whole = Edition(
        id="example-2017-18-1",
        title="Child sexual abuse and exploitation recorded by police, 2017/18",
        subtitle="Invented forces, April 2017 to March 2018",
        period_label="Edition 1",
        product="National analysis of police-recorded child sexual abuse and exploitation",
        status="management information",
        basis="Crimes recorded by police, counted by the date they were recorded.",
        attribution="Made from invented data for the tests of this program.",
        provenance=Provenance(
            "0.1.0", "recorded-crime", "2018.1", "c" * 64, "l" * 64, {"invented.csv": "a1" * 32}, {"period": "FY2017-18"}
        ),
        tables=(kinds(), quarters(), forces()),
        charts=CHARTS,
        headlines=(
            Headline(
                "crimes were recorded, {{ share('kind.crimes.22B', 'kind.crimes.total') }} of them in class 22B.",
                ("kind.crimes.total",),
                "Many children never tell anyone. This counts what police recorded, not all abuse.",
            ),
            Headline(
                "of recorded crimes were about obscene publications, most of them indecent images of children.",
                ("kind.share.86",),
                "It does not count images, nor the children in them.",
            ),
        ),
        sections=(
            Section(
                "Change over time",
                "A rise in recorded crimes can mean more abuse, more people coming forward, or better recording.\n\n"
                "From October to December 2017 there were"
                " {{ more('quarter.crimes.total.FY2017-18Q3', 'quarter.crimes.total.FY2017-18Q2') }} crimes than in the quarter"
                " before.",
                "change",
                ("trend",),
            ),
            Section(
                "What was recorded", "A crime is counted once, however many victims or suspects it has.", "kinds", ("kinds",)
            ),
            Section("Forces", "Forces are not ranked.", "forces", ("funnel", "dots", "tiles")),
        ),
        quality=(
            ("Who replied", "{{ n('quality.forces') }} forces."),
            ("What is counted", "Crimes recorded in classes that name a child."),
            ("Do not use it to", "rank forces, or to say how much abuse there is."),
        ),
        facts=(Fact("quality.forces", 20, "forces with at least one record", "invented.csv"),),
        reconciliations=(Reconciliation("invented.csv", "crimes", 1204, 1, 2, 0, 1, 1200, 1200, 0),),
        checks=(
            CheckRun("RC01", "crimes", "error", True, 0),
            CheckRun("RC02", "crimes", "query", True, 36),
            CheckRun("RC03", "crimes", "note", False, 0, "the benchmark was not given"),
        ),
        provisional=("FY2017-18Q4",),
        invented=True,
        support=(
            SupportLine("999", "if a child is in danger now", "gov.uk", "2026-11-01"),
            SupportLine("0800 1111", "Childline, for children, free, day and night", "childline.org.uk", "2026-11-01"),
        ),
    )
    return replace(whole, **changes)
