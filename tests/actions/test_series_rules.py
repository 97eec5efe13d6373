"""Better rules for the roles of series: loaded with a definition, in force for every patient's proposals."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from casebook.actions.series_roles import confirm_parts, open_series
from casebook.actions.series_rules import propose_again, role_rules_in_force
from casebook.actions.studies import load_definition
from casebook.domain.errors import Forbidden
from casebook.domain.imaging import SeriesRole
from tests.actions import central_builders as build
from tests.actions.central_builders import MACHINE, MANAGER, NOW
from tests.pages.hospital import DREAM

AMENDED = re.sub(
    '^version = "[0-9.]+"', 'version = "99"', DREAM.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE
).replace('version = "dream-1"', 'version = "dream-2"', 1)


@pytest.fixture
def case(session):
    build.open_study(session)
    subject = build.a_case(session)
    build.some_images(session, subject, "baseline")
    session.execute(text("update series_role set rule = 'series-roles-1+dream-1'"))
    return subject


def put_in_force(session):
    load_definition(session, MACHINE, text=AMENDED, now=NOW + timedelta(days=1))
    return propose_again(session, MACHINE, study_code="DREAM")


def n_waiting(session):
    wanted = "select count(*) from queue.procrastinate_jobs where task_name = 'describe-timepoint' and status = 'todo'"
    return session.scalar(text(wanted))


def test_a_patient_of_an_earlier_version_has_the_rules_in_force(session, case):
    assert role_rules_in_force(session, case.study_id).version == "series-roles-1+dream-1"
    put_in_force(session)
    assert role_rules_in_force(session, case.study_id).version == "series-roles-1+dream-2"


def test_timepoints_of_other_rules_are_described_anew_once(session, case):
    assert propose_again(session, MACHINE, study_code="DREAM") == 0
    before = n_waiting(session)
    assert put_in_force(session) == 1
    propose_again(session, MACHINE, study_code="DREAM")
    assert n_waiting(session) == before + 1


def test_what_a_person_confirmed_is_not_proposed_again(session, case):
    for one in open_series(session, MANAGER, number=case.number, timepoint="baseline").series:
        known = {part.row.id: SeriesRole(part.row.role) for part in one.parts}
        confirm_parts(session, MANAGER, series_id=one.row.id, parts=known, now=NOW)
    assert put_in_force(session) == 0


def test_rules_are_put_in_force_by_who_manages_the_study(session, case):
    with pytest.raises(Forbidden):
        propose_again(session, MANAGER, study_code="DREAM")
