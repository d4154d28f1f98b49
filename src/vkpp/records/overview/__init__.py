"""What crosses the wings: programme outcomes, what needs me, the funder report."""
