"""Values in, values out: no Django, no clock, no user, no network."""
