"""The two open collections on real files: read, checked, reconciled; what looks alike is kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from vkpp.basics.periods import Period
from vkpp.catalogue.load import SEED, Catalogue
from vkpp.engine.reading import read
from vkpp.engine.shapes.findings import CheckResult
from vkpp.engine.validation import validate

STREET = Path(__file__).resolve().parents[1] / "data" / "street_crime"
pytestmark = pytest.mark.slow


def checked(catalogue: Catalogue, collection: str, files: list[Path], work: Path, period: Period | None = None) -> CheckResult:
    specification = catalogue.specification(collection)
    table = specification.tables[0]
    staged = tuple(part for file in files for part in read(file, table, work))
    return validate({table.name: staged}, specification, catalogue, period=period)


def test_the_home_office_table_has_no_error(shipped: Catalogue, tmp_path: Path) -> None:
    packed = SEED / "recorded_crime" / "prc-pfa-mar2013-onwards-tables201718.zip"
    result = checked(shipped, "recorded-crime", [packed], tmp_path)
    assert Counter(finding.check for finding in result.findings) == {
        "outcome-only": 1_408,
        "count-negative": 36,
        "body-not-force": 12,
        "count-far-below-zero": 3,
        "outcome-only-is-zero": 1,
    }
    assert (result.findings.count("error"), result.could_not_run) == (0, ())
    assert [(r.records, r.holds) for r in result.reconciliations] == [(23_068, True)]


def test_street_files_keep_records_that_look_alike(shipped: Catalogue, tmp_path: Path) -> None:
    files = sorted(STREET.glob("*.csv"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(set(lines)) < len(lines), "the extracts hold records that are the same in every column"
    result = checked(shipped, "street-crime", files, tmp_path)
    assert sum(r.records for r in result.reconciliations) == len(lines)
    assert Counter((f.severity, f.check) for f in result.findings) == {
        ("note", "no-location"): 19,
        ("query", "same-id-twice"): 12,
    }
    assert result.could_not_run == ()


def test_a_month_outside_the_period_is_an_error(shipped: Catalogue, tmp_path: Path) -> None:
    files = sorted(STREET.glob("*.csv"))
    result = checked(shipped, "street-crime", files, tmp_path, Period.parse("CY2018"))
    assert {f.check for f in result.findings if f.severity == "error"} == {"month-in-period"}
