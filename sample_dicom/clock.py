"""Dates and times of the sample study; nothing reads a clock."""

from datetime import date, timedelta
from typing import Final

from sample_dicom.chance import digest
from sample_dicom.exam import Exam

PREOPERATIVE_DAYS: Final = 98


def days_after(da: str, days: int) -> str:
    """DA some days later."""
    return (date.fromisoformat(da) + timedelta(days=days)).strftime("%Y%m%d")


def time_after(exam: Exam, seconds: int) -> str:
    """TM some seconds into an examination, which begins at a quarter past some hour of the morning or later."""
    start = (8 + digest("hour", *exam.seed_words) % 8) * 3600 + 15 * 60
    hours, rest = divmod(start + seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours:02d}{minutes:02d}{left:02d}.{digest('tick', *exam.seed_words) % 100:02d}0000"
