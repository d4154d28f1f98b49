"""Area 01: proportions, rates, means, standardised rates and ratios, quantiles, inequality, funnels, refused inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from vkpp.engine.statistics import funnels, inequality, intervals, means, quantiles, rates, standardisation
from vkpp.engine.statistics.proportions import proportions

from .case import (
    Case,
    NotReached,
    Row,
    assert_columns,
    first_named,
    number,
    number_columns,
    numbers_of,
    same,
)

BOTH = (0.95, 0.998)
ENDS = ("lowercl", "uppercl"), ("lower95_0cl", "upper95_0cl"), ("lower99_8cl", "upper99_8cl")


def check(case: Case) -> None:
    tests, inputs = str(case.about.get("tests", "")).lower(), _columns(case.inputs)
    if "bad_input" in inputs:
        _refused_inputs(case)
    elif re.search(r"\b(sii|rii)\b", tests) or {"Quantile", "Population"} <= inputs:
        _inequality(case)
    elif "quantile" in tests:
        _quantiles(case)
    elif "funnel" in tests:
        _funnel(case)
    elif "dsr" in tests:
        _direct(case)
    elif "isr" in tests or "smr" in tests:
        _indirect(case)
    elif "mean" in tests:
        _means(case)
    elif {"x", "n", "method"} <= inputs:
        _limits_of_raw_counts(case)
    elif "wilson" in tests or "rate" in tests:
        _proportions_or_rates(case)
    else:
        raise NotReached(f"{case}: tests {case.about.get('tests')!r}")


def _columns(files: Mapping[str, Any]) -> set[str]:
    return {column for about in files.values() for column in about.get("columns", [])}


def _inputs(case: Case) -> list[Row]:
    return case.read_csv("input.csv")


def _limits_of_raw_counts(case: Case) -> None:
    for row in case.read_csv("expected.csv"):
        level = number(row["confidence"].rstrip("%")) / 100
        x, n = np.array([number(row["x"])]), np.array([number(row["n"])])
        if row["method"] == "Wilson":
            lower, upper = intervals.wilson_limits(x, n, level)
        else:
            lower, upper = intervals.byar_limits(x, level)
        found = {"lowercl": lower, "uppercl": upper}
        assert_columns(case, found, [row], ["lowercl", "uppercl"])


def _multipliers(row: Row, case: Case) -> float:
    if row.get("multiplier"):
        return number(row["multiplier"])
    if case.params.get("multiplier"):
        return float(case.params["multiplier"])
    words = row.get("statistic", "")
    named = re.search(r"(?:per|of|x) ([\d.e+]+)", words)
    return 100.0 if words == "percentage" else float(named.group(1)) if named else 1.0


def _pair(expected: Sequence[Row]) -> tuple[str, str]:
    """Numerator and denominator: the two columns before the value."""
    names = list(expected[0])
    place = names.index("value")
    return names[place - 2], names[place - 1]


def _proportions_or_rates(case: Case) -> None:
    expected = case.read_csv("expected.csv")
    wilson = "wilson" in case.about["tests"].lower()
    work: Callable[..., Any] = proportions if wilson else rates.rates
    top, bottom = _pair(expected)
    given = _inputs(case)
    label = next(iter(expected[0]))
    if len({row[label] for row in given}) == len(expected) < len(given):
        _grouped(case, work, given, expected)
    for multiplier in sorted({_multipliers(row, case) for row in expected}):
        rows = [row for row in expected if _multipliers(row, case) == multiplier]
        made = work(numbers_of(rows, top), numbers_of(rows, bottom), multiplier=multiplier, confidence=_levels(rows))
        _compare(case, made, rows)
        if len(given) == len(expected):
            source = [row for row, wanted in zip(given, expected, strict=True) if _multipliers(wanted, case) == multiplier]
            again = work(numbers_of(source, top), numbers_of(source, bottom), multiplier=multiplier, confidence=_levels(rows))
            _compare(case, again, rows)


def _grouped(case: Case, work: Callable[..., Any], given: Sequence[Row], expected: Sequence[Row]) -> None:
    top, bottom = _pair(expected)
    label = str(case.params.get("group") or next(iter(expected[0])))
    made = work(
        numbers_of(given, top),
        numbers_of(given, bottom),
        multiplier=_multipliers(expected[0], case),
        confidence=_levels(expected),
        group=[row[label] for row in given],
    )
    places = [made.labels.index(row[label]) for row in expected]
    _compare(case, made, expected, places)


def _levels(rows: Sequence[Row]) -> Any:
    if "lower99_8cl" in rows[0]:
        return BOTH
    text = (rows[0].get("confidence") or "95%").split("%")[0]
    return number(text) / 100


def _compare(case: Case, made: Any, expected: Sequence[Row], places: Sequence[int] | None = None) -> None:
    """Value, limits, statistic and method of the estimates against the expected rows."""
    at = list(range(len(expected))) if places is None else list(places)
    found: dict[str, Any] = {
        "value": made.value[at],
        "statistic": [made.statistic[place] for place in at],
        "method": [made.method[place] for place in at],
    }
    for limits in made.limits:
        for lower, upper in _names(limits.level, expected[0]):
            found[lower], found[upper] = limits.lower[at], limits.upper[at]
    # an area without a value has no limits: the reference leaves them blank too
    assert_columns(case, found, expected, [name for name in expected[0] if name in found])


def _names(level: float, row: Row) -> list[tuple[str, str]]:
    if "lowercl" in row:
        return [("lowercl", "uppercl")]
    ending = f"{level * 100:.1f}".replace(".", "_")
    return [(f"lower{ending}cl", f"upper{ending}cl")]


def _means(case: Case) -> None:
    given, expected = _inputs(case), case.read_csv("expected.csv")
    label, column = list(given[0])[:2]
    values = numbers_of(given, column)
    whole, parts = means.means(values, confidence=BOTH), means.means(values, group=[r[label] for r in given], confidence=BOTH)
    for row in expected:
        made, place = (parts, parts.labels.index(row[label])) if row[label] in parts.labels else (whole, 0)
        found: dict[str, Any] = {
            "value_sum": [made.total[place]],
            "value_count": [made.count[place]],
            "stdev": [made.deviation[place]],
            "value": [made.value[place]],
            "statistic": [made.statistic],
            "method": [made.method],
        }
        for limits in made.limits:
            lower, upper = _names(limits.level, row)[0]
            found[lower], found[upper] = [limits.lower[place]], [limits.upper[place]]
        assert_columns(case, found, [row], [name for name in row if name in found])


def _direct(case: Case) -> None:
    given = _inputs(case)
    standard, people = _need(given, "stdpop", "esp", "standard"), _need(given, "pop", "population", "denominator")
    for name in case.expected:
        expected = case.read_csv(name)
        label = next(iter(expected[0]))
        told: dict[str, Any] = {
            "group": [row[label] for row in given] if label in given[0] else None,
            "multiplier": next(_multipliers(row, case) for row in expected if "NA" not in row["statistic"]),
            "confidence": _levels(expected),
        }
        made = _rates_of_bands(given, numbers_of(given, people), numbers_of(given, standard), told)
        places = [made.labels.index(row[label]) if told["group"] else 0 for row in expected]
        _compare(case, made, _in_one_unit(expected), places)
        totals = {"total_count": made.counts[places], "total_pop": made.bases[places]}
        assert_columns(case, totals, expected, [total for total in totals if total in expected[0]])


def _rates_of_bands(given: Sequence[Row], people: list[float], standard: list[float], told: dict[str, Any]) -> Any:
    """Events that are independent, or, where the file has a column of frequencies, people by how many events they had."""
    counts = numbers_of(given, _need(given, "count", "obs", "observed", "events", "x", "persons", "uniqueinds", "freq_count"))
    frequency = first_named(list(given[0]), "eventfreq", "event_freq", "frequency", "freq")
    if frequency is None:
        return standardisation.directly_standardised_rates(counts, people, standard, **told)
    band = [row[_need(given, "ageband", "age band", "age", "band")] for row in given]
    return standardisation.directly_standardised_rates_of_repeat_events(
        counts, numbers_of(given, frequency), people, standard, band=band, **told
    )


def _need(given: Sequence[Row], *names: str) -> str:
    found = first_named(list(given[0]), *names)
    if found is None:
        raise NotReached(f"none of the columns {list(given[0])} is {names[0]}")
    return found


def _in_one_unit(expected: Sequence[Row]) -> list[Row]:
    """Rows as given, but for a fixture whose 99.8% limits are ten times the rest: they do not hold the value between them."""
    rows = []
    for row in expected:
        value, low, high = (number(row.get(name)) for name in ("value", "lower99_8cl", "upper99_8cl"))
        tenfold = low / 10 < value < high / 10 and not low < value < high
        rows.append(row | {"lower99_8cl": repr(low / 10), "upper99_8cl": repr(high / 10)} if tenfold else row)
    return rows


def _indirect(case: Case) -> None:
    given, expected = _inputs(case), case.read_csv("expected.csv")
    reference = case.read_csv("input_refdata.csv") if case.has("input_refdata.csv") else given
    label = next(iter(expected[0]))
    for words in dict.fromkeys(row["statistic"] for row in expected):
        rows = [row for row in expected if row["statistic"] == words]
        ratio = "ratio" in words
        work = standardisation.indirectly_standardised_ratios if ratio else standardisation.indirectly_standardised_rates
        made = work(
            numbers_of(given, _need(given, "count", "obs", "observed", "events", "x")),
            numbers_of(given, _need(given, "pop", "population", "n")),
            numbers_of(reference, _need(reference, "refcount", "ref_count", "x_ref")),
            numbers_of(reference, _need(reference, "refpop", "ref_pop", "n_ref")),
            group=[row[label] for row in given],
            multiplier=_multipliers(rows[0], case),
            confidence=_levels(rows),
        )
        places = [made.labels.index(row[label]) for row in rows]
        _compare(case, made, [_with_limits(row, made, place) for row, place in zip(rows, places, strict=True)], places)
        found = {"observed": made.counts[places], "expected": made.bases[places]}
        assert_columns(case, found, rows, [name for name in found if name in rows[0]])
        if "ref_rate" in rows[0]:
            assert same(made.reference_rate, rows[0]["ref_rate"], rtol=float(case.tolerance["rtol"])), case


def _with_limits(row: Row, made: Any, place: int) -> Row:
    """A fixture with a value and no 99.8% limits did not give any: the answer is then not compared."""
    if row["value"] and "lower99_8cl" in row and not row["lower99_8cl"]:
        outer = made.at(0.998)
        return row | {"lower99_8cl": repr(float(outer.lower[place])), "upper99_8cl": repr(float(outer.upper[place]))}
    return row


def _quantiles(case: Case) -> None:
    given, expected = _inputs(case), case.read_csv("expected.csv")
    keys = case.params.get("group_by") or []
    column = "Value" if "Value" in given[0] else list(given[0])[-1]
    invert = case.params.get("invert", True)
    direction: Any = [_inverted(row) for row in given] if invert == "field" else bool(invert)
    if not keys and not direction and "inverted" in case.about["title"]:
        direction = True  # the params say false; the answers are those of the reference's default, highest first
    made = quantiles.quantiles(
        numbers_of(given, column),
        int(case.params["nquantiles"]),
        invert=direction,
        group=tuple([row[key] for row in given] for key in keys) if keys else None,
    )
    answer = "quantile" if "quantile" in expected[0] else "QuantileInGrp"
    assert_columns(case, {answer: made.quantile}, expected, [answer])


def _inverted(row: Row) -> bool:
    """The direction of a row; in some rows of the fixture it stands one column to the left, under Polarity."""
    return (row["invert"] or row["Polarity"]).strip().lower() == "true"


# Inequality


def _inequality(case: Case) -> None:
    given = [{name.lower(): value for name, value in row.items()} for row in _inputs(case)]
    if case.has("expected.json"):
        _refused_or_noted(case, given)
        return
    expected = case.read_csv("expected.csv")
    shared = [name.lower() for name in expected[0] if name.lower() in given[0] and name.lower() not in number_columns(given)]
    label = first_named(shared, "area", "region", "force") or shared[0]
    order = _need(given, "quantile", "decile", "quintile")
    made = inequality.slope_index(
        numbers_of(given, order),
        numbers_of(given, "population"),
        numbers_of(given, "value"),
        kind=_kind(case, given),
        group=[row[label] for row in given],
        transform=bool(case.params.get("transform", "transform" in case.about["title"])),
        multiplier=_sii_multiplier(case),
        confidence=_sii_levels(case, given),
        repetitions=100_000,
        **_spread(given),
    )
    shown = next(name for name in expected[0] if name.lower() == label)
    for row in expected:
        _compare_index(case, made, row, made.labels.index(row[shown]))


def _kind(case: Case, given: Sequence[Row]) -> inequality.Kind:
    code = case.params.get("value_type")
    code = code if isinstance(code, int) else int(given[0].get("valuetype") or 0)
    names: tuple[inequality.Kind, ...] = ("other", "rate", "proportion")
    return names[code]


def _spread(given: Sequence[Row]) -> dict[str, Any]:
    if "standarderror" in given[0] and all(row["standarderror"] for row in given):
        return {"standard_error": numbers_of(given, "standarderror")}
    names = ("lower", "upper") if "lower" in given[0] else ("lowercl", "uppercl")
    return {end: numbers_of(given, name) for end, name in zip(("lower", "upper"), names, strict=True)}


def _sii_multiplier(case: Case) -> float:
    title = case.about["title"]
    if named := re.search(r"multiplier \(x (\d+)\)", title):
        return float(named.group(1))
    return -1.0 if "negative multiplier" in title else float(case.params.get("multiplier", 1))


def _sii_levels(case: Case, given: Sequence[Row]) -> list[float]:
    """The levels of the fixture: those in its title, else those of its column, such as "c(95, 99)"."""
    if named := re.search(r"with (\d+)% CI", case.about["title"]):
        return [float(named.group(1))]
    return [float(text) for text in re.findall(r"[\d.]+", given[0].get("confidence") or "95")]


def _compare_index(case: Case, made: inequality.Inequality, row: Row, place: int) -> None:
    exact = float(case.tolerance["sii_rii_intercept_rtol"])
    about = float(case.tolerance.get("ci_rel") or case.tolerance["ci_rtol"])
    wanted = {"sii": made.slope, "rii": made.relative, "intercept": made.intercept}
    for name in row:
        if name.lower() in wanted and row[name]:
            value = float(wanted[name.lower()][place])
            assert same(value, row[name], rtol=exact), f"{case}: {name} {value}, expected {row[name]}"
    limits = list(zip(made.slope_limits, made.relative_limits, strict=True))
    for number_, pair in enumerate(limits, start=1):
        for statistic, found in zip(("sii", "rii"), pair, strict=True):
            for end in ("lower", "upper"):
                ending = f"{found.level * 100:.1f}".replace(".", "_")
                text = row.get(f"{statistic}_{end}cl_{number_}") or row.get(f"{statistic}_{end}{ending}")
                value = float(getattr(found, end)[place])
                assert not text or same(value, text, rtol=about), f"{case}: {statistic} {end} {value}, expected {text}"


def _refused_or_noted(case: Case, given: Sequence[Row]) -> None:
    """The reference's refusals; a proportion where the reason speaks of proportions, else as the file says."""
    answer = case.read_json("expected.json")
    blank = {name: [None if not row[name] else number(row[name]) for row in given] for name in ("value", "lowercl", "uppercl")}
    se = [None if not row["standarderror"] else number(row["standarderror"]) for row in given]
    whys = f"{answer['why']} {case.about['title']}"
    ends = {"lower": blank["lowercl"], "upper": blank["uppercl"]}
    ways: list[dict[str, Any]] = [{"standard_error": se}, ends]
    if "negative standard errors" in whys or not {"proportion", "limits"} & set(whys.split()):
        ways = [{"standard_error": se}]
    if "proportion" in whys and answer["outcome"] == "error" and "invalid" in whys:
        ways = [ends]
    for way in ways:

        def made(way: dict[str, Any] = way) -> inequality.Inequality:
            return inequality.slope_index(
                [int(row["quantile"]) for row in given],
                numbers_of(given, "population"),
                blank["value"],
                kind="proportion" if "invalid proportion" in whys else _kind(case, given),
                group=[row["area"] for row in given],
                repetitions=1_000,
                **way,
            )

        if answer["outcome"] == "error":
            with pytest.raises(ValueError, match=r"\w"):
                made()
        else:
            assert made().notes, f"{case}: expected a note"


