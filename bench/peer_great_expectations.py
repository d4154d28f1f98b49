"""Peer: Great Expectations on pandas; every unexpected row is asked for, as far as its expectations reach."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

from bench._return import FIELDS, MUST, TITLES, Lists

NUMBER = r"^[+-]?(\d{1,12}(\.\d*)?|\.\d+)$"
SHAPES = {"integer": r"^[+-]?\d{1,19}$", "number": NUMBER, "date": r"^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$"}
WORDS = ["not known", "not recorded", "not asked"]
KINDS = {f.name: f.type for f in FIELDS}


def expectations() -> Iterator[Any]:
    for must in MUST.values():
        operator, a = next(iter(must.items()))
        if operator == "unique":
            yield gxe.ExpectColumnValuesToBeUnique(column=TITLES[a["fields"][0]])
        if "field" not in a:
            continue
        column = TITLES[a["field"]]
        if operator == "required":
            yield gxe.ExpectColumnValuesToNotBeNull(column=column)
        if operator == "readable":
            yield gxe.ExpectColumnValuesToMatchRegex(column=column, regex=SHAPES[KINDS[a["field"]]])
        if operator == "matches":
            yield gxe.ExpectColumnValuesToMatchRegex(column=column, regex=f"^(?:{a['pattern']})$")
        if operator in ("one_of", "in_list"):
            values = list(a.get("values") or Lists.lists[a["list"]].codes)
            yield gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values + WORDS)
        if operator in ("between", "at_least"):
            low, high = float(a.get("min", a.get("value"))), float(a["max"]) if "max" in a else None
            yield gxe.ExpectColumnValuesToBeBetween(column=f"{column} as number", min_value=low, max_value=high)


if __name__ == "__main__":
    table = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False, na_values=["", "n/k"])
    for must in MUST.values():
        operator, a = next(iter(must.items()))
        if operator in ("between", "at_least"):
            table[f"{TITLES[a['field']]} as number"] = pd.to_numeric(table[TITLES[a["field"]]], errors="coerce")
    table.to_parquet(f"{sys.argv[1]}.peer.parquet", compression="zstd")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("crimes")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": table})
    suite = gx.ExpectationSuite(name="checks", expectations=list(expectations()))
    outcome = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    found = [len(result.result["unexpected_index_list"] or ()) for result in outcome.results]
    with open(f"{sys.argv[1]}.peer-findings.json", "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(outcome.to_json_dict(), file)
    print(json.dumps({"findings": sum(found)}))
