"""A range whose ends print alike is told as one number, wherever it is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vkpp.basics.ranges import told
from vkpp.engine.dissemination.pack_files import share_words
from vkpp.engine.flow.pack import share
from vkpp.records.collections.rules.figures import moved


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_both_ends_or_one(low: int, high: int, between: bool) -> None:
    words = told(f"{low:,}", f"{high:,}", between=between)
    assert (" to " in words or " and " in words) == (low != high)
    assert words.count(f"{low:,}") >= 1 and words.endswith(f"{high:,}")


def test_what_is_rounded_to_the_same_is_one_number() -> None:
    assert told(f"{0.041:.1f}%", f"{0.043:.1f}%") == "0.0%"
    assert told("[c]", "[c]") == "[c]" and told("[c]", "5") == "[c] to 5"
    assert told("+5", "+9", between=True) == "between +5 and +9"


def test_a_total_that_never_moved_has_no_range_of_equal_ends() -> None:
    history = [(f"CY202{n}", 500) for n in range(5)]
    still, more = (moved(history, ("CY2025", value), "it").sentence for value in (500, 503))
    assert "at the usual total of 500" in still and still.startswith("No:")
    assert "away from the usual total of 500" in more and more.startswith("Yes:")
    other = moved([("CY2020", 480), ("CY2021", 520), ("CY2022", 500), ("CY2023", 510)], ("CY2024", 505), "it").sentence
    assert "inside the usual range of " in other and " to " in other


@pytest.mark.parametrize(("low", "high", "words"), [(5, 5, "+5"), (5, 9, "+5 to +9"), (-3, -3, "−3"), (0, 0, "None")])
def test_an_effect_is_told_so(low: int, high: int, words: str) -> None:
    from vkpp.web.national.charts import effect

    matter: Any = SimpleNamespace(low=low, high=high)
    assert effect(matter) == words


def test_a_share_in_a_pack_is_told_so() -> None:
    wide = share("s", "S", 30, 70, 0, "crimes", 5)
    assert share_words(wide).count(" to ") == 1
    sure = share("s", "S", 0, 10**8, 0, "crimes", 5)
    assert share_words(sure) == "0.0%"
