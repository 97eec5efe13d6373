"""The windows one likes to see images in: one's own, by series role."""

from typing import Final

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, Field

from casebook.actions.kept_windows import KeptWindow, forget_window, keep_window, kept_windows
from casebook.domain.imaging import SeriesRole
from services.api.dependencies import Transaction, Who
from services.api.schemas.sent import Sent, shown_as

router = APIRouter(prefix="/api/v1/account/windows", tags=["account"])
DONE: Final = status.HTTP_204_NO_CONTENT


class Windows(BaseModel):
    """One's own windows."""

    windows: list["RoleWindow"]


class RoleWindow(BaseModel):
    """The window of a role: in HU or 10^-6 mm2/s, for other MR in shares of the image's own window."""

    role: SeriesRole
    center: float
    width: float


class WindowIn(Sent):
    """A window: in HU or 10^-6 mm2/s, for other MR in shares of the image's own window (0 black, 1 white)."""

    model_config = shown_as(center=85, width=180)

    center: float = Field(allow_inf_nan=False)
    width: float = Field(allow_inf_nan=False)


@router.get("")
def list_all(session: Transaction, who: Who) -> Windows:
    """Return one's own windows."""
    return Windows(
        windows=[RoleWindow(role=k.role, center=k.center, width=k.width) for k in kept_windows(session, who)]
    )


@router.put("/{role}", status_code=DONE)
def put(session: Transaction, who: Who, role: SeriesRole, body: WindowIn) -> Response:
    """Keep the window for series of this role, in every case to come."""
    keep_window(session, who, KeptWindow(role, body.center, body.width))
    return Response(status_code=DONE)


@router.delete("/{role}", status_code=DONE)
def remove(session: Transaction, who: Who, role: SeriesRole) -> Response:
    """Go back to the window that the viewer chooses for this role."""
    forget_window(session, who, role)
    return Response(status_code=DONE)
