"""The records: trail, people, work, and the settings under them."""
