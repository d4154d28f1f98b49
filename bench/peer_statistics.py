"""chainladder and krippendorff on what is asked on standard input; answers and best times as JSON on standard output."""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

import chainladder  # type: ignore[import-not-found]
import krippendorff  # type: ignore[import-not-found]
import numpy as np

TRIANGLES = ("raa", "genins", "abc", "ukmotor", "mortgage", "liab", "m3ir5")  # published, and part of the peer


def best(work: Any, times: int) -> tuple[Any, float]:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        answer = work()
        spent.append(time.perf_counter() - start)
    return answer, min(spent)


def main() -> None:
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    triangles = {}
    for name in TRIANGLES:
        sample = chainladder.load_sample(name)
        sample = sample.sum() if len(sample.index) > 1 else sample

        def fitted(sample: Any = sample) -> Any:
            steps = chainladder.Development(sigma_interpolation="mack").fit_transform(sample)
            return chainladder.MackChainladder().fit(steps)

        made, spent = best(fitted, asked["times"])
        summary = made.summary_.to_frame(origin_as_datetime=False)
        errors = [
            *np.nan_to_num(summary["Mack Std Err"].to_numpy(dtype=float)).tolist(),
            float(made.total_mack_std_err_.iloc[0, 0]),
        ]
        table = sample.to_frame(origin_as_datetime=False).to_numpy(dtype=float)
        triangles[name] = {
            "table": [[None if np.isnan(v) else v for v in row] for row in table.tolist()],
            "ultimate": summary["Ultimate"].tolist(),
            "errors": errors,
            "seconds": spent,
        }
    table = np.array(asked["coded"], dtype=float).T  # coders by units
    alpha = {}
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        value, spent = best(lambda m=metric: krippendorff.alpha(reliability_data=table, level_of_measurement=m), asked["times"])
        alpha[metric] = {"value": float(value), "seconds": spent}
    json.dump({"triangles": triangles, "alpha": alpha}, sys.stdout)


if __name__ == "__main__":
    main()
