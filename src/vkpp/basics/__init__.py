"""Identifiers, periods, working days, markings, missing values and problems: what every floor needs and no domain owns."""
