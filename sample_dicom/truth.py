"""What was made, where it is, and which strings must never come out at the other end."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sample_dicom.exam import Exam, lesion_position
from sample_dicom.headers import accession_number
from sample_dicom.lesions import VISIBLE, Lesion
from sample_dicom.protocol import Part, SeriesPlan
from sample_dicom.roles import SEQUENCE_OF_ROLE
from sample_dicom.writing import Written, transfer_syntax

LESION_COLUMNS: Final = (
    "lesion",
    "segment",
    "x_mm",
    "y_mm",
    "z_mm",
    "frame_of_reference_uid",
    "series_uid",
    "sop_instance_uid",
    "frame",
    "column_px",
    "row_px",
    "diameter_mm",
)
_MARKED_ON: Final = ("ct-portal-venous", "eob-hepatobiliary")


def series_truth(
    exam: Exam, plan: SeriesPlan, written: Sequence[Written], lesions: Sequence[Lesion], folder: str
) -> dict[str, Any]:
    """One series: what it is and where each lesion lies on each of its parts."""
    description, protocol = exam.patient.manner.names[plan.name]
    stack = exam.view(plan, plan.parts[0]).stack
    return {
        "folder": folder,
        "modality": exam.modality,
        "vendor": exam.patient.manner.key,
        "series_uid": exam.series_uid(plan),
        "study_uid": exam.study_uid,
        "frame_of_reference_uid": exam.frame_of_reference_uid,
        "series_description": description,
        "protocol_name": protocol,
        "transfer_syntax": str(transfer_syntax(exam, plan)),
        "enhanced": plan.enhanced,
        "roles": list(plan.roles),
        "b_values": [part.b_value for part in plan.parts if part.b_value is not None],
        "n_files": len({w.path for w in written}),
        "n_slices": stack.n_slices,
        "rows": stack.rows,
        "columns": stack.columns,
        "pixel_mm": stack.pixel_mm,
        "step_mm": stack.step_mm,
        "orientation": [*stack.row_direction, *stack.column_direction],
        "first_position_mm": list(stack.first),
        "parts": [_part_truth(exam, plan, part, written, lesions) for part in plan.parts],
    }


def _part_truth(
    exam: Exam, plan: SeriesPlan, part: Part, written: Sequence[Written], lesions: Sequence[Lesion]
) -> dict[str, Any]:
    own = sorted((w for w in written if w.part is part), key=lambda w: w.slice_index)
    return {
        "role": part.role,
        "b_value": part.b_value,
        "shift_mm": list(exam.shift_mm(plan, part)),
        "sop_instance_uids": list(dict.fromkeys(w.sop_instance_uid for w in own)),
        "lesions": {lesion.plan.label: where(exam, plan, part, lesion, own) for lesion in lesions},
    }


def where(exam: Exam, plan: SeriesPlan, part: Part, lesion: Lesion, own: Sequence[Written]) -> dict[str, Any]:
    """Position of a lesion (or of the place where it was): mm, slice, pixel, object and frame."""
    view = exam.view(plan, part)
    position = lesion_position(view, lesion)
    k, row, column = view.stack.find(position)
    index = min(max(round(k), 0), view.stack.n_slices - 1)
    image = next(w for w in own if w.slice_index == index)
    return {
        "position_mm": list(position),
        "slice_index": index,
        "row_px": round(row, 2),
        "column_px": round(column, 2),
        "inside": abs(k - (view.stack.n_slices - 1) / 2) <= view.stack.n_slices / 2,
        "sop_instance_uid": image.sop_instance_uid,
        "frame": image.frame,
    }


def lesion_truth(lesion: Lesion, timepoints: Sequence[str]) -> dict[str, Any]:
    """One lesion over time."""
    return {
        "label": lesion.plan.label,
        "segment": lesion.plan.segment,
        "course": lesion.plan.course.value,
        "phantom_position_mm": list(lesion.centre),
        "diameter_mm": {t: lesion.plan.diameter_mm(t) for t in timepoints},
        "visible": {t: lesion.plan.visibility(t) for t in timepoints},
    }


def exam_truth(exam: Exam, series: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One examination: its frame of reference and how the phantom lies in it."""
    return {
        "modality": exam.modality,
        "date": exam.date,
        "study_uid": exam.study_uid,
        "accession_number": accession_number(exam),
        "frame_of_reference_uid": exam.frame_of_reference_uid,
        "phantom_to_frame": exam.placement.matrix(),
        "series": list(series),
    }


def identity_strings(exams: Sequence[Exam]) -> list[str]:
    """All strings of a patient that may not be found after ingest."""
    patient = exams[0].patient
    return [*patient.person.strings(), *(accession_number(e) for e in exams)]


def write_lesion_list(path: Path, exams: Sequence[dict[str, Any]], lesions: Sequence[Lesion], timepoint: str) -> None:
    """The list that comes with a submission: two rows a lesion where it shows on both marked series.

    On CT the place is an object and a pixel, on EOB-MRI millimetres in the frame of reference.
    """
    rows = [
        _row(lesion, part, series, timepoint)
        for lesion in lesions
        for exam in exams
        for series in exam["series"]
        for part in series["parts"]
        if part["role"] in _MARKED_ON and lesion.plan.visibility(timepoint)[SEQUENCE_OF_ROLE[part["role"]]] == VISIBLE
    ]
    with path.open("w", encoding="utf-8", newline="") as handle:
        sheet = csv.DictWriter(handle, LESION_COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)


def _row(lesion: Lesion, part: dict[str, Any], series: dict[str, Any], timepoint: str) -> dict[str, Any]:
    place = part["lesions"][lesion.plan.label]
    row: dict[str, Any] = {
        "lesion": lesion.plan.label,
        "segment": lesion.plan.segment,
        "series_uid": series["series_uid"],
        "diameter_mm": lesion.plan.diameter_mm(timepoint),
    }
    if part["role"] == "ct-portal-venous":
        pixel = {"sop_instance_uid": place["sop_instance_uid"], "frame": place["frame"]}
        return row | pixel | {"column_px": place["column_px"], "row_px": place["row_px"]}
    x, y, z = place["position_mm"]
    return row | {"x_mm": x, "y_mm": y, "z_mm": z, "frame_of_reference_uid": series["frame_of_reference_uid"]}
