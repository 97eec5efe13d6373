"""Data cuts: what one is, what is in it, and how two of them differ."""
