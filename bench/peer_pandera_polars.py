"""Peer: the same checks with pandera on polars, every failure collected and stored."""

from __future__ import annotations

import json
import sys

import pandera.polars as pa
import polars as pl

from bench._rules import read, rules


def check(name: str, column: str, rule: pl.Expr) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(rule.alias(column)), name=name)


if __name__ == "__main__":
    schema = pa.DataFrameSchema({}, checks=[check(*one) for one in rules()])
    table = read(sys.argv[1]).collect()
    table.write_parquet(f"{sys.argv[1]}.peer.parquet", compression="zstd")
    try:
        schema.validate(table, lazy=True)
        found = 0
    except pa.errors.SchemaErrors as errors:
        found = errors.failure_cases.height
        errors.failure_cases.select(pl.col("check"), pl.col("index")).write_parquet(f"{sys.argv[1]}.peer-findings.parquet")
    print(json.dumps({"findings": found}))
