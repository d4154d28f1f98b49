"""Signing in, one's own settings."""
