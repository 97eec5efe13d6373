"""Times of a header as seconds from midnight of the study's day, so that no date has to be kept."""

import re
from datetime import UTC, datetime
from typing import Final

from pydicom import Dataset

from casebook.dicom.values import element_value

_TIME: Final = re.compile(r"([01]\d|2[0-3]):?(?:([0-5]\d):?(?:([0-5]\d|60)(\.\d{1,6})?)?)?")
_DATE_LENGTH: Final = 8
SECONDS_PER_DAY: Final = 86_400


def acquired_s(ds: Dataset, study: Dataset) -> float | None:
    """When an image was acquired; its content time stands in where no acquisition time is stated.

    `ds` holds the elements of an instance, or of one frame's content; `study` those of the study.
    """
    for keyword in ("FrameAcquisitionDateTime", "AcquisitionDateTime", "FrameReferenceDateTime"):
        if stamp := _text(ds, keyword):
            found = _on_the_study_day(stamp[_DATE_LENGTH:], stamp[:_DATE_LENGTH], study)
            if found is not None:
                return found
    for kind in ("Acquisition", "Content"):
        found = _on_the_study_day(_text(ds, f"{kind}Time"), _text(ds, f"{kind}Date"), study)
        if found is not None:
            return found
    return None


def time_of_day_s(text: str) -> float | None:
    """Seconds from midnight of a TM value, or None where it is not one."""
    found = _TIME.match(text.strip())
    if not found:
        return None
    hours, minutes, seconds, fraction = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds + fraction


def _on_the_study_day(time: str, day: str, study: Dataset) -> float | None:
    seconds = time_of_day_s(time)
    return None if seconds is None else seconds + SECONDS_PER_DAY * _days_after(day, _text(study, "StudyDate"))


def _days_after(day: str, reference: str) -> int:
    """Whole days between two DA values; 0 where one is missing or no date."""
    try:
        later, earlier = (
            datetime.strptime(one[:_DATE_LENGTH], "%Y%m%d").replace(tzinfo=UTC) for one in (day, reference)
        )
    except ValueError:
        return 0
    return (later - earlier).days


def _text(ds: Dataset, keyword: str) -> str:
    value = element_value(ds, keyword)
    return "" if value is None else str(value).strip()
