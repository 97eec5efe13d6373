"""Casebook: an imaging-study case registry with a DICOM viewer service."""

import os

__version__ = "0.1.0"

# Where lxml is installed openpyxl would read workbooks with it, and follow their entities; defusedxml refuses them.
os.environ.setdefault("OPENPYXL_LXML", "False")
