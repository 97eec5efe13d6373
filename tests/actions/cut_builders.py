"""Data cuts of the sample study, made as the console makes them."""

from datetime import UTC, datetime
from uuid import UUID

from casebook.actions.cuts import order_cut
from casebook.domain.actors import Actor
from casebook.domain.cuts.model import Step
from casebook.installation import Installation
from casebook.store.tables import DataCut
from services.command.demo import STUDY
from services.command.machine import operator
from services.ingest.cuts import make_ordered

CONSOLE = operator(STUDY)


def ordered(installation: Installation, name: str, actor: Actor = CONSOLE, **changes) -> UUID:
    now = datetime.now(UTC)
    values = {"study_code": STUDY, "name": name, "purpose": "a test", "as_of": now.date(), "now": now} | changes
    with installation.database.transaction(actor=actor.login, role=actor.role) as session:
        return order_cut(session, actor, **values).id


def a_cut(installation: Installation, name: str = "first", told: list[tuple[Step, int, int]] | None = None) -> DataCut:
    def tell(*step) -> None:
        if told is not None:
            told.append(step)

    made = make_ordered(installation, CONSOLE, ordered(installation, name), tell=tell)
    assert made is not None
    return made
