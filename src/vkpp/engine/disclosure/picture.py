"""What an outsider reads in printed tables: unknowns where symbols stand, and every statement that the numbers make.

Part of the audit: shares nothing with the suppressor, and works from what is printed. Where the true values are given (the
audit of an edition before it leaves), they serve only to keep out statements that are not so.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.engine.disclosure.attacker import Knowledge, Statement
from vkpp.engine.disclosure.overlaps import months_of, possible, together
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure, number_id
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

Key = tuple[str, ...]
Place = tuple[int, Key, str]  # table, key, measure
Truth = Mapping[Place, float]
HIDDEN = ("[c]",)


@dataclass
class Picture:
    """The counts of all tables as unknowns (printed ones have low = high), and what is said of them."""

    tables: Sequence[ProtectedTable]
    knowledge: Knowledge = field(default_factory=Knowledge)
    at: dict[Place, int] = field(default_factory=dict)
    places: dict[int, list[Place]] = field(default_factory=dict)
    true: list[float] = field(default_factory=list)  # parallel to the unknowns; not a number where not known
    careless: list[tuple[int, str]] = field(default_factory=list)  # a hidden count, and the printed number that gives it away
    negatives: bool = False
    editions: Sequence[int] = ()  # of each table; the first table's is the one under attack

    @cached_property
    def hidden_set(self) -> frozenset[int]:
        return frozenset(i for i in self.places if self.knowledge.low[i] < self.knowledge.high[i])

    @cached_property
    def by_meaning(self) -> dict[tuple[str, frozenset[tuple[str, str]]], int]:
        found: dict[tuple[str, frozenset[tuple[str, str]]], int] = {}
        for (t, key, measure), number in self.at.items():
            found.setdefault(_meaning(self.tables[t], key, measure), number)
        return found

    def words(self, place: Place) -> str:
        table = self.tables[place[0]]
        measure = next(m for m in table.measures if m.name == place[2])
        codes = [d.codes.get(code, code) for d, code in zip(table.dimensions, place[1], strict=True)]
        earlier = " of an earlier edition" if self.editions and self.editions[place[0]] != self.editions[0] else ""
        return f"“{measure.title}” for {', '.join(codes) or 'all'} in “{table.title}”{earlier}"


def picture_of(
    tables: Sequence[ProtectedTable], editions: Sequence[int], truth: Truth | None, *, negatives: bool, upper: float | None
) -> Picture:
    """`editions` tells which edition each table is of; `truth` gives the true value of every count place, or is None."""
    picture = Picture(tables, negatives=negatives, editions=editions)
    largest = max((abs(v) for v in itertools.chain(_printed_counts(tables), (truth or {}).values())), default=0.0)
    cap = math.ceil(1.5 * max(1.0, largest)) if upper is None else upper
    for meaning_places in _by_meaning(tables, editions).values():
        for group in _same_number(tables, meaning_places, truth):
            _unknown(picture, group, truth, -cap if negatives else 0.0, cap)
    for t, table in enumerate(tables):
        _dimension_sums(picture, t, table)
        _measure_sums(picture, t, table)
        _derived(picture, t, table)
    _declared_sums(picture, editions)
    _overlapping_periods(picture, cap)
    return picture


def _printed_counts(tables: Sequence[ProtectedTable]) -> Iterator[float]:
    for table in tables:
        counts = _counts(table)
        yield from (abs(c.value) for c in table.cells if c.value is not None and c.measure in counts)


def _counts(table: ProtectedTable) -> set[str]:
    return {m.name for m in table.measures if m.unit == "count"}


def _meaning(table: ProtectedTable, key: Key, measure: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """What is counted, and the codes that are not totals, each of its classification."""
    counted = next((m.meaning for m in table.measures if m.name == measure), measure)
    codes = zip(table.dimensions, key, strict=True)
    return counted, frozenset((d.classification, code) for d, code in codes if code != TOTAL)


def _by_meaning(tables: Sequence[ProtectedTable], editions: Sequence[int]) -> dict[Meaning, list[Place]]:
    """Places of counts by what they mean: measure, codes that are not totals, and the edition where no period dates them."""
    dated = _dated(tables, editions)
    same = _same_by_definition(tables, editions, dated)
    found: dict[Meaning, list[Place]] = {}
    for t, table in enumerate(tables):
        counts, edition = _counts(table), dated[t]
        for cell in table.cells:
            if cell.measure in counts and (cell.value is not None or cell.symbol in HIDDEN):
                means = _first(same, (*_meaning(table, cell.key, cell.measure), edition))
                found.setdefault(means, []).append((t, cell.key, cell.measure))
    return found


Meaning = tuple[object, ...]


def _dated(tables: Sequence[ProtectedTable], editions: Sequence[int]) -> list[int]:
    """For each table the edition that its counts are of: the first for all that are dated by a period, or say the same."""
    subtitles = {(editions[t], table.name): table.subtitle for t, table in enumerate(tables)}
    dated = [any(_period(code) for d in table.dimensions for code in d.codes) for table in tables]
    same = [subtitles.get((editions[0], table.name)) == table.subtitle for table in tables]
    return [editions[0] if dated[t] or same[t] else editions[t] for t in range(len(tables))]


def _same_by_definition(
    tables: Sequence[ProtectedTable], editions: Sequence[int], dated: Sequence[int]
) -> dict[Meaning, Meaning]:
    """Meanings of different tables of an edition that its definitions make one, each with another of them."""
    named: dict[tuple[int, str], Meaning] = {
        (editions[t], number_id(table.name, c.measure, c.key)): (*_meaning(table, c.key, c.measure), dated[t])
        for t, table in enumerate(tables)
        for c in table.cells
    }
    same: dict[Meaning, Meaning] = {}
    for t, table in enumerate(tables):
        for declared in table.sums:
            pair = [named.get((editions[t], name)) for name in (declared.whole, *declared.parts)]
            one, other = (pair[0], pair[-1]) if len(pair) == 2 else (None, None)
            if one and other and _first(same, one) != _first(same, other):
                same[_first(same, other)] = _first(same, one)
    return same


def _first(same: Mapping[Meaning, Meaning], means: Meaning) -> Meaning:
    while means in same:
        means = same[means]
    return means


def _same_number(tables: Sequence[ProtectedTable], places: list[Place], truth: Truth | None) -> Iterable[list[Place]]:
    """Places that mean the same, apart only where their values show that they are not the same number."""
    if truth is not None:
        by_value: dict[float, list[Place]] = {}
        for place in sorted(places, key=lambda p: p not in truth):  # an earlier edition's hidden number joins its like
            value = truth.get(place, next(iter(by_value), math.nan))
            by_value.setdefault(value, []).append(place)
        return by_value.values()
    values = {v for p in places if (v := tables[p[0]].index[p[1], p[2]].value) is not None}
    return [places] if len(values) <= 1 else [[p] for p in places]


def _unknown(picture: Picture, group: list[Place], truth: Truth | None, low: float, high: float) -> None:
    printed = [v for p in group if (v := picture.tables[p[0]].index[p[1], p[2]].value) is not None]
    number = picture.knowledge.unknown(*((float(printed[0]),) * 2 if printed else (low, high)))
    picture.places[number] = group
    picture.true.append(
        next((float(truth[p]) for p in group if p in truth), math.nan)
        if truth is not None
        else float(printed[0])
        if printed
        else math.nan
    )
    for place in group:
        picture.at[place] = number


def _say(picture: Picture, terms: Mapping[int, float], low: float, high: float, words: str) -> None:
    """Keep a statement unless the true values, as far as they are known, show that it does not hold."""
    statement = Statement(dict(terms), low, high, words)
    values = [picture.true[i] for i in terms]
    if any(math.isnan(v) for v in values) or statement.holds_for(picture.true):
        picture.knowledge.statements.append(statement)


def _families(dimension: Dimension) -> dict[str, list[str]]:
    """Codes by the code that they add up to; tops add up to the total where there is one."""
    found: dict[str, list[str]] = {}
    for code in dimension.codes:
        above = dimension.parents.get(code)
        if above is None and code != TOTAL and TOTAL in dimension.codes:
            above = TOTAL
        if above in dimension.codes and above is not None:
            found.setdefault(above, []).append(code)
    return found


def _dimension_sums(picture: Picture, t: int, table: ProtectedTable) -> None:
    for d, dimension in enumerate(table.dimensions):
        for total, parts in _families(dimension).items():
            for measure in sorted(_counts(table)):
                sums = list(_sums(picture, t, table, d, total, parts, measure))
                if not any(_broken(picture, whole, pieces, rest) for whole, pieces, rest in sums):
                    for whole, pieces, rest in sums:
                        _say_sum(picture, whole, pieces, rest)


def _say_sum(picture: Picture, whole: int, parts: Sequence[int], rest: bool) -> None:
    if rest and picture.negatives:
        return  # what is not printed may be negative: nothing follows
    terms: dict[int, float] = {whole: -1.0}
    for part in parts:
        terms[part] = terms.get(part, 0.0) + 1.0
    words = f"{picture.words(picture.places[whole][0])} and its parts"
    _say(picture, terms, -math.inf if rest else 0.0, 0.0, words)


def _sums(
    picture: Picture, t: int, table: ProtectedTable, d: int, total: str, parts: Sequence[str], measure: str
) -> Iterator[tuple[int, list[int], bool]]:
    """The whole, its parts, and whether a part has no number at all (the parts then only stay under the whole)."""
    for place in [p for p in picture.at if p[0] == t and p[2] == measure and p[1][d] == total]:
        keys = [(*place[1][:d], part, *place[1][d + 1 :]) for part in parts]
        known = [picture.at[t, key, measure] for key in keys if (t, key, measure) in picture.at]
        if known:
            unknown = any(_without_number(table, key, measure) for key in keys)
            yield picture.at[place], known, unknown and not _adds_up(picture, picture.at[place], known)


def _without_number(table: ProtectedTable, key: tuple[str, ...], measure: str) -> bool:
    cell = table.index.get((key, measure))
    return cell is None or (cell.value is None and cell.symbol not in (*HIDDEN, "[z]"))


def _adds_up(picture: Picture, whole: int, parts: Sequence[int]) -> bool:
    return abs(picture.true[whole] - sum(picture.true[p] for p in parts)) < 1e-9


def _broken(picture: Picture, whole: int, parts: Sequence[int], rest: bool) -> bool:
    """Printed whole and parts that do not add up: these parts are no partition, and nothing may be concluded from them."""
    low, high = picture.knowledge.low, picture.knowledge.high
    printed = not rest and all(low[i] == high[i] for i in (whole, *parts))
    return printed and abs(low[whole] - sum(low[p] for p in parts)) > 1e-9


def _measure_sums(picture: Picture, t: int, table: ProtectedTable) -> None:
    for measure in table.measures:
        if measure.unit == "count" and measure.of:
            for place in [p for p in picture.at if p[0] == t and p[2] == measure.name]:
                parts = [picture.at.get((t, place[1], name)) for name in measure.of]
                if None not in parts:
                    terms = {picture.at[place]: -1.0} | {p: 1.0 for p in parts if p is not None}
                    _say(picture, terms, 0.0, 0.0, f"{picture.words(place)} and what it is the sum of")


def _declared_sums(picture: Picture, editions: Sequence[int]) -> None:
    """What the definitions say of counts in different tables of one edition."""
    named = {(editions[t], number_id(picture.tables[t].name, m, key)): n for (t, key, m), n in picture.at.items()}
    for t, table in enumerate(picture.tables):
        for declared in table.sums:
            whole, *parts = (named.get((editions[t], each)) for each in (declared.whole, *declared.parts))
            known = [part for part in parts if part is not None]
            if whole is None or len(known) < len(parts) or whole in known or _broken(picture, whole, known, rest=False):
                continue
            _say_sum(picture, whole, known, rest=False)


def _period(code: str) -> Period | None:
    try:
        return Period.parse(code)
    except UsageProblem:
        return None


def _overlapping_periods(picture: Picture, cap: float) -> None:
    """Counts of the same thing over overlapping periods are sums over the same months; the differences say things."""
    series: dict[tuple[object, ...], dict[str, int]] = {}
    for (t, key, measure), number in picture.at.items():
        dimensions = picture.tables[t].dimensions
        for d, code in enumerate(key):
            if _period(code):
                rest = frozenset((o.classification, key[k]) for k, o in enumerate(dimensions) if k != d and key[k] != TOTAL)
                counted = next(m.meaning for m in picture.tables[t].measures if m.name == measure)
                series.setdefault((counted, dimensions[d].classification, rest), {}).setdefault(code, number)
    for windows in series.values():
        if len(windows) > 1 and any(picture.knowledge.low[n] < picture.knowledge.high[n] for n in windows.values()):
            _say_overlap(picture, windows, cap)


def _say_overlap(picture: Picture, windows: Mapping[str, int], cap: float) -> None:
    spans = {code: months_of(period.start, period.end) for code in windows if (period := _period(code))}
    truth = {code: picture.true[number] for code, number in windows.items()}
    if not any(math.isnan(v) for v in truth.values()) and not possible(spans, truth, -cap if picture.negatives else 0.0, cap):
        return  # figures revised between editions: no months add up to both
    atoms = {}
    for codes in together(spans):
        atoms[codes] = picture.knowledge.unknown(-cap if picture.negatives else 0.0, cap)
        picture.true.append(math.nan)
    for code, number in windows.items():
        terms = {atom: 1.0 for codes, atom in atoms.items() if code in codes} | {number: -1.0}
        words = f"{picture.words(picture.places[number][0])} and the other periods that overlap it"
        _say(picture, terms, 0.0, 0.0, words)


def _derived(picture: Picture, t: int, table: ProtectedTable) -> None:
    """Shares, rates, limits and changes as printed, with their decimals, as statements about the counts behind them."""
    for measure in table.measures:
        if measure.unit != "count":
            cells = [c for c in table.cells if c.measure == measure.name and (c.value is not None or c.symbol == "[low]")]
            formula = _formula(picture, t, table, measure, cells)
            for cell in cells:
                _say_derived(picture, t, table, measure, cell, formula)


Formula = tuple[str, Callable[[Key], tuple[int | None, int | None]]]  # "ratio" or "change"; key -> count, base


def _formula(
    picture: Picture, t: int, table: ProtectedTable, measure: Measure, cells: Sequence[ProtectedCell]
) -> Formula | None:
    """The first reading of the measure that every printed cell with printed counts confirms; None when none does."""
    for kind, find in _readings(picture, t, table, measure):
        checked = 0
        for cell in cells:
            count, base = find(cell.key)
            known = count is not None and base is not None and not {count, base} & picture.hidden_set
            if known and count is not None and base is not None and picture.knowledge.low[base]:
                low, high = _printed_range(cell, measure)
                value = measure.multiplier * (picture.knowledge.low[count] / picture.knowledge.low[base] - (kind == "change"))
                checked = checked + 1 if low - 1e-9 <= value <= high + 1e-9 else -len(cells)
        if checked > 0:
            return kind, find
    return None


def _readings(picture: Picture, t: int, table: ProtectedTable, measure: Measure) -> Iterator[Formula]:
    """What the measure may be: one named count over another, or over a total of its own; or a change on another period."""
    kind = "change" if measure.unit == "change" else "ratio"
    if len(measure.of) == 2:
        yield kind, _pair(picture, t, table, measure.of, _itself)
    if len(measure.of) == 1:
        for other in _other_keys(table, kind):
            yield kind, _pair(picture, t, table, measure.of * 2, other)


def _pair(
    picture: Picture, t: int, table: ProtectedTable, names: Sequence[str], other: Callable[[Key], Key]
) -> Callable[[Key], tuple[int | None, int | None]]:
    def find(key: Key) -> tuple[int | None, int | None]:
        return _count(picture, t, table, key, names[0]), _count(picture, t, table, other(key), names[1])

    return find


def _itself(key: Key) -> Key:
    return key


def _other_keys(table: ProtectedTable, kind: str) -> Iterator[Callable[[Key], Key]]:
    size = len(table.dimensions)
    if kind == "change":
        for d, step in itertools.product(range(size), (1, -1, 4, -4)):
            yield partial(_stepped, list(table.dimensions[d].codes), d, step)
        return
    for length in range(1, size + 1):
        for chosen in itertools.combinations(range(size), length):
            yield partial(_raised, table.dimensions, chosen, True)
            yield partial(_raised, table.dimensions, chosen, False)


def _stepped(codes: list[str], d: int, step: int, key: Key) -> Key:
    return (*key[:d], _step(codes, key[d], step), *key[d + 1 :])


def _raised(dimensions: Sequence[Dimension], chosen: tuple[int, ...], to_total: bool, key: Key) -> Key:
    """The key with the chosen codes replaced by the total, or by the code that they add up to."""
    above = (TOTAL if to_total else d.parents.get(code, TOTAL) for d, code in zip(dimensions, key, strict=True))
    return tuple(new if d in chosen else code for d, (new, code) in enumerate(zip(above, key, strict=True)))


def _step(codes: list[str], code: str, step: int) -> str:
    k = codes.index(code) - step if code in codes else -1
    return codes[k] if 0 <= k < len(codes) else ""


def _count(picture: Picture, t: int, table: ProtectedTable, key: tuple[str, ...], measure: str) -> int | None:
    """The number of this measure and meaning: in this table, or in any other table of the edition."""
    if (t, key, measure) in picture.at:
        return picture.at[t, key, measure]
    return picture.by_meaning.get(_meaning(table, key, measure))


def _printed_range(cell: ProtectedCell, measure: Measure) -> tuple[float, float]:
    half = 0.5 * 10.0**-measure.decimals + 1e-9
    value = 0.0 if cell.value is None else round(float(cell.value), measure.decimals)
    return value - half, value + half


def _say_derived(
    picture: Picture, t: int, table: ProtectedTable, measure: Measure, cell: ProtectedCell, formula: Formula | None
) -> None:
    words = picture.words((t, cell.key, measure.name))
    count, base = formula[1](cell.key) if formula else (None, None)
    if formula and count is not None and base is not None:
        low, high = (edge / measure.multiplier + (formula[0] == "change") for edge in _printed_range(cell, measure))
        _say(picture, {count: 1.0, base: -low}, 0.0, math.inf, f"{words} and its base")
        _say(picture, {count: 1.0, base: -high}, -math.inf, 0.0, f"{words} and its base")
        return
    named = measure.of or tuple(sorted(_counts(table)))
    for number in (_count(picture, t, table, cell.key, name) for name in named):
        if number is not None and number in picture.hidden_set:
            picture.careless.append((number, words))
