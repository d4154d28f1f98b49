"""Files to staged tables, every value with its sheet, record and column."""
