"""Archived images as a DICOM folder: copied byte for byte, under names of ISO 9660, with a DICOMDIR."""

import io
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from pydicom import dcmread

from casebook.actions.image_manifest import Line, SourceFrame
from casebook.actions.image_run import Listed, Run, place_of, roles_of
from casebook.actions.image_sources import NotWhole, Source, WholeImages, sources, whole_images
from casebook.dicom.media import DIRECTORY, Filed, dicomdir, file_id

NO_PICTURE: Final = "The object holds no picture; it is copied, and the directory does not name it."
FILE_SET: Final = "CASEBOOK"


def dicom_folder(run: Run, series: Sequence[Listed], *, identity: str) -> list[Line]:
    """Copy every image and write the directory of the folder, which `identity` gives its UID."""
    lines: list[Line] = []
    filed: list[Filed] = []
    numbers = _Numbers()
    for one in series:
        found = sources(run.session, one)
        whole, place = whole_images(run.archive, found), numbers.place(one)
        for number, source in enumerate(found, start=1):
            line, named = _copied(run, one, source, whole, file_id(*place, number))
            lines.append(line)
            filed += [named] if named else []
            run.done(1)
    (run.folder / DIRECTORY).write_bytes(dicomdir(filed, file_set_id=FILE_SET, identity=identity))
    return lines


def _copied(
    run: Run, series: Listed, source: Source, whole: WholeImages, name: tuple[str, ...]
) -> tuple[Line, Filed | None]:
    said = {**place_of(series), "role": roles_of(series, source.sop_uid), "sop_uid": source.sop_uid}
    made_of = (SourceFrame(source.sop_uid, source.sha256),)
    try:
        row = source.found()
        content = whole.read(row.file_key)
    except NotWhole as refused:
        return Line(None, **said, reason=refused.message, sources=made_of), None
    path = run.folder.joinpath(*name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    header = dcmread(io.BytesIO(content), stop_before_pixels=True)
    is_picture = "Rows" in header
    line = Line(
        "/".join(name),
        **said,
        n_columns=row.n_columns,
        n_rows=row.n_rows,
        n_slices=row.n_frames,
        n_bytes=len(content),
        sha256=source.sha256,
        reason=None if is_picture else NO_PICTURE,
        sources=made_of,
    )
    return line, Filed(name, header, series["timepoint"]) if is_picture else None


class _Numbers:
    """Counts patients, studies of each, and series of each study, from 1, in the order in which they come."""

    def __init__(self) -> None:
        self._subjects: dict[str, int] = {}
        self._studies: dict[str, dict[tuple[str, str], int]] = {}
        self._series: dict[tuple[str, str], int] = defaultdict(int)

    def place(self, series: Listed) -> tuple[int, int, int]:
        """Return the numbers of the next series. Each timepoint's studies are studies of their own."""
        study = (series["timepoint"], series["study_uid"])
        patient = self._subjects.setdefault(series["subject"], len(self._subjects) + 1)
        studies = self._studies.setdefault(series["subject"], {})
        number = studies.setdefault(study, len(studies) + 1)
        self._series[series["subject"], series["study_uid"]] += 1
        return patient, number, self._series[series["subject"], series["study_uid"]]
