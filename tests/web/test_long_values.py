"""A cell of a return may hold 30,000 characters: pages stay light, whatever stands in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import ASKS, AT, CHECK, Scene, found_scene, outcome
from vkpp.records.collections import commands
from vkpp.records.collections.rules import fixing, places, register
from vkpp.records.collections.rules.outcomes import CheckCount
from vkpp.web.parts.shapes import in_words, shortened

Clients = Callable[[UUID | None], Any]
LONG = "x" * 30_000


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def test_of_a_long_value_a_page_shows_the_beginning_and_the_end() -> None:
    assert shortened("a" * 400) == "a" * 400
    assert shortened(f"'{LONG}' is not a code.").endswith("is not a code.") and len(shortened(LONG)) < 260


def test_fifty_long_values_make_no_heavy_page(scene: Scene, client_of: Clients) -> None:
    import pyarrow.parquet as pq

    from vkpp.engine.shapes.findings import FINDINGS_SCHEMA, Finding, Findings

    said = f'"{LONG}" is not a status.'
    version = scene.send(scene.east)
    count = CheckCount("crimes-status-known", "error", "crimes", "", "Status", 50, 50, said, "Choose a code.")
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome(count))
    where = {"column": "Status", "value": LONG}
    found = [
        Finding(
            "crimes-status-known", "error", said, "Choose a code.", "crimes.csv", "crimes", row=n + 2, record=n + 1, **where
        )
        for n in range(50)
    ]
    path = places.findings(register.root(), version)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(Findings.of(found).table.cast(FINDINGS_SCHEMA), path)
    place = fixing.Place("crimes.csv", "crimes", "", "csv", 1, {"Status": "Status"}, "utf-8", ",", '"')
    places.cells(register.root(), version).write_text(fixing.written([place], {}), encoding="utf-8")
    client = client_of(scene.preparer)
    cells = "fix/cells/?check=crimes-status-known&table=crimes&column=Status"
    for address in ("results/", "fix/", cells):
        answer = client.get(f"/returns/{scene.east}/{address}")
        assert answer.status_code == 200 and len(answer.content) < 100_000, (address, len(answer.content))
        assert "xxxx … xxx" in answer.content.decode()


def test_what_is_code_in_the_words_of_a_finding_bears_no_backticks_and_a_value_keeps_its_own() -> None:
    said = "Run `vkpp prepare` on the extract, or `vkpp check`."
    assert in_words(said) == "Run vkpp prepare on the extract, or vkpp check." and in_words("One ` alone") == "One ` alone"
    assert in_words(f"`{LONG}` is not a code.").endswith("is not a code.") and len(in_words(f"`{LONG}`")) < 260
    assert shortened("`x`") == "`x`"


@pytest.mark.parametrize("page", ["results/", "answer/", "summary/"])
def test_the_pages_of_a_return_show_no_backticks(records: None, client_of: Callable[[UUID | None], Any], page: str) -> None:
    scene = found_scene()
    scene.sent(scene.east, replace(ASKS, message="Run `vkpp prepare` again.", fix="See `vkpp check`."))
    said = client_of(scene.preparer).get(f"/returns/{scene.east}/{page}").content.decode()
    main = said.partition("<main")[2].partition("</main>")[0]
    assert "vkpp prepare" in main and "`" not in main
