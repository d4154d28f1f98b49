"""Documents, spans, codes, agreement, themes."""
