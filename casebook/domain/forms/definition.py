"""What a form asks: fields with types, limits, conditions and wording, as data of the study definition."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from casebook.domain.texts import Coded, Text


class FieldType(StrEnum):
    """What kind of answer a field takes."""

    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    PARTIAL_DATE = "partial-date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LESION = "lesion"
    LESIONS = "lesions"
    MEMBERS = "members"


class FormScope(StrEnum):
    """What one entry of a form belongs to."""

    SUBJECT = "subject"
    TIMEPOINT = "timepoint"


@dataclass(frozen=True, slots=True)
class Condition:
    """A field is asked only when another field of the same rows holds one of these answers."""

    field: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """One question.

    `choices` are the answers of a choice, or the roles of a members list. `minimum` and `maximum` bound a
    number in `unit`, or the number of characters of a text. `missing_reasons` are the codes a person may give
    instead of an answer. `only_when` closes the field unless its condition holds; `required` applies then.
    """

    code: str
    type: FieldType
    label: Text
    hint: Text | None = None
    required: bool = False
    choices: tuple[Coded, ...] = ()
    unit: Text | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int = 0
    only_when: Condition | None = None
    missing_reasons: tuple[str, ...] = ()
    expected: bool | None = None


@dataclass(frozen=True, slots=True)
class LesionRows:
    """Which lesions a form has a row for: all, or those whose latest row of another form answers so.

    `or_no_row` adds the lesions that the other form has never had a row for. `match_on` is a field both forms
    have: only entries that answer it alike belong together. `dated_by` is the field that dates the other form.
    """

    form: str | None = None
    field: str | None = None
    answers: tuple[str, ...] = ()
    or_no_row: bool = False
    match_on: str | None = None
    dated_by: str | None = None


@dataclass(frozen=True, slots=True)
class FormDefinition:
    """A form: its own fields, the criteria of a registration, and the fields of each lesion's row.

    `dated_by` names the date field that says when what an entry describes took place. With `needs_signature`
    an entry is signed before it is frozen.
    """

    code: str
    label: Text
    scope: FormScope
    repeatable: bool
    dated_by: str | None
    timepoints: tuple[str, ...]
    fields: tuple[FieldDefinition, ...]
    criteria: tuple[FieldDefinition, ...]
    lesion_rows: LesionRows | None
    lesion_fields: tuple[FieldDefinition, ...]
    source: str
    needs_signature: bool = False

    @property
    def questions(self) -> tuple[FieldDefinition, ...]:
        """What is asked once per entry: criteria first, then the form's own fields."""
        return (*self.criteria, *self.fields)

    def field(self, code: str) -> FieldDefinition | None:
        """The question of this code that is asked once per entry."""
        return next((field for field in self.questions if field.code == code), None)

    def lesion_field(self, code: str) -> FieldDefinition | None:
        """The field of this code in each lesion's row."""
        return next((field for field in self.lesion_fields if field.code == code), None)
