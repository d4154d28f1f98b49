"""The audit against slow, obvious enumeration; the suppressor against the audit; and what happens when a solver gives up."""

from __future__ import annotations

import itertools

import highspy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.disclosure.editions import dimension, rule, table
from vkpp.basics.problems import RefusedByRule
from vkpp.engine.disclosure import protect
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.disclosure.attacker import Knowledge, Near, Part, Undecided, ranges
from vkpp.engine.disclosure.audit import Doubt, audit
from vkpp.engine.disclosure.instance import instance_of
from vkpp.engine.disclosure.suppression import CannotProtect, Effort, suppress
from vkpp.engine.shapes.measures import TOTAL, Dimension

SIMPLE = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
counts = st.integers(0, 12)


def grid(rows: int, columns: int) -> list[tuple[int, int, float]]:
    """Relations of a table of rows x columns with margins last."""
    wide = columns + 1
    terms = [(r, wide * r + c, -1.0 if c == columns else 1.0) for r in range(rows + 1) for c in range(wide)]
    return terms + [(rows + 1 + c, wide * r + c, -1.0 if r == rows else 1.0) for c in range(wide) for r in range(rows + 1)]


def with_margins(inner: list[list[int]]) -> list[int]:
    rows = [[*row, sum(row)] for row in inner]
    return [v for row in [*rows, [sum(c) for c in zip(*rows, strict=True)]] for v in row]


def enumerated(
    values: list[int], terms: list[tuple[int, int, float]], hidden: list[int], cap: int
) -> dict[int, tuple[int, int]]:
    """Every table of whole numbers from 0 to cap that fits, one by one."""
    seen: dict[int, set[int]] = {h: set() for h in hidden}
    for guess in itertools.product(range(cap + 1), repeat=len(hidden)):
        trial = dict(enumerate(values)) | dict(zip(hidden, guess, strict=True))
        sums: dict[int, float] = {}
        for relation, cell, coef in terms:
            sums[relation] = sums.get(relation, 0) + coef * trial[cell]
        if not any(sums.values()):
            for h in hidden:
                seen[h].add(trial[h])
    return {h: (min(s), max(s)) for h, s in seen.items()}


@SIMPLE
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=2),
    st.sets(st.integers(0, 8), max_size=5),
)
def test_ranges_are_those_of_enumeration(inner, hidden):
    values, terms, cap = with_margins(inner), grid(2, 2), 8
    knowledge = Knowledge()
    for i, v in enumerate(values):
        knowledge.unknown(*((0, cap) if i in hidden and v <= cap else (v, v)))
    told: dict[int, dict[int, float]] = {}
    for relation, cell, coef in terms:
        told.setdefault(relation, {})[cell] = coef
    for line in told.values():
        knowledge.state(line, 0, 0)
    tried = sorted(h for h in hidden if values[h] <= cap)
    assert ranges(knowledge, tried, whole=True) == enumerated(values, terms, tried, cap)


MENDED = Effort(cut_size=0, again=3)  # as a larger table is treated


@SIMPLE
@given(
    st.lists(st.lists(counts, min_size=3, max_size=3), min_size=3, max_size=4),
    st.sampled_from([Effort(whole_rounds=3), MENDED]),
)
def test_no_pattern_lets_a_small_count_be_worked_out(inner, effort):
    values = with_margins(inner)
    instance = instance_of(values, grid(len(inner), 3), [1 <= v < 5 for v in values], weight=[v + 1 for v in values])
    found = suppress(instance, effort)
    knowledge = Knowledge()
    for i, v in enumerate(values):
        knowledge.unknown(*((float(instance.lower[i]), float(instance.upper[i])) if found.hidden[i] else (v, v)))
    for row in range(instance.relations.shape[0]):
        line = instance.relations.getrow(row)
        knowledge.state(dict(zip(line.indices.tolist(), line.data.tolist(), strict=True)), 0, 0)
    for cell, (low, high) in ranges(knowledge, np.flatnonzero(instance.primary).tolist()).items():
        assert low <= values[cell] - 1 + 1e-5
        assert high >= values[cell] + 1 - 1e-5
    assert found.bound <= found.lost
    if effort is MENDED:
        assert found.lost <= suppress(instance, Effort(cut_size=0, again=0)).lost


FORCE = Dimension(
    "force_id",
    "Force",
    {TOTAL: "All", "south": "South", "wales": "Wales", "kent": "Kent", "essex": "Essex", "gwent": "Gwent"},
    {"kent": "south", "essex": "south", "gwent": "wales"},
)
CODE = dimension("code", ["rape", "image", "other"])
KEYS = list(itertools.product(("kent", "essex", "gwent"), ("rape", "image", "other")))


