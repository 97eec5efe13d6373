"""What a form of a timepoint says of its images, whichever form it is: the field codes named here are what is known."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.values import Entry, Missing
from casebook.domain.reconciliation.values import BoardModality
from casebook.domain.texts import Text

DATE_FIELDS: Final[Mapping[BoardModality, str]] = {BoardModality.CT: "ct_on", BoardModality.MRI: "mri_on"}
IMAGED_ON: Final = "imaged_on"
"""The day of all images of a follow-up visit."""
MODALITIES: Final = "modalities"
PERFORMED_FIELDS: Final[Mapping[BoardModality, str]] = {
    BoardModality.CT: "ct_on",
    BoardModality.MRI: "mri_on",
    BoardModality.DWI: "b_values",
    BoardModality.EOB: "gadoxetate",
}
CHOICES: Final[Mapping[BoardModality, frozenset[str]]] = {
    BoardModality.CT: frozenset({"ct"}),
    BoardModality.MRI: frozenset({"mri", "eob-mri"}),
    BoardModality.EOB: frozenset({"eob-mri"}),
}
"""Answers of `modalities` that say that a part was performed."""
B_VALUES: Final = "b_values"
THICKNESS_FIELDS: Final[Mapping[BoardModality, str]] = {
    BoardModality.CT: "ct_slice_thickness_mm",
    BoardModality.DWI: "slice_thickness_mm",
    BoardModality.EOB: "eob_slice_thickness_mm",
}
AGENT_FIELDS: Final[Mapping[BoardModality, str]] = {BoardModality.CT: "ct_contrast", BoardModality.EOB: "gadoxetate"}
FIELD_STRENGTH: Final = "field_strength_t"
DELAY: Final = "hepatobiliary_delay_min"
LIVER_PART: Final = "liver_part"
NOT_DONE: Final = "not-done"
OF_IMAGES: Final = frozenset({*DATE_FIELDS.values(), IMAGED_ON})
"""A form of a timepoint that has one of these fields describes its images."""
_NUMBER: Final = re.compile(r"\d+")


def describes_images(form: FormDefinition, timepoint: str) -> bool:
    """Whether the form is the one that says what was imaged at the timepoint."""
    return timepoint in form.timepoints and any(field.code in OF_IMAGES for field in form.fields)


def label_of(form: FormDefinition | None, code: str) -> Text:
    """The question's own words."""
    field = form.field(code) if form else None
    return field.label if field else Text(code, code)


def imaged_on(entry: Entry, modality: BoardModality) -> date | None:
    """The day of CT or MRI; of all images where the form asks for one day."""
    own = entry.day(DATE_FIELDS[modality]) if modality in DATE_FIELDS else None
    return own or entry.day(IMAGED_ON)


def was_performed(entry: Entry, modality: BoardModality) -> bool | None:
    """Whether the form says that a part of the images was made; None where it does not tell."""
    chosen = entry.answers.get(MODALITIES)
    if isinstance(chosen, tuple):
        words = {item for item in chosen if isinstance(item, str)}
        return bool(words & CHOICES[modality]) if modality in CHOICES else None
    answer = entry.answers.get(PERFORMED_FIELDS[modality])
    if isinstance(answer, Missing):
        return False if answer.reason == NOT_DONE else None
    return answer if isinstance(answer, bool) else None if answer is None else True


def performed_field(entry: Entry, modality: BoardModality) -> str:
    """The field that `was_performed` reads."""
    return MODALITIES if MODALITIES in entry.answers else PERFORMED_FIELDS[modality]


def b_values(entry: Entry) -> frozenset[int] | None:
    """The b-values in s/mm²; None where none are told."""
    answer = entry.word(B_VALUES)
    found = frozenset(int(number) for number in _NUMBER.findall(answer)) if answer else frozenset()
    return found or None


def number(entry: Entry, code: str) -> Decimal | None:
    """The answer to a number field."""
    answer = entry.answers.get(code)
    return answer if isinstance(answer, Decimal) else None


def truth(entry: Entry, code: str) -> bool | None:
    """The answer to a yes-or-no field."""
    answer = entry.answers.get(code)
    return answer if isinstance(answer, bool) else None
