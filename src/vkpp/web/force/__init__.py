"""A force's own pages."""
