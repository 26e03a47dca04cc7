"""Paths to text: which files there are, and what their bytes say. Knows encodings and notebooks, not Python."""
