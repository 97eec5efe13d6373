"""Datasets written in the formats that statisticians' programs read; the same datasets give the same bytes."""
