"""The question that the engine is asked, kept as a snapshot so that a change of it is seen in review.

After a change that is meant: VKPP_UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/validation/test_generated_sql.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from ibis.backends.duckdb import Backend

from tests.validation.deliveries import List, Lists, check, column, specification, staged, table
from vkpp.basics.periods import Period
from vkpp.engine.tables.casting import WHITE_SPACE
from vkpp.engine.validation import validate

SNAPSHOTS = {"many": Path(__file__).with_name("generated.sql"), "few": Path(__file__).with_name("generated_few.sql")}
CHECKS = {
    "ref-given": {"required": {"field": "ref"}},
    "ref-once": {"unique": {"fields": ["ref"]}},
    "age-readable": {"readable": {"field": "age"}},
    "age-of-a-child": {"between": {"field": "age", "min": 0, "max": 17}},
    "from-before-recorded": {"before": {"fields": ["from", "recorded"]}},
    "recorded-in-period": {"within_period": {"field": "recorded"}},
    "force-known": {"in_list": {"field": "force", "list": "forces"}},
    "place-form": {"matches": {"field": "place", "pattern": "[A-Z]{2}[0-9]+"}},
    "force-or-place": {"any": [{"required": {"field": "force"}}, {"not": {"missing": {"field": "place"}}}]},
}


@pytest.mark.parametrize("size", ["many", "few"])
def test_the_generated_question_is_the_one_that_was_reviewed(size, tmp_path, monkeypatch):
    """Many records are asked about text by text, few with each text prepared once."""
    if size == "many":
        monkeypatch.setattr("vkpp.engine.validation.checking.FEW_RECORDS", 0)
    fields = (column("ref"), column("age", "integer", read_as={"-00": "0"}), column("from", "date"), column("force"))
    of = table(*fields, column("recorded", "date", format="%d/%m/%Y"), column("place", missing_values=("", "n/k")))
    when = {"age-of-a-child": {"not": {"missing": {"field": "ref"}}}}
    spec = specification([of], [check(must, name, when=when.get(name)) for name, must in CHECKS.items()])
    lists = Lists({"forces": List({"avon": "Avon & Somerset"})})
    asked: list[str] = []
    compiled = Backend.compile

    def noted(*args: Any, **kwargs: Any) -> str:
        asked.append(compiled(*args, **kwargs))
        return asked[-1]

    monkeypatch.setattr(Backend, "compile", noted)
    validate({"rows": (staged([{}], of, tmp_path),)}, spec, lists, period=Period.parse("CY2024"))
    [question] = [sqlglot.parse_one(sql, dialect="duckdb").sql("duckdb", pretty=True) for sql in asked if "_mask0" in sql]
    question = re.sub(r"(ibis_read_parquet|staged)_\w+", "staged", question) + "\n"
    question = question.replace(WHITE_SPACE, "(white space)").replace("\r", "(return)")
    if os.environ.get("VKPP_UPDATE_SNAPSHOTS"):
        SNAPSHOTS[size].write_text(question, encoding="utf-8")
    assert question == SNAPSHOTS[size].read_text(encoding="utf-8")
