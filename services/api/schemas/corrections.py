"""Corrections between series, as they are sent."""

from typing import Annotated

from pydantic import Field

from services.api.schemas.cases import Correction, LandmarkPair, ReadSaved
from services.api.schemas.sent import Sent, shown_as


class CorrectionIn(Sent):
    """Pairs of landmarks, one point on each of two series."""

    model_config = shown_as(pairs=[{"from_mm": [12.5, -40.0, 871.25], "to_mm": [12.1, -38.5, 13.75]}])

    pairs: Annotated[list[LandmarkPair], Field(min_length=1, max_length=50)]


class CorrectionSaved(ReadSaved):
    """The correction as it is kept and the read's new version."""

    correction: Correction
