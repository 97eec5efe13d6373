"""Whether what one part of a definition names exists in the others."""

from collections.abc import Sequence
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition, FormScope
from casebook.domain.forms.edit_checks import Operand
from casebook.domain.forms.needed import NEEDED, UNDERSTOOD
from casebook.domain.study.edit_check_references import answers_of, note_broken_edit_checks
from casebook.domain.study.model import RegistrationStep, ReminderOf, StudyDefinition, TimepointKind
from casebook.domain.study.problems import Path
from casebook.domain.study.section import Faults

_ONE_CODE_EACH: Final = (
    "data_centres",
    "groups",
    "sites",
    "roads",
    "imaging",
    "timepoints",
    "intervals",
    "windows",
    "reminders",
    "forms",
    "edit_checks",
)


def note_broken_references(study: StudyDefinition, faults: Faults) -> None:
    """Note every code used twice and every name that leads nowhere."""
    for part in _ONE_CODE_EACH:
        _once(faults, [((part, n, "code"), item.code) for n, item in enumerate(getattr(study, part))])
    _sites(study, faults)
    _course(study, faults)
    _reading(study, faults)
    for n, form in enumerate(study.forms):
        _form(study, form, ("forms", n), faults)
    note_broken_edit_checks(study, faults)
    for operand, answers in NEEDED.items():
        _needed(study, operand, answers, faults)
    there = {form.code for form in study.forms}
    for operand, answers in UNDERSTOOD.items():
        if operand.form in there:
            _needed(study, operand, answers, faults)


def _sites(study: StudyDefinition, faults: Faults) -> None:
    centres = [centre.code for centre in study.data_centres]
    groups = [group.code for group in study.groups]
    for n, group in enumerate(study.groups):
        faults.expect_known(("groups", n, "data_centre"), group.data_centre, centres)
    for n, site in enumerate(study.sites):
        faults.expect_known(("sites", n, "group"), site.group, groups)


def _course(study: StudyDefinition, faults: Faults) -> None:
    protocols = [protocol.code for protocol in study.imaging]
    codes = [timepoint.code for timepoint in study.timepoints]
    for n, timepoint in enumerate(study.timepoints):
        if timepoint.imaging is not None:
            faults.expect_known(("timepoints", n, "imaging"), timepoint.imaging, protocols)
    for kind in (TimepointKind.BASELINE, TimepointKind.PREOPERATIVE):
        if sum(timepoint.kind is kind for timepoint in study.timepoints) != 1:
            faults.note_reference(("timepoints",), f"expected exactly one timepoint of kind {kind}")
    for n, interval in enumerate(study.intervals):
        faults.expect_known(("intervals", n, "timepoint"), interval.timepoint, codes)
    _once(faults, [(("registrations", n, "step"), item.step) for n, item in enumerate(study.registrations)])
    for step in RegistrationStep:
        if all(item.step is not step for item in study.registrations):
            faults.note_reference(("registrations",), f"the {step} registration is missing")
    for n, registration in enumerate(study.registrations):
        criteria = enumerate(registration.criteria)
        _once(faults, [(("registrations", n, "criteria", k, "code"), item.code) for k, item in criteria])
    _reminders(study, faults)


def _reminders(study: StudyDefinition, faults: Faults) -> None:
    codes = [form.code for form in study.forms]
    for n, reminder in enumerate(study.reminders):
        path = ("reminders", n, "form")
        if (reminder.of is ReminderOf.FORM) != (reminder.form is not None):
            faults.note_reference(path, "belongs to reminders of a form, and to all of those")
        elif reminder.form is not None:
            faults.expect_known(path, reminder.form, codes)


def _reading(study: StudyDefinition, faults: Faults) -> None:
    _once(faults, [(("hanging", n, "pane"), str(pane.pane)) for n, pane in enumerate(study.hanging)])
    _once(faults, [(("reading", "steps", n, "code"), step.code) for n, step in enumerate(study.charter.steps)])
    read = [str(sequence) for sequence in study.charter.sequences]
    for n, sequence in enumerate(study.rules.cdlm.required_sequences):
        faults.expect_known(("rules", "cdlm", "required_sequences", n), sequence, read)
    if not study.rules.cdlm.required_sequences:
        faults.note_reference(("rules", "cdlm", "required_sequences"), "is empty; expected at least one sequence")
    if study.charter.reopen_days > study.charter.repeat_after_days:
        message = "is more than repeat_after_days; a case would come again while it can still be opened"
        faults.note_reference(("reading", "reopen_days"), message)
    central = [timepoint.code for timepoint in study.read_centrally]
    faults.expect_known(("rules", "cdlm", "timepoint"), study.rules.cdlm.timepoint, central)


