"""The tables of this app, step by step; written by makemigrations and read before they are committed."""
