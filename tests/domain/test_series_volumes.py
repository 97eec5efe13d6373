"""A series falls into volumes that show each place once; no image is in two of them, and none is lost."""

from dataclasses import replace

from casebook.domain.imaging import SeriesRole
from casebook.domain.series_role_rules import DEFAULT_RULES
from casebook.domain.series_volumes import RolePart, series_volumes
from tests.domain.series_builders import CORONAL, DUAL_ECHO, DYNAMIC, ECHO_PLANAR, a_frame, a_series, a_volume

X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def names(series, roles=(), rules=DEFAULT_RULES):
    found = series_volumes(series, roles, rules=rules)
    assert sorted(id(frame.facts) for volume in found for frame in volume.frames) == sorted(
        id(frame.facts) for frame in series.frames()
    )
    return [volume.name for volume in found]


def test_diffusion_falls_into_its_b_values_and_each_of_them_into_its_directions():
    frames = [*a_volume(b=0.0), *a_volume(b=800.0, gradient=X), *a_volume(b=800.0, gradient=Y)]
    series = a_series(frames, acquisition=ECHO_PLANAR)
    assert names(series, [RolePart(SeriesRole.DWI)]) == ["dwi_b0", "dwi_b800_r1", "dwi_b800_r2"]


def test_averages_at_one_place_are_volumes_of_their_own():
    series = a_series([*a_volume(b=50.0), *a_volume(b=50.0)], acquisition=ECHO_PLANAR)
    found = series_volumes(series, [RolePart(SeriesRole.DWI)], rules=DEFAULT_RULES)
    assert [volume.name for volume in found] == ["dwi_b50_r1", "dwi_b50_r2"]
    assert [len(volume.frames) for volume in found] == [4, 4]


def test_phases_and_echoes_are_told_from_each_other():
    dynamic = a_series([*a_volume(at_s=20.0), *a_volume(at_s=60.0)], acquisition=DYNAMIC)
    assert names(dynamic, [RolePart(SeriesRole.EOB_ARTERIAL)]) == ["eob-arterial_p1", "eob-arterial_p2"]
    echoes = a_series([*a_volume(te_ms=2.3), *a_volume(te_ms=4.6)], acquisition=DUAL_ECHO)
    assert names(echoes, [RolePart(SeriesRole.T1_IN_PHASE)]) == ["t1-in-phase_te2.3", "t1-in-phase_te4.6"]


def test_a_role_of_some_images_is_theirs_alone_and_the_rest_are_other():
    series = a_series([*a_volume(at_s=20.0), *a_volume(at_s=60.0)], acquisition=DYNAMIC)
    first = frozenset(instance.sop_uid for instance in series.instances[:4])
    assert names(series, [RolePart(SeriesRole.EOB_ARTERIAL, first)]) == ["eob-arterial_p1", "other_p2"]


def test_images_that_only_the_studys_own_rules_tell_apart_are_volumes_of_their_own():
    plain, maker = a_series(a_volume()), a_series(a_volume(), image_type=("DERIVED", "PRIMARY", "WASHOUT"))
    renumbered = tuple(replace(one, sop_uid=f"7.{number}") for number, one in enumerate(maker.instances))
    series = replace(plain, instances=plain.instances + renumbered)
    own = replace(DEFAULT_RULES, derived_types=DEFAULT_RULES.derived_types | {"WASHOUT"})
    assert names(series) == ["other_p1", "other_p2"]
    assert names(series, rules=own) == ["other_r1", "other_r2"]


def test_planes_across_each_other_and_frames_without_a_place_stand_apart():
    across = [replace(a_frame(orientation=CORONAL), position_mm=(0.0, 5.0 * n, 90.0)) for n in range(3)]
    series = a_series([*a_volume(), *across, a_frame(z_mm=None)])
    assert names(series, [RolePart(SeriesRole.T2)]) == ["t2_r1", "t2_r2", "t2_r3"]
