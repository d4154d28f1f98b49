"""Run by the environment that has PySpark: deliveries checked on Spark, their findings and runs written for the comparison.

python -m tests.validation.spark_run FOLDER     (deliveries.pickle in, findings.json out)
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

from vkpp.engine.tables.on_spark import SparkSession
from vkpp.engine.validation import validate


def main(folder: Path) -> None:
    deliveries = pickle.loads((folder / "deliveries.pickle").read_bytes())  # noqa: S301 - written by the test beside us
    session, found = SparkSession(), []
    for staged, specification, catalogue, more in deliveries:
        result = validate(staged, specification, catalogue, session=session, **more)
        found.append(
            {
                "findings": result.findings.table.to_pylist(),
                "runs": [[r.check, r.table, r.ran, r.findings, r.why_not] for r in result.runs],
            }
        )
    session.stop()
    (folder / "findings.json").write_text(json.dumps(found, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
