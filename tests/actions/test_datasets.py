"""The datasets of a study are gathered at once, for who may export the endpoint, and name nobody."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from casebook.actions.datasets import study_datasets
from casebook.actions.endpoint import endpoint
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.datasets.conformance import conformance
from casebook.domain.errors import Forbidden, Invalid
from casebook.domain.outcome import Strategy
from casebook.store import accounts, registry
from casebook.store.tables import (
    Finding,
    Lesion,
    LesionDiameter,
    Query,
    Reader,
    ReaderLesion,
    Reading,
    Series,
    SeriesVerdict,
)
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


def test_on_an_earlier_day_only_those_registered_until_then_are_there(session, course):
    assert len(made(session, as_of=course.registered_on)["ADSL"].rows) == 1
    before = made(session, as_of=course.registered_on - timedelta(days=1))
    assert not before["ADSL"].rows
    assert not before["ADLES"].rows


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


def test_what_stands_beside_the_forms_is_taken_as_it_holds_now(session, course):
    reader, radiologist = (accounts.by_login(session, login) for login in ("reader", "radiologist"))
    session.add(Reader(study_id=course.study_id, account_id=reader.id))
    baseline = registry.timepoint(session, course.id, "baseline")
    lesion = session.query(Lesion).filter_by(subject_id=course.id, label="L1").one()
    session.add(LesionDiameter(lesion_id=lesion.id, sequence="dwi", diameter_mm=Decimal("17.5")))
    signed = Reading(timepoint_id=baseline.id, account_id=radiologist.id, kind="site", signed_at=hospital.NOW)
    draft = Reading(timepoint_id=baseline.id, account_id=radiologist.id, kind="site", edition=2)
    session.add_all([signed, draft])
    session.flush()
    for reading, seen in ((signed, "visible"), (draft, "not-visible")):
        session.add(Finding(reading_id=reading.id, lesion_id=lesion.id, sequence="ct", visibility=seen))
    anew = {"label": "N1", "segment": "II", "diameter_mm": Decimal("6.5"), "sequence": "eob", "judged_on": {}}
    session.add(ReaderLesion(reading_id=signed.id, **anew))
    session.flush()
    found = made(session)
    assert conformance(tuple(found.values())) == []
    of_site = [row for row in found["ADREAD"].records() if row["EVAL"] == "INVESTIGATOR"]
    assert {(row["LESID"], row["AVALC"], row["READED"]) for row in of_site} == {
        ("L1", "VISIBLE", 1),
        ("NEW-N1", "VISIBLE", 1),
    }
    assert {row["READER"] for row in found["ADREAD"].records() if row["EVALID"]} == {"READER 1"}
    listed = [row for row in found["TR"].records() if row["TRLNKID"] == "INV-L1" and row["TRTESTCD"] == "LDIAM"]
    assert [(row["TRMETHOD"], row["TRSTRESN"]) for row in listed] == [("DIFFUSION WEIGHTED MRI", Decimal("17.5"))]


def test_verdicts_hold_for_the_images_they_were_said_of_and_sites_know_the_queries_that_are_listed(session, course):
    some = session.query(Series).order_by(Series.series_uid).limit(2).all()
    for series, n_instances in zip(some, (some[0].n_instances, some[1].n_instances - 1), strict=True):
        session.add(
            SeriesVerdict(
                series_id=series.id,
                verdict="accept",
                n_instances=n_instances,
                decided_by="manager",
                decided_at=hospital.NOW,
            )
        )
    about = {"study_id": course.study_id, "site_id": course.site_id, "kind": "manual", "opened_by": "manager"}
    when = {"opened_at": hospital.NOW - timedelta(days=30), "due_on": hospital.TODAY - timedelta(days=16)}
    asked = {"question": {"en": "Is it Mr Sato's?", "ja": "佐藤さんのですか"}, "field": "mri_on"}
    session.add_all(
        Query(subject_id=subject_id, state=state, **about, **when, **asked)
        for subject_id, state in ((course.id, "open"), (course.id, "candidate"), (None, "closed"))
    )
    session.flush()
    found = made(session)
    judged = {row["SERUID"]: row["QCDECIS"] for row in found["ADQC"].records() if row["QCTYPE"] == "SERIES"}
    assert [judged[series.series_uid] for series in some] == ["ACCEPT", None]
    of_rule = [row for row in found["ADQRY"].records() if row["QRYKIND"] == "MANUAL"]
    assert [(row["SUBJID"], row["QRYSTATE"]) for row in of_rule] == [(course.number, "OPEN"), (None, "CLOSED")]
    assert (of_rule[0]["QRYAGE"], of_rule[0]["QRYOVER"]) == (30, 16)
    cells = {str(cell) for one in found.values() for row in one.rows for cell in row}
    assert not [cell for cell in cells if any(word in cell for word in PERSONAL)]
