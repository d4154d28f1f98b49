"""The store of accepted versions."""
