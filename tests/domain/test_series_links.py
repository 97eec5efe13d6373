import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.imaging import LocationBasis as Basis
from casebook.domain.lesion_location import Mark, Plane, SeriesPlanes, locate
from casebook.domain.rigid import IDENTITY, followed_by, inverted, shifted_by, transformed
from casebook.domain.series_links import Correction, KnownLinks, Link, SeriesOffset, ShownSeries, link_between

CT, MR = "frame-of-ct", "frame-of-mr"
PORTAL, ARTERIAL = ShownSeries("portal", CT, "ct-portal-venous"), ShownSeries("arterial", CT, "ct-arterial")
HEPATIC, T2, DWI = ShownSeries("hepatic", MR, "eob"), ShownSeries("t2", MR, "t2"), ShownSeries("dwi", MR, "dwi")
OFFSETS = (
    SeriesOffset(PORTAL, ARTERIAL, (0.0, 0.0, -5.0), 1.0),
    SeriesOffset(HEPATIC, T2, (0.0, 0.0, 3.0), 2.0),
)
TO_MR = Link(CT, MR, Basis.REGISTERED, shifted_by((0.0, 0.0, 1000.0)), 2.0)
BACK = Link(MR, CT, Basis.REGISTERED, shifted_by((0.0, 0.0, -1000.0)), 2.0)
MEASURED = KnownLinks([TO_MR, BACK], OFFSETS)
POINT = (10.0, 20.0, 30.0)
vectors = st.tuples(*[st.floats(-50, 50)] * 3)


def carried(known, a, b, point=POINT):
    return transformed(link_between(known, a, b).matrix, point)


def test_in_one_frame_of_reference_the_measured_breath_is_taken_off_and_said():
    link = link_between(MEASURED, HEPATIC, T2)
    assert (link.basis, link.quality_mm, link.is_breathing_known) == (Basis.BREATHING, 2.0, True)
    assert carried(MEASURED, HEPATIC, T2) == (10.0, 20.0, 33.0)
    assert carried(MEASURED, T2, HEPATIC) == (10.0, 20.0, 27.0)


def test_a_series_that_nobody_measured_says_only_that_the_frame_is_the_same():
    link = link_between(MEASURED, HEPATIC, DWI)
    assert (link.basis, link.quality_mm, link.is_breathing_known) == (Basis.SAME_FRAME, None, False)


def test_between_frames_breathing_on_both_sides_is_taken_off_and_errors_add():
    link = link_between(MEASURED, ARTERIAL, T2)
    assert carried(MEASURED, ARTERIAL, T2) == (10.0, 20.0, 30.0 + 5.0 + 1000.0 + 3.0)
    assert link.basis is Basis.REGISTERED
    assert link.quality_mm == pytest.approx(math.hypot(1.0, 2.0, 2.0))
    assert not link_between(MEASURED, ARTERIAL, DWI).is_breathing_known


def test_frames_without_a_link_are_not_linked():
    assert link_between(KnownLinks(offsets=OFFSETS), PORTAL, T2).matrix is None
    assert link_between(MEASURED, PORTAL, ShownSeries("x", None)).matrix is None


def test_two_parts_of_one_series_may_be_two_breaths():
    early, late = ShownSeries("dynamic", MR, "arterial"), ShownSeries("dynamic", MR, "portal")
    offsets = [
        SeriesOffset(HEPATIC, early, (0.0, 0.0, 6.0), 1.0),
        SeriesOffset(HEPATIC, late, (0.0, 0.0, 2.0), 1.0),
    ]
    known = KnownLinks(offsets=offsets)
    assert carried(known, early, late) == (10.0, 20.0, 26.0)
    assert not link_between(known, HEPATIC, ShownSeries("dynamic", MR)).is_breathing_known


def test_landmarks_within_a_frame_place_the_series_for_all_others():
    known = KnownLinks([TO_MR, BACK], OFFSETS, [Correction(HEPATIC, DWI, shifted_by((0.0, 0.0, -8.0)), 1.5)])
    assert link_between(known, HEPATIC, DWI).basis is Basis.LANDMARKS
    assert carried(known, DWI, HEPATIC) == (10.0, 20.0, 38.0)
    assert link_between(known, T2, DWI).basis is Basis.LANDMARKS
    assert carried(known, T2, DWI) == (10.0, 20.0, 30.0 - 3.0 - 8.0)
    across = link_between(known, PORTAL, DWI)
    assert (across.basis, across.is_breathing_known) == (Basis.REGISTERED, True)
    assert carried(known, PORTAL, DWI) == (10.0, 20.0, 1022.0)


