"""Versioned frameworks, self-assessments with evidence, crosswalks."""
