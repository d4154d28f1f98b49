"""The home page: the four pillars of the programme and their rows, each with its true state."""
