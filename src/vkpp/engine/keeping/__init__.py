"""Accepted versions in a folder: written whole or not at all, receipted, verified, destroyed with hashes kept."""

from vkpp.engine.keeping.store import Accepted, NewVersion, Store

__all__ = ["Accepted", "NewVersion", "Store"]
