"""Several verdicts of a draft are saved together, or none of them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from casebook.actions.reads import Verdict, save_findings
from casebook.actions.signing_in import signed_in_as
from casebook.domain.errors import Invalid, NotFound, Stale
from casebook.domain.imaging import Judged, Visibility
from casebook.store import lesions, registry
from casebook.store.tables import Finding, Reading, Subject
from services.command.demonstration.people import LOCAL_READER

GONE = Verdict(Visibility.NOT_VISIBLE)
WRONG = Verdict(Visibility.NOT_VISIBLE, not_evaluable_reason="motion")


@pytest.fixture
def case(sample):
    """A session with a site's radiologist who has not read the baseline yet, and a patient with images."""
    with sample.database.transaction(actor="tester", reason="a test") as session:
        reader = signed_in_as(session, login=LOCAL_READER.login, now=datetime.now(UTC))
        subject = session.scalars(select(Subject).where(Subject.number == "JP-03-0001")).one()
        labels = [lesion.id for lesion in lesions.active_of_subject(session, subject.id)]

        def save(verdicts, version):
            return save_findings(
                session,
                reader,
                case_id=subject.id,
                timepoint_code="baseline",
                verdicts=verdicts,
                version=version,
                now=datetime.now(UTC),
            )

        yield session, save, labels, registry.timepoint(session, subject.id, "baseline").id, reader
        session.rollback()


def findings(session, timepoint_id, reader):
    query = select(Finding).join(Reading, Reading.id == Finding.reading_id)
    return session.scalars(
        query.where(Reading.timepoint_id == timepoint_id, Reading.account_id == reader.account_id)
    ).all()


def test_many_verdicts_are_one_version_and_none_takes_one_back(case):
    session, save, (first, second, *_), timepoint_id, reader = case
    assert save({(first, Judged.CT): GONE, (second, Judged.DWI): GONE}, 0).version == 1
    assert len(findings(session, timepoint_id, reader)) == 2
    assert save({(first, Judged.CT): None}, 1).version == 2
    assert [row.lesion_id for row in findings(session, timepoint_id, reader)] == [second]


def test_one_faulty_verdict_keeps_all_from_being_saved(case):
    session, save, (first, second, *_), timepoint_id, reader = case
    with pytest.raises(Invalid):
        save({(first, Judged.CT): GONE, (second, Judged.CT): WRONG}, 0)
    with pytest.raises(NotFound):
        save({(first, Judged.CT): GONE, (timepoint_id, Judged.CT): GONE}, 0)
    assert findings(session, timepoint_id, reader) == []


def test_verdicts_on_an_older_version_are_refused(case):
    _, save, (first, *_), _, _ = case
    save({(first, Judged.CT): GONE}, 0)
    with pytest.raises(Stale):
        save({(first, Judged.DWI): GONE}, 0)
