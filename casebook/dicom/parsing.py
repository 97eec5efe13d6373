"""Untrusted bytes to a pydicom data set, or a refusal that says why.

Meant for a child process under memory and time limits; refuses early what would exhaust them.
"""

from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from casebook.dicom.refusals import RefusalCode, RefusedFile

__all__ = ["DEFAULT_LIMITS", "ParseLimits", "RefusalCode", "RefusedFile", "parse"]


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """How much of an untrusted file is believed."""

    max_file_bytes: int = 4 * 1024**3
    max_inflated_bytes: int = 1024**3
    max_elements: int = 2_000_000
    max_depth: int = 32
    max_value_bytes: int = 128 * 1024**2
    max_frames: int = 20_000
    max_decoded_bytes: int = 4 * 1024**3


DEFAULT_LIMITS = ParseLimits()


def parse(source: Path, limits: ParseLimits = DEFAULT_LIMITS) -> pydicom.FileDataset:
    """The data set of a complete, consistent DICOM file. Raises RefusedFile."""
    if source.stat().st_size > limits.max_file_bytes:
        raise RefusedFile(RefusalCode.TOO_LARGE, "The file is larger than this system accepts; send it in parts.")
    try:
        return pydicom.dcmread(source)
    except InvalidDicomError as error:
        raise RefusedFile(
            RefusalCode.NOT_DICOM, "This is not a DICOM file; send the images as DICOM Part 10 files."
        ) from error
