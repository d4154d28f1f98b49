"""Running the service: the web server, and a demonstration in which everybody and everything is invented."""
