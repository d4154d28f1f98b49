"""Cells in, protected tables out: the only maker of a protected table; an edition that fails its audit is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.disclosure_rules import DisclosureRule
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.disclosure.audit import Answer, Doubt, audit
from vkpp.engine.disclosure.instance import Flags, Instance, instance_of
from vkpp.engine.disclosure.leaning import Leaning
from vkpp.engine.disclosure.primary import too_small
from vkpp.engine.disclosure.relations import Numbers, Place, numbers_of
from vkpp.engine.disclosure.suppression import CannotProtect, Effort, Suppression, suppress
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

NOT_APPLICABLE, UNRELIABLE = "not applicable", "unreliable"
ROUNDS = ("share", "rate", "ratio")  # units for which a printed 0 may not be a zero
ATTEMPTS = 6  # audits after which an edition is refused
COUNT_WORDS = "Hidden to protect people: a small count, or a count from which a small one could be worked out."
DERIVED_WORDS = "Hidden because it is worked out from a count that is hidden."
UNCHECKED_WORDS = "Hidden because a count that it is worked out from is not in these tables, so it cannot be checked."
UNRELIABLE_WORDS = "Too unreliable to print: it rests on fewer than {least} records."


def protect(
    cells: Sequence[Cells],
    rule: DisclosureRule,
    *,
    earlier: Sequence[ProtectedTable] = (),
    effort: Effort | None = None,
) -> tuple[ProtectedTable, ...]:
    """The tables of one edition, protected together under one rule.

    Values pass as they are under kind "none". Under "threshold" small counts are hidden, with what else it takes and with all
    that is worked out from them; other numbers are rounded to the decimals that are printed. `earlier` are the tables of
    earlier editions, which everybody has. RefusedByRule, in the audit's words, when a hidden number could be worked out.
    """
    if rule.kind == "none":
        words = f"Not audited: the rule is “{rule.title}”, under which nothing is hidden. Source: {rule.source}."
        return tuple(_table(t, [_open_cell(c, m) for c, m in _with_measures(t)], rule, words) for t in cells)
    if rule.kind == "threshold":
        return _by_threshold(cells, rule, earlier, effort)
    raise RefusedByRule(
        f"The rule “{rule.title}” is of kind {rule.kind}: it judges contributions, and cells alone do not hold them.",
        where=", ".join(table.name for table in cells),
        expected="a rule of kind none or threshold",
        next_step="choose a rule for counts, or protect the amounts with primary.unsafe_amount and suppression.suppress",
    )


def leaks_without_secondary(cells: Sequence[Cells], rule: DisclosureRule) -> tuple[int, tuple[str, ...]]:
    """How many numbers small counts alone would hide in these tables, and, in sentences, what could then be worked out (W17).

    The tables so made never leave this room: only the attacker's sentences do, which are as confidential as the counts.
    """
    if rule.kind != "threshold":
        return 0, ()
    numbers = numbers_of(cells)
    bare = dataclasses.replace(rule, secondary=False)
    tables = _tables(cells, numbers, _instance(numbers, bare).primary, bare, "")
    return sum(c.symbol == "[c]" for t in tables for c in t.cells), audit_tables(tables, negatives=rule.negatives)


def _by_threshold(
    cells: Sequence[Cells], rule: DisclosureRule, earlier: Sequence[ProtectedTable], effort: Effort | None
) -> tuple[ProtectedTable, ...]:
    numbers = numbers_of(cells)
    problem = _instance(numbers, rule)
    truth = {place: float(numbers.value[n]) for place, n in numbers.of_place.items()}
    doubts = {numbers.places[n][0]: _doubt(problem, n) for n in np.flatnonzero(problem.primary).tolist()}
    upper = float(problem.upper.max(initial=1.0))
    shown: Flags = np.zeros(len(numbers.value), dtype=bool)
    pattern = _pattern(numbers, problem, rule, effort, cells)
    for _ in range(ATTEMPTS if rule.secondary else 0):  # pairs that a glance at the sums shows, before the audit looks at all
        if not (pairs := _in_twos(problem, pattern.hidden) - set(problem.lone)):
            break
        problem = dataclasses.replace(problem, lone=(*problem.lone, *sorted(pairs)))
        pattern = _pattern(numbers, problem, rule, effort, cells, pattern.hidden)
    for _ in range(ATTEMPTS):
        hidden = pattern.hidden & ~shown
        tables = _tables(cells, numbers, hidden, rule, "")
        answer = audit(tables, truth, doubts, earlier=earlier, negatives=rule.negatives, upper=upper)
        if not answer.leaks and not answer.determined:
            words = answer.sentence()
            return tuple(dataclasses.replace(table, audit=words) for table in tables)
        lone = _lone_pairs(numbers, answer) - set(problem.lone)
        if answer.leaks and (not rule.secondary or len(lone) < len({(k.place, k.knower) for k in answer.leaks})):
            raise _refused(answer, cells)
        shown |= _those(numbers, answer.determined)
        if lone:
            problem = dataclasses.replace(problem, lone=(*problem.lone, *sorted(lone)))
            pattern = _pattern(numbers, problem, rule, effort, cells, pattern.hidden)
            shown = np.zeros_like(shown)
    raise _refused(answer, cells)


def _instance(numbers: Numbers, rule: DisclosureRule) -> Instance:
    value = np.asarray(numbers.value, dtype=float)
    cap = rule.known_upper or float(np.ceil(1.5 * max(1.0, float(np.abs(value).max(initial=0.0)))))
    cap = max(cap, float(value.max(initial=0.0)))
    return instance_of(
        value,
        numbers.relations(),
        [too_small(v, rule.threshold, zeros_hidden=rule.zeros == "hidden") for v in numbers.value],
        weight=np.abs(value) + 1,  # an empty cell is some loss too; hidden ones keep [c] from meaning "not zero"
        lower=-cap if rule.negatives else 0.0,
        upper=cap,
        below=rule.protect_below,
        above=rule.protect_above,
    )


def _doubt(problem: Instance, n: int) -> Doubt:
    value = float(problem.value[n])
    return Doubt(value, float(problem.below[n]), float(problem.above[n]), alone=value == 1)


def _pattern(
    numbers: Numbers,
    problem: Instance,
    rule: DisclosureRule,
    effort: Effort | None,
    cells: Sequence[Cells],
    start: Flags | None = None,
) -> Suppression:
    if not rule.secondary:
        return Suppression(problem.primary.copy(), 0.0, 0.0, 0)
    try:
        return suppress(problem, effort, start)
    except CannotProtect as cannot:
        names = [_place_words(cells, numbers.places[n][0]) for n in cannot.cells[:5]]
        raise RefusedByRule(
            f"{len(cannot.cells)} small counts could be worked out whatever else is hidden: {'; '.join(names)}.",
            where=", ".join(table.name for table in cells),
            expected=f"the rule “{rule.title}” to hold",
            next_step="print fewer cuts, wider groups or longer periods",
        ) from cannot


def _in_twos(problem: Instance, hidden: Flags) -> set[tuple[int, int]]:
    """(number, knower) where a sum has two hidden numbers alone: the one person of a count of one knows the other."""
    found: set[tuple[int, int]] = set()
    relations = problem.relations
    for row in range(relations.shape[0]):
        here = slice(relations.indptr[row], relations.indptr[row + 1])
        line, signs = relations.indices[here], relations.data[here]
        inside = hidden[line]
        if int(inside.sum()) == 2:
            one, two = line[inside].tolist()
            nested = signs[inside][0] != signs[inside][1] and problem.value[one] == problem.value[two] == 1
            found |= {
                (c, k) for c, k in ((one, two), (two, one)) if problem.value[k] == 1 and problem.primary[c] and not nested
            }
    return found


def _place_words(cells: Sequence[Cells], place: Place) -> str:
    table, key, measure = cells[place[0]], place[1], place[2]
    codes = [d.codes.get(code, code) for d, code in zip(table.dimensions, key, strict=True)]
    return f"{measure} for {', '.join(codes) or 'all'} in “{table.title}”"


def _lone_pairs(numbers: Numbers, answer: Answer) -> set[tuple[int, int]]:
    at = numbers.of_place
    return {(at[leak.place], at[leak.knower]) for leak in answer.leaks if leak.knower in at and leak.place in at}


def _those(numbers: Numbers, places: Sequence[Place]) -> Flags:
    found = np.zeros(len(numbers.value), dtype=bool)
    found[[numbers.of_place[place] for place in places if place in numbers.of_place]] = True
    return found


def _refused(answer: Answer, cells: Sequence[Cells]) -> RefusedByRule:
    more = f" And {len(answer.leaks) - 5} more." if len(answer.leaks) > 5 else ""
    return RefusedByRule(
        answer.sentence() + more if answer.leaks else "The audit did not come to an end.",
        where=", ".join(table.name for table in cells),
        expected="no hidden number that can be worked out from what is printed, now or earlier",
        next_step="print fewer cuts, wider groups or longer periods, or turn secondary hiding on",
    )


def _tables(
    cells: Sequence[Cells], numbers: Numbers, hidden: Flags, rule: DisclosureRule, words: str
) -> tuple[ProtectedTable, ...]:
    made = []
    for t, table in enumerate(cells):
        leaning = Leaning(numbers, t, table)
        made.append(
            _table(
                table, [_closed_cell(t, c, m, numbers, hidden, leaning, rule) for c, m in _with_measures(table)], rule, words
            )
        )
    return tuple(made)


def _closed_cell(
    t: int, cell: Cell, measure: Measure, numbers: Numbers, hidden: Flags, leaning: Leaning, rule: DisclosureRule
) -> ProtectedCell:
    if cell.value is None or cell.value != cell.value:
        return _absent(cell)
    if measure.unit == "count":
        return _hidden(cell, COUNT_WORDS) if hidden[numbers.of_place[t, cell.key, cell.measure]] else _open_cell(cell, measure)
    lean = leaning.of(cell, measure)
    if any(hidden[n] for n in lean.numbers):
        return _hidden(cell, DERIVED_WORDS)
    if lean.unknown:
        return _hidden(cell, UNCHECKED_WORDS)
    if lean.base is not None and measure.unit in ROUNDS and numbers.value[lean.base] < rule.unreliable_below:
        words = UNRELIABLE_WORDS.format(least=rule.unreliable_below)
        return ProtectedCell(cell.key, cell.measure, None, "[u]", words)
    return _open_cell(dataclasses.replace(cell, value=_as_printed(cell.value, measure)), measure, cell.value)


def _as_printed(value: float, measure: Measure) -> float:
    """No more digits leave than are printed: the rest would narrow down what is hidden."""
    return round(float(value), measure.decimals)


def _hidden(cell: Cell, words: str) -> ProtectedCell:
    return ProtectedCell(cell.key, cell.measure, None, "[c]", words)


def _with_measures(table: Cells) -> list[tuple[Cell, Measure]]:
    measures = {measure.name: measure for measure in table.measures}
    return [(cell, measures[cell.measure]) for cell in table.cells]


def _table(table: Cells, shown: Sequence[ProtectedCell], rule: DisclosureRule, words: str) -> ProtectedTable:
    return ProtectedTable(
        name=table.name,
        title=table.title,
        subtitle=table.subtitle,
        dimensions=table.dimensions,
        measures=table.measures,
        cells=tuple(shown),
        rule=rule.id,
        audit=words,
        notes=table.notes,
        base=table.base,
        query=table.query,
        sums=table.sums,
    )


def _open_cell(cell: Cell, measure: Measure, exact: float | None = None) -> ProtectedCell:
    """A cell that no rule hides: its value, or the symbol that says why there is none."""
    if cell.value is None or cell.value != cell.value:  # not a number is no number
        return _absent(cell)
    value = cell.value if exact is None else exact
    if measure.unit in ROUNDS and value != 0 and round(value, measure.decimals) == 0:
        words = "There is a number here, but it is so small that it would print as zero."
        return ProtectedCell(cell.key, cell.measure, None, "[low]", words)
    return ProtectedCell(cell.key, cell.measure, cell.value, None)


def _absent(cell: Cell) -> ProtectedCell:
    why = cell.missing or "not recorded"
    if why == NOT_APPLICABLE:
        return ProtectedCell(cell.key, cell.measure, None, "[z]", "Not applicable: there can be no number here.")
    if why == UNRELIABLE:
        return ProtectedCell(cell.key, cell.measure, None, "[u]", "Too unreliable to print: so few people stand behind it.")
    return ProtectedCell(cell.key, cell.measure, None, "[x]", f"Not available: {why}.")
