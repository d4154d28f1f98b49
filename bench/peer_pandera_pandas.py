"""Peer: the same checks with pandera on pandas, every failure collected and stored."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pandera.pandas as pa
import polars as pl

from bench._rules import HEADINGS, rules


def check(name: str, column: str, rule: pl.Expr) -> pa.Check:
    """pandas has no three-valued comparison of texts, so the rule itself is worked out by polars on the frame's columns."""
    needed = rule.meta.root_names()

    def holds(frame: pd.DataFrame) -> pd.Series:
        columns = pl.DataFrame({n: pl.Series(frame[n].to_list(), dtype=pl.String) for n in needed})
        return pd.Series(columns.select(rule).to_series().to_numpy(), index=frame.index)

    return pa.Check(holds, name=name)


if __name__ == "__main__":
    schema = pa.DataFrameSchema({}, checks=[check(*one) for one in rules()])
    table = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False, na_values=[""]).rename(columns=HEADINGS)
    table = table.astype(object).where(table.notna(), None)
    table.to_parquet(f"{sys.argv[1]}.peer.parquet", compression="zstd")
    try:
        schema.validate(table, lazy=True)
        found = 0
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases[["check", "index"]].drop_duplicates()
        found = len(cases)
        cases.to_parquet(f"{sys.argv[1]}.peer-findings.parquet")
    print(json.dumps({"findings": found}))
