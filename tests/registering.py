"""Builders: a site that may register, a patient who is registered with every criterion met."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from casebook.actions.registering import register_first, register_second
from casebook.actions.site_papers import ApprovalFacts, QualificationFacts, record_approval, record_qualification
from casebook.actions.sites import site_state
from casebook.actions.studies import newest_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import Actor
from casebook.domain.study.model import RegistrationStep
from casebook.store.tables import Registration, Subject

STUDY = "DREAM"
LONG_AGO = date(2010, 1, 1)


def open_site(session: Session, actor: Actor, site_code: str, *, study_code: str = STUDY, on: date = LONG_AGO) -> None:
    """Record the papers that the site still lacks; `actor` may manage sites."""
    state = site_state(session, actor, study_code=study_code, site_code=site_code, on=on)
    _, definition = newest_definition(session, study_code)
    if state.activation.approval is None:
        facts = ApprovalFacts(
            protocol_version=definition.protocol_version,
            committee="Ethics committee",
            number=f"{site_code}-{on.year}-1",
            approved_on=on,
            valid_from=on,
            valid_until=None,
        )
        record_approval(session, actor, study_code=study_code, site_code=site_code, facts=facts)
    for kind in {block.code.removeprefix("no-") for block in state.activation.blocks} & {*Qualification}:
        record_qualification(
            session,
            actor,
            study_code=study_code,
            site_code=site_code,
            facts=QualificationFacts(Qualification(kind), on, None, ""),
        )


def eligible(session: Session, *, consented_on: date, road: str = "prospective") -> dict[str, object]:
    """Answers of the eligibility form with every criterion met."""
    _, definition = newest_definition(session, STUDY)
    criteria = definition.registration(RegistrationStep.FIRST).criteria
    return {
        **{item.code: item.expected for item in criteria},
        "consented_on": consented_on.isoformat(),
        "road": road,
        "resectability": "unresectable",
    }


def a_registration(
    session: Session,
    actor: Actor,
    *,
    site_code: str,
    registered_on: date,
    key: bytes,
    road: str = "prospective",
    now: datetime | None = None,
    answers: Mapping[str, object] | None = None,
) -> Subject:
    """Register a patient at a site that is opened for it where it is not; `actor` may manage sites and backdate."""
    open_site(session, actor, site_code)
    return register_first(
        session,
        actor,
        study_code=STUDY,
        site_code=site_code,
        road=road,
        registered_on=registered_on,
        answers=answers or eligible(session, consented_on=registered_on, road=road),
        key=key,
        now=now or datetime.now(UTC),
        reason="a test",
    )


def a_second_registration(
    session: Session, actor: Actor, subject: Subject, *, registered_on: date, now: datetime | None = None
) -> Registration:
    """Register a patient for surgery with every criterion met."""
    _, definition = newest_definition(session, STUDY)
    criteria = definition.registration(RegistrationStep.SECOND).criteria
    return register_second(
        session,
        actor,
        subject_id=subject.id,
        registered_on=registered_on,
        answers={item.code: item.expected for item in criteria},
        now=now or datetime.now(UTC),
        reason="a test",
    )
