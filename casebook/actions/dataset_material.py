"""What the datasets need beside the subjects' courses, fetched for all subjects at once and made plain."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.domain.actors import Actor
from casebook.domain.datasets.material import (
    CheckMaterial,
    ImagesMaterial,
    QueryMaterial,
    ReadMaterial,
    Said,
    SeenAnew,
    SeriesMaterial,
)
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.store import dataset_rows, image_states, registry
from casebook.store.dataset_rows import AskedQuery, SignedRead
from casebook.store.reads import SITE
from casebook.store.tables import Subject, Timepoint

_At = tuple[UUID, str]
AT_SITE: Final = "SITE"
CENTRAL: Final = "READER"
NOT_ON_LIST: Final = "OTHER"
"""How a reader is called, with a number: at a site, on the study's list of central readers, or neither."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows of all subjects, by subject, timepoint or lesion; queries about a site stand under None."""

    second_registered_on: Mapping[UUID, date]
    timepoints: Mapping[UUID, str]
    diameters: Mapping[UUID, Mapping[ReadingSequence, Decimal]]
    reads: Mapping[UUID, Sequence[ReadMaterial]]
    images: Mapping[UUID, Sequence[ImagesMaterial]]
    queries: Mapping[UUID | None, Sequence[QueryMaterial]]


def gather_beside(session: Session, actor: Actor, study_id: UUID, subjects: Sequence[Subject]) -> Beside:
    """Fetch them, in a constant number of queries."""
    ids = [subject.id for subject in subjects]
    timepoints = [row for rows in registry.timepoints_of(session, ids).values() for row in rows]
    return Beside(
        second_registered_on=registry.second_registered_on(session, ids),
        timepoints={row.id: row.code for row in timepoints},
        diameters={
            lesion_id: {ReadingSequence(sequence): size for sequence, size in found.items()}
            for lesion_id, found in dataset_rows.diameters(session, ids).items()
        },
        reads=_reads(session, study_id, ids),
        images=_images(session, ids, timepoints),
        queries=_queries(dataset_rows.queries(session, actor, study_id)),
    )


def _reads(session: Session, study_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[ReadMaterial]]:
    rows = dataset_rows.signed_reads(session, ids)
    reading_ids = [row.reading_id for row in rows]
    names = _reader_names(session, study_id)
    said, anew = _said(session, reading_ids), _seen_anew(session, reading_ids)
    found: dict[UUID, list[ReadMaterial]] = defaultdict(list)
    for row in rows:
        read = _read(
            row, names[row.account_id, row.kind == SITE], tuple(said[row.reading_id]), tuple(anew[row.reading_id])
        )
        found[row.subject_id].append(read)
    return found


def _said(session: Session, reading_ids: Sequence[UUID]) -> dict[UUID, list[Said]]:
    found: dict[UUID, list[Said]] = defaultdict(list)
    for row in dataset_rows.findings(session, reading_ids):
        found[row.reading_id].append(
            Said(
                lesion=row.lesion,
                judged=Judged(row.judged),
                visibility=Visibility(row.visibility),
                diameter_mm=row.diameter_mm,
                not_evaluable_reason=row.not_evaluable_reason,
                confidence=row.confidence,
                signal=row.signal,
            )
        )
    return found


def _seen_anew(session: Session, reading_ids: Sequence[UUID]) -> dict[UUID, list[SeenAnew]]:
    found: dict[UUID, list[SeenAnew]] = defaultdict(list)
    for row in dataset_rows.new_lesions(session, reading_ids):
        anew = SeenAnew(row.label, row.segment, row.diameter_mm, ReadingSequence(row.sequence))
        found[row.reading_id].append(anew)
    return found


def _reader_names(session: Session, study_id: UUID) -> dict[tuple[UUID, bool], str]:
    """Return what stands for a person in the datasets, by account and whether they read for their site."""
    central = dataset_rows.reader_numbers(session, study_id)
    found: dict[tuple[UUID, bool], str] = {}
    for account_id, number in dataset_rows.account_numbers(session).items():
        listed = central.get(account_id)
        found[account_id, True] = f"{AT_SITE} {number}"
        found[account_id, False] = f"{CENTRAL} {listed}" if listed else f"{NOT_ON_LIST} {number}"
    return found


def _read(row: SignedRead, reader: str, said: tuple[Said, ...], anew: tuple[SeenAnew, ...]) -> ReadMaterial:
    return ReadMaterial(
        timepoint=row.timepoint,
        kind=row.kind,
        place=row.place,
        reader=reader,
        round=row.round,
        edition=row.edition,
        signed_on=row.signed_at.date(),
        is_accepted=row.is_accepted,
        is_stale=row.is_stale,
        is_withdrawn=row.is_withdrawn,
        said=said,
        seen_anew=anew,
    )


def _images(session: Session, ids: Sequence[UUID], timepoints: Sequence[Timepoint]) -> dict[UUID, list[ImagesMaterial]]:
    series, checks = _series(session, ids), _checks(session, ids)
    decisions = image_states.newest_checks(session, [row.id for row in timepoints])
    made: dict[UUID, list[ImagesMaterial]] = defaultdict(list)
    for row in timepoints:
        at, decision = (row.subject_id, row.code), decisions.get(row.id)
        made[row.subject_id].append(
            ImagesMaterial(
                timepoint=row.code,
                series=tuple(series[at]),
                checks=tuple(checks[at]),
                decision=decision.decision if decision else None,
                decided_on=decision.decided_at.date() if decision else None,
            )
        )
    return made


def _series(session: Session, ids: Sequence[UUID]) -> dict[_At, list[SeriesMaterial]]:
    found: dict[_At, list[SeriesMaterial]] = defaultdict(list)
    for row in dataset_rows.series(session, ids):
        found[row.subject_id, row.timepoint].append(
            SeriesMaterial(
                uid=row.uid,
                modality=row.modality,
                number=row.number,
                n_images=row.n_images,
                roles=row.roles,
                verdict=row.verdict,
                verdict_on=row.verdict_at.date() if row.verdict_at else None,
            )
        )
    return found


def _checks(session: Session, ids: Sequence[UUID]) -> dict[_At, list[CheckMaterial]]:
    found: dict[_At, list[CheckMaterial]] = defaultdict(list)
    for row in dataset_rows.checks(session, ids):
        check = CheckMaterial(row.series_uid, row.code, row.severity, row.found, row.expected, row.rule_version)
        found[row.subject_id, row.timepoint].append(check)
    return found


def _queries(rows: Iterable[AskedQuery]) -> dict[UUID | None, list[QueryMaterial]]:
    found: dict[UUID | None, list[QueryMaterial]] = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(
            QueryMaterial(
                number=row.number,
                site=row.site,
                timepoint=row.timepoint,
                form=row.form,
                ordinal=row.ordinal,
                field=row.field,
                lesion=row.lesion,
                series_uid=row.series_uid,
                kind=row.kind,
                rule=row.rule,
                state=row.state,
                opened_on=row.opened_at.date(),
                due_on=row.due_on,
                answered_on=row.answered_at.date() if row.answered_at else None,
                ended_on=row.ended_at.date() if row.ended_at else None,
            )
        )
    return found
