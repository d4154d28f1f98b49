"""A value that a spreadsheet would take for a formula goes out as text and comes back as it was said."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from vkpp.basics.spreadsheets import as_said, harmless

WORDS = st.one_of(st.text(), st.text(alphabet="=+-@\t\r\n'1.5ea", max_size=6))


@given(WORDS.filter(lambda words: not words.startswith("'")))
@example("+1e5")
@example("-1.5")
def test_what_went_out_comes_back_as_it_was_said(words: str) -> None:
    assert as_said(harmless(words)) == words


@given(WORDS)
def test_nothing_goes_out_that_acts(words: str) -> None:
    out = harmless(words)
    assert not out.startswith(("=", "@", "\t", "\r", "\n"))
    if out.startswith(("+", "-")):
        float(out)