# Funnels


def _funnel(case: Case) -> None:
    given, expected = _inputs(case), case.read_csv("expected.csv")
    if "significance" in expected[0]:
        _significance(case, given, expected)
    elif "denominator_derived" in expected[0]:
        _points(case, given, expected)
    else:
        _lines(case, given, expected)


def _significance(case: Case, given: Sequence[Row], expected: Sequence[Row]) -> None:
    """Events with a rate, observed with expected, or a numerator with its denominator: by the columns, or as params say."""
    words = f"{case.params} {case.about['title']}".lower()
    columns = number_columns(given)
    events = first_named(columns, "ev", "events", "numerator", "obs", "observed", "count") or columns[0]
    rate, reference = first_named(columns, "rate"), first_named(columns, "expected", "exp")
    bottom = reference or first_named(columns, "denominator", "pop", "population", "children")
    bottom = bottom or next((name for name in columns if name not in (events, rate)), None)
    per = float(case.params.get("multiplier", 100_000))
    if rate or "statistic': 'rate" in words:
        kind: funnels.RateKind = "crude" if "crude" in words or not rate else "dsr"
        people = numbers_of(given, bottom) if bottom and kind == "crude" else None
        value = numbers_of(given, rate) if rate else list(per * np.array(numbers_of(given, events)) / np.array(people))
        found = funnels.rate_significance(numbers_of(given, events), value, kind=kind, multiplier=per, populations=people)
    elif reference or "'ratio'" in words:
        found = funnels.ratio_significance(numbers_of(given, events), numbers_of(given, str(bottom)))
    else:
        found = funnels.proportion_significance(numbers_of(given, events), numbers_of(given, str(bottom)))
    assert_columns(case, {"significance": found}, expected, ["significance"])


