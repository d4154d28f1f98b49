"""Settings, jobs, command line, example data: what knows machines, clocks and schedules."""
