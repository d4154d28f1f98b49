"""The stations in order: read, check, classify, count, protect, publish. Reads like a table of contents."""
