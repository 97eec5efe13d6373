"""Readers and assignments as the API gives them."""

from collections.abc import Sequence

from casebook.actions.adjudication import WaitingAdjudication
from casebook.actions.assignment import Waiting
from casebook.actions.readers import CentralReading, GivenAssignment, ReaderWithLoad
from casebook.store.readers import ReaderRow
from services.api.case_views import label
from services.api.schemas.cases import Label
from services.api.schemas.readers import (
    AssignmentOut,
    LoadOut,
    ReaderOut,
    ReaderRecordOut,
    Readers,
    WaitingCaseOut,
)


def readers(found: CentralReading) -> Readers:
    """Return the readers of a study, and what waits for more of them."""
    return Readers(
        readers=[_reader(one) for one in found.readers],
        waiting=waiting(found.waiting),
        waiting_for_adjudicator=unsettled(found.unsettled),
    )


def _reader(one: ReaderWithLoad) -> ReaderOut:
    return ReaderOut(**record(one.row).model_dump(), load=LoadOut.model_validate(one.load))


def record(row: ReaderRow) -> ReaderRecordOut:
    """Return what is recorded of a reader."""
    return ReaderRecordOut(
        login=row.login,
        name=row.display_name,
        roles=list(row.roles),
        home_site=row.home_site_code,
        trained_on=row.trained_on,
        training=row.training,
        version=row.version,
    )


def waiting(cases: Sequence[Waiting]) -> list[WaitingCaseOut]:
    """Return the cases that too few people may read."""
    return [WaitingCaseOut(subject=case.subject.number, why=label(case.why)) for case in cases]


def unsettled(cases: Sequence[WaitingAdjudication]) -> list[WaitingCaseOut]:
    """Return the cases that nobody may settle."""
    return [WaitingCaseOut(subject=case.subject.number, why=Label(en=case.why, ja=case.why)) for case in cases]


def assignment(given: GivenAssignment) -> AssignmentOut:
    """Return a case given to a reader."""
    row = given.row
    return AssignmentOut(
        id=row.id,
        subject=row.number,
        code=row.code,
        reader=row.login,
        place=row.place,
        round=row.round,
        state=given.state,
        drawn_at=row.drawn_at,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        withdrawn_at=row.withdrawn_at,
        withdrawn_because=row.withdrawn_because,
    )
