"""Every method module offers a worked example, computed by the code, that docs/methods can print."""

from __future__ import annotations

import importlib
import json

import pytest

METHODS = (
    "rates",
    "proportions",
    "means",
    "standardisation",
    "inequality",
    "quantiles",
    "funnels",
    "dispersion",
    "disparity",
    "odds",
    "harm",
    "change",
    "ranks",
)


@pytest.mark.parametrize("name", METHODS)
def test_worked_example(name: str) -> None:
    module = importlib.import_module(f"vkpp.engine.statistics.{name}")
    example = module.worked_example()
    assert {"method", "inputs", "call", "result", "source"} <= set(example)
    assert json.loads(json.dumps(example)) == example  # plain numbers and words only
    assert module.worked_example() == example
