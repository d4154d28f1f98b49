"""Staged tables to check findings: every check in one pass, none capped."""
