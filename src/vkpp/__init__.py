"""VKPP, the Vulnerability Knowledge and Practice Platform: one loop from what forces send to what changed, and who was told."""