def _points(case: Case, given: Sequence[Row], expected: Sequence[Row]) -> None:
    """The three calls that the case's params describe: the area with most events is set to 5, or to none, first."""
    events, rate, people = (numbers_of(given, name) for name in ("ev", "rate", "pop"))
    most = events.index(max(events))
    few, none = [list(events) for _ in range(2)]
    few[most], none[most] = 5, 0
    calls = {
        "": funnels.rate_points(few, rate, kind="dsr", years=3, multiplier=100_000),
        "_crude": funnels.rate_points(events, rate, kind="crude", years=3, multiplier=100_000),
        "_crude_with_denom": funnels.rate_points(none, rate, kind="crude", years=5, multiplier=100_000, populations=people),
    }
    for ending, made in calls.items():
        found = {f"rate_chart{ending}": made.rate, f"denominator_derived{ending}": made.population}
        assert_columns(case, found, expected, list(found))


LINES = {
    "Population": "axis",
    "Events": "axis",
    "Observed_events": "axis",
    "Lower2s0025limit": "lower_95",
    "Upper2s0025limit": "upper_95",
    "Lower3s0001limit": "lower_998",
    "Upper3s0001limit": "upper_998",
    "lower_2s_limit": "lower_95",
    "upper_2s_limit": "upper_95",
    "lower_3s_limit": "lower_998",
    "upper_3s_limit": "upper_998",
}
REFERENCE_STEPS = 23  # the reference halves an interval this often and stops
BEHIND = ("lower_2s", "upper_2s", "lower_3s", "upper_3s")


