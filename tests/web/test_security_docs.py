"""docs/security.md names tests that exist, one for every line but those that say honestly that there is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", TEXT)))
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| \d", line)]


def test_the_page_names_many_tests() -> None:
    assert len(NAMED) > 50 and len(ROWS) > 40


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_line_has_its_proof_or_says_that_there_is_none(row: str) -> None:
    honest = ("Do not apply", "Does not apply", "not assessed", "not tested", "**No**")
    assert "::" in row or any(word in row for word in honest)
