"""What a file of a data cut says of the cut it belongs to."""

from dataclasses import dataclass
from datetime import date, datetime

from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class About:
    """The cut: whose data, as of which day, made when, by which rules and which program.

    `made_at` is the only instant that a written file may name: the same cut is written alike at any time.
    `polarity` says which way round the endpoint is; `is_interim` holds until the database is locked.
    """

    study_code: str
    study_title: Text
    definition_version: str
    cut_name: str
    as_of: date
    made_at: datetime
    is_interim: bool
    rule_versions: tuple[str, ...]
    program_version: str
    polarity: Text
