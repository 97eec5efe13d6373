"""What a query is about: whether its study has such a place, and what the place is called."""

from collections.abc import Collection
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.queries import QueryTarget
from casebook.domain.study.model import StudyDefinition
from casebook.domain.texts import Text, joined

IMAGES: Final = Text("images", "画像")
"""What a question about a timepoint and no form is about."""


def require_target(about: QueryTarget, definition: StudyDefinition, *, lesions: Collection[str]) -> None:
    """Raise Invalid for a timepoint, form, entry, field or lesion that the study or the subject does not have."""
    if about.subject is None and (about.timepoint or about.form or about.field or about.lesion or about.series_id):
        raise Invalid("A question about a site names no timepoint, form, lesion or series.", field="subject")
    if about.timepoint is not None and about.timepoint not in {item.code for item in definition.timepoints}:
        raise Invalid(f"The study has no timepoint “{about.timepoint}”.", field="timepoint")
    if about.lesion is not None and about.lesion not in lesions:
        raise Invalid(f"The patient has no lesion “{about.lesion}”.", field="lesion")
    if about.form is not None:
        _require_entry(about, definition, lesions)
    elif about.field is not None:
        raise Invalid("A field is one of a form; name the form.", field="form")


def _require_entry(about: QueryTarget, definition: StudyDefinition, lesions: Collection[str]) -> None:
    form = next((item for item in definition.forms if item.code == about.form), None)
    if form is None:
        raise Invalid(f"The study has no form “{about.form}”.", field="form")
    if form.scope is FormScope.TIMEPOINT and about.timepoint not in form.timepoints:
        raise Invalid(f"The form is asked at {', '.join(form.timepoints)}; name one of them.", field="timepoint")
    if form.scope is not FormScope.TIMEPOINT and about.timepoint is not None:
        raise Invalid("The form belongs to no timepoint.", field="timepoint")
    if about.ordinal < 1 or (about.ordinal > 1 and not form.repeatable):
        raise Invalid("The form has no entry of this number.", field="ordinal")
    if about.field is not None and field_label(form, about.field, lesions=lesions) is None:
        raise Invalid(f"The form has no field “{about.field}”.", field="field")


def field_label(form: FormDefinition, path: str, *, lesions: Collection[str] | None = None) -> Text | None:
    """Return what a field is called, `operated_on` or `lesions.L1.fate`; None where the form has none of the name.

    With `lesions` only those labels are known.
    """
    match path.split("."):
        case [code]:
            found = form.field(code)
            return found.label if found else None
        case ["lesions", lesion, code]:
            found = form.lesion_field(code)
            if found is None or (lesions is not None and lesion not in lesions):
                return None
            return Text(f"{lesion}: {found.label.en}", f"{lesion}：{found.label.ja}")
    return None


def place_words(definition: StudyDefinition, about: QueryTarget) -> Text:
    """Return what a query is about in words, as far as the definition has some: timepoint, form, field, lesion."""
    parts = [item.label for item in definition.timepoints if item.code == about.timepoint]
    if parts and about.form is None:
        parts.append(IMAGES)
    form = next((item for item in definition.forms if item.code == about.form), None)
    if form is not None:
        again = Text(f"{form.label.en} {about.ordinal}", f"{form.label.ja} {about.ordinal}")
        parts.append(again if about.ordinal > 1 else form.label)
        if about.field is not None:
            parts.append(field_label(form, about.field) or Text(about.field, about.field))
    if about.lesion is not None and not (about.field or "").startswith(f"lesions.{about.lesion}."):
        parts.append(Text(f"lesion {about.lesion}", f"病変 {about.lesion}"))
    return joined(parts, en=" · ", ja="・")
