"""Each test first plants a leak and shows that the attack finds it; then protection is on, and the attack finds nothing."""

from __future__ import annotations

import pytest

from tests.disclosure.editions import CRIMES, counts_over, dimension, rule, table
from vkpp.basics.problems import RefusedByRule
from vkpp.engine.disclosure import leaks_without_secondary, protect
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.disclosure.audit import Doubt, audit
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

FORCE = dimension(
    "force_id", ["kent", "essex", "gwent", "dyfed"], {"kent": "south", "essex": "south", "gwent": "wales", "dyfed": "wales"}
)
FORCE = Dimension(
    "force_id",
    "Force",
    {TOTAL: "All", "south": "South", "wales": "Wales", "kent": "Kent", "essex": "Essex", "gwent": "Gwent", "dyfed": "Dyfed"},
    {"kent": "south", "essex": "south", "gwent": "wales", "dyfed": "wales"},
)
CODE = dimension("code", ["rape", "image"])
LEAVES = {
    ("kent", "rape"): 12, ("kent", "image"): 3, ("essex", "rape"): 20, ("essex", "image"): 15,
    ("gwent", "rape"): 7, ("gwent", "image"): 9, ("dyfed", "rape"): 30, ("dyfed", "image"): 11,
}  # fmt: skip


def symbols(protected: ProtectedTable) -> dict[tuple[str, ...], str | None]:
    return {c.key: c.symbol for c in protected.cells if c.measure == "crimes"}


def printed(cells: Cells, hide: set[tuple[str, tuple[str, ...]]]) -> ProtectedTable:
    """A table as a careless hand would print it: these cells hidden and nothing else."""
    shown = [
        ProtectedCell(c.key, c.measure, None, "[c]")
        if (c.measure, c.key) in hide
        else ProtectedCell(c.key, c.measure, c.value, None)
        for c in cells.cells
    ]
    return ProtectedTable(cells.name, cells.title, cells.subtitle, cells.dimensions, cells.measures, tuple(shown), "none", "")


def test_primary_hiding_alone_is_read_out_with_what_gives_it_back():
    leaks = audit_tables([printed(table("t", (FORCE, CODE), LEAVES), {("crimes", ("kent", "image"))})])
    assert len(leaks) == 1
    assert "can only be 3" in leaks[0]
    assert "“Crimes” for Kent, Image in “Table t”" in leaks[0]
    assert "given back by" in leaks[0]


def test_with_secondary_hiding_off_the_edition_cannot_be_made():
    with pytest.raises(RefusedByRule, match=r"Kent, Image.*worked out exactly") as refused:
        protect([table("t", (FORCE, CODE), LEAVES)], rule(secondary=False))
    assert " 3" not in refused.value.saw.replace("2024", ""), "the refusal itself must not carry the number"


def test_the_switch_reads_out_what_small_counts_alone_would_leave():
    hidden, leaks = leaks_without_secondary([table("t", (FORCE, CODE), LEAVES)], rule())
    assert hidden == 1
    assert len(leaks) == 1
    assert "Kent, Image" in leaks[0]
    assert "can only be 3" in leaks[0]
    assert leaks_without_secondary([table("t", (FORCE, CODE), LEAVES)], rule(kind="none", threshold=0)) == (0, ())


def test_with_secondary_hiding_on_nothing_is_given_back():
    [protected] = protect([table("t", (FORCE, CODE), LEAVES)], rule())
    assert symbols(protected)["kent", "image"] == "[c]"
    assert sum(s == "[c]" for s in symbols(protected).values()) >= 4
    assert audit_tables([protected]) == ()
    assert "none can be worked out" in protected.audit


def test_hidden_cells_explain_themselves_alike():
    [protected] = protect([table("t", (FORCE, CODE), LEAVES)], rule())
    words = {c.explanation for c in protected.cells if c.symbol == "[c]"}
    assert len(words) == 1
    assert "protect people" in words.pop()


def test_two_tables_that_are_safe_alone_leak_together():
    by_force = table("by_force", (FORCE,), {("kent",): 15, ("essex",): 35, ("gwent",): 16, ("dyfed",): 41})
    cross = table("cross", (FORCE, CODE), LEAVES)
    hide_cross = {("crimes", k) for k in (("kent", "image"), ("kent", TOTAL), ("essex", "image"), ("essex", TOTAL))}
    alone = [printed(cross, hide_cross)]
    assert audit_tables(alone) == ()
    assert any("Kent" in leak for leak in audit_tables([*alone, printed(by_force, set())]))
    both = protect([by_force, cross], rule())
    assert audit_tables(both) == ()


