"""Receiving by DICOM: verification, storage and storage commitment (PS3.4 A, B and J) over DIMSE."""
