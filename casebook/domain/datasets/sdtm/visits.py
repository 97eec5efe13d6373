"""Timepoints of the study definition as visits, and the days of their scans."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.model import Value
from casebook.domain.datasets.words import upper
from casebook.domain.imaging import ReadingSequence
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import TimepointKind

BASELINE: Final = "baseline"
METHODS: Final[Mapping[ReadingSequence, str]] = {
    ReadingSequence.CT: "CT SCAN",
    ReadingSequence.DWI: "DIFFUSION WEIGHTED MRI",
    ReadingSequence.T1T2: "MRI",
    ReadingSequence.EOB: "CONTRAST ENHANCED MRI",
}


def visit_number(definition: StudyDefinition, timepoint: str) -> int:
    """Return the place of a timepoint in the study definition, from 1; 0 for one it does not know."""
    codes = [one.code for one in definition.timepoints]
    return codes.index(timepoint) + 1 if timepoint in codes else 0


def visit(definition: StudyDefinition, timepoint: str) -> dict[str, Value]:
    """Return what names a visit in a row."""
    return {"VISITNUM": visit_number(definition, timepoint), "VISIT": upper(timepoint)}


def intraoperative(definition: StudyDefinition) -> dict[str, Value]:
    """Return what names the visit of an operation; nothing where the study has no such timepoint."""
    planned = [one.code for one in definition.timepoints if one.kind is TimepointKind.INTRAOPERATIVE]
    return visit(definition, planned[0]) if planned else {}


def scanned_on(subject: SubjectMaterial, timepoint: str, sequence: ReadingSequence) -> date | None:
    """Return the day of the scan, as the site's form of the timepoint says.

    The days in archived images are shifted by a number of days of the subject, so they are not asked.
    """
    field = "ct_on" if sequence is ReadingSequence.CT else "mri_on"
    days = [
        one.entry.day(field) for one in subject.forms if one.form == "imaging-performed" and one.timepoint == timepoint
    ]
    return next((day for day in days if day is not None), None)


def scan_group(timepoint: str, sequence: ReadingSequence) -> str:
    """Return what links the findings on a scan to the scan: CT-BASELINE."""
    return f"{'CT' if sequence is ReadingSequence.CT else 'MRI'}-{timepoint.upper()}"


def follow_up_group(timepoint: str | None, ordinal: int) -> str:
    """Return what links the findings of one follow-up imaging to it: FU-MONTH-12-1."""
    return f"FU-{(timepoint or 'unplanned').upper()}-{ordinal}"


def operation_group(ordinal: int) -> str:
    """Return what links everything about one operation: OP-1."""
    return f"OP-{ordinal}"
