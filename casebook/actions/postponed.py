"""A unit of work that changes many records of a subject: what follows from them is worked out once, at its end."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.store.tables import Subject

_WAITING: Final = "subjects that wait for the end of the unit of work"


def postpone(session: Session) -> None:
    """From now on only remember whose records changed."""
    assert _WAITING not in session.info, "one postponement at a time"
    session.info[_WAITING] = {}


def is_postponed(session: Session, subject_id: UUID, subject: Subject | None = None) -> bool:
    """Where working out is postponed, remember whose turn it was and say so; with the `subject` where rules ran too."""
    waiting: dict[UUID, Subject | None] | None = session.info.get(_WAITING)
    if waiting is None:
        return False
    waiting[subject_id] = subject or waiting.get(subject_id)
    return True


def postponed(session: Session) -> Mapping[UUID, Subject | None]:
    """End the postponement and return who waits; without the subject where only its standing is to be made anew."""
    waiting: dict[UUID, Subject | None] = session.info.pop(_WAITING)
    return waiting