def test_diffusion_and_its_coefficient_are_one_breath_corrected_or_not():
    adc = ShownSeries("adc", MR, "adc")
    corrected = KnownLinks(corrections=[Correction(HEPATIC, DWI, shifted_by((0.0, 0.0, -8.0)), 1.5)])
    for known in (KnownLinks(), corrected):
        link = link_between(known, DWI, adc)
        assert (link.basis, link.matrix, link.is_breathing_known) == (Basis.BREATHING, IDENTITY, True)
    assert carried(corrected, HEPATIC, adc) == (10.0, 20.0, 22.0)


def test_landmarks_between_frames_stand_for_the_link_of_all_their_series():
    known = KnownLinks([TO_MR, BACK], OFFSETS, [Correction(ARTERIAL, T2, shifted_by((0.0, 0.0, 900.0)), 1.5)])
    assert carried(known, ARTERIAL, T2) == (10.0, 20.0, 930.0)
    assert carried(known, PORTAL, HEPATIC) == (10.0, 20.0, 30.0 - 5.0 + 900.0 - 3.0)
    assert link_between(known, HEPATIC, PORTAL).basis is Basis.LANDMARKS
    assert carried(known, HEPATIC, PORTAL, carried(known, PORTAL, HEPATIC)) == pytest.approx(POINT)


def test_landmarks_link_frames_that_no_registration_linked_and_what_is_linked_to_them():
    third = Link(MR, "third", Basis.REGISTERED, shifted_by((0.0, 0.0, 7.0)), 1.0)
    known = KnownLinks([third], OFFSETS, [Correction(PORTAL, HEPATIC, IDENTITY, 2.0)])
    assert link_between(known, PORTAL, ShownSeries("later", "third")).quality_mm == pytest.approx(math.hypot(1.0, 2.0))
    assert carried(known, PORTAL, ShownSeries("later", "third")) == (10.0, 20.0, 37.0)


def test_of_two_corrections_of_a_pair_the_later_one_counts():
    known = KnownLinks(
        corrections=[
            Correction(HEPATIC, DWI, shifted_by((0.0, 0.0, 1.0)), 1.0),
            Correction(HEPATIC, DWI, shifted_by((0.0, 0.0, 2.0)), 1.0),
        ]
    )
    assert carried(known, HEPATIC, DWI) == (10.0, 20.0, 32.0)


def test_corrections_in_a_circle_come_to_an_end():
    circle = [Correction(HEPATIC, DWI, IDENTITY, 1.0), Correction(DWI, HEPATIC, IDENTITY, 1.0)]
    assert link_between(KnownLinks(corrections=circle), T2, DWI).basis is Basis.LANDMARKS


@given(shift=vectors, breath=vectors, point=vectors)
def test_there_and_back_is_where_one_began(shift, breath, point):
    known = KnownLinks(
        [TO_MR, BACK], [*OFFSETS, SeriesOffset(HEPATIC, DWI, breath, 1.0)], [Correction(T2, DWI, shifted_by(shift), 1)]
    )
    for a in (PORTAL, ARTERIAL, HEPATIC, T2, DWI):
        for b in (PORTAL, ARTERIAL, HEPATIC, T2, DWI):
            there, back = link_between(known, a, b).matrix, link_between(known, b, a).matrix
            assert transformed(followed_by(there, back), point) == pytest.approx(point, abs=1e-6)
            assert inverted(there) == pytest.approx(back, abs=1e-6)


def test_a_lesion_is_expected_where_breathing_moved_it():
    planes = tuple(Plane(f"t2.{k}", 1, (0.0, 0.0, k * 3.0)) for k in range(20))
    series = SeriesPlanes("t2", MR, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), planes)
    found = locate([Mark("portal", CT, POINT), Mark("hepatic", MR, POINT)], MEASURED, series, "t2")
    assert (found.basis, found.position_mm, found.quality_mm) == (Basis.BREATHING, (10.0, 20.0, 33.0), 2.0)
    assert found.plane.sop_uid == "t2.11"
