"""What is committed is what the generator makes, and it is what its truth says."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pydicom
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

import sample_dicom
from sample_dicom.study import LESION_FILE, TRUTH_FILE

ROOT = Path(__file__).parents[2]


def _files(root):
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


_MAKE = """
import sys
from pathlib import Path
import sample_dicom
patients = sample_dicom.PATIENTS[1:2]
sample_dicom.generate(Path(sys.argv[1]), seed=sample_dicom.DEFAULT_SEED, patients=patients, size=sample_dicom.SMALL)
"""


def _newer_instructions():
    """The processor features NumPy would use here beyond those that every machine has."""
    return " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


@pytest.fixture(scope="module")
def made_again(tmp_path_factory):
    """Make the second patient as an older processor would."""
    out = tmp_path_factory.mktemp("small")
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": _newer_instructions()}
    subprocess.run([sys.executable, "-c", _MAKE, out], check=True, env=environment, cwd=ROOT)
    return out


def test_one_patient_made_on_an_older_processor_is_equal_to_the_committed_one_byte_for_byte(small, made_again):
    anew = _files(made_again)
    del anew[TRUTH_FILE]
    committed = {k: v for k, v in _files(small.root).items() if k.startswith("BE-02/")}
    assert anew.keys() == committed.keys()
    assert [k for k, v in anew.items() if v != committed[k]] == []


def test_the_truth_of_a_patient_does_not_depend_on_the_others(small, made_again):
    anew = json.loads((made_again / TRUTH_FILE).read_text(encoding="utf-8"))
    assert anew["patients"] == [small.patient("philips")]


def test_another_seed_gives_other_uids():
    first, second = (
        sample_dicom.study.exams_of(
            sample_dicom.PATIENTS[0], "baseline", ("20170510", "20170512"), sample_dicom.SMALL, s
        )
        for s in (1, 2)
    )
    assert first[0].study_uid != second[0].study_uid
    assert first[1].frame_of_reference_uid != second[1].frame_of_reference_uid


def test_the_small_set_stays_small(small):
    assert sum(len(v) for v in _files(small.root).values()) < 5_200_000


def test_every_file_is_named_by_the_truth_and_no_other_is_there(small):
    named = set()
    for _, _, _, series in small.all_series():
        uids = {u for part in series["parts"] for u in part["sop_instance_uids"]}
        found = {ds.SOPInstanceUID for ds in small.images(series)}
        assert found == uids
        assert len(found) == series["n_files"]
        named |= found
    on_disk = list(small.root.rglob("IM*"))
    assert len(named) == len(on_disk)


def test_uids_of_objects_and_series_are_never_used_twice(small):
    uids = [u for _, _, _, s in small.all_series() for u in {u for p in s["parts"] for u in p["sop_instance_uids"]}]
    series = [s["series_uid"] for _, _, _, s in small.all_series()]
    assert len(uids) == len(set(uids))
    assert len(series) == len(set(series))


def test_headers_say_what_the_truth_says(small):
    for _, _, exam, series in small.all_series():
        for ds in small.images(series):
            assert ds.SeriesInstanceUID == series["series_uid"]
            assert ds.StudyInstanceUID == exam["study_uid"]
            assert ds.FrameOfReferenceUID == exam["frame_of_reference_uid"]
            assert ds.SeriesDescription == series["series_description"]
            assert ds.file_meta.TransferSyntaxUID == series["transfer_syntax"]
            assert ds.StudyDate == exam["date"]


def test_several_transfer_syntaxes_are_there_and_all_decode(small):
    seen = set()
    for _, _, _, series in small.all_series():
        seen.add(series["transfer_syntax"])
        ds = small.images(series)[0]
        assert ds.pixel_array.shape[-2:] == (series["rows"], series["columns"])
        assert ds.pixel_array.max() > ds.pixel_array.min()
    assert {
        pydicom.uid.ExplicitVRLittleEndian,
        pydicom.uid.ImplicitVRLittleEndian,
        pydicom.uid.RLELossless,
        pydicom.uid.JPEGLSLossless,
        pydicom.uid.JPEG2000Lossless,
    } <= seen


def test_the_second_visit_is_98_days_after_the_first(small):
    for patient in small.truth["patients"]:
        first, second = (date.fromisoformat(patient["timepoints"][t][0]["date"]) for t in ("baseline", "preoperative"))
        assert (second - first).days == 98


def test_a_submission_has_a_lesion_list_beside_its_series(small):
    for patient, timepoint, _, series in small.all_series():
        assert (small.root / Path(series["folder"]).parent / LESION_FILE).is_file()
        assert series["folder"].startswith(f"{patient['site']}/{patient['subject']}/{timepoint}/")
