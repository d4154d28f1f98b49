"""From a number of the csae edition to the crimes behind it, by force and reference, while the microdata is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from vkpp.basics.periods import Period
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.typologies import Typology, read_typology
from vkpp.engine.classification.csae import KEY, answered, children_apart, known
from vkpp.engine.flow import csae
from vkpp.engine.shapes.measures import TOTAL
from vkpp.engine.statistics.csae import LONGEST_DELAY, NOT_KNOWN, SAME
from vkpp.engine.tables.session import connect

PEOPLE = ("victims", "suspects")


def contributions(
    accepted: csae.Accepted, period: Period, catalogue: Catalogue, table: str, keys: Mapping[str, str], measure: str
) -> list[dict[str, Any]]:
    """Rows force_id, return_period, crime_ref, recorded, offence_code and n (what the crime adds), in that order.

    `table`, `keys` and `measure` are those of the number: a count of the csae edition. Their n add up to it.
    """
    before = period.previous()
    typology = read_typology(catalogue.collections_folder / csae.COLLECTION)
    con = connect()
    try:
        whole = csae._loaded(con, csae._same_basis(accepted, period, before), (before, period))
        loaded, listed = children_apart(whole, typology)
        crimes = con.create_table("answered", csae._periods(answered(loaded, typology), period, before), temp=True)
        crimes = crimes.filter(_of_time(crimes, keys, period, table)).filter(
            _of_forces(crimes, keys, accepted, catalogue, period, table, measure)
        )
        counted = _counted(crimes, loaded, listed, table, keys, measure, catalogue, typology)
        columns = [*KEY, "recorded", "offence_code", "n"]
        return list(counted.filter(counted.n > 0).select(*columns).order_by(columns).to_pyarrow().to_pylist())
    finally:
        con.disconnect()


def _of_time(crimes: Any, keys: Mapping[str, str], period: Period, table: str) -> Any:
    wanted = keys.get("period", period.code)
    if table == "delay":
        return _ended_in(crimes, Period.parse(wanted), period)
    return crimes.quarter == wanted if table == "quarter" else crimes.period == wanted


def _ended_in(crimes: Any, quarter: Period, period: Period) -> Any:
    """Offences that ended in the quarter and were recorded in it or within the longest delay that is corrected for."""
    quarters = [q.code for year in (period.previous(), period) for q in year.quarters()]
    first = quarters.index(quarter.code)
    until = quarters[first : first + LONGEST_DELAY + 1]
    return crimes.offence_to.between(quarter.start, quarter.end) & crimes.quarter.isin(until)


def _of_forces(
    crimes: Any,
    keys: Mapping[str, str],
    accepted: csae.Accepted,
    catalogue: Catalogue,
    period: Period,
    table: str,
    measure: str,
) -> Any:
    """The forces that a number counts: one, a region's, those in for both years, or all that replied."""
    both = set.intersection(*(set(accepted.returns.get(p.code, {})) for p in (period.previous(), period)))
    if table in ("quarter", "delay") or (table == "total" and measure == SAME):
        return crimes.force_id.isin(sorted(both))
    code = keys.get("force_id", TOTAL)
    if code == TOTAL:
        return ibis.literal(True)
    forces = catalogue.forces_on(period.end)
    inside = [f.force_id for f in forces if f.region_code == code]
    return crimes.force_id.isin(inside) if inside else crimes.force_id == code


def _counted(
    crimes: Any,
    loaded: Any,
    listed: Any,
    table: str,
    keys: Mapping[str, str],
    measure: str,
    catalogue: Catalogue,
    typology: Typology,
) -> Any:
    """The crimes with `n`: 1 each, or how many of their people or children the number counts."""
    code = keys.get("code", TOTAL)
    if table == "under-10" and measure == "listed":
        return _by_crime(crimes, listed, None)
    if table == "under-10":
        return crimes.mutate(n=crimes.children_under_10.fill_null(0))
    if table == "total" and measure in PEOPLE:
        return _by_crime(crimes, getattr(loaded, measure), None)
    if table.partition("-")[0] in PEOPLE:
        who, _, what = table.partition("-")
        return _by_crime(crimes, getattr(loaded, who), lambda rows: _person_is(rows, who, what, code, catalogue))
    if table == "questions":
        return _of_question(crimes, loaded, code, typology)
    return crimes.filter(_crime_is(crimes, table, code, typology)).mutate(n=ibis.literal(1))


def _by_crime(crimes: Any, people: Any, condition: Any) -> Any:
    wanted = people if condition is None else people.filter(condition(people))
    counts = wanted.group_by(list(KEY)).agg(n=wanted.count())
    return crimes.inner_join(counts, list(KEY))


def _crime_is(crimes: Any, table: str, code: str, typology: Typology) -> Any:
    columns = {
        "place": "place_kind",
        "group-criterion": "group_criteria",
        "crime-type": "crime_type",
        "force-type": "crime_type",
    }
    if table not in columns:
        return ibis.literal(True)
    inside = crimes["T-GROUP"].fill_null(False) if table == "group-criterion" else ibis.literal(True)
    value = known(crimes[columns[table]]).fill_null(NOT_KNOWN)
    return inside if code == TOTAL else inside & (value == code)


def _person_is(rows: Any, who: str, what: str, code: str, catalogue: Catalogue) -> Any:
    if code == TOTAL:
        return ibis.literal(True)
    answers = {
        "age": lambda: csae._band(rows, who),
        "sex": lambda: rows.sex,
        "ethnicity": lambda: csae._ethnic_group(rows, catalogue),
    }
    return known(answers[what]()).fill_null(NOT_KNOWN) == code


def _of_question(crimes: Any, loaded: Any, code: str, typology: Typology) -> Any:
    """A question's code, or its code with -no, -unknown or -all behind it."""
    roots = {csae._slug(t.code): t.code for t in typology.types} | {"family-of-contact": "T-FAM", "suspects-child": ""}
    root, answer = (code, "yes") if code in roots else tuple(code.rsplit("-", 1))
    if root == "suspects-child":
        return _by_crime(crimes, loaded.suspects, lambda rows: _says(rows.age.between(10, 17), answer))
    rows = crimes.filter(crimes["T-CONTACT"]) if root == "family-of-contact" else crimes
    return rows.filter(_says(rows[roots[root]], answer)).mutate(n=ibis.literal(1))


def _says(answer: Any, wanted: str) -> Any:
    asked = {"yes": answer, "no": ~answer, "unknown": answer.isnull(), "all": ibis.literal(True)}
    return asked[wanted].fill_null(False) if wanted in ("yes", "no") else asked[wanted]
