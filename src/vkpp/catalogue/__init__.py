"""What somebody outside decided: types, loader and the shipped, dated seed data."""
