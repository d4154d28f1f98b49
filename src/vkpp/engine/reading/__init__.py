"""Files to staged tables, every value with its sheet, record and column."""

from vkpp.engine.reading.faults import NotThisTable, StructuralFaults
from vkpp.engine.reading.files import read
from vkpp.engine.reading.limits import LIMITS, Limits

__all__ = ["LIMITS", "Limits", "NotThisTable", "StructuralFaults", "read"]
