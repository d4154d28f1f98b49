"""HTTP and HTML: areas over shared parts."""
