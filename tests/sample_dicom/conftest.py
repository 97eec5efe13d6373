"""The committed small set, its truth, and one patient made anew."""

import json
from pathlib import Path

import pydicom
import pytest

import sample_dicom

SMALL_FOLDER = Path(sample_dicom.__file__).parent / "small"


class SmallSet:
    def __init__(self, root):
        self.root = root
        self.truth = json.loads((root / "truth.json").read_text(encoding="utf-8"))
        self._paths = {}

    def patient(self, vendor):
        return next(p for p in self.truth["patients"] if p["vendor"] == vendor)

    def series(self, vendor, timepoint, role):
        exams = self.patient(vendor)["timepoints"][timepoint]
        return [s for e in exams for s in e["series"] if role in s["roles"]]

    def all_series(self):
        for patient in self.truth["patients"]:
            for timepoint, exams in patient["timepoints"].items():
                for exam in exams:
                    for series in exam["series"]:
                        yield patient, timepoint, exam, series

    def images(self, series):
        return [pydicom.dcmread(p) for p in sorted((self.root / series["folder"]).iterdir())]

    def image(self, series, sop_instance_uid):
        folder = series["folder"]
        if folder not in self._paths:
            paths = (self.root / folder).iterdir()
            self._paths[folder] = {pydicom.dcmread(p, stop_before_pixels=True).SOPInstanceUID: p for p in paths}
        return pydicom.dcmread(self._paths[folder][sop_instance_uid])

    def frame(self, series, sop_instance_uid, frame):
        pixels = self.image(series, sop_instance_uid).pixel_array
        return pixels[frame - 1] if pixels.ndim == 3 else pixels


@pytest.fixture(scope="session")
def small():
    return SmallSet(SMALL_FOLDER)
