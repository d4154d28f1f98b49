"""Both ways of asking the engine: a few records (each text prepared once) and many (each distinct text worked out once)."""

from __future__ import annotations

import pytest

BOTH_WAYS = ("test_two_engines", "test_operators", "test_examples")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rsplit(".", 1)[-1] in BOTH_WAYS and "way_of_asking" in metafunc.fixturenames:
        metafunc.parametrize("way_of_asking", ["few", "many"], indirect=True)


@pytest.fixture(autouse=True, scope="module")
def way_of_asking(request: pytest.FixtureRequest) -> object:
    """FEW_RECORDS is set so that every table counts as many, or left as it is."""
    with pytest.MonkeyPatch.context() as patch:
        if getattr(request, "param", "few") == "many":
            patch.setattr("vkpp.engine.validation.checking.FEW_RECORDS", 0)
        yield
