"""From a case as the registry knows it to the case as the API says it."""

from collections.abc import Sequence

from casebook.actions.case_list import Row
from casebook.actions.cases import OpenCase, OwnRead, SeriesOfCase
from casebook.actions.lesions import PlacedSeries
from casebook.domain.central.steps import StepState, standing
from casebook.domain.imaging import SEQUENCE_OF_ROLE, Judged, LocationBasis, SeriesRole
from casebook.domain.lesion_location import Location
from casebook.domain.series_labels import role_label
from casebook.domain.series_links import Link, SeriesOffset, ShownSeries, measured_shift
from casebook.domain.series_roles import RoleProposal
from casebook.domain.study.model import Timepoint
from casebook.domain.study.reading import ReadingCharter, ReadingStep
from casebook.domain.texts import Coded, Text
from casebook.store.tables import Finding as FindingRow
from casebook.store.tables import Lesion, ReaderLesion, SeriesCorrection
from services.api.schemas import cases as api

SHOWN_ROLES = frozenset(SEQUENCE_OF_ROLE)
LOW_CONFIDENCE = 0.7
"""Below this the pane says that the role is a guess."""

UNSURE_ROLE = Text("role not confirmed", "シリーズの種類は未確認")


def label(text: Text) -> api.Label:
    """Return both languages."""
    return api.Label(en=text.en, ja=text.ja)


def case_row(row: Row) -> api.CaseRow:
    """Return one line of the worklist."""
    return api.CaseRow(
        case_id=row.case_id,
        case_code=row.case_code,
        timepoint=row.timepoint.code,
        timepoint_label=label(row.timepoint.label),
        day=row.day,
        site_name=row.site_name[0] if row.site_name else None,
        n_series=row.n_series,
        n_lesions=row.n_lesions,
        n_cells_done=row.n_cells_done,
        n_cells=row.n_cells,
        read_state=row.read_state,
    )


def case(opened: OpenCase) -> api.Case:
    """Return the whole case."""
    charter = opened.definition.charter
    return api.Case(
        case_id=opened.case_id,
        case_code=opened.case_code,
        blinded=opened.site_name is None,
        site_name=opened.site_name[0] if opened.site_name else None,
        timepoint=_timepoint(opened, opened.timepoint),
        timepoints=[_timepoint(opened, item) for item in opened.timepoints],
        hanging=[api.HangingPane(pane=pane.pane, roles=list(pane.roles)) for pane in opened.definition.hanging],
        series=[entry for item in opened.series for entry in _series(item, opened.offsets)],
        lesions=[lesion(item, opened.locations[item.id]) for item in opened.lesions],
        links=[_link(item) for item in opened.links],
        not_evaluable_reasons=_choices(charter.not_evaluable_reasons),
        confidence=_choices(charter.confidence),
        signals=_choices(charter.signals),
        read=_read(charter, opened.read) if opened.read else None,
        may_edit_lesions=opened.may_edit_lesions,
        next_case="/viewer/case/{}/{}".format(*opened.next_case) if opened.next_case else None,
    )


def _timepoint(opened: OpenCase, timepoint: Timepoint) -> api.CaseTimepoint:
    return api.CaseTimepoint(code=timepoint.code, label=label(timepoint.label), day=opened.days.get(timepoint.code))


def _series(item: SeriesOfCase, offsets: Sequence[SeriesOffset]) -> list[api.CaseSeries]:
    shown = [role for role in item.roles if role.role in SHOWN_ROLES] or list(item.roles[:1])
    return [_role_of_series(item, role, number, offsets) for number, role in enumerate(shown)]


def _role_of_series(
    item: SeriesOfCase, proposal: RoleProposal, number: int, offsets: Sequence[SeriesOffset]
) -> api.CaseSeries:
    role, row = SeriesRole(proposal.role), item.row
    b_values = sorted({round(b) for b in proposal.b_values_s_per_mm2}) if role is SeriesRole.DWI else []
    warnings = [api.Label(en=check.message_en, ja=check.message_ja) for check in item.checks]
    if not item.is_confirmed and proposal.confidence < LOW_CONFIDENCE:
        warnings.append(label(UNSURE_ROLE))
    uids = list(proposal.sop_uids) if proposal.sop_uids is not None else None
    return api.CaseSeries(
        key=f"{row.id}:{number}",
        timepoint=item.timepoint,
        role=role,
        label=label(role_label(role)),
        sequence=SEQUENCE_OF_ROLE.get(role),
        confirmed=item.is_confirmed,
        modality=row.modality,
        study_uid=item.study_uid,
        series_uid=row.series_uid,
        frame_of_reference_uid=row.frame_of_reference_uid,
        sop_instance_uids=uids,
        frame_numbers=list(proposal.frame_numbers) if proposal.frame_numbers is not None else None,
        n_frames=row.n_frames if uids is None else len(proposal.frame_numbers or uids),
        b_values=b_values,
        window_center=row.window_center,
        window_width=row.window_width,
        breathing=_breathing(offsets, ShownSeries(row.series_uid, row.frame_of_reference_uid, role)),
        warnings=warnings,
    )


