"""What a force may compare itself with: protected aggregates of all accepted returns of a year, never a record or a force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class National:
    """Aggregates by the id of the check that asks for them.

    `everywhere`: the codes that nine in ten forces or more recorded often enough to be printed, each with its share of all
    records. `shares`: a part of all records with a known value. Shares are from 0 to 1, to three decimals, and given only where
    they rest on many records on both sides.
    """

    collection: str
    period: str  # code, such as CY2023
    forces: int  # whose returns were in
    everywhere: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    shares: Mapping[str, Decimal] = field(default_factory=dict)
