"""The endpoint as the data give it today."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from casebook.actions.access_log import Access, note_access
from casebook.actions.endpoint import endpoint, record, table_json
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import Answer
from services.api.schemas.sent import Day

router = APIRouter(prefix="/api/v1/studies/{study}/endpoint", tags=["endpoint"])


class EndpointOut(Answer):
    """The table by strategy and the lesion dataset under it."""

    table: dict[str, Any]
    rows: list[dict[str, str]]


@router.get("")
def show(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.EXPORT_ENDPOINT))],
    study: str,
    as_of: Day | None = None,
) -> EndpointOut:
    """Return one row per lesion and the clustered estimate by strategy; interim until the database is locked."""
    now = running.now()
    found = endpoint(session, who.actor, study_code=study, as_of=as_of or now.date(), now=now)
    note_access(session, who.actor, Access.ENDPOINT, study, now=now)
    return EndpointOut(table=table_json(found.table), rows=[record(row, found) for row in found.rows])
