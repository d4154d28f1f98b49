"""People, organisations, memberships, roles and compartments."""
