"""A sample study: believable abdomens in valid DICOM, the same from the same seed."""

from sample_dicom.cohort import PATIENTS
from sample_dicom.sizes import FULL, SMALL
from sample_dicom.study import DEFAULT_SEED, generate

__all__ = ["DEFAULT_SEED", "FULL", "PATIENTS", "SMALL", "generate"]
