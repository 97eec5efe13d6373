"""Registering for real: refusals with every reason, numbers without gaps or races, the day and its approval."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from casebook.actions.forms import EntryRefused, save_entry
from casebook.actions.registering import RegistrationRefused, register_first, register_second
from casebook.actions.site_papers import revoke_approval
from casebook.actions.sites import close_site
from casebook.actions.studies import load_definition
from casebook.domain.actors import Action, Actor, Grant, Role
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.store import forms, registry, sites
from casebook.store.tables import EthicsApproval, Subject
from services.command.demo import ROOT
from tests.registering import STUDY, a_registration, a_second_registration, eligible, open_site

SITE, OTHER = "BE-02", "JP-03"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOW.date()
KEY = b"k" * 32
CENTRE = Actor("centre", "Centre", tuple(Grant(role, STUDY) for role in (Role.DATA_MANAGER, Role.ADMINISTRATOR)))
COORDINATOR = Actor("coordinator", "A. Lemaire", (Grant(Role.SITE_COORDINATOR, STUDY, SITE),))


def load(session):
    load_definition(session, CENTRE, text=(ROOT / "studies" / "dream.toml").read_text(encoding="utf-8"), now=NOW)


@pytest.fixture
def study(session):
    load(session)
    open_site(session, CENTRE, SITE)
    return session


def register(session, *, actor=COORDINATOR, on=TODAY, road="prospective", site=SITE, reason=None, **changed):
    answers = {**eligible(session, consented_on=on, road=road), **changed}
    return register_first(
        session,
        actor,
        study_code=STUDY,
        site_code=site,
        road=road,
        registered_on=on,
        answers=answers,
        key=KEY,
        now=NOW,
        reason=reason,
    )


def refused(act) -> list[str]:
    with pytest.raises(RegistrationRefused) as caught:
        act()
    return [refusal.code for refusal in caught.value.refusals]


def test_a_registration_makes_number_record_and_eligibility_at_once(study):
    subject = register(study)
    made = sites.registrations(study, subject.id)["first"]
    (entry,) = forms.entries(study, subject.id)
    approval = study.get_one(EthicsApproval, made.ethics_approval_id)
    assert (subject.number, subject.registered_on, made.registered_by) == ("BE-02-0001", TODAY, "coordinator")
    assert (entry.form_code, entry.state, entry.data["adult"]) == ("eligibility", "complete", True)
    assert approval.number == "BE-02-2010-1"


def test_every_reason_against_a_registration_is_said_at_once(session):
    load(session)
    tomorrow = TODAY + timedelta(2)
    codes = refused(lambda: register(session, on=tomorrow, adult="no", mri_contraindicated="yes"))
    assert codes == ["no-approval", "no-training", "no-imaging", "adult", "mri_contraindicated", "in-the-future"]


def test_an_unanswered_criterion_is_not_met(study):
    assert refused(lambda: register(study, written_consent=None)) == ["written_consent"]


def test_a_refused_registration_takes_no_number(study):
    register(study)
    refused(lambda: register(study, adult="no"))
    with pytest.raises(EntryRefused), study.begin_nested():
        register(study, consented_on=str(TODAY + timedelta(1)))
    assert register(study).number == "BE-02-0002"


def test_the_site_is_closed_by_each_paper_that_fails(study):
    approval = study.query(EthicsApproval).one()
    kept = {"study_code": STUDY, "site_code": SITE}
    revoke_approval(
        study, CENTRE, **kept, approval_id=approval.id, revoked_on=TODAY, version=approval.version, reason="withdrawn"
    )
    assert refused(lambda: register(study)) == ["approval-revoked"]
    close_site(study, CENTRE, **kept, closed_on=TODAY, reason="accrual complete", now=NOW)
    assert refused(lambda: register(study)) == ["site-closed", "approval-revoked"]


def test_a_site_registers_on_the_day_itself_and_the_centre_earlier_with_a_reason(study):
    yesterday = TODAY - timedelta(3)
    assert refused(lambda: register(study, on=yesterday)) == ["not-today"]
    with pytest.raises(Refused, match="Say why"):
        register(study, actor=CENTRE, on=yesterday)
    assert register(study, actor=CENTRE, on=yesterday, reason="sent on paper").registered_on == yesterday


def test_today_is_the_day_at_the_site_wherever_it_is(study):
    assert register(study, on=TODAY + timedelta(1)).registered_on == TODAY + timedelta(1)
    assert register(study, on=TODAY).number == "BE-02-0002"


@pytest.mark.parametrize("site", [OTHER, "XX-99"])
def test_a_site_of_others_is_not_there(study, site):
    with pytest.raises(NotFound):
        register(study, site=site)


def test_a_road_the_study_has_not_is_refused_and_says_which_it_has(study):
    with pytest.raises(Invalid, match="prospective, simultaneous"):
        register(study, road="scenic")


def decide(session, subject, on, resectability="resectable"):
    save_entry(
        session,
        CENTRE,
        subject_id=subject.id,
        form_code="mdt-decision",
        timepoint_code=None,
        ordinal=1,
        data={
            "decided_on": on.isoformat(),
            "members": [{"role": "liver-surgeon", "name": "B. Surg"}],
            "resectability": resectability,
            **({} if resectability == "resectable" else {"not_resectable_because": "remnant too small"}),
        },
        version=None,
        reason=None,
        now=NOW,
    )


def second(session, subject, *, actor=COORDINATOR, on=TODAY, reason=None, **changed):
    answers = {
        **dict.fromkeys(
            ("chemotherapy_complete", "preoperative_ct_and_mri", "mdt_resectable", "fit_for_surgery"), "yes"
        ),
        **changed,
    }
    return register_second(
        session, actor, subject_id=subject.id, registered_on=on, answers=answers, now=NOW, reason=reason
    )


def test_the_second_registration_waits_for_a_decision_resectable(study):
    subject = register(study)
    assert refused(lambda: second(study, subject)) == ["no-mdt-decision"]
    decide(study, subject, TODAY, "borderline")
    assert refused(lambda: second(study, subject, fit_for_surgery="no")) == ["not-resectable", "fit_for_surgery"]


def test_the_second_registration_is_made_once(study):
    subject = register(study)
    decide(study, subject, TODAY)
    made = second(study, subject)
    assert (made.step, made.registered_on, made.registered_by) == ("second", TODAY, "coordinator")
    assert {entry.form_code for entry in forms.entries(study, subject.id)} >= {"eligibility", "eligibility-second"}
    with pytest.raises(Refused, match="made already"):
        second(study, subject)


def test_on_the_simultaneous_road_both_are_of_one_day(study):
    before = TODAY - timedelta(9)
    subject = register(study, actor=CENTRE, on=before, road="simultaneous", reason="on paper")
    decide(study, subject, before)
    assert refused(lambda: second(study, subject)) == ["not-on-one-day"]
    assert second(study, subject, actor=CENTRE, on=before, reason="on paper").registered_on == before


def test_eligibility_comes_by_registering_and_is_corrected_afterwards(study):
    subject = register(study)
    with pytest.raises(Refused, match="first answered by registering"):
        save_entry(
            study,
            CENTRE,
            subject_id=subject.id,
            form_code="eligibility-second",
            timepoint_code=None,
            ordinal=1,
            data={},
            version=None,
            reason=None,
            now=NOW,
        )
    (entry,) = forms.entries(study, subject.id)
    saved = save_entry(
        study,
        CENTRE,
        subject_id=subject.id,
        form_code="eligibility",
        timepoint_code=None,
        ordinal=1,
        data={**entry.data, "liver_treated_before": True},
        version=entry.version,
        reason="an ablation was found",
        now=NOW,
    )
    assert saved.row.data["liver_treated_before"] is True
    assert [(fault.field, fault.code) for fault in saved.warnings] == [("liver_treated_before", "not-eligible")]
    assert "found ineligible" in saved.warnings[0].message.en


def test_twenty_at_once_get_consecutive_numbers_and_the_refused_leave_no_gap(installation):
    database = installation.database
    with database.transaction(actor="centre") as session:
        load(session)
        open_site(session, CENTRE, SITE)

    def one(index: int) -> str | None:
        try:
            with database.transaction(actor="coordinator") as session:
                return register(session, adult="no" if index % 5 == 0 else "yes").number
        except RegistrationRefused:
            return None

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for number in pool.map(one, range(20)) if number]
    assert sorted(numbers) == [f"BE-02-{n:04d}" for n in range(1, 17)]


def test_of_two_second_registrations_at_once_one_wins(installation):
    database = installation.database
    with database.transaction(actor="centre") as session:
        load(session)
        subject = a_registration(session, CENTRE, site_code=SITE, registered_on=date(2026, 1, 5), key=KEY, now=NOW)
        decide(session, subject, date(2026, 4, 1))

    def one(_: int) -> str:
        try:
            with database.transaction(actor="centre") as session:
                row = registry.subject(session, CENTRE, Action.REGISTER_SUBJECT, subject_id=subject.id)
                a_second_registration(session, CENTRE, row, registered_on=TODAY, now=NOW)
        except Refused:
            return "refused"
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == ["made", "refused", "refused", "refused"]
    with database.session() as session:
        assert len(sites.registrations(session, subject.id)) == 2
        assert session.query(Subject).count() == 1
