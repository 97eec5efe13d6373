"""What the pages about lesions show: the list, its series for positions, and the reads for who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.central_reads import CentralReads, gather_reads
from casebook.actions.course import Course, gather_course
from casebook.actions.lesion_book import KeptLesion, LesionsOfSubject, open_lesions
from casebook.actions.patient import OpenPatient
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.texts import Text
from casebook.store import images, lesion_history, lesions, registry
from casebook.store.tables import Derivation, Lesion, Series


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
    return LesionEvidence(page, lesion, kinds, _why(session, page, lesion.row) if page.course else None)


def _why(session: Session, page: LesionsPage, row: Lesion) -> Text | None:
    if not lesions.is_read_centrally(row):
        return None
    return gather_reads(session, [row.subject_id]).why(row.subject_id, page.lesions.definition, row.label)


@dataclass(frozen=True, slots=True)
class BesideTheList:
    """What the patient's page needs beside the lesions: diameters of the list (mm), and the central reads.

    `why` says of each lesion that is read centrally why its cDLM is what it is.
    """

    diameters_mm: Mapping[UUID, Mapping[str, Decimal]]
    central: CentralReads
    why: Mapping[UUID, Text]


def beside_the_list(session: Session, patient: OpenPatient) -> BesideTheList:
    """Fetch it for a patient who is open to the caller."""
    subject_id, definition = patient.subject.id, patient.definition
    reads = gather_reads(session, [subject_id])
    return BesideTheList(
        diameters_mm=lesion_history.diameters(session, subject_id),
        central=reads.shown(subject_id, definition),
        why={
            row.id: reads.why(subject_id, definition, row.label)
            for row in patient.lesions
            if lesions.is_read_centrally(row)
        },
    )


def _series(session: Session, codes: Mapping[UUID, str]) -> list[PlaceSeries]:
    return [
        PlaceSeries(codes[timepoint_id], row)
        for timepoint_id, row in images.series_of_timepoints(session, list(codes))
        if row.frame_of_reference_uid is not None
    ]
