"""The planned study is brought into the registry by the program's own acts, and stands there as planned."""

from collections import Counter
from datetime import UTC, date, datetime
from functools import cache

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from casebook.actions.progress import wrong_rows
from casebook.actions.signatures import broken_signatures
from casebook.actions.studies import load_definition
from casebook.domain.forms.states import EntryState
from casebook.domain.study import load_study
from casebook.store import audit
from casebook.store.tables import (
    AuditEvent,
    EthicsApproval,
    FormEntry,
    Lesion,
    LesionEvent,
    Reading,
    Registration,
    Site,
    Subject,
)
from services.command.demo import DEFINITION
from services.command.demonstration.acts import (
    Fill,
    LesionsChange,
    ListLesions,
    Read,
    RegisterFirst,
    RegisterSecond,
)
from services.command.demonstration.crew import Order, n_patients_at, planned, seed_site
from services.command.demonstration.opening import people_and_papers
from services.command.demonstration.people import ACCOUNTS, make_accounts
from services.command.machine import operator

TODAY = date(2026, 11, 22)
ORDER = Order(DEFINITION, TODAY, n_patients=40, seed=23)
SITES = ("AT-02", "JP-12")
KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def plans():
    return [patient for patient in planned(ORDER).patients if patient.site in SITES]


@pytest.fixture(scope="module")
def seeded(owner, server, worker_id):
    """A database with the staff and papers of all sites and the patients of two of them."""
    from tests.conftest import TEMPLATE, _copied

    name = f"demonstration_{worker_id}"
    database = _copied(owner, server, name, TEMPLATE)
    actor, now = operator("DREAM"), datetime.now(UTC)
    with database.transaction(actor=actor.login) as session:
        definition = load_definition(session, actor, text=DEFINITION.read_text(encoding="utf-8"), now=now)
        make_accounts(session, actor, ACCOUNTS, study="DREAM", now=now)
    people_and_papers(database, actor, definition, planned(ORDER))
    for site in SITES:
        seed_site(database, ORDER, site, key=KEY)
    yield database
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def found(seeded) -> Session:
    with seeded.session() as session:
        yield session


def planned_acts(plans, *kinds):
    return [act for patient in plans for act in patient.acts if isinstance(act, kinds)]


def test_patients_have_the_numbers_roads_and_days_of_the_plan(found, plans):
    rows = found.execute(select(Subject.number, Subject.road, Subject.registered_on)).all()
    assert len(plans) >= 3
    assert sorted(map(tuple, rows)) == sorted((plan.number, plan.road, plan.acts[0].on) for plan in plans)


def test_registrations_stand_on_an_approval_and_were_made_on_their_day_by_the_site(found, plans):
    rows = found.scalars(select(Registration)).all()
    wanted = [("first", act.on) for act in planned_acts(plans, RegisterFirst)]
    wanted += [("second", act.on) for act in planned_acts(plans, RegisterSecond)]
    assert sorted((row.step, row.registered_on) for row in rows) == sorted(wanted)
    assert all(row.ethics_approval_id is not None for row in rows)
    assert {row.registered_by for row in rows} == {f"coordinator.{site.lower()}" for site in SITES}


def test_entries_stand_in_the_states_of_the_plan(found, plans):
    goals = {}
    for patient in plans:
        for act in patient.acts:
            match act:
                case Fill():
                    goals[patient.number, act.form, act.timepoint, act.ordinal] = act.goal
                case RegisterFirst():
                    goals[patient.number, "eligibility", None, 1] = act.goal
                case RegisterSecond():
                    goals[patient.number, "eligibility-second", None, 1] = act.goal
    reachable = Counter(
        EntryState.VERIFIED if goal is EntryState.SIGNED and not _is_signed(key[1]) else goal
        for key, goal in goals.items()
    )
    states = found.execute(select(FormEntry.state, func.count()).group_by(FormEntry.state))
    assert Counter({EntryState(state): n for state, n in states}) == reachable
    assert len(reachable) >= 4


def _is_signed(form: str) -> bool:
    return planned_definition().form(form).needs_signature


@cache
def planned_definition():
    return load_study(DEFINITION.read_text(encoding="utf-8"))


def test_lesions_events_and_reads_are_those_of_the_plan(found, plans):
    listed = sum(len(act.lesions) for act in planned_acts(plans, ListLesions))
    came = sum(len(act.came) for act in planned_acts(plans, LesionsChange))
    assert found.scalar(select(func.count()).select_from(Lesion)) == listed + came
    assert found.scalar(select(func.count()).select_from(LesionEvent)) == len(planned_acts(plans, LesionsChange))
    assert found.scalar(select(func.count()).select_from(Reading)) == len(planned_acts(plans, Read))


def test_what_was_worked_out_at_the_end_is_what_the_records_say(found):
    assert wrong_rows(found) == []


def test_signatures_hold_and_the_trail_is_whole(found):
    assert broken_signatures(found) == ()
    state = audit.verify(found.connection())
    assert state.holds
    assert state.n_events > 500


def test_the_trail_names_people_of_the_site_the_data_centre_and_readers_each_in_their_role(found):
    roles = dict(map(tuple, found.execute(select(AuditEvent.actor, AuditEvent.role).distinct())))
    assert roles["manager"] == "data-manager"
    for site in SITES:
        assert roles[f"coordinator.{site.lower()}"] == "site-coordinator"
        assert roles[f"investigator.{site.lower()}"] == "investigator"
    assert {"reader", "reader2", "reader3"} & set(roles)


def test_the_trail_s_times_are_those_of_the_database(found):
    earliest, latest = found.execute(select(func.min(AuditEvent.at), func.max(AuditEvent.at))).one()
    assert (latest - earliest).total_seconds() < 600
    assert (datetime.now(UTC) - earliest).total_seconds() < 900


def test_a_site_that_is_seeded_again_stays_as_it_is(seeded):
    with seeded.session() as session:
        before = session.scalar(select(func.count()).select_from(AuditEvent))
    seed_site(seeded, ORDER, SITES[0], key=KEY)
    with seeded.session() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_papers_are_recorded_once_for_every_site_that_has_some(seeded, found):
    definition, actor = planned_definition(), operator("DREAM")
    plan = planned(ORDER)
    people_and_papers(seeded, actor, definition, plan)
    rows = found.execute(select(Site.code, func.count()).join(EthicsApproval).group_by(Site.code))
    assert dict(map(tuple, rows)) == {code: len(site.approvals) for code, site in plan.sites.items() if site.approvals}


def test_the_busiest_site_is_seeded_first():
    counts = n_patients_at(ORDER)
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert sum(counts.values()) == ORDER.n_patients
