"""What arrives by DICOM: whether a machine may send, on whose behalf, and where its objects go."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from casebook.actions import intake
from casebook.actions.intake import OpenSubmission
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Invalid, NotFound
from casebook.store import senders, submissions
from casebook.store.senders import RegisteredSender

ROAD = "c-store"


class Unknown(StrEnum):
    """Which title of a pair is not known."""

    CALLED = "called"
    CALLING = "calling"


@dataclass(frozen=True, slots=True)
class Target:
    """The subject and timepoint that objects belong to."""

    subject_number: str
    timepoint_code: str


def admit(session: Session, *, calling: str, called: str) -> RegisteredSender | Unknown:
    """Return the machine that may send under this pair of AE titles, or which of them is unknown."""
    found = senders.registered(session, calling, called)
    if found is not None:
        return found
    return Unknown.CALLING if senders.is_called(session, called) else Unknown.CALLED


def is_admitted(session: Session, sender: RegisteredSender) -> bool:
    """Whether the machine may still send."""
    found = senders.registered(session, sender.calling_ae_title, sender.called_ae_title)
    return found is not None and found.id == sender.id


def actor_of(sender: RegisteredSender) -> Actor:
    """Return the machine as the audit trail names it, with leave to submit images of its own site only."""
    return Actor(
        login=f"dicom:{sender.calling_ae_title}@{sender.called_ae_title}",
        display_name=f"{sender.description} (DICOM)",
        grants=(Grant(Role.SITE_COORDINATOR, sender.study_code, sender.site_code),),
    )


def announced(session: Session, sender: RegisteredSender, *, now: datetime) -> Target | None:
    """Return where a person of the site said that the machine's objects go now."""
    found = senders.announced_target(session, sender.id, now=now)
    return None if found is None else Target(*found)


def open_submission(
    session: Session, sender: RegisteredSender, target: Target, *, key: bytes, names_itself: bool
) -> OpenSubmission | None:
    """Begin a delivery; None where the header named the target itself and the machine's site has no such place.

    Raises NotFound or Invalid for an announced target that is gone.
    """
    try:
        return intake.open_submission(
            session,
            actor_of(sender),
            subject_number=target.subject_number,
            timepoint_code=target.timepoint_code,
            road=ROAD,
            key=key,
        )
    except (NotFound, Invalid):
        if not names_itself:
            raise
        return None


def close_left_open(session: Session, *, silent_since: datetime, now: datetime) -> int:
    """Close the deliveries of receivers that died: nothing came for them since then. Returns how many."""
    left = submissions.left_open(session, road=ROAD, silent_since=silent_since)
    for submission_id, subject_id, timepoint_id in left:
        intake.end_submission(
            session, submission_id=submission_id, subject_id=subject_id, timepoint_id=timepoint_id, now=now
        )
    return len(left)
