"""Page parts: they escape what they are given, fit a phone, carry the marking, and pass axe."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.urls import clear_url_caches
from hypothesis import given
from hypothesis import strategies as some

from tests.records.nation import Nation, found_nation
from tests.web.clients import sideways, violations
from tests.web.parts_page import BAD
from vkpp.web.parts.shapes import Column, Pages, Table, Tag, page_number

SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def parts() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.web.parts_page"):
        clear_url_caches()
        yield
    clear_url_caches()


def test_parts_escape_what_they_are_given(parts: None, nation: Nation, client_of: Callable[[Any], Any]) -> None:
    for answer in (client_of(nation.east).get("/parts/"), client_of(nation.east).post("/parts/", {"words": BAD})):
        text = answer.content.decode()
        assert text.count("onerror") >= 8 and "<img" not in text and '"><b>' not in text
        assert 'href="/parts/?order=file%22%3E%3Cb%3E"' in text  # the chip keeps the order and takes the filter away


def test_numbers_in_tables_are_set_for_reading() -> None:
    (_, cells), (total, _) = Table("x", (Column("a"), Column("b", True)), [("One", 1234), ("All", 1234)], total=True).lines()
    assert [cell.words for _, cell in cells] == ["One", "1,234"] and total


def test_every_page_carries_its_marking_at_head_and_foot(parts: None, nation: Nation, client_of: Callable[[Any], Any]) -> None:
    page = client_of(nation.east).get("/parts/")
    assert page.content.decode().count("OFFICIAL-SENSITIVE: For the force named only") == 2
    assert client_of(nation.east).get("/").content.decode().count(">OFFICIAL<") == 2
    assert "worker-src 'self'" in page["Content-Security-Policy"]
    assert "worker-src" not in client_of(nation.east).get("/")["Content-Security-Policy"]


def test_acts_offer_what_is_allowed_and_say_why_not(parts: None, nation: Nation, client_of: Callable[[Any], Any]) -> None:
    text = client_of(nation.east).get("/parts/").content.decode()
    assert re.search(r'<form method="post" action="/send/"><input type="hidden" name="csrfmiddlewaretoken" value="\w+">', text)
    assert "Only the national team can accept" in text and 'action="/accept/"' not in text and 'href="/accept/"' not in text


def test_errors_stand_in_the_summary_and_beside_the_field(parts: None, nation: Nation, client_of: Callable[[Any], Any]) -> None:
    text = client_of(nation.east).post("/parts/", {}).content.decode()
    assert "<title>Error: " in text
    for name in ("words", "file", "sure"):
        assert f'href="#id_{name}"' in text and f'id="id_{name}-error"' in text
    assert 'aria-describedby="id_words-hint id_words-error"' in text


@given(text=some.none() | some.text(max_size=12), total=some.integers(0, 10_000))
def test_a_page_number_from_an_address_always_exists(text: str | None, total: int) -> None:
    number = page_number(text, total)
    pages = Pages(number, total, "/x/")
    assert 1 <= number <= pages.last
    assert len(range(total)[pages.slice]) > 0 or total == 0
    assert bool(pages.previous) == (number > 1) and bool(pages.next) == (number < pages.last)


def test_a_table_with_a_cell_too_many_and_a_tag_of_no_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="more or fewer cells"):
        Table("x", (Column("a"),), [("1", "2")])
    with pytest.raises(ValueError, match="no kind of tag"):
        Tag("Late", "red")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_parts_fit_and_have_no_violation(parts: None, served: str, tab_of: Callable[..., Any], width: int) -> None:
    tab = tab_of(found_nation().east, width)
    tab.goto("/parts/")
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"parts-{width}.png"), full_page=True)
    assert violations(tab) == [] and sideways(tab) <= 0
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 680, "height": 960})
    assert sideways(tab) <= 0


def test_what_stands_between_backticks_is_code_and_everything_is_escaped() -> None:
    from vkpp.web.parts.tags import coded

    assert coded("Run `vkpp prepare` or <b> `a<b`.") == "Run <code>vkpp prepare</code> or &lt;b&gt; <code>a&lt;b</code>."
    assert coded("One ` alone, and 'none'") == "One ` alone, and &#x27;none&#x27;" and coded("") == ""
