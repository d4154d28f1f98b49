"""The question that the engine is asked, kept as a snapshot so that a change of it is seen in review.

After a change that is meant: VKPP_UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/validation/test_generated_sql.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.validation.deliveries import List, Lists, check, column, specification, staged, table
from vkpp.basics.periods import Period
from vkpp.engine.tables.casting import WHITE_SPACE
from vkpp.engine.tables.session import connect
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.delivery import delivered
from vkpp.engine.validation.scan import scan
from vkpp.engine.validation.vocabulary import register

SNAPSHOT = Path(__file__).with_name("generated.sql")
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


def test_the_generated_question_is_the_one_that_was_reviewed(tmp_path):
    fields = (column("ref"), column("age", "integer", read_as={"-00": "0"}), column("from", "date"), column("force"))
    of = table(*fields, column("recorded", "date", format="%d/%m/%Y"), column("place", missing_values=("", "n/k")))
    when = {"age-of-a-child": {"not": {"missing": {"field": "ref"}}}}
    spec = specification([of], [check(must, name, when=when.get(name)) for name, must in CHECKS.items()])
    lists = Lists({"forces": List({"avon": "Avon & Somerset"})})
    session = connect(threads=1)
    try:
        whole = delivered(session, {"rows": (staged([{}], of, tmp_path),)}, spec)
        compiled = [register(c, of) for c in spec.checks]
        context = Context(lists, Period.parse("CY2024"))
        question = scan(compiled, whole["rows"].parts[0], whole, context, ["ref", "age"]).sql(session)
    finally:
        session.disconnect()
    question = (
        re.sub(r"ibis_read_parquet_\w+", "staged", question).replace(WHITE_SPACE, "(white space)").replace("\r", "(return)")
        + "\n"
    )
    if os.environ.get("VKPP_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(question, encoding="utf-8")
    assert question == SNAPSHOT.read_text(encoding="utf-8")
