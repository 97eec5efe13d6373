"""Casebook: an imaging-study case registry with a DICOM viewer service."""

__version__ = "0.1.0"
