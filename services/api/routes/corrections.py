"""Where a reader corrected how two series lie to each other."""

from typing import Annotated

from fastapi import APIRouter, Path

from casebook.actions import corrections
from services.api import case_views
from services.api.drafts import Draft, saved
from services.api.schemas.cases import ReadSaved
from services.api.schemas.corrections import CorrectionIn, CorrectionSaved

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

SeriesUid = Annotated[str, Path(max_length=64, pattern=r"^[0-9]+(\.[0-9]+)*$")]


@router.put("/{case_id}/{timepoint}/corrections/{from_series_uid}/{to_series_uid}")
def correct(draft: Draft, from_series_uid: SeriesUid, to_series_uid: SeriesUid, body: CorrectionIn) -> CorrectionSaved:
    """Correct by pairs of landmarks how two series lie to each other, in the actor's own draft.

    One pair or two move, three and more also turn. It takes the place of an earlier correction of the two series.
    """
    kept = corrections.put_correction(
        draft.session,
        draft.who,
        case_id=draft.case_id,
        timepoint_code=draft.timepoint,
        from_series_uid=from_series_uid,
        to_series_uid=to_series_uid,
        pairs=[(pair.from_mm, pair.to_mm) for pair in body.pairs],
        version=draft.version,
        now=draft.now,
    )
    return CorrectionSaved(
        version=kept.read.version,
        saved_at=kept.read.saved_at,
        correction=case_views.correction(kept.correction, draft.timepoint),
    )


@router.delete("/{case_id}/{timepoint}/corrections/{from_series_uid}/{to_series_uid}")
def take_back(draft: Draft, from_series_uid: SeriesUid, to_series_uid: SeriesUid) -> ReadSaved:
    """Take a correction back; the series lie to each other as the machine says again."""
    kept = corrections.drop_correction(
        draft.session,
        draft.who,
        case_id=draft.case_id,
        timepoint_code=draft.timepoint,
        from_series_uid=from_series_uid,
        to_series_uid=to_series_uid,
        version=draft.version,
        now=draft.now,
    )
    return saved(kept)
