"""What is remembered and who may change it."""
