"""Reading by DICOMweb: who asks, and a connection without a transaction.

A viewer asks for hundreds of frames a second, and each is two short queries; so a request here has one thread, no
BEGIN and COMMIT, and no actor to set for the audit triggers, since nothing is changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Request
from fastapi.datastructures import FormData
from sqlalchemy.orm import Session

from casebook.actions.access_log import note_images
from casebook.domain.actors import Action, Actor
from services.api.dependencies import identified, service
from services.api.state import Service

NO_FORM: Final = FormData()


class View(NamedTuple):
    """What a request reads with."""

    running: Service
    session: Session
    actor: Actor

    def note(self, study_uid: str, series_uid: str | None = None) -> None:
        """Keep in the access log that these images were retrieved; once a person, series and hour."""
        note_images(self.session, self.actor, study_uid=study_uid, series_uid=series_uid, now=self.running.now())


@dataclass(frozen=True, slots=True)
class Entry:
    """A request for images, before anybody has asked who sends it."""

    request: Request

    @contextmanager
    def opened(self) -> Iterator[View]:
        """Find who asks and whether they may see images. Raises NotAuthenticated, Forbidden."""
        running = service(self.request)
        with running.database.session() as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            actor = identified(self.request, running, session, NO_FORM).actor
            actor.require(Action.SEE_IMAGES)
            yield View(running, session, actor)


async def entrance(request: Request) -> Entry:
    """The entry of a request; asynchronous, so that it costs no thread."""
    return Entry(request)


entrance.action = Action.SEE_IMAGES  # type: ignore[attr-defined]  # the matrix test reads it

Viewing = Annotated[Entry, Depends(entrance)]
