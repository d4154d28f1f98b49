"""Disclosure: cells become protected tables, and nothing else does; suppressor and audit share no code."""

from vkpp.engine.disclosure.protecting import leaks_without_secondary, protect

__all__ = ["leaks_without_secondary", "protect"]
