"""From a subject's lesions as the registry knows them to what the API says, and back."""

from casebook.actions.lesion_book import KeptLesion, LesionsOfSubject
from casebook.actions.lesion_events import Happening
from casebook.actions.lesion_values import LesionValues, Place
from casebook.domain.lesion_events import EventKind, LesionState, Origin, natural
from casebook.store.lesion_history import RecordedEvent
from services.api.case_views import label
from services.api.schemas import lesions as api


def values_of(body: api.LesionValuesIn) -> LesionValues:
    """Return what a request says of a lesion."""
    return LesionValues(
        segment=body.segment,
        diameter_mm=body.diameter_mm,
        diameters_mm=body.diameters_mm,
        note=body.note,
        place=Place(body.place.series_uid, body.place.position_mm) if body.place else None,
        label=body.label if isinstance(body, api.LesionAddIn) else None,
    )


def happening_of(body: api.LesionEventIn) -> Happening:
    """Return the event that a request tells of."""
    return Happening(
        kind=body.kind,
        timepoint_code=body.timepoint,
        happened_on=body.happened_on,
        reason=body.reason,
        ended=tuple(body.ended),
        came=tuple(values_of(item) for item in body.came),
    )


def lesions_out(found: LesionsOfSubject) -> api.LesionsOut:
    """Return the whole list."""
    return api.LesionsOut(
        subject_id=found.subject.id,
        number=found.subject.number,
        version=found.subject.baseline_version,
        locked_at=found.subject.baseline_locked_at,
        is_read=found.is_read,
        gaps=[api.ListGap(label=gap.label, what=label(gap.what)) for gap in found.gaps],
        agreement=_agreement(found),
        lesions=[listed(item) for item in found.lesions],
        events=[_event(item) for item in found.events],
    )


def listed(item: KeptLesion) -> api.ListedLesion:
    """Return one lesion with its life so far."""
    row = item.row
    return api.ListedLesion(
        id=row.id,
        label=row.label,
        segment=row.segment,
        diameter_mm=row.baseline_diameter_mm,
        diameters_mm=dict(item.diameters_mm),
        note=row.note,
        origin=Origin(row.origin),
        state=LesionState(row.state),
        version=row.version,
        ancestors=list(item.ancestors),
        parents=list(natural(item.standing.parents)),
        children=list(item.children),
        left_out=label(item.left_out.text) if item.left_out else None,
        marks=[api.LesionMark.model_validate(mark) for mark in map(_mark, item.marks)],
    )


def _mark(mark: object) -> dict[str, object]:
    return {name: getattr(mark, name) for name in api.LesionMark.model_fields}


def _agreement(found: LesionsOfSubject) -> api.ListAgreement | None:
    signature = found.agreement
    if signature is None:
        return None
    return api.ListAgreement(
        signer_name=signature.signer_name,
        signed_at=signature.signed_at,
        meaning=signature.meaning,
        content_sha256=signature.content_sha256,
        holds=found.agreement_holds,
        invalidated_at=signature.invalidated_at,
        invalidated_because=signature.invalidated_because,
    )


def _event(item: RecordedEvent) -> api.RecordedLesionEvent:
    row = item.row
    return api.RecordedLesionEvent(
        id=row.id,
        kind=EventKind(row.kind),
        timepoint=row.timepoint_code,
        happened_on=row.happened_on,
        reason=row.reason,
        recorded_by=item.recorded_by,
        recorded_at=row.recorded_at,
        ended=list(item.ended),
        came=list(item.came),
    )
