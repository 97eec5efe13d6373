"""Sites by role and by site: who sees and who changes their papers; each change with its version and its reason."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from casebook.actions.site_papers import (
    ApprovalFacts,
    Letter,
    QualificationFacts,
    attach_letter,
    change_approval,
    read_letter,
    record_approval,
    record_qualification,
    revoke_approval,
    revoke_qualification,
)
from casebook.actions.sites import close_site, list_sites, reopen_site, site_state, with_papers_ending
from casebook.actions.studies import load_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import MAY, Action, Actor, Grant, Role
from casebook.domain.errors import Forbidden, NotFound, Refused, Stale
from casebook.store.files import open_store
from services.command.demo import ROOT
from tests.registering import STUDY, a_registration

SITE, OTHER = "BE-02", "JP-03"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOW.date()
CENTRE = Actor("centre", "Centre", tuple(Grant(role, STUDY) for role in (Role.DATA_MANAGER, Role.ADMINISTRATOR)))
COORDINATOR = Actor("coordinator", "A. Lemaire", (Grant(Role.SITE_COORDINATOR, STUDY, SITE),))
PLACE = {"study_code": STUDY, "site_code": SITE}
PDF = b"%PDF-1.7 approved"
FACTS = ApprovalFacts("1.1", "Ethics committee", "2026/117", date(2026, 3, 1), date(2026, 3, 2), date(2027, 3, 1))
TRAINED = QualificationFacts(Qualification.TRAINING, date(2026, 2, 1), None, "site initiation")


def somebody(role: Role, site: str | None = SITE) -> Actor:
    return Actor(role.value, role.value, (Grant(role, STUDY, site if role.is_site_role else None),))


def changed(**values: object) -> ApprovalFacts:
    return ApprovalFacts(**{name: values.get(name, getattr(FACTS, name)) for name in ApprovalFacts.__slots__})


@pytest.fixture
def study(session):
    load_definition(session, CENTRE, text=(ROOT / "studies" / "dream.toml").read_text(encoding="utf-8"), now=NOW)
    return session


@pytest.fixture
def archive(tmp_path):
    return open_store(tmp_path / "archive")


@pytest.fixture
def approval(study):
    return record_approval(study, CENTRE, **PLACE, facts=FACTS)


@pytest.fixture
def trained(study):
    return record_qualification(study, CENTRE, **PLACE, facts=TRAINED)


def every_act(session, actor, archive, approval, trained):
    """Each act that changes a site's papers, as the actor would do it."""
    one = {**PLACE, "approval_id": approval.id, "version": approval.version, "reason": "a test"}
    other = {**PLACE, "qualification_id": trained.id, "version": trained.version, "reason": "a test"}
    return {
        "record": lambda: record_approval(session, actor, **PLACE, facts=changed(number="2026/118")),
        "change": lambda: change_approval(session, actor, **one, facts=changed(committee="Committee B")),
        "attach": lambda: attach_letter(session, actor, archive, **one, letter=Letter("a.pdf", PDF)),
        "revoke": lambda: revoke_approval(session, actor, **one, revoked_on=TODAY),
        "qualify": lambda: record_qualification(session, actor, **PLACE, facts=TRAINED),
        "disqualify": lambda: revoke_qualification(session, actor, **other, revoked_on=TODAY),
        "close": lambda: close_site(session, actor, **PLACE, closed_on=TODAY, reason="a test", now=NOW),
        "reopen": lambda: reopen_site(session, actor, **PLACE, reason="a test"),
    }


@pytest.mark.parametrize("role", [role for role in Role if Action.MANAGE_SITES not in MAY[role]])
def test_only_the_data_centre_changes_papers(study, archive, approval, trained, role):
    for act in every_act(study, somebody(role), archive, approval, trained).values():
        with pytest.raises(Forbidden):
            act()


def test_the_data_centre_does_each_act(study, archive, approval, trained):
    for name in tuple(every_act(study, CENTRE, archive, approval, trained)):
        every_act(study, CENTRE, archive, approval, trained)[name]()
    state = site_state(study, CENTRE, **PLACE, on=TODAY)
    assert {row.number for row in state.approvals} == {"2026/117", "2026/118"}
    assert (approval.committee, approval.letter_name, approval.revoked_on) == ("Committee B", "a.pdf", TODAY)
    assert {row.revoked_on for row in state.qualifications} == {None, TODAY}
    assert state.site.closed_on is None


def test_roles_that_see_sites_see_all_or_their_own(study):
    seen = {
        role: len(list_sites(study, somebody(role), study_code=STUDY, on=TODAY))
        for role in Role
        if Action.SEE_SITES in MAY[role]
    }
    assert seen == {role: 1 if role.is_site_role else 30 for role in seen}
    assert not {Role.CENTRAL_READER, Role.ADJUDICATOR} & set(seen)


@pytest.mark.parametrize("role", [Role.CENTRAL_READER, Role.ADJUDICATOR])
def test_a_blinded_reader_sees_no_site(study, role):
    with pytest.raises(Forbidden):
        list_sites(study, somebody(role), study_code=STUDY, on=TODAY)
    with pytest.raises(NotFound):
        site_state(study, somebody(role), **PLACE, on=TODAY)


