"""Numbers and words bound together, checked by two people, released, corrected."""