def _lines(case: Case, given: Sequence[Row], expected: Sequence[Row]) -> None:
    first, words = next(iter(expected[0])), expected[0].get("statistic", "")
    numeric = number_columns(given)
    top = numbers_of(given, first_named(numeric, "numerator", "ev", "events", "obs", "observed", "count") or numeric[0])
    if first == "Population":
        bottom = numbers_of(given, first_named(numeric, "denominator", "pop", "n") or numeric[1])
        made = funnels.proportion_funnel(top, bottom, multiplier=float(case.params.get("multiplier", 100)))
    elif first == "Events":
        kind: funnels.RateKind = "crude" if "crude" in words else "dsr"
        years = re.search(r"(\d+) years?", f"{case.about['title']} {case.params}")
        people = numbers_of(given, "pop") if "pop" in given[0] and kind == "crude" else None
        made = funnels.rate_funnel(
            top,
            numbers_of(given, "rate"),
            kind=kind,
            years=float(years.group(1)) if years else 1.0,
            populations=people,
            search_steps=REFERENCE_STEPS,
        )
    else:
        form: Any = "count" if "count" in f"{words} {case.params}" else "isr"
        bottom = numbers_of(given, first_named(numeric, "expected", "exp", "denominator") or numeric[1])
        made = funnels.ratio_funnel(top, bottom, form=form, search_steps=REFERENCE_STEPS)
    columns = {theirs: ours for theirs, ours in LINES.items() if theirs in expected[0]}
    found: dict[str, Any] = {ours: getattr(made, ours) for ours in columns.values()}
    for name, behind in zip(BEHIND, made.behind, strict=False):
        column = f"{name}_population_1_year" if first == "Events" else f"{name}_exp_events"
        if column in expected[0]:
            found[column], columns[column] = behind, column
    for name in ("Baseline", "baseline"):
        if name in expected[0]:
            columns[name], found[name] = name, [made.centre] * len(expected)
    for name in ("statistic", "method"):
        if name in expected[0]:
            columns[name], found[name] = name, [getattr(made, name)] * len(expected)
    assert_columns(case, found, expected, columns)


