"""What flows between stations: staged tables, check findings, cells, own tables, protected tables."""
