"""What the pages about lesions show: the list, its series for positions, and the reads for who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.central_reads import why_of_lesions
from casebook.actions.course import Course, gather_course
from casebook.actions.lesion_book import KeptLesion, LesionsOfSubject, open_lesions
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.texts import Text
from casebook.store import images, lesion_history, lesions, registry
from casebook.store.lesion_history import RecordedEvent
from casebook.store.tables import Derivation, Lesion, Series, Subject


@dataclass(frozen=True, slots=True)
class PlaceSeries:
    """A series that a position can refer to, with its timepoint."""

    timepoint: str
    row: Series


@dataclass(frozen=True, slots=True)
class LesionsPage:
    """The lesions with what stands around them; `course` is None for who may not see reads and outcomes."""

    lesions: LesionsOfSubject
    series: Sequence[PlaceSeries]
    timepoints: Mapping[UUID, str]
    course: Course | None


@dataclass(frozen=True, slots=True)
class LesionEvidence:
    """One lesion with the reads and derivations behind it, newest first; empty for who may not see them.

    `why` says why its cDLM is what it is; None for who may not see it, and where the lesion is not read centrally.
    """

    page: LesionsPage
    lesion: KeptLesion
    derivations: Mapping[str, Sequence[Derivation]]
    why: Text | None


def open_page(session: Session, actor: Actor, *, number: str) -> LesionsPage:
    """Return the lesions of the patient of a number. Raises NotFound, for other sites' patients too."""
    found = open_lesions(session, actor, number=number)
    site, study = found.site.code, found.definition.code
    sees_outcomes = actor.may(Action.SEE_OUTCOMES, study_code=study, site_code=site)
    codes = {row.id: row.code for row in registry.timepoints(session, found.subject.id)}
    return LesionsPage(
        lesions=found,
        series=_series(session, codes),
        timepoints=codes,
        course=gather_course(session, found.subject) if sees_outcomes else None,
    )


def open_evidence(session: Session, actor: Actor, *, number: str, label: str) -> LesionEvidence:
    """Return one lesion with everything its results follow from. Raises NotFound."""
    page = open_page(session, actor, number=number)
    lesion = next((item for item in page.lesions.lesions if item.row.label == label), None)
    if lesion is None:
        raise NotFound("There is no such lesion.", field="lesion")
    rows = lesion_history.derivations(session, lesion.row.id) if page.course else ()
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in ("cdlm", "outcome")}
    why = _why(session, [lesion.row]) if page.course else {}
    return LesionEvidence(page, lesion, kinds, why.get(lesion.row.id))


@dataclass(frozen=True, slots=True)
class BesideTheList:
    """What the patient's page needs beside the lesions: diameters of the list (mm), events, and why cDLM is so."""

    diameters_mm: Mapping[UUID, Mapping[str, Decimal]]
    events: Sequence[RecordedEvent]
    why: Mapping[UUID, Text]


def beside_the_list(session: Session, subject: Subject) -> BesideTheList:
    """Fetch it for a subject the caller may know of."""
    return BesideTheList(
        lesion_history.diameters(session, subject.id),
        lesion_history.events(session, subject.id),
        _why(session, lesions.of_subject(session, subject.id)),
    )


def _why(session: Session, rows: Sequence[Lesion]) -> Mapping[UUID, Text]:
    return why_of_lesions(session, {row.id: row.label for row in rows if lesions.is_read_centrally(row)})


def _series(session: Session, codes: Mapping[UUID, str]) -> list[PlaceSeries]:
    return [
        PlaceSeries(codes[timepoint_id], row)
        for timepoint_id, row in images.series_of_timepoints(session, list(codes))
        if row.frame_of_reference_uid is not None
    ]
