"""Plain columns from whatever a person has: lists, NumPy, Arrow, polars or pandas; the statistics take no other shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def numbers(column: Any, *, name: str = "column") -> NDArray[np.float64]:
    """A one-dimensional float array of `column`; missing (None, null, NaN, pandas' NA) becomes NaN.

    Takes lists, NumPy arrays, Arrow arrays and chunked arrays, polars and pandas Series.
    Raises ValueError, naming the column, where a value is not a number.
    """
    if hasattr(column, "to_pylist"):  # Arrow
        column = column.to_pylist()
    elif hasattr(column, "to_list"):  # polars, pandas
        column = column.to_list()
    try:
        array = np.array([np.nan if _is_missing(value) else float(value) for value in column], dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name}: expected numbers, but {problem}") from problem
    return array


def _is_missing(value: Any) -> bool:
    """Pandas' NA is no number and answers no comparison, so it is known by its type."""
    return value is None or type(value).__name__ == "NAType"


def column_of(table: Any, name: str) -> Any:
    """The column `name` of an Arrow, polars or pandas table, or of a mapping of columns."""
    if hasattr(table, "column_names") and hasattr(table, "column"):  # Arrow
        return table.column(name)
    return table[name]
