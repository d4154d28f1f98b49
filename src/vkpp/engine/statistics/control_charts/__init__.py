"""Control charts: XmR after Making Data Count, Shewhart charts of counts and rates, their rules and their sentences."""

from vkpp.engine.statistics.control_charts.shewhart import (
    PartSummary,
    ShewhartChart,
    c_chart,
    i_chart,
    mr_chart,
    p_chart,
    p_prime_chart,
    s_chart,
    u_chart,
    u_prime_chart,
    xbar_chart,
)
from vkpp.engine.statistics.control_charts.xmr_charts import worked_example, xmr, xmr_batch
from vkpp.engine.statistics.control_charts.xmr_shapes import StepChange, XmRBatch, XmRChart, XmRPart, XmRPoint

__all__ = [
    "PartSummary",
    "ShewhartChart",
    "StepChange",
    "XmRBatch",
    "XmRChart",
    "XmRPart",
    "XmRPoint",
    "c_chart",
    "i_chart",
    "mr_chart",
    "p_chart",
    "p_prime_chart",
    "s_chart",
    "u_chart",
    "u_prime_chart",
    "worked_example",
    "xbar_chart",
    "xmr",
    "xmr_batch",
]
