"""What does not belong is there when it is asked for, and is what it claims to be."""

import pydicom
import pytest
from pydicom.errors import InvalidDicomError
from pydicom.uid import SecondaryCaptureImageStorage, XRayRadiationDoseSRStorage

from sample_dicom.faults import add_faults


@pytest.fixture
def faults(small, tmp_path):
    patient = small.patient("siemens")
    series = patient["timepoints"]["baseline"][0]["series"][0]
    folder = tmp_path / series["folder"]
    folder.mkdir(parents=True)
    for path in (small.root / series["folder"]).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    listed = add_faults(tmp_path, [patient])
    return {fault["fault"]: tmp_path / fault["path"] for fault in listed}


def test_the_secondary_capture_admits_its_burned_in_name(faults):
    ds = pydicom.dcmread(faults["secondary capture with the name burned in"])
    assert ds.SOPClassUID == SecondaryCaptureImageStorage
    assert ds.BurnedInAnnotation == "YES"
    assert ds.pixel_array.max() > 200


def test_the_dose_report_is_a_structured_report_of_the_same_study(faults, small):
    ds = pydicom.dcmread(faults["radiation dose report"])
    assert ds.SOPClassUID == XRayRadiationDoseSRStorage
    assert ds.StudyInstanceUID == small.patient("siemens")["timepoints"]["baseline"][0]["study_uid"]


def test_the_truncated_image_is_shorter_than_it_says(faults):
    with pytest.warns(UserWarning, match="End of file reached"):
        ds = pydicom.dcmread(faults["truncated image"])
    assert "PixelData" not in ds


def test_the_duplicate_has_the_same_bytes_under_another_name(faults):
    copy = faults["duplicate of an image"]
    twins = [p for p in copy.parent.iterdir() if p != copy and p.read_bytes() == copy.read_bytes()]
    assert len(twins) == 1


def test_the_html_page_is_no_dicom(faults):
    with pytest.raises(InvalidDicomError):
        pydicom.dcmread(faults["HTML page"])
