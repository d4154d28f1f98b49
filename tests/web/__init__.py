"""Pages, as a client and as a browser get them."""
