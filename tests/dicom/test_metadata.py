import gzip
import json

from casebook.dicom.archive_form import write_archive_form
from casebook.dicom.metadata import series_blobs
from tests.dicom.pixel_builders import an_image


def test_both_views_of_a_series_differ_in_who_the_patient_is(tmp_path):
    one = write_archive_form(an_image(ClinicalTrialSiteID="JP-03"), tmp_path / "a.dcm").dicom_json
    blobs = series_blobs([one, one], label="DWI b 0 800", reading_code="R-0147")
    shown = json.loads(gzip.decompress(blobs.open_gz))
    blinded = json.loads(gzip.decompress(blobs.blinded_gz))
    assert [found["00100020"]["Value"] for found in shown] == [["JP-03-0147"]] * 2
    assert [found["00100020"]["Value"] for found in blinded] == [["R-0147"]] * 2
    assert shown[0]["0008103E"] == blinded[0]["0008103E"] == {"vr": "LO", "Value": ["DWI b 0 800"]}
    assert b"JP-03" not in gzip.decompress(blobs.blinded_gz)


def test_the_same_series_packs_to_the_same_bytes(tmp_path):
    one = write_archive_form(an_image(), tmp_path / "a.dcm").dicom_json
    assert series_blobs([one], label=None, reading_code="R") == series_blobs([one], label=None, reading_code="R")