@SIMPLE
@given(st.lists(st.integers(0, 30), min_size=9, max_size=9))
def test_nothing_hidden_in_an_edition_is_recoverable(numbers):
    leaves = dict(zip(KEYS, numbers, strict=True))
    by_force = {(f,): sum(n for (g, _), n in leaves.items() if g == f) for f in ("kent", "essex", "gwent")}
    try:
        protected = protect([table("cross", (FORCE, CODE), leaves), table("force", (FORCE,), by_force)], rule())
    except RefusedByRule as refused:
        assert "could be worked out" in refused.saw or "worked out" in refused.saw
        return
    shown = {(c.key, c.value) for t in protected for c in t.cells if c.value is not None}
    assert not any(1 <= value < 5 for _, value in shown)
    assert audit_tables(protected) == ()


@SIMPLE
@given(st.lists(st.integers(1, 9), min_size=3, max_size=4), st.integers(0, 3))
def test_the_audit_finds_every_single_hidden_part_of_a_printed_sum(parts, which):
    """One part hidden and the total printed is the plainest leak of all."""
    codes = [f"c{i}" for i in range(len(parts))]
    which %= len(parts)
    cells = table("t", (dimension("code", codes),), {(c,): n for c, n in zip(codes, parts, strict=True)})
    [everything] = protect([cells], rule(threshold=2, secondary=False) if 1 not in parts else rule(kind="none", threshold=0))
    truth = {(0, c.key, c.measure): float(c.value) for c in cells.cells}
    place = (0, (codes[which],), "crimes")
    shown = [c if c.key != place[1] else type(c)(c.key, c.measure, None, "[c]") for c in everything.cells]
    careless = type(everything)(**{f: getattr(everything, f) for f in FIELDS} | {"cells": tuple(shown)})
    answer = audit([careless], truth, {place: Doubt(parts[which], 1, 1)})
    assert [leak.place for leak in answer.leaks] == [place]
    assert "worked out exactly" in answer.leaks[0].words


FIELDS = ("name", "title", "subtitle", "dimensions", "measures", "rule", "audit")
LEAVES = dict(zip(KEYS, [12, 3, 9, 20, 15, 7, 8, 30, 11], strict=True))


def test_a_solver_that_gives_up_is_a_leak(monkeypatch):
    def undecided(self, weights, *, whole=False):
        raise Undecided("Time limit reached")

    monkeypatch.setattr(Part, "extreme", undecided)
    with pytest.raises(RefusedByRule, match="could not be shown to be safe"):
        protect([table("t", (FORCE, CODE), LEAVES)], rule())


def test_any_status_but_an_optimum_is_undecided(monkeypatch):
    knowledge = Knowledge()
    knowledge.unknown(0, 5)
    [part] = knowledge.parts()

    class Late:
        def __getattr__(self, name):
            return (lambda *args: highspy.HighsModelStatus.kTimeLimit) if name == "getModelStatus" else (lambda *args: None)

    part.solver = Late()
    with pytest.raises(Undecided):
        part.extreme({0: 1.0})


def test_numbers_that_contradict_each_other_are_named_not_passed():
    knowledge = Knowledge()
    a = knowledge.unknown(0, 5)
    knowledge.state({a: 1.0}, 7, 7)
    with pytest.raises(Undecided):
        ranges(knowledge, [a])


def test_a_table_that_cannot_be_protected_says_which_cells():
    fixed = [False, True, True]
    with pytest.raises(CannotProtect) as cannot:
        suppress(instance_of([3, 7, 10], [(0, 0, 1.0), (0, 1, 1.0), (0, 2, -1.0)], [True, False, False], fixed=fixed))
    assert cannot.value.cells == (0,)


def test_relations_that_do_not_hold_are_refused():
    with pytest.raises(ValueError, match="does not add up"):
        instance_of([3, 7, 11], [(0, 0, 1.0), (0, 1, 1.0), (0, 2, -1.0)], [True, False, False])


def test_the_same_input_gives_the_same_pattern():
    values = with_margins([[1, 7, 12], [9, 2, 30], [5, 6, 0]])
    instance = instance_of(values, grid(3, 3), [1 <= v < 5 for v in values])
    first, second = suppress(instance), suppress(instance)
    assert first.hidden.tolist() == second.hidden.tolist()
    assert (first.lost, first.bound, first.gap) == (second.lost, second.bound, 0.0)


def test_a_table_near_the_truth_moves_what_is_pushed_and_little_else():
    knowledge = Knowledge()
    a, b, c, d = (knowledge.unknown(0, 100) for _ in range(4))
    for pair, total in (((a, b), 5), ((c, d), 9), ((a, c), 4), ((b, d), 10)):
        knowledge.state(dict.fromkeys(pair, 1.0), total, total)
    [part] = knowledge.parts()
    near = Near(part, np.array([1.0, 4.0, 3.0, 6.0]))
    assert near.table({0: 1}).tolist() == [2, 3, 2, 7]
    assert near.table({0: -1}).tolist() == [0, 5, 4, 5]
    assert near.table({1: -1, 2: -1}).tolist() == [2, 3, 2, 7]
