"""Accrual as each role sees it, and the registrations behind its numbers."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from casebook.actions.accrual import accrual, list_registrations
from casebook.actions.studies import load_definition
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, NotFound
from casebook.store.registrations import Wanted
from services.command.demo import ROOT
from tests.registering import STUDY, a_registration

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
KEY = b"k" * 32
CENTRE = Actor("centre", "Centre", tuple(Grant(role, STUDY) for role in (Role.DATA_MANAGER, Role.ADMINISTRATOR)))
COORDINATOR = Actor("coordinator", "A. Lemaire", (Grant(Role.SITE_COORDINATOR, STUDY, "BE-02"),))
REGISTERED = (
    ("BE-02", date(2026, 9, 3)),
    ("BE-02", date(2026, 9, 30)),
    ("BE-01", date(2026, 11, 1)),
    ("JP-03", date(2026, 10, 31)),
)


@pytest.fixture
def study(session):
    load_definition(session, CENTRE, text=(ROOT / "studies" / "dream.toml").read_text(encoding="utf-8"), now=NOW)
    for site, day in REGISTERED:
        a_registration(session, CENTRE, site_code=site, registered_on=day, key=KEY, now=NOW)
    return session


def test_the_data_centre_sees_every_site_country_and_group(study):
    report = accrual(study, CENTRE, study_code=STUDY, today=TODAY)
    lines = {line.site.code: line for line in report.lines}
    assert len(lines) == 30
    assert (lines["BE-02"].n_first, lines["BE-02"].n_second, lines["BE-02"].by_month[date(2026, 9, 1)]) == (2, 0, 2)
    assert [(part.code, part.n_first, part.n_registering) for part in report.by_country[:2]] == [
        ("BE", 3, 2),
        ("JP", 1, 1),
    ]
    assert {part.code: part.n_sites for part in report.by_group} == {"JCOG": 12, "EORTC": 16, "US": 2}
    assert [(month.n_first, month.total_first) for month in report.progress.months] == [(2, 2), (1, 3), (1, 4)]


def test_a_site_sees_its_own_row_and_the_totals_alone(study):
    report = accrual(study, COORDINATOR, study_code=STUDY, today=TODAY)
    assert [line.site.code for line in report.lines] == ["BE-02"]
    assert (report.progress.n_first, report.by_country, report.by_group) == (4, None, None)


def test_who_has_no_role_for_sites_is_refused(study):
    reader = Actor("reader", "R", (Grant(Role.CENTRAL_READER, STUDY),))
    with pytest.raises(Forbidden):
        accrual(study, reader, study_code=STUDY, today=TODAY)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, ["BE-01-0001", "JP-03-0001", "BE-02-0002", "BE-02-0001"]),
        ({"site_code": "BE-02"}, ["BE-02-0002", "BE-02-0001"]),
        ({"country": "BE", "month_on": date(2026, 11, 1)}, ["BE-01-0001"]),
        ({"group": "JCOG"}, ["JP-03-0001"]),
        ({"month_on": date(2026, 9, 1)}, ["BE-02-0002", "BE-02-0001"]),
        ({"step": "second"}, []),
    ],
)
def test_a_number_opens_the_registrations_behind_it(study, wanted, numbers):
    found = list_registrations(study, CENTRE, Wanted(STUDY, **wanted))
    assert [row.number for row in found.rows] == numbers
    assert found.n_total == len(numbers)


def test_a_site_opens_its_own_registrations_alone(study):
    assert {row.site_code for row in list_registrations(study, COORDINATOR, Wanted(STUDY)).rows} == {"BE-02"}
    assert list_registrations(study, COORDINATOR, Wanted(STUDY, site_code="JP-03")).rows == []


def test_a_registration_names_who_made_it_and_under_which_approval(study):
    row = list_registrations(study, CENTRE, Wanted(STUDY, site_code="JP-03")).rows[0]
    assert (row.registered_by, row.approval_number, row.step) == ("centre", "JP-03-2010-1", "first")


def test_a_study_that_is_not_there_is_not_found(study):
    with pytest.raises(NotFound):
        list_registrations(study, CENTRE, Wanted("OTHER"))


def test_queries_do_not_grow_with_sites_and_patients(study):
    def n_queries() -> int:
        said: list[str] = []

        def note(*parts) -> None:
            said.append(parts[2])

        study.expire_all()
        event.listen(study.connection(), "before_cursor_execute", note)
        accrual(study, CENTRE, study_code=STUDY, today=TODAY)
        event.remove(study.connection(), "before_cursor_execute", note)
        return len(said)

    before = n_queries()
    for site in ("AT-01", "FR-01", "US-01"):
        a_registration(study, CENTRE, site_code=site, registered_on=TODAY, key=KEY, now=NOW)
    study.flush()
    assert n_queries() <= before
