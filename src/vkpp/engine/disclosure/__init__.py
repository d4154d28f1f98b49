"""Cells to protected tables; the only maker of a protected table."""
