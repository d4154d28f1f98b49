"""The one Ibis session: DuckDB here, Spark when one machine is outgrown."""
