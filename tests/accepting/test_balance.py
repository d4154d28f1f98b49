"""The lines of a year come from the numbers of its receipts; a receipt without them is told and not passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.accepting.conftest import CSV_FORCE
from vkpp.basics.periods import Period
from vkpp.engine.keeping import Accepted, Store
from vkpp.ops.stores import _balance

YEAR = Period.parse("CY2024")


def test_a_years_lines_are_the_sum_of_its_receipts(
    sent: dict[str, list[Path]], accept: Callable[..., int], tmp_path: Path
) -> None:
    assert accept(sent[CSV_FORCE], CSV_FORCE) == 0
    (one,) = Store(tmp_path / "store").all()
    whole = _balance([one], YEAR)
    physical = sum(len(path.read_bytes().splitlines()) for path in sent[CSV_FORCE])
    assert whole.physical_lines == physical and whole.holds
    assert whole.records == sum(table["records"] for table in one.receipt["tables"].values())
    assert whole.file == "1 accepted versions of CY2024"

    older = Accepted(one.folder, {key: value for key, value in one.receipt.items() if key != "lines"})
    both = _balance([one, older], YEAR)
    assert both.file == "1 of 2 accepted versions of CY2024" and both.physical_lines == physical
