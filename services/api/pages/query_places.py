"""Where a query leads to, and how an address names what is to be asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Depends, Query

from casebook.domain.forms.definition import FormScope
from casebook.domain.queries import QueryTarget
from casebook.domain.query_targets import place_words
from casebook.domain.study.model import StudyDefinition
from casebook.domain.texts import Text
from services.api.pages.form_data import field_name
from services.api.pages.form_list import form_path

Code = Annotated[str, Query(max_length=50)]
THE_PATIENT: Final = Text("the patient", "症例全体")
THE_SITE: Final = Text("the site", "施設")


def place_path(about: QueryTarget) -> str:
    """Return the page of what a query is about: a field of a form, images of a timepoint, the patient, the site."""
    if about.subject is None:
        return f"/sites/{quote(about.site or '')}"
    if about.form is not None:
        below = f"#{quote(field_name(about.field))}" if about.field else ""
        return form_path(about.subject, about.form, about.timepoint, about.ordinal) + below
    if about.timepoint is not None:
        return f"/patients/{quote(about.subject)}/images/{quote(about.timepoint)}"
    return f"/patients/{quote(about.subject)}"


def ask_path(about: QueryTarget) -> str:
    """Return the page on which a question about this is asked."""
    of_site = about.subject is None
    asked = {
        "subject": about.subject,
        "timepoint": about.timepoint,
        "form": about.form,
        "ordinal": str(about.ordinal) if about.ordinal > 1 else None,
        "field": about.field,
        "lesion": about.lesion,
        "series": str(about.series_id) if about.series_id else None,
        "study": about.study if of_site else None,
        "site": about.site if of_site else None,
    }
    query = urlencode({name: said for name, said in asked.items() if said})
    return f"/queries/new?{query}" if query else "/queries/new"


class PlaceAsked:
    """What an address names to be asked about."""

    def __init__(
        self,
        subject: Code = "",
        timepoint: Code = "",
        form: Code = "",
        ordinal: Annotated[int, Query(ge=1, le=50)] = 1,
        field: Annotated[str, Query(max_length=200)] = "",
        lesion: Code = "",
        series: Annotated[UUID | None, Query()] = None,
        study: Code = "",
        site: Code = "",
    ) -> None:
        self.about = QueryTarget(
            subject=subject.strip() or None,
            timepoint=timepoint or None,
            form=form or None,
            ordinal=ordinal,
            field=field or None,
            lesion=lesion or None,
            series_id=series,
            study=study or None,
            site=site or None,
        )


AskedPlace = Annotated[PlaceAsked, Depends()]


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A part of a patient's record that can be asked about: its words, and the page that asks about it."""

    words: Text
    path: str
    is_chosen: bool


def place_choices(definition: StudyDefinition, about: QueryTarget) -> Sequence[PlaceChoice]:
    """Return the parts of a patient's record: the patient, the images of each timepoint, each form."""
    images = [QueryTarget(about.subject, item.code) for item in definition.timepoints if item.imaging is not None]
    filled = [
        QueryTarget(about.subject, code, form.code)
        for form in definition.forms
        for code in (form.timepoints if form.scope is FormScope.TIMEPOINT else (None,))
    ]
    places = [QueryTarget(about.subject), *images, *filled]
    return [PlaceChoice(_words(definition, one), ask_path(one), is_chosen=one == about) for one in places]


def _words(definition: StudyDefinition, about: QueryTarget) -> Text:
    said = place_words(definition, about)
    return said if said.en else THE_PATIENT
