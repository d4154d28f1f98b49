"""What is to be done later: asked for in the same transaction; mail too."""
