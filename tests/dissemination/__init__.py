"""Tests of dissemination: what an edition promises to whoever reads it."""
