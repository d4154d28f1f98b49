"""Reviewed functions: what a check may name where the vocabulary does not reach (at most a tenth of a specification's checks).

A function is written twice like an operator: for the engine and in plain Python. Two people read it before it is added here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReviewedFunction:
    """`plain` takes the known values by field (None where not known); `compiled` takes the same as column expressions.

    Both give True, False or, where it cannot be known, None (null).
    """

    fields: tuple[str, ...]
    plain: Callable[[Mapping[str, Any]], bool | None]
    compiled: Callable[[Mapping[str, Any]], Any]
    reviewed_by: str


FUNCTIONS: dict[str, ReviewedFunction] = {}