@pytest.mark.parametrize("site", [OTHER, "XX-99"])
def test_a_site_of_others_is_not_there(study, archive, site):
    with pytest.raises(NotFound):
        site_state(study, COORDINATOR, study_code=STUDY, site_code=site, on=TODAY)
    with pytest.raises(NotFound):
        read_letter(study, COORDINATOR, archive, study_code=STUDY, site_code=site, approval_id=uuid4())


def test_a_paper_belongs_to_its_site_alone(study, archive, approval, trained):
    elsewhere = {"study_code": STUDY, "site_code": OTHER, "version": 1, "reason": "a test"}
    with pytest.raises(NotFound):
        change_approval(study, CENTRE, **elsewhere, approval_id=approval.id, facts=FACTS)
    with pytest.raises(NotFound):
        revoke_qualification(study, CENTRE, **elsewhere, qualification_id=trained.id, revoked_on=TODAY)
    with pytest.raises(NotFound):
        read_letter(study, CENTRE, archive, study_code=STUDY, site_code=OTHER, approval_id=approval.id)


@pytest.mark.parametrize("name", ["change", "revoke", "disqualify", "close"])
@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_change_asks_for_a_reason(study, archive, approval, trained, name, reason):
    one = {**PLACE, "approval_id": approval.id, "version": 1, "reason": reason}
    acts = {
        "change": lambda: change_approval(study, CENTRE, **one, facts=changed(committee="Committee B")),
        "revoke": lambda: revoke_approval(study, CENTRE, **one, revoked_on=TODAY),
        "disqualify": lambda: revoke_qualification(
            study, CENTRE, **PLACE, qualification_id=trained.id, version=1, reason=reason, revoked_on=TODAY
        ),
        "close": lambda: close_site(study, CENTRE, **PLACE, closed_on=TODAY, reason=reason or "", now=NOW),
    }
    with pytest.raises(Refused, match="Say why"):
        acts[name]()


def test_an_older_version_is_stale_and_none_is_refused(study, archive, approval, trained):
    assert (
        change_approval(
            study, CENTRE, **PLACE, approval_id=approval.id, facts=changed(committee="B"), version=1, reason="a slip"
        ).version
        == 2
    )
    one = {**PLACE, "approval_id": approval.id, "reason": "a slip"}
    for version, error in ((1, Stale), (None, Refused)):
        with pytest.raises(error):
            change_approval(study, CENTRE, **one, facts=FACTS, version=version)
        with pytest.raises(error):
            attach_letter(study, CENTRE, archive, **one, letter=Letter("a.pdf", PDF), version=version)
        with pytest.raises(error):
            revoke_approval(study, CENTRE, **one, revoked_on=TODAY, version=version)


def test_a_revocation_can_be_taken_back_with_a_reason(study, approval, trained):
    one = {**PLACE, "approval_id": approval.id, "reason": "a test"}
    other = {**PLACE, "qualification_id": trained.id, "reason": "a test"}
    revoke_approval(study, CENTRE, **one, revoked_on=TODAY, version=1)
    revoke_qualification(study, CENTRE, **other, revoked_on=TODAY, version=1)
    assert site_state(study, CENTRE, **PLACE, on=TODAY).activation.approval is None
    revoke_approval(study, CENTRE, **one, revoked_on=None, version=2)
    revoke_qualification(study, CENTRE, **other, revoked_on=None, version=2)
    state = site_state(study, CENTRE, **PLACE, on=TODAY)
    assert state.activation.approval is not None
    assert [block.code for block in state.activation.blocks] == ["no-imaging"]


@pytest.mark.parametrize("days", [-400, 0, 243, 244, 303, 304, 400])
@pytest.mark.parametrize("revoked_after", [None, 100])
def test_the_sites_with_papers_that_end_soon_are_those_whose_state_says_so(
    study, approval, trained, days, revoked_after
):
    if revoked_after is not None:
        revoked_on = TODAY + timedelta(days=revoked_after)
        revoke_qualification(
            study, CENTRE, **PLACE, qualification_id=trained.id, reason="a test", revoked_on=revoked_on, version=1
        )
    for on in (TODAY + timedelta(days=days + shift) for shift in (-143, -1, 0, 1)):
        said = [
            one.site.code for one in list_sites(study, CENTRE, study_code=STUDY, on=on) if one.activation.running_out
        ]
        assert [one.site.code for one in with_papers_ending(study, CENTRE, study_code=STUDY, on=on)] == said


def test_registrations_are_counted_by_step(study):
    a_registration(study, CENTRE, site_code=SITE, registered_on=TODAY, key=b"k" * 32, now=NOW)
    own = site_state(study, CENTRE, **PLACE, on=TODAY)
    assert (own.n_first, own.n_second) == (1, 0)
    assert site_state(study, CENTRE, study_code=STUDY, site_code=OTHER, on=TODAY).n_first == 0
