"""Later, and off by default (rule 16.11): linking records."""
