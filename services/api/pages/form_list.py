"""The forms of a patient: what is filled, what is not, and where each is opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from casebook.actions.patient import OpenPatient
from casebook.domain import visits
from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.texts import Text
from casebook.store.patients import StoredForm


@dataclass(frozen=True, slots=True)
class FormLine:
    """One form of the list, filled or not; `another` opens a further entry of a repeatable form."""

    form: FormDefinition
    timepoint: Text | None
    ordinal: int
    state: str
    version: int | None
    saved_at: datetime | None
    path: str
    another: str | None


def form_lines(patient: OpenPatient, stored: Sequence[StoredForm]) -> list[FormLine]:
    """Return every form of the study with its entries, in the order of the study.

    A visit that was not done is among them where it was said: nobody is asked to say it of the others.
    """
    lines: list[FormLine] = []
    for form in patient.definition.forms:
        for code in form.timepoints if form.scope is FormScope.TIMEPOINT else (None,):
            mine = [item for item in stored if (item.form_code, item.timepoint) == (form.code, code)]
            if form.code == visits.FORM and not mine:
                continue
            lines += _lines(patient, form, code, mine)
    return lines


def form_path(number: str, form: str, timepoint: str | None = None, ordinal: int = 1, *, below: str = "") -> str:
    """Return the address of a form's page, or of something below it."""
    asked = {"timepoint": timepoint, "ordinal": str(ordinal) if ordinal > 1 else None}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"/patients/{quote(number)}/forms/{quote(form)}{'/' if below else ''}{below}{'?' if query else ''}{query}"


def _lines(
    patient: OpenPatient, form: FormDefinition, code: str | None, mine: Sequence[StoredForm]
) -> Iterator[FormLine]:
    label = patient.definition.timepoint(code).label if code else None
    number = patient.subject.number
    for item in mine:
        is_last = item is mine[-1]
        yield FormLine(
            form=form,
            timepoint=label,
            ordinal=item.ordinal,
            state=item.state,
            version=item.version,
            saved_at=item.saved_at,
            path=form_path(number, form.code, code, item.ordinal),
            another=form_path(number, form.code, code, item.ordinal + 1) if form.repeatable and is_last else None,
        )
    if not mine:
        yield FormLine(form, label, 1, "not-started", None, None, form_path(number, form.code, code), None)
