"""The whole sample study on disk."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sample_dicom.anatomy.phantom import Phantom, build_phantom
from sample_dicom.clock import PREOPERATIVE_DAYS, days_after
from sample_dicom.cohort import PATIENTS, Patient
from sample_dicom.exam import Exam, acquired, exams_of
from sample_dicom.faults import add_faults
from sample_dicom.lesions import BASELINE, PREOPERATIVE, Lesion, place_lesions
from sample_dicom.sizes import FULL, Size
from sample_dicom.truth import exam_truth, identity_strings, lesion_truth, series_truth, write_lesion_list
from sample_dicom.writing import folder_name, write_series

DEFAULT_SEED: Final = 1527
DEFAULT_PATIENTS: Final = 3
SMALL_PATIENTS: Final = 2
TRUTH_FILE: Final = "truth.json"
LESION_FILE: Final = "lesions.csv"
_MR_AFTER_CT_DAYS: Final = 2
_TIMEPOINTS: Final = {BASELINE: 0, PREOPERATIVE: PREOPERATIVE_DAYS}

Progress = Callable[[str], None]


def generate(
    out: Path,
    *,
    seed: int = DEFAULT_SEED,
    patients: Sequence[Patient] = PATIENTS[:DEFAULT_PATIENTS],
    size: Size = FULL,
    timepoints: Sequence[str] = tuple(_TIMEPOINTS),
    faults: bool = False,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Write the submissions of these patients below `out` and return what `truth.json` says about them."""
    made = [_patient(out, patient, size, seed, timepoints, progress) for patient in patients]
    truth: dict[str, Any] = {"seed": seed, "size": size.name, "patients": made}
    if faults:
        truth["faults"] = add_faults(out, made)
    out.mkdir(parents=True, exist_ok=True)
    (out / TRUTH_FILE).write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth


def _patient(
    out: Path, patient: Patient, size: Size, seed: int, timepoints: Sequence[str], progress: Progress
) -> dict[str, Any]:
    progress(f"{patient.subject}: anatomy")
    words = (seed, patient.subject)
    phantom = build_phantom(*words, build=patient.build)
    lesions = place_lesions(phantom, patient.lesions, levels_mm=size.lesion_levels_mm, words=(*words, size.name))
    exams: list[Exam] = []
    visits = {}
    for timepoint in timepoints:
        date = days_after(patient.baseline_on, _TIMEPOINTS[timepoint])
        pair = exams_of(patient, timepoint, (date, days_after(date, _MR_AFTER_CT_DAYS)), size, seed)
        exams.extend(pair)
        visits[timepoint] = list(_visit(out, pair, phantom, lesions, progress))
    return {
        "site": patient.site,
        "site_name": patient.site_name,
        "subject": patient.subject,
        "vendor": patient.manner.key,
        "names": [patient.person.name],
        "identity_strings": identity_strings(exams),
        "timepoints": visits,
        "lesions": [lesion_truth(lesion, list(_TIMEPOINTS)) for lesion in lesions],
    }


def _visit(
    out: Path, exams: Sequence[Exam], phantom: Phantom, lesions: Sequence[Lesion], progress: Progress
) -> Iterator[dict[str, Any]]:
    """Write CT and MR of a visit with the lesion list."""
    first = exams[0]
    folder = out / first.patient.site / first.patient.subject / first.timepoint
    number = 1
    made = []
    for exam in exams:
        series = []
        progress(f"{exam.patient.subject}: {exam.timepoint} {exam.modality}")
        for plan, volumes in acquired(exam, phantom, lesions):
            home = folder / folder_name(exam, plan)
            written = write_series(exam, plan, volumes, home, number)
            number += len({w.path for w in written})
            series.append(series_truth(exam, plan, written, lesions, home.relative_to(out).as_posix()))
        made.append(exam_truth(exam, series))
    write_lesion_list(folder / LESION_FILE, made, lesions, first.timepoint)
    yield from made
