"""The same questions on Spark, for the day when one machine is outgrown: a session with the face of the one on DuckDB.

Nothing of the checks is written twice. Three functions that the checks name, and that Spark knows otherwise, are given to it
as functions of SQL. PySpark is an extra: the rest of the program never imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

# DuckDB's functions of these names, as tables/folding.py asks for them. Java's patterns read as RE2's where both have the
# syntax; (?d) makes "." stop at a line feed only, and (?u) folds case beyond ASCII.
FUNCTIONS = (
    "regexp_full_match(t STRING, p STRING) RETURNS BOOLEAN RETURN regexp_like(t, concat('\\\\A(?:(?du)', p, ')\\\\z'))",
    "list_position(a ARRAY<STRING>, t STRING) RETURNS BIGINT RETURN nullif(array_position(a, t), 0L)",
    "list_extract(a ARRAY<STRING>, i BIGINT) RETURNS STRING RETURN try_element_at(a, CAST(i AS INT))",
)
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    # A question of a hundred checks is one expression of many thousand parts, too large to be made into one Java method.
    "spark.sql.codegen.wholeStage": "false",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gave, in the words of the session on DuckDB."""

    frame: Any

    def to_arrow_table(self) -> pa.Table:
        with _named_as_ibis():
            return self.frame.toArrow()


class SparkSession:
    """As much of an Ibis session as validation uses: read_parquet, read_csv, compile, con.sql, disconnect."""

    searches_lists = False

    def __init__(self, master: str = "local[2]") -> None:
        from pyspark.sql import SparkSession as Builder

        builder = Builder.builder.master(master).appName("vkpp")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        self.spark = builder.getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        self.backend = ibis.pyspark.connect(self.spark)
        for function in FUNCTIONS:
            self.spark.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")

    @property
    def con(self) -> SparkSession:
        return self

    def sql(self, text: str) -> Answer:
        with _named_as_ibis():
            return Answer(self.spark.sql(text))

    def compile(self, expression: Any) -> str:
        return str(self.backend.compile(expression))

    def read_parquet(
        self, paths: str | Sequence[str], table_name: str | None = None, filename: str = "", union_by_name: bool = False
    ) -> Any:
        """A view on Parquet files; `filename` is the column that says which file a row came from, as a plain path."""
        named = [paths] if isinstance(paths, str) else list(paths)
        frame = self.spark.read.option("mergeSchema", str(union_by_name).lower()).parquet(*named)
        if filename:
            frame = _with_file(frame, filename)
        name = table_name or f"parquet_{abs(hash(tuple(named)))}"
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)

    def read_csv(self, path: str, *, all_varchar: bool, header: bool, delim: str, quote: str, escape: str) -> Any:
        """A view on one CSV file, all of it text; a record with more or fewer values than the heading is an error."""
        options = {"header": header, "sep": delim, "quote": quote, "escape": escape, "inferSchema": not all_varchar}
        frame = self.spark.read.options(multiLine=True, mode="FAILFAST", **options).csv(path)
        name = f"csv_{abs(hash(path))}"
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)

    def disconnect(self) -> None:
        """The session stays: starting another one costs more than any question."""

    def stop(self) -> None:
        self.spark.stop()


@contextmanager
def _named_as_ibis() -> Iterator[None]:
    """Spark's errors as errors of Ibis: validation knows them, and one broken check does not silence the others."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as broken:
        raise ibis.IbisError(str(broken)) from broken


def _with_file(frame: Any, column: str) -> Any:
    """Spark names a file by an encoded address; a finding needs the path. A plus sign stands for itself in a path."""
    from pyspark.sql import functions as f

    encoded = f.regexp_replace(f.regexp_replace(f.input_file_name(), "^file:/*", "/"), "[+]", "%2B")
    return frame.withColumn(column, f.url_decode(encoded))
