"""Checks across fields and forms that the study definition states as data."""

from dataclasses import dataclass
from enum import StrEnum

from casebook.domain.texts import Text


class Severity(StrEnum):
    """An error refuses the entry; a warning is kept with it and can raise a query."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Operand:
    """A date on a form (`surgery.operated_on`, `follow-up.lesions.recurred_on`) or of an anchor."""

    form: str | None
    field: str
    per_lesion: bool = False

    def __str__(self) -> str:
        if self.form is None:
            return f"anchor:{self.field}"
        return f"{self.form}.lesions.{self.field}" if self.per_lesion else f"{self.form}.{self.field}"


@dataclass(frozen=True, slots=True)
class EditCheck:
    """`earlier` must not lie after `later`, nor more than `max_days` before it where that is set."""

    code: str
    earlier: Operand
    later: Operand
    max_days: int | None
    severity: Severity
    message: Text
    source: str