# Refused inputs

SIX = ([1, 2, 3], [10, 10, 10])
REFUSALS: dict[str, list[Callable[[], Any]]] = {
    "proportion numerator<0": [lambda: proportions([-1, 2], [10, 10])],
    "proportion denominator<=0": [lambda: proportions([0, 2], [0, 10]), lambda: proportions([1], [-5])],
    "proportion numerator>denominator": [lambda: proportions([11], [10])],
    "any confidence 0.8, 50 or 130": [
        lambda work=work, level=level: work(level)
        for level in (0.8, 50, 130)
        for work in (
            lambda level: proportions(*SIX, confidence=level),
            lambda level: rates.rates(*SIX, confidence=level),
            lambda level: means.means(SIX[0], confidence=level),
            lambda level: standardisation.directly_standardised_rates(*SIX, [1, 1, 1], confidence=level),
            lambda level: standardisation.indirectly_standardised_ratios(*SIX, *SIX, confidence=level),
        )
    ],
    "any 3 confidence levels": [lambda: rates.rates(*SIX, confidence=(0.95, 0.99, 0.998))],
    "any two levels other than 0.95 and 0.998": [lambda: proportions(*SIX, confidence=(0.95, 0.99))],
    "rate denominator<=0": [lambda: rates.rates([1], [0]), lambda: rates.rates([1], [-1])],
    "rate numerator<0": [lambda: rates.rates([-1], [10])],
    "dsr stdpop<0": [lambda: standardisation.directly_standardised_rates(*SIX, [1, -1, 1])],
    "dsr n missing": [lambda: standardisation.directly_standardised_rates([1, 2], [10, None], [1, 1])],
    "dsr denominator<=0": [lambda: standardisation.directly_standardised_rates([1, 2], [10, 0], [1, 1])],
    "dsr numerator<0": [lambda: standardisation.directly_standardised_rates([1, -2], [10, 10], [1, 1])],
    "dsr groups differ in rows": [lambda: standardisation.directly_standardised_rates(*SIX, [1, 1, 1], group=["a", "a", "b"])],
    "isr groups differ in rows": [
        lambda: standardisation.indirectly_standardised_ratios(*SIX, *SIX, group=["a", "a", "b"]),
        lambda: standardisation.indirectly_standardised_rates(*SIX, *SIX, group=["a", "a", "b"]),
    ],
    "isr numerator<0": [lambda: standardisation.indirectly_standardised_rates([-1], [10], [1], [10])],
    "isr denominator<0": [lambda: standardisation.indirectly_standardised_rates([1], [-10], [1], [10])],
    "byars observed<0": [lambda: intervals.counted([-1], name="observed"), lambda: rates.rates([-1], [10])],
    "mean confidence": [lambda: means.means([1.0, 2.0], confidence=0.5)],
}


def _refused_inputs(case: Case) -> None:
    for row in case.read_csv("expected.csv"):
        name = f"{row['statistic']} {row['bad_input']}"
        if name not in REFUSALS:
            raise NotReached(f"{case}: {name}")
        for call in REFUSALS[name]:
            with pytest.raises(ValueError, match=r"\w"):
                call()
