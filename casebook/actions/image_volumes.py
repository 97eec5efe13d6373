"""Archived series as NIfTI volumes: one for each role, b-value, echo, phase and repeat; what is none is said."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from casebook.actions.frame_values import frame_values
from casebook.actions.image_manifest import Line, SourceFrame
from casebook.actions.image_run import Listed, Run, place_of, roles_of
from casebook.actions.image_sources import NotWhole, Source, WholeImages, sources, whole_images
from casebook.dicom.codec_pool import CodecPool
from casebook.dicom.image_description import NotAnImage
from casebook.dicom.nifti import NiftiFile, box_of, nifti
from casebook.dicom.transcode import NotDecodable
from casebook.dicom.volumes import NotAVolume, Plane, Stack, plane_of
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_facts import InstanceFacts, PlacedFrame, series_facts
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.series_volumes import RolePart, SeriesVolume, series_volumes
from casebook.store.tables import Instance

NO_PIXELS: Final = "The series holds no pictures."
COLOURS: Final = "Colour pictures are no volume of one value a voxel."
Rows = Mapping[str, Instance]
"""Rows of images by their UID."""


def nifti_volumes(run: Run, series: Sequence[Listed], numbers: Mapping[str, int], *, rules: RoleRules) -> list[Line]:
    """Write every volume of every series, one in memory at a time; `numbers` are the series' own, by UID.

    `rules` are those of the study: they say which images of one series are of different kinds.
    """
    lines: list[Line] = []
    with closing(CodecPool(n_children=1)) as codecs:
        for one in series:
            lines += _of_series(run, one, f"s{numbers[one['series_uid']]:02}", rules, codecs)
            run.done(len(one["instances"]))
    return lines


def _of_series(run: Run, series: Listed, ordinal: str, rules: RoleRules, codecs: CodecPool) -> Iterator[Line]:
    found = sources(run.session, series)
    lost = [source for source in found if source.row is None]
    if lost:
        yield _lost(series, lost)
    rows = {source.sop_uid: source.row for source in found if source.row is not None}
    if not rows:
        return
    whole = whole_images(run.archive, found)
    facts = series_facts([InstanceFacts.from_json(row.facts) for row in rows.values()])
    for volume in series_volumes(facts, _role_parts(series), rules=rules):
        if run.wanted.roles is None or volume.role in run.wanted.roles:
            path = Path(series["subject"], series["timepoint"], f"{ordinal}_{volume.name}.nii.gz")
            yield _volume(run, series, volume, path, rows, whole, codecs)


def _lost(series: Listed, lost: Sequence[Source]) -> Line:
    made_of = tuple(SourceFrame(source.sop_uid, source.sha256) for source in lost)
    return Line(None, **place_of(series), role=roles_of(series), reason=lost[0].missing, sources=made_of)


def _volume(
    run: Run,
    series: Listed,
    volume: SeriesVolume,
    path: Path,
    rows: Rows,
    whole: WholeImages,
    codecs: CodecPool,
) -> Line:
    said = {
        **place_of(series),
        "role": volume.role.value,
        "b_value_s_per_mm2": volume.b_value_s_per_mm2,
        "echo_time_ms": volume.echo_time_ms,
        "phase": volume.phase,
        "repeat": volume.repeat,
        "sources": _sources(volume, rows),
    }
    try:
        stack = _box(volume, rows)
        ordered = [volume.frames[index] for index in stack.order]
        frames = [(rows[frame.instance.sop_uid], frame.number) for frame in ordered]
        file = nifti(stack, frame_values(frames, whole, codecs.decoded))
    except (NotAVolume, NotAnImage, NotDecodable, NotWhole) as refused:
        return Line(None, **said, reason=refused.message)
    (run.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (run.folder / path).write_bytes(file.content)
    return Line(path.as_posix(), **said, **_measures(stack, file))


def _measures(stack: Stack, file: NiftiFile) -> dict[str, Any]:
    row_mm, column_mm = stack.first.pixel_spacing_mm
    return {
        "n_rows": stack.first.shape[0],
        "n_columns": stack.first.shape[1],
        "n_slices": len(stack.order),
        "column_spacing_mm": round(column_mm, 6),
        "row_spacing_mm": round(row_mm, 6),
        "slice_spacing_mm": round(stack.step_mm, 6),
        "n_bytes": len(file.content),
        "sha256": file.sha256,
        "voxels_sha256": file.voxels_sha256,
    }


def _role_parts(series: Listed) -> list[RolePart]:
    return [
        RolePart(
            SeriesRole(role["role"]),
            None if role["sop_uids"] is None else frozenset(role["sop_uids"]),
            None if role["frame_numbers"] is None else frozenset(role["frame_numbers"]),
        )
        for role in series["roles"]
    ]


def _sources(volume: SeriesVolume, rows: Rows) -> tuple[SourceFrame, ...]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for frame in volume.frames:
        numbers[frame.instance.sop_uid].append(frame.number)
    return tuple(
        SourceFrame(uid, rows[uid].archived_sha256.hex(), None if rows[uid].n_frames == 1 else tuple(sorted(some)))
        for uid, some in numbers.items()
    )


def _box(volume: SeriesVolume, rows: Rows) -> Stack:
    pixels = volume.frames[0].instance.pixels
    if pixels is None:
        raise NotAVolume(NO_PIXELS)
    if pixels.samples_per_pixel > 1:
        raise NotAVolume(COLOURS)
    return box_of([_plane(frame, rows) for frame in volume.frames])


def _plane(frame: PlacedFrame, rows: Rows) -> Plane:
    row = rows[frame.instance.sop_uid]
    return plane_of(frame.facts, n_rows=row.n_rows or 0, n_columns=row.n_columns or 0)
