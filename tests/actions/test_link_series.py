import math

import pytest
from sqlalchemy import text

from casebook.actions.lesions import locations, placed_series
from casebook.actions.link_series import link_series
from casebook.domain.imaging import LocationBasis
from casebook.store import lesions, registry, series_links
from tests.registration_truth import known_of, pair_errors, place_error_mm, true_parts
from tests.tall_sample import tall, tall_dir, tall_truth

__all__ = ["tall", "tall_dir", "tall_truth"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NEAR_MM = 5.0
"""What the linked cursor is held to."""


def test_the_linked_cursor_lands_near_the_truth_for_every_pair_of_series_and_its_error_is_said(tall, tall_truth):
    (patient,) = tall_truth["patients"]
    found = list(pair_errors(tall, patient))
    within = [pair for pair in found if pair.a.shown.frame_uid == pair.b.shown.frame_uid]
    across = [pair for pair in found if pair.a.shown.frame_uid != pair.b.shown.frame_uid]
    assert max(pair.uncorrected_mm for pair in within) > 2 * NEAR_MM
    assert {pair.link.basis for pair in within} == {LocationBasis.BREATHING}
    assert {pair.link.basis for pair in across} == {LocationBasis.REGISTERED}
    for pair in found:
        named = f"{pair.a.timepoint} {pair.a.role} to {pair.b.timepoint} {pair.b.role}"
        assert pair.link.is_breathing_known, named
        assert pair.error_mm <= min(NEAR_MM, pair.link.quality_mm + 0.5), (named, pair.error_mm, pair.link.quality_mm)


def test_every_lesion_is_expected_near_the_truth_on_every_series(tall, tall_truth):
    (patient,) = tall_truth["patients"]
    parts = {(part.shown.series_uid, part.role): part for part in true_parts(tall, patient)}
    with tall.database.session() as session:
        subject_id, _ = known_of(tall, patient)
        rows = lesions.of_subject(session, subject_id)
        placed = placed_series(session, registry.timepoints(session, subject_id))
        found = locations(session, subject_id, [row.id for row in rows], placed)
    n_checked = 0
    for row in rows:
        for _, location in found[row.id]:
            for (uid, role), part in parts.items():
                if uid == location.series_uid and location.role in {None, role}:
                    assert place_error_mm(location, part, row.label) < NEAR_MM, (row.label, part.timepoint, role)
                    n_checked += 1
    assert n_checked == len(rows) * len(parts)


def test_equal_images_are_not_measured_again_and_the_trail_stays_short(tall, tall_truth):
    (patient,) = tall_truth["patients"]
    subject_id, known = known_of(tall, patient)
    count = text("select count(*) from audit_event where table_name = 'series_link'")
    with tall.database.session() as session:
        before = session.scalar(count)
    assert link_series(tall.database, tall.archive, actor="machine", subject_id=subject_id) == 0
    with tall.database.session() as session:
        assert session.scalar(count) == before
    assert known_of(tall, patient) == (subject_id, known)


def test_diffusion_is_measured_once_for_all_b_values_and_the_coefficient(tall, tall_truth):
    (patient,) = tall_truth["patients"]
    subject_id, _ = known_of(tall, patient)
    with tall.database.session() as session:
        rows = [row for row in series_links.rows(session, subject_id) if row.to_role in {"dwi", "adc"}]
    assert {row.to_role for row in rows} == {"dwi", "adc"}
    assert len({tuple(row.shift_mm) for row in rows}) == len({row.frame_of_reference_uid for row in rows})


def test_a_patient_whose_series_are_too_thin_has_no_offsets_and_says_so(sample, truth):
    for patient in truth["patients"]:
        for pair in pair_errors(sample, patient):
            if pair.a.shown.frame_uid == pair.b.shown.frame_uid and {pair.a.role, pair.b.role} != {"dwi", "adc"}:
                assert (pair.link.basis, pair.link.is_breathing_known) == (LocationBasis.SAME_FRAME, False)
            else:
                assert math.isinf(pair.error_mm) or pair.link.basis is LocationBasis.BREATHING
