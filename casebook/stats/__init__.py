"""Estimators and tables for the endpoint: pure functions on arrays."""