def _form(study: StudyDefinition, form: FormDefinition, path: Path, faults: Faults) -> None:
    timepoints = [timepoint.code for timepoint in study.timepoints]
    for n, code in enumerate(form.timepoints):
        faults.expect_known((*path, "timepoints", n), code, timepoints)
    if (form.scope is FormScope.TIMEPOINT) != bool(form.timepoints):
        faults.note_reference((*path, "timepoints"), "belongs to forms of scope “timepoint”, and only to those")
    if form.dated_by is not None:
        dates = [field.code for field in form.fields if field.type is FieldType.DATE]
        faults.expect_known((*path, "dated_by"), form.dated_by, dates)
    _lesion_rows(study, form, path, faults)
    _fields(study, (*path, "fields"), form.fields, form.questions, faults)
    in_reach = (*form.questions, *form.lesion_fields)
    _fields(study, (*path, "lesion_fields"), form.lesion_fields, in_reach, faults)


def _lesion_rows(study: StudyDefinition, form: FormDefinition, path: Path, faults: Faults) -> None:
    rows = form.lesion_rows
    if rows is None or rows.form is None or rows.field is None:
        return
    other = next((item for item in study.forms if item.code == rows.form), None)
    if other is None:
        faults.expect_known((*path, "lesion_rows", "form"), rows.form, [item.code for item in study.forms])
        return
    field = other.lesion_field(rows.field)
    if field is None:
        names = [item.code for item in other.lesion_fields]
        faults.expect_known((*path, "lesion_rows", "field"), rows.field, names)
        return
    for n, answer in enumerate(rows.answers):
        faults.expect_known((*path, "lesion_rows", "answers", n), answer, answers_of(field))
    if rows.match_on is not None:
        shared = [item.code for item in form.fields if other.field(item.code) is not None]
        faults.expect_known((*path, "lesion_rows", "match_on"), rows.match_on, shared)


def _fields(
    study: StudyDefinition,
    path: Path,
    fields: Sequence[FieldDefinition],
    in_reach: Sequence[FieldDefinition],
    faults: Faults,
) -> None:
    _once(faults, [((*path, n, "code"), field.code) for n, field in enumerate(fields)])
    reasons = [reason.code for reason in study.missing_reasons]
    for n, field in enumerate(fields):
        for k, reason in enumerate(field.missing_reasons):
            faults.expect_known((*path, n, "missing_reasons", k), reason, reasons)
        if field.type in {FieldType.CHOICE, FieldType.CHOICES, FieldType.MEMBERS} and not field.choices:
            faults.note_reference((*path, n, "choices"), "is empty; expected at least one choice")
        _condition((*path, n, "only_when"), field, in_reach, faults)


def _condition(path: Path, field: FieldDefinition, in_reach: Sequence[FieldDefinition], faults: Faults) -> None:
    if field.only_when is None:
        return
    others = [item for item in in_reach if item is not field]
    asked = next((item for item in others if item.code == field.only_when.field), None)
    if asked is None:
        faults.expect_known((*path, "field"), field.only_when.field, [item.code for item in others])
        return
    for n, answer in enumerate(field.only_when.answers):
        faults.expect_known((*path, "answers", n), answer, answers_of(asked))


def _needed(study: StudyDefinition, operand: Operand, answers: tuple[str, ...], faults: Faults) -> None:
    position = next((n for n, form in enumerate(study.forms) if form.code == operand.form), None)
    if position is None:
        faults.note_reference(("forms",), f"the form {operand.form} is missing; the rules read {operand}")
        return
    form, level = study.forms[position], "lesion_fields" if operand.per_lesion else "fields"
    fields = form.lesion_fields if operand.per_lesion else form.fields
    place = next((n for n, field in enumerate(fields) if field.code == operand.field), None)
    if place is None:
        faults.note_reference(("forms", position, level), f"the field {operand.field} is missing; the rules read it")
        return
    for n, choice in enumerate(fields[place].choices if answers else ()):
        faults.expect_known(("forms", position, level, place, "choices", n, "code"), choice.code, answers)


def _once(faults: Faults, codes: Sequence[tuple[Path, str]]) -> None:
    seen: dict[str, Path] = {}
    for path, code in codes:
        if code in seen:
            faults.note_reference(path, f"“{code}” is used twice, first on line {faults.line(seen[code])}")
        seen.setdefault(code, path)