RATE = Measure("rate", "Rate per 1,000", "rate", decimals=2, multiplier=1000, of=("crimes", "children"))
LIMIT = Measure("rate_low", "Lower limit", "rate", decimals=2, multiplier=1000, of=("crimes", "children"))
CHILDREN = Measure("children", "Children", "count")
PEOPLE = {"kent": 1000, "essex": 1500, "gwent": 700, "dyfed": 900}
FEW = {"kent": 3, "essex": 20, "gwent": 2, "dyfed": 30}


def rates(limits: bool = True) -> Cells:
    force = Dimension("force_id", "Force", {f: f.title() for f in PEOPLE})
    cells = []
    for f, people in PEOPLE.items():
        cells += [Cell((f,), "crimes", FEW[f]), Cell((f,), "children", people), Cell((f,), "rate", 1000 * FEW[f] / people)]
        cells += [Cell((f,), "rate_low", 800 * FEW[f] / people + 0.01)] if limits else []
    measures = (CRIMES, CHILDREN, RATE, LIMIT) if limits else (CRIMES, CHILDREN, RATE)
    return Cells("rates", "Rates", "2024", (force,), measures, tuple(cells))


def test_a_rate_beside_a_hidden_count_gives_it_back():
    hide = {("crimes", ("kent",)), ("crimes", ("gwent",))}
    leaks = audit_tables([printed(rates(limits=False), hide)])
    assert sorted(leak.split("can only be ")[1][0] for leak in leaks) == ["2", "3"]


