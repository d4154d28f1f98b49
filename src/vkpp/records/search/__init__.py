"""Finding what the viewer may see."""
