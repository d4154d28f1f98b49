"""The example edition of the register: invented forces, regions and populations, so that nothing real stands beside a figure.

`data/` replaces the register of forces, their areas, aliases and populations. What it does not hold (offences, outcomes, code
lists) comes from the seed; what the seed says of real forces in notes stands here without the names.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from vkpp.catalogue.load import Catalogue, load_catalogue

FOLDER = Path(__file__).parent / "data"
MARK = "INVENTED"
WORDS = (
    "Everything here is invented: the forces, the places, the people and every figure. Nothing describes a real force,"
    " and this is not the programme's own data."
)


@cache
def example_catalogue() -> Catalogue:
    """The catalogue with the invented register in the place of the real one."""
    return load_catalogue(FOLDER)
