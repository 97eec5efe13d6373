"""Whether the service can serve."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from casebook import __version__
from services.api.dependencies import Transaction
from services.api.description import PUBLIC

router = APIRouter(prefix="/api/v1/health", tags=["health"])


class Health(BaseModel):
    """The service answers and reaches its database."""

    status: str
    version: str


@router.get("", openapi_extra=PUBLIC)
def show(session: Transaction) -> Health:
    """Answer when the database answers."""
    session.execute(text("select 1"))
    return Health(status="ok", version=__version__)
