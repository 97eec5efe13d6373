"""Where a reader corrected how two series lie to each other."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path

from casebook.actions import corrections
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api import case_views
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import ReadSaved
from services.api.schemas.corrections import CorrectionIn, CorrectionSaved
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

SeesCases = Annotated[SignedIn, Depends(doing(Action.SEE_CASES))]
IfMatch = Annotated[str, Header(description='the read\'s version, as "7"', alias="If-Match")]
SeriesUid = Annotated[str, Path(max_length=64, pattern=r"^[0-9]+(\.[0-9]+)*$")]


@router.put("/{case_id}/{timepoint}/corrections/{from_series_uid}/{to_series_uid}")
def correct(
    running: Running,
    session: Transaction,
    who: SeesCases,
    case_id: UUID,
    timepoint: str,
    from_series_uid: SeriesUid,
    to_series_uid: SeriesUid,
    if_match: IfMatch,
    body: CorrectionIn,
) -> CorrectionSaved:
    """Correct by pairs of landmarks how two series lie to each other, in the actor's own draft.

    One pair or two move, three and more also turn. It takes the place of an earlier correction of the two series.
    """
    kept = corrections.put_correction(
        session,
        who,
        case_id=case_id,
        timepoint_code=timepoint,
        from_series_uid=from_series_uid,
        to_series_uid=to_series_uid,
        pairs=[(pair.from_mm, pair.to_mm) for pair in body.pairs],
        version=version_of(if_match),
        now=running.now(),
    )
    return CorrectionSaved(
        version=kept.read.version,
        saved_at=kept.read.saved_at,
        correction=case_views.correction(kept.correction, timepoint),
    )


@router.delete("/{case_id}/{timepoint}/corrections/{from_series_uid}/{to_series_uid}")
def take_back(
    running: Running,
    session: Transaction,
    who: SeesCases,
    case_id: UUID,
    timepoint: str,
    from_series_uid: SeriesUid,
    to_series_uid: SeriesUid,
    if_match: IfMatch,
) -> ReadSaved:
    """Take a correction back; the series lie to each other as the machine says again."""
    kept = corrections.drop_correction(
        session,
        who,
        case_id=case_id,
        timepoint_code=timepoint,
        from_series_uid=from_series_uid,
        to_series_uid=to_series_uid,
        version=version_of(if_match),
        now=running.now(),
    )
    return ReadSaved(version=kept.version, saved_at=kept.saved_at)
