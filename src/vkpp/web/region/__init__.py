"""A regional analyst's pages."""
