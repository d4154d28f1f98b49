"""Disclosure: cells become protected tables, and nothing else does; suppressor and audit share no code."""

from vkpp.engine.disclosure.protecting import protect

__all__ = ["protect"]
