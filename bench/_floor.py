"""The floor: DuckDB reads the CSV as text and writes Parquet, and nothing is checked."""

from __future__ import annotations

import json
import sys

import duckdb

if __name__ == "__main__":
    source, target = sys.argv[1:3]
    read = f"read_csv('{source}', all_varchar=true, header=true, delim=',', quote='\"', escape='\"')"
    duckdb.connect().execute(f"COPY (SELECT * FROM {read}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    print(json.dumps({}))
