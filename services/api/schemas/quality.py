"""The turnaround of image checks, as the API gives it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.api.schemas.cases import Answer


class SiteTurnaroundOut(Answer):
    """The waits of a site's images, in days of 24 hours."""

    site_code: str
    n_decided: int
    median_days: Annotated[float | None, Field(description="of those decided")]
    n_decided_late: int
    n_waiting: int
    n_waiting_late: int


class WaitOut(Answer):
    """The images of one timepoint from the end of their delivery to the first decision on them, or to now."""

    site: str
    subject: str
    timepoint: str
    received_at: datetime
    decided_at: datetime | None
    days: float
    limit_days: int
    is_late: bool


class QualityOut(Answer):
    """How long received images wait for the data centre's decision."""

    sites: list[SiteTurnaroundOut]
    waits: list[WaitOut]
