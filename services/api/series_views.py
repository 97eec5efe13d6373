"""Series, their roles and verdicts as the API shows them."""

from casebook.actions.series_checks import CheckedSeries
from casebook.actions.series_roles import DescribedSeries
from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity, Verdict
from casebook.store.tables import ImageCheck, Series, SeriesVerdict
from services.api.schemas import series as api
from services.api.schemas.cases import Label


def series(one: DescribedSeries) -> api.SeriesOut:
    """Return a series with its roles."""
    row = one.row
    return api.SeriesOut(
        id=row.id,
        study_uid=one.study_uid,
        series_uid=row.series_uid,
        modality=row.modality,
        series_number=row.series_number,
        label=_label(row),
        n_instances=row.n_instances,
        n_frames=row.n_frames,
        slice_thickness_mm=one.slice_thickness_mm,
        spacing_mm=one.spacing_mm,
        roles=[api.RoleOut.model_validate(part.row) for part in one.parts],
    )


def quality(one: CheckedSeries) -> api.SeriesQualityOut:
    """Return a series with its findings and verdicts."""
    row = one.described.row
    return api.SeriesQualityOut(
        id=row.id,
        label=_label(row),
        roles=[role for role in SeriesRole if role in one.roles],
        n_instances=row.n_instances,
        findings=[_finding(found) for found in one.findings],
        proposed=one.proposed,
        verdict=one.verdict,
        said=[verdict(said, holds=said is one.said[0] and one.verdict is not None) for said in one.said],
    )


def verdict(row: SeriesVerdict, *, holds: bool) -> api.VerdictOut:
    """Return what somebody said of a series."""
    return api.VerdictOut(
        verdict=Verdict(row.verdict),
        comment=row.comment,
        n_instances=row.n_instances,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        holds=holds,
    )


def _finding(row: ImageCheck) -> api.FindingOut:
    return api.FindingOut(
        code=row.code,
        severity=Severity(row.severity),
        message=Label(en=row.message_en, ja=row.message_ja),
        found=row.found,
        expected=row.expected,
    )


def _label(row: Series) -> Label | None:
    return Label(en=row.label_en, ja=row.label_ja or row.label_en) if row.label_en else None
