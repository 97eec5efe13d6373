"""A sample study: believable abdomens in valid DICOM, the same from the same seed."""

from sample_dicom.study import generate

__all__ = ["generate"]
