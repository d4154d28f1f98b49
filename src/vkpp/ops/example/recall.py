"""Recall by check: of the faults that were planted, how many did the check that should find them find."""

from __future__ import annotations

import polars as pl

from vkpp.engine.shapes.findings import Findings

PLACE = ("check", "table", "record")


def recall_by_check(planted: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """One row a check: check, planted, found. `planted` is the list of faults.planted for one delivery."""
    found = pl.DataFrame(findings.table.select(list(PLACE)).to_pydict(), schema_overrides={"record": pl.Int64}).unique()
    met = planted.join(found.with_columns(met=pl.lit(1)), on=PLACE, how="left", nulls_equal=True)
    return met.group_by("check").agg(planted=pl.len(), found=pl.col("met").count()).sort("check")
