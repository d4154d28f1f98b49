"""Area 10: counts weighted by a harm index. Ranks are made here only to meet the case; the engine never ranks forces."""

from __future__ import annotations

from scipy import stats

from vkpp.engine.statistics.harm import HarmEdition, harm, harm_per_offence

from .case import Case, NotReached, Row, assert_columns, numbers_of

SUMS = {  # column of the answer: how the subgroups that it adds up begin
    "cda_harm": ("Criminal damage", "Arson"),
    "burg_harm": ("Residential burglary", "Non-residential burglary"),
    "drugs_harm": ("Possession of drugs", "Trafficking of drugs"),
    "robbery_harm": ("Robbery",),
}


def check(case: Case) -> None:
    given = case.read_csv("input.csv")
    if case.has("input_weights.csv") and "prc_subgroup" in given[0]:
        _weighted_counts(case)
    elif {"force", "vso", "vso_harm"} <= set(given[0]):
        _per_offence(case)
    else:
        raise NotReached(f"{case}: input columns {list(given[0])}")


def _edition(rows: list[Row]) -> HarmEdition:
    weights = dict(zip([row["prc_subgroup"] for row in rows], numbers_of(rows, "cchi_days"), strict=True))
    return HarmEdition("case", "Cambridge Crime Harm Index", "2026, as in the case", "days", weights)


def _weighted_counts(case: Case) -> None:
    given, expected = case.read_csv("input.csv"), case.read_csv("expected.csv")
    edition = _edition(case.read_csv("input_weights.csv"))
    count = next(name for name in given[0] if name.startswith("count"))
    for column in (name for name in expected[0] if name != "force"):
        rows = [row for row in given if row["prc_subgroup"].startswith(SUMS[column])] if column in SUMS else given
        if column not in SUMS and "harm" not in column.lower():
            raise NotReached(f"{case}: {column}")
        made = harm([r["prc_subgroup"] for r in rows], numbers_of(rows, count), edition, group=[r["force"] for r in rows])
        at = [made.labels.index(row["force"]) for row in expected]
        assert_columns(case, {column: made.units[at]}, expected, [column])


def _per_offence(case: Case) -> None:
    given, expected = case.read_csv("input.csv"), case.read_csv("expected.csv")
    forces = [row["force"] for row in given]
    made = harm_per_offence(numbers_of(given, "vso_harm"), numbers_of(given, "vso"), forces, _edition([]))
    at = [made.labels.index(row["force"]) for row in expected]
    days = made.per_offence[at]
    found = {
        "days_per_offence": days.round(6),  # the answer is printed to six decimals
        "rank_count": stats.rankdata(-made.offences, method="min")[at],
        "rank_days": stats.rankdata(-days, method="min"),
    }
    assert_columns(case, found, expected, list(found))
