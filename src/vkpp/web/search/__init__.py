"""Search, and the address that every stable reference is."""
