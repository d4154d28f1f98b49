"""Page parts that every area shares."""