@pytest.mark.parametrize(("people", "leaks"), [(1000, 1), (2000, 0)])
def test_a_rate_gives_back_as_much_as_its_last_decimal_says(people, leaks):
    """3 per 1,000, printed without decimals: three of 1,000, but 5 to 7 of 2,000."""
    force = Dimension("force_id", "Force", {"kent": "Kent", "essex": "Essex"})
    whole = Measure("rate", "Rate per 1,000", "rate", decimals=0, multiplier=1000, of=("crimes", "children"))
    values = {"kent": (3 * people // 1000, people, 3.0), "essex": (20, 1500, 13.0)}
    names = ("crimes", "children", "rate")
    shown = tuple(Cell((f,), name, v) for f, row in values.items() for name, v in zip(names, row, strict=True))
    cells = Cells("r", "Rates", "2024", (force,), (CRIMES, CHILDREN, whole), shown)
    assert len(audit_tables([printed(cells, {("crimes", ("kent",))})])) == leaks


def test_an_interval_limit_beside_a_hidden_count_counts_as_a_leak():
    cells = rates()
    hide = {(m, (f,)) for m in ("crimes", "rate") for f in ("kent", "gwent")}
    leaks = audit_tables([printed(cells, hide)])
    assert len(leaks) == 2
    assert all("Lower limit" in leak for leak in leaks)


def test_all_that_is_worked_out_from_a_hidden_count_is_hidden_with_it():
    [protected] = protect([rates()], rule())
    for f in ("kent", "gwent"):
        assert [protected.cell(m, f).symbol for m in ("crimes", "rate", "rate_low")] == ["[c]"] * 3
        assert protected.cell("children", f).value == PEOPLE[f]
    assert protected.cell("rate", "essex").value == 13.33
    assert audit_tables([protected]) == ()


def test_a_rate_whose_count_is_nowhere_in_the_edition_is_not_printed():
    cells = rates(limits=False)
    without = Cells(
        "r", "R", "2024", cells.dimensions, (CHILDREN, RATE), tuple(c for c in cells.cells if c.measure != "crimes")
    )
    [protected] = protect([without], rule())
    assert {c.symbol for c in protected.cells if c.measure == "rate"} == {"[c]"}
    assert "cannot be checked" in protected.cell("rate", "essex").explanation


def test_too_few_for_a_rate_prints_u():
    [protected] = protect([rates(limits=False)], rule(unreliable_below=25))
    assert [protected.cell("rate", f).symbol for f in ("essex", "dyfed")] == ["[u]", None]


PERIOD = Dimension("period", "Period", {c: c for c in ("CY2023", "FY2023-24", "CY2023Q1", "CY2024Q1")})


def windows(*values: int) -> Cells:
    return Cells(
        "p",
        "By period",
        "crimes",
        (PERIOD,),
        (CRIMES,),
        tuple(Cell((c,), "crimes", v) for c, v in zip(PERIOD.codes, values, strict=True)),
    )


def test_overlapping_periods_give_back_their_difference():
    """January to March 2024 is the later year, less the earlier one, and January to March 2023."""
    cells = windows(40, 35, 9, 4)
    leaks = audit_tables([printed(cells, {("crimes", ("CY2024Q1",))})])
    assert len(leaks) == 1
    assert "can only be 4" in leaks[0]
    with pytest.raises(RefusedByRule):
        protect([cells], rule(secondary=False))


def test_a_period_without_any_count_is_attacked_too():
    with pytest.raises(RefusedByRule):
        protect([windows(35, 39, 0, 4)], rule(secondary=False))


def test_what_an_earlier_edition_printed_cannot_be_hidden_now():
    cells = windows(40, 35, 9, 4)
    before = printed(Cells("p", "By period", "crimes", (PERIOD,), (CRIMES,), cells.cells), set())
    with pytest.raises(RefusedByRule, match="has to be hidden and is printed"):
        protect([table("t", (FORCE, CODE), LEAVES), cells], rule(), earlier=[before])


def test_the_one_person_of_a_count_of_one_cannot_work_out_the_other():
    """Two hidden counts in a row and a column of two: whoever is the one knows the other, unless more is hidden."""
    force = dimension("force_id", ["kent", "essex", "gwent"])
    leaves = {("kent",): 1, ("essex",): 3, ("gwent",): 50}
    hidden = {("crimes", ("kent",)), ("crimes", ("essex",))}
    assert audit_tables([printed(table("t", (force,), leaves), hidden)]) == ()  # to outsiders it is safe
    [protected] = protect([table("t", (force,), leaves)], rule(protect_above=1))
    assert sum(s == "[c]" for s in symbols(protected).values()) == 3


def test_a_measure_that_is_the_sum_of_others_gives_them_back():
    force = dimension("force_id", ["kent"])
    charged, other = Measure("charged", "Charged", "count"), Measure("other", "Other", "count")
    every = Measure("crimes", "Crimes", "count", of=("charged", "other"))
    values = {"charged": 3, "other": 20, "crimes": 23}
    cells = Cells(
        "m", "Outcomes", "2024", (force,), (charged, other, every), tuple(Cell(("kent",), m, v) for m, v in values.items())
    )
    leaks = audit_tables([printed(cells, {("charged", ("kent",))})])
    assert len(leaks) == 1
    assert "can only be 3" in leaks[0]
    [protected] = protect([cells], rule())
    assert sum(c.symbol == "[c]" for c in protected.cells) >= 2
    assert audit_tables([protected]) == ()


def lone(one: int) -> tuple[ProtectedTable, dict, dict]:
    """Kent and Essex hidden beside Gwent; the truth; and the doubts that must be left."""
    force = dimension("force_id", ["kent", "essex", "gwent"])
    cells = table("t", (force,), {("kent",): one, ("essex",): 3, ("gwent",): 50})
    truth = {(0, c.key, c.measure): float(c.value) for c in cells.cells}
    doubts = {(0, (f,), "crimes"): Doubt(truth[0, (f,), "crimes"], 1, 1, alone=one == 1) for f in ("kent",)}
    doubts[0, ("essex",), "crimes"] = Doubt(3, 1, 1, alone=False)
    return printed(cells, {("crimes", ("kent",)), ("crimes", ("essex",))}), truth, doubts


def test_the_audit_itself_finds_what_the_one_person_knows():
    """Not only the suppressor's glance at the sums: the audit must object by itself."""
    shown, truth, doubts = lone(1)
    answer = audit([shown], truth, doubts)
    assert [(leak.place[1], leak.knower and leak.knower[1]) for leak in answer.leaks] == [(("essex",), ("kent",))]
    assert "the one person counted in" in answer.leaks[0].words
    shown, truth, doubts = lone(2)
    safe = audit([shown], truth, doubts)
    assert (safe.leaks, safe.hidden, safe.by_witness) == ((), 2, 2)


def test_the_audit_takes_counts_for_counts_unless_told_otherwise():
    """Of 2 + 2 one can be 5 only where the other can be below zero."""
    force = dimension("force_id", ["kent", "essex"])
    cells = table("t", (force,), {("kent",): 2, ("essex",): 2})
    truth = {(0, c.key, c.measure): float(c.value) for c in cells.cells}
    doubts = {(0, ("kent",), "crimes"): Doubt(2, 1, 3)}
    shown = printed(cells, {("crimes", ("kent",)), ("crimes", ("essex",))})
    assert len(audit([shown], truth, doubts).leaks) == 1
    assert audit([shown], truth, doubts, negatives=True).leaks == ()


def test_the_answer_does_not_depend_on_the_order_of_the_tables():
    one, two = (
        table("a", (FORCE,), {("kent",): 15, ("essex",): 35, ("gwent",): 2, ("dyfed",): 41}),
        table("b", (FORCE, CODE), LEAVES),
    )
    first = {t.name: symbols(t) for t in protect([two], rule())}
    assert first == {t.name: symbols(t) for t in protect([two], rule())}
    assert counts_over((FORCE,), {("kent",): 1})[TOTAL,] == 1
    assert one.name == "a"
