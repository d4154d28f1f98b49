"""The words of a product, as a file that a person can review: headlines, sections, charts, method and quality.

A wording is Jinja with the functions of dissemination/wording.py, so that every digit is bound to a number. Before that,
names in angle brackets, such as <<last_quarter>>, are filled with codes from the flow: which number a sentence speaks of.
An entry that `needs` a name stands only where the flow gave that name a value: an edition of one quarter compares no quarters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination.edition import Chart, Headline, Limits, Section, SupportLine
from vkpp.engine.dissemination.words import Allowed
from vkpp.engine.statistics.series import Charted

FOLDER = Path(__file__).with_name("wording")
NAME = re.compile(r"<<(\w+)>>")
NEEDS = "needs"


@dataclass(frozen=True, slots=True)
class Wordings:
    """One product's words with the codes filled in; keys as in the file."""

    document: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name in ("title", "subtitle", "product", "status", "basis"):
            return self.document[name]
        raise AttributeError(name)

    @property
    def headlines(self) -> tuple[Headline, ...]:
        return tuple(
            Headline(h["text"], tuple(h["numbers"]), h["does_not_say"], h.get("figure", "")) for h in self.document["headlines"]
        )

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(
            Section(s["title"], s["text"], s["anchor"], tuple(s.get("charts", ())), tuple(s.get("tables", ())))
            for s in self.document["sections"]
        )

    @property
    def quality(self) -> tuple[tuple[str, str], ...]:
        return tuple((entry["term"], entry["text"]) for entry in self.document["quality"])

    @property
    def support(self) -> tuple[SupportLine, ...]:
        return tuple(SupportLine(**entry) for entry in self.document.get("support", ()))

    @property
    def glossary(self) -> tuple[tuple[str, str], ...]:
        return tuple((entry["term"], entry["text"]) for entry in self.document.get("glossary", ()))

    @property
    def allowed(self) -> tuple[Allowed, ...]:
        return tuple(Allowed(entry["phrase"], entry["why"]) for entry in self.document.get("allowed", ()))

    def charts(self, layout: Mapping[str, tuple[int, int, str]]) -> tuple[Chart, ...]:
        """The charts; a tile map takes the layout."""
        return tuple(_chart(entry, layout) for entry in self.document["charts"])


def standing_out(chart: Charted) -> str:
    """The verdict of a control chart of quarters as a wording that a board can read; it says what it does not say."""
    if not chart.rules:
        return "One quarter alone has no control chart."
    trial = " With fewer than twelve quarters these are trial limits." if chart.trial else ""
    if not chart.standing_out:
        calm = "No quarter stands out from the ordinary ups and downs."
        return f"{calm}{trial} The chart does not say why, nor whether this level is good enough."
    names = ", ".join(f"{{{{ label('quarter', 'period', '{code}') }}}}" for code in chart.standing_out)
    why = "The chart does not say why; recording can change as well as abuse."
    return f"More than ordinary ups and downs: {names}.{trial} {why}"


def worded(product: str, context: Mapping[str, str]) -> Wordings:
    """The words of a product, every <<name>> filled from `context`.

    Raises RefusedByRule for a name that is not there: the frozen tables of an edition that an earlier program made.
    """
    try:
        return Wordings(_filled(_document(product), context))
    except KeyError as absent:
        raise RefusedByRule(
            f"The words of {product} ask for {absent.args[0]!r}, which is not among what was counted.",
            expected="tables counted by this version of the program",
            next_step="give the inputs with --from, or use the version that made the edition",
        ) from absent


@cache
def _document(product: str) -> Any:
    return yaml.safe_load((FOLDER / f"{product}.yaml").read_text(encoding="utf-8"))


def _filled(value: Any, context: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return NAME.sub(lambda found: context[found[1]], value)
    if isinstance(value, list):
        return [_filled(entry, context) for entry in value if _stands(entry, context)]
    if isinstance(value, dict):
        return {key: _filled(entry, context) for key, entry in value.items() if key != NEEDS}
    return value


def _stands(entry: Any, context: Mapping[str, str]) -> bool:
    return not isinstance(entry, dict) or NEEDS not in entry or bool(context[entry[NEEDS]])


def _chart(entry: Mapping[str, Any], layout: Mapping[str, tuple[int, int, str]]) -> Chart:
    plain = {key: value for key, value in entry.items() if key not in ("limits", "named", "apart", "tiles")}
    return Chart(
        **plain,
        limits=Limits(**entry["limits"]) if "limits" in entry else None,
        named=tuple(entry.get("named", ())),
        apart=tuple(entry.get("apart", ())),
        layout=layout if entry["kind"] == "tiles" else {},
    )
