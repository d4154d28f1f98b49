"""The national team's pages."""
