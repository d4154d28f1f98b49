"""Dissemination: protected tables become HTML, ODS, XLSX, CSV, PDF and charts."""

from vkpp.engine.dissemination.edition import (
    Chart,
    Edition,
    EditionWritten,
    Fact,
    Headline,
    Limits,
    Provenance,
    Section,
    SeriesBreak,
    SupportLine,
)
from vkpp.engine.dissemination.words import Allowed, Flag, flagged
from vkpp.engine.dissemination.writing import write_edition

__all__ = [
    "Allowed",
    "Chart",
    "Edition",
    "EditionWritten",
    "Fact",
    "Flag",
    "Headline",
    "Limits",
    "Provenance",
    "Section",
    "SeriesBreak",
    "SupportLine",
    "flagged",
    "write_edition",
]
