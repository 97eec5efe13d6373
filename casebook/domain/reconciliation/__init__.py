"""Reconciliation: what protocol and forms lead one to expect of a timepoint's images, against what arrived."""
