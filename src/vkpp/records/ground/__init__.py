"""What every record of every app stands on: its viewer, its scope, its marking, its class and retention, its moves."""
