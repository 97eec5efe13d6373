"""Whose images an object says it is: the trial's own elements, where a sender wrote them (PS3.3 C.7.1.3, C.7.3.2)."""

import mmap
from pathlib import Path
from typing import Final

from casebook.actions.dicom_reception import Target
from casebook.dicom.part10 import beginning
from casebook.dicom.refusals import RefusedFile
from casebook.dicom.structure import WalkLimits, walk

TRIAL_SUBJECT: Final = 0x00120040
TRIAL_TIMEPOINT: Final = 0x00120050
LIMITS: Final = WalkLimits(max_elements=200_000, max_depth=32, max_value_bytes=4 * 1024**3)
LONGEST_LABEL: Final = 64


def named_target(path: Path) -> Target | None:
    """Return the target that the header of a file names; None where it names none, or cannot be read."""
    try:
        with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            begins = beginning(data, LIMITS)
            values = walk(data, begins.start, begins.encoding, LIMITS, wanted={TRIAL_SUBJECT, TRIAL_TIMEPOINT}).values
    except (RefusedFile, ValueError):
        return None
    subject, timepoint = (_label(values.get(tag, b"")) for tag in (TRIAL_SUBJECT, TRIAL_TIMEPOINT))
    return Target(subject, timepoint) if subject and timepoint else None


def _label(raw: bytes) -> str:
    said = raw.decode("latin-1").strip(" \0")
    return said if len(said) <= LONGEST_LABEL and said.isprintable() else ""
