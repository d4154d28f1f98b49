"""Documents to pages, spans and look-alikes."""
