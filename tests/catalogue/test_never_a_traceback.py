"""Whatever stands in a file of the catalogue, a person gets words and never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vkpp.basics.problems import Problem
from vkpp.catalogue.forces import read_forces
from vkpp.catalogue.load import COLLECTIONS, SEED, load_catalogue
from vkpp.catalogue.rows import read_sources
from vkpp.catalogue.specification_file import read_specification, specification_from

SHIPPED = load_catalogue()
SOURCES = read_sources(SEED / "sources.csv")
NAMES = ("forces.csv", "force_areas.csv", "force_aliases.csv")
STREET: dict[str, Any] = yaml.safe_load((COLLECTIONS / "street-crime" / "specification.yaml").read_text(encoding="utf-8"))
ODD = st.sampled_from([None, 0, 3, 2.5, True, "", "x", "{", [], ["x"], [3], [[]], {}, {"x": 1}, {"field": "month"}, {3: 4}, -1])
fuzzed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzzed
@given(st.sampled_from(NAMES), st.integers(0, 6_000), st.integers(0, 40), st.binary(max_size=12))
def test_bytes_of_the_register(tmp_path: Path, name: str, start: int, length: int, put: bytes) -> None:
    for each in NAMES:
        content = (SEED / each).read_bytes()
        if each == name:
            content = content[:start] + put + content[start + length :]
        (tmp_path / each).write_bytes(content)
    try:
        read_forces(tmp_path, SOURCES)
    except Problem as problem:
        assert name in problem.where or "force" in problem.where


def places(found: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in entries:
        yield (*here, key)
        yield from places(value, (*here, key))


PLACES = list(places(STREET))


@settings(fuzzed, max_examples=150)
@given(st.sampled_from(PLACES), ODD)
def test_values_of_a_specification(place: tuple[Any, ...], odd: Any) -> None:
    found = deepcopy(STREET)
    inside: Any = found
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = odd
    try:
        specification_from(found, SHIPPED.code_lists)
    except Problem as problem:
        assert problem.expected


@fuzzed
@given(st.integers(0, 12_000), st.integers(0, 40), st.text(max_size=8))
def test_text_of_a_specification(tmp_path: Path, start: int, length: int, put: str) -> None:
    text = (COLLECTIONS / "street-crime" / "specification.yaml").read_text(encoding="utf-8")
    folder = tmp_path / "street-crime"
    folder.mkdir(exist_ok=True)
    content = (text[:start] + put + text[start + length :]).encode("utf-8", errors="surrogatepass")
    (folder / "specification.yaml").write_bytes(content)
    try:
        read_specification(folder, SHIPPED.code_lists, SHIPPED.disclosure_rules)
    except Problem as problem:
        assert "street-crime/specification.yaml" in problem.where


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_a_document_that_is_none(document: Any) -> None:
    with pytest.raises(Problem):
        specification_from(document, SHIPPED.code_lists)