def _breathing(offsets: Sequence[SeriesOffset], series: ShownSeries) -> api.Breathing | None:
    measured = measured_shift(offsets, series)
    return None if measured is None else api.Breathing(shift_mm=measured[0], quality_mm=measured[1])


def lesion(row: Lesion, found: Sequence[tuple[PlacedSeries, Location]]) -> api.CaseLesion:
    """Return a lesion with where it is expected on each series."""
    return api.CaseLesion(
        id=row.id,
        label=row.label,
        segment=row.segment,
        baseline_diameter_mm=row.baseline_diameter_mm,
        locations=[location(item, where) for item, where in found],
    )


def location(item: PlacedSeries, where: Location) -> api.LesionLocation:
    """Return where a lesion is expected on one series."""
    return api.LesionLocation(
        timepoint=item.timepoint,
        series_uid=where.series_uid,
        role=None if where.role is None else SeriesRole(where.role),
        basis=where.basis,
        position_mm=where.position_mm,
        sop_instance_uid=where.plane.sop_uid if where.plane else None,
        frame=where.plane.frame if where.plane else None,
        distance_to_plane_mm=None if where.distance_mm is None else round(where.distance_mm, 3),
        quality_mm=where.quality_mm,
    )


def _link(link: Link) -> api.FrameLink:
    return api.FrameLink(
        from_frame_uid=link.from_frame_uid,
        to_frame_uid=link.to_frame_uid,
        basis=LocationBasis(link.basis),
        matrix=list(link.matrix),
        quality_mm=link.quality_mm,
        by=None,
    )


def _choices(coded: Sequence[Coded]) -> list[api.Choice]:
    return [api.Choice(code=item.code, label=label(item.label)) for item in coded]


def _read(charter: ReadingCharter, read: OwnRead) -> api.CaseRead:
    return api.CaseRead(
        state=read.state,
        version=read.version,
        edition=read.edition,
        saved_at=read.saved_at,
        may_reopen=read.may_reopen,
        steps=_steps(charter, read.n_steps_locked),
        findings=[finding(row) for row in read.parts.findings],
        new_lesions=[new_lesion(row) for row in read.parts.new_lesions],
        key_images=[api.KeyImage.model_validate(row) for row in read.parts.key_images],
        baseline_findings=[finding(row) for row in read.baseline_findings],
        corrections=[correction(row, timepoint) for timepoint, row in read.corrections],
    )


def correction(row: SeriesCorrection, timepoint: str) -> api.Correction:
    """Return a correction between two series, kept with the read of `timepoint`."""
    return api.Correction(
        timepoint=timepoint,
        from_series_uid=row.from_series_uid,
        to_series_uid=row.to_series_uid,
        pairs=[api.LandmarkPair(from_mm=here, to_mm=there) for here, there in row.pairs],
        matrix=row.matrix,
        residual_mm=row.residual_mm,
    )


def _steps(charter: ReadingCharter, n_locked: int | None) -> list[api.CaseStep]:
    """Return the charter's steps as they stand; a site's own read has one for each sequence, all of them open."""
    if n_locked is None:
        single = [step for step in charter.steps if step.judged is not Judged.COMBINED]
        return [_step(step, StepState.OPEN) for step in single]
    return [_step(item.step, item.state) for item in standing(charter, n_locked)]


def _step(step: ReadingStep, state: StepState) -> api.CaseStep:
    return api.CaseStep(
        code=step.code, label=label(step.label), judges=step.judged, sequences=list(step.sequences), state=state
    )


def new_lesion(row: ReaderLesion) -> api.NewLesion:
    """Return a lesion that a read has beside the list."""
    return api.NewLesion.model_validate(
        {
            "label": row.label,
            "segment": row.segment,
            "diameter_mm": row.diameter_mm,
            "sequence": row.sequence,
            "confidence": row.confidence,
            "comment": row.comment,
            **row.judged_on,
        }
    )


def finding(row: FindingRow) -> api.Finding:
    """Return a saved verdict."""
    return api.Finding.model_validate(
        {
            "lesion_id": row.lesion_id,
            "sequence": row.sequence,
            "visibility": row.visibility,
            "diameter_mm": row.diameter_mm,
            "not_evaluable_reason": row.not_evaluable_reason,
            "confidence": row.confidence,
            "signal": row.signal,
            "adc": row.adc,
            "comment": row.comment,
            **(row.judged_on or {}),
        }
    )
