"""Rule kind none: published values pass, and what is not there says why."""

from __future__ import annotations

import math

from vkpp.catalogue.disclosure_rules import disclosure_rule_from
from vkpp.engine.disclosure import protect
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import Dimension, Measure

RULE = disclosure_rule_from(
    {"id": "open", "title": "already published official statistics: none", "kind": "none", "source": "Home Office open data"}
)
FORCE = Dimension("force_id", "Force", {"kent": "Kent", "gwent": "Gwent", "durham": "Durham"})
CRIMES = Measure("crimes", "Crimes", "count")
RATE = Measure("rate", "Rate per 1,000", "rate", decimals=1, multiplier=1000, of=("crimes",))


def _protected(*cells: Cell):
    table = Cells("force", "By force", "2017/18", (FORCE,), (CRIMES, RATE), cells, notes=("n",), base="43 of 43")
    return protect([table], RULE)[0]


def test_values_pass_unchanged_small_and_negative_ones_too():
    table = _protected(Cell(("kent",), "crimes", 1), Cell(("gwent",), "crimes", -3), Cell(("kent",), "rate", 1.26789))
    assert [(c.value, c.symbol) for c in table.cells] == [(1, None), (-3, None), (1.26789, None)]
    assert (table.rule, table.base, table.notes) == ("open", "43 of 43", ("n",))
    assert "nothing is hidden" in table.audit


def test_missing_becomes_its_symbol_with_an_explanation():
    table = _protected(
        Cell(("kent",), "crimes", None, "not recorded"),
        Cell(("gwent",), "crimes", None, "not applicable"),
        Cell(("durham",), "crimes", math.nan),
    )
    assert [(c.value, c.symbol) for c in table.cells] == [(None, "[x]"), (None, "[z]"), (None, "[x]")]
    assert "not recorded" in table.cell("crimes", "kent").explanation


def test_a_rate_that_would_print_as_zero_says_low_but_a_true_zero_stays():
    table = _protected(Cell(("kent",), "rate", 0.04), Cell(("gwent",), "rate", 0.0), Cell(("durham",), "rate", 0.06))
    assert [(c.value, c.symbol) for c in table.cells] == [(None, "[low]"), (0.0, None), (0.06, None)]
