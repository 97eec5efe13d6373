"""The datasets of a study are gathered at once, for who may export the endpoint, and name nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from casebook.actions.datasets import study_datasets
from casebook.actions.endpoint import endpoint
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.datasets.conformance import conformance
from casebook.domain.errors import Forbidden, Invalid
from casebook.domain.outcome import Strategy
from tests.pages import hospital

STATISTICIAN = Actor("statistician", "S", (Grant(Role.STATISTICIAN, hospital.STUDY),))
PERSONAL = ("佐藤", "Sato", "Dr. B", "coordinator", "radiologist", "Parenchyma", "with margin", "reader@")
"""Names, logins and words that people typed, of the hospital's patients."""


@pytest.fixture
def course(session):
    hospital.open_registry(session)
    return hospital.a_full_course(session)


def made(session, *, actor=STATISTICIAN, as_of=hospital.TODAY):
    found = study_datasets(session, actor, study_code=hospital.STUDY, as_of=as_of, now=hospital.NOW)
    return {one.name: one for one in found}


def statements(session) -> int:
    sent: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    made(session)
    event.remove(connection, "before_cursor_execute", note)
    return len(sent)


def test_the_datasets_take_as_many_queries_for_5_as_for_20_patients(session, course):
    counts = []
    for n in (4, 15):
        for _ in range(n):
            hospital.a_patient(session)
        session.flush()
        session.expire_all()
        counts.append(statements(session))
    assert counts[0] == counts[1]


def test_a_course_gives_datasets_that_conform_count_as_the_endpoint_does_and_name_nobody(session, course):
    hospital.a_patient(session)
    found = made(session)
    assert conformance(tuple(found.values())) == []
    page = endpoint(session, STATISTICIAN, study_code=hospital.STUDY, as_of=hospital.TODAY, now=hospital.NOW)
    line = next(one for one in page.table.strategies if one.strategy is Strategy.CT_MRI)
    counted = [row["NONVIABN"] for row in found["ADLES"].records() if row["ANL01FL"] == "Y"]
    assert (len(counted), sum(counted)) == (line.estimate.n, line.estimate.y)
    assert len(found["ADLES"].rows) == 5
    cells = {str(cell) for one in found.values() for row in one.rows for cell in row}
    assert not [cell for cell in cells if any(word in cell for word in PERSONAL)]


def test_a_cut_of_an_earlier_day_knows_nothing_of_later_ones(session, course):
    before = hospital.day(120)
    found = made(session, as_of=before)
    assert conformance(tuple(found.values())) == []
    dated = {
        str(cell)
        for one in found.values()
        for place, name in enumerate(one.shape.names)
        if name.endswith("DTC") or name in {"SURGDT", "PATHDT", "FUPDT", "EOSDT"}
        for row in one.rows
        if (cell := row[place]) is not None
    }
    assert dated
    assert max(dated) <= before.isoformat()
    assert {row["LESTRT"] for row in found["ADLES"].records()} == {None}


def test_only_who_may_export_the_endpoint_has_the_datasets_and_only_up_to_today(session, course):
    for role in (Role.DATA_MANAGER, Role.MONITOR, Role.CENTRAL_READER):
        with pytest.raises(Forbidden):
            made(session, actor=Actor("x", "X", (Grant(role, hospital.STUDY),)))
    with pytest.raises(Invalid, match="expected today"):
        made(session, as_of=hospital.TODAY + timedelta(days=3))
