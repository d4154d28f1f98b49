"""Counts corrected for late notification: chain ladder with Mack errors, and intervals that hold for small forces too."""

from vkpp.engine.statistics.delay.chain_ladder import ChainLadder, chain_ladder, cumulative
from vkpp.engine.statistics.delay.correction import (
    Corrected,
    CorrectedPeriod,
    correct_for_delay,
    correct_for_delay_pooled,
    worked_example,
)
from vkpp.engine.statistics.delay.triangles import counts_by_delay, triangle_of_dates

__all__ = [
    "ChainLadder",
    "Corrected",
    "CorrectedPeriod",
    "chain_ladder",
    "correct_for_delay",
    "correct_for_delay_pooled",
    "counts_by_delay",
    "cumulative",
    "triangle_of_dates",
    "worked_example",
]
