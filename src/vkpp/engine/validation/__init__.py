"""Validation: typed tables to check findings, every check in one scan, none of them capped."""

from vkpp.engine.validation.checking import validate

__all__ = ["validate"]
