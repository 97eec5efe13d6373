"""Objects pass dciodvfy apart from the listed exceptions."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import sample_dicom

EXCEPTIONS = Path(sample_dicom.__file__).parent / "validation-exceptions.toml"


def exceptions():
    return tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["exception"]


def errors_of(path):
    """The validator's error lines about a file; it writes them to standard error."""
    run = subprocess.run(["dciodvfy", "-new", path], capture_output=True, check=False)
    lines = run.stderr.decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.startswith("Error")]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian package dicom3tools) is not installed")
def test_the_first_and_last_object_of_every_series_are_valid(small):
    wrong = []
    for _, _, _, series in small.all_series():
        images = sorted((small.root / series["folder"]).iterdir())
        patient_id = small.images(series)[0].PatientID
        allowed = [e["match"] for e in exceptions() if e["patient_id"] == patient_id]
        for path in {images[0], images[-1]}:
            wrong += [(path, e) for e in errors_of(path) if not any(match in e for match in allowed)]
    assert wrong == []


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian package dicom3tools) is not installed")
def test_every_exception_is_still_needed(small):
    for exception in exceptions():
        for _, _, _, series in small.all_series():
            path = next((small.root / series["folder"]).iterdir())
            if small.images(series)[0].PatientID == exception["patient_id"]:
                assert any(exception["match"] in error for error in errors_of(path))


def test_every_exception_says_what_of_whom_and_why():
    for exception in exceptions():
        assert exception.keys() == {"match", "patient_id", "reason"}
        assert len(exception["reason"]) > 80
