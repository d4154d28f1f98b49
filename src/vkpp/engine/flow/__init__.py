"""The stations in order, one file a product: read, check, classify, count, protect, publish."""
