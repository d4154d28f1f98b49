"""A return is specified, sent, checked, queried, signed off, accepted, revised."""
