import json
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from casebook.dicom.archive_form import write_archive_form
from casebook.dicom.blinding import (
    HIDDEN_FROM_BLINDED,
    Overlay,
    blinded_overlay,
    open_overlay,
    overlaid_head,
    overlaid_json,
)
from casebook.dicom.explicit_le import DamagedArchiveFile
from casebook.dicom.heads import FileHead, spliced, value_at
from tests.dicom.pixel_builders import a_gradient, an_image

SITE = "JP-03"


def an_identified_image() -> Dataset:
    """An archived image that tells its site wherever a header can."""
    ds = an_image(
        InstitutionName=SITE,
        TimezoneOffsetFromUTC="+0900",
        ClinicalTrialProtocolID="DREAM",
        ClinicalTrialSiteID=SITE,
        ClinicalTrialSiteName=f"Hospital {SITE}",
        ClinicalTrialSubjectID=f"{SITE}-0147",
        ClinicalTrialSubjectReadingID="old",
        DeviceSerialNumber=SITE,
        DeviceUID="1.2.3",
        ImageComments=r'"00100020":{"vr":"LO","Value":["quoted ] \ text"]}',
    )
    nested = Dataset()
    nested.InstitutionName = SITE
    nested.PatientID = f"{SITE}-0147"
    nested.Rows = 3
    ds.SourceImageSequence = Sequence([nested, Dataset()])
    return ds


def head_of(path: Path, ds: Dataset) -> tuple[FileHead, bytes]:
    archived = write_archive_form(ds, path)
    content = path.read_bytes()
    return FileHead.split(content[: archived.frame_index.head_bytes]), content[archived.frame_index.head_bytes :]


def test_splitting_and_joining_gives_the_same_bytes(tmp_path):
    head, rest = head_of(tmp_path / "a.dcm", an_image())
    assert head.joined() + rest == (tmp_path / "a.dcm").read_bytes()


def test_a_file_that_begins_otherwise_is_damaged(tmp_path):
    with pytest.raises(DamagedArchiveFile):
        FileHead.split(b"\1" * 400)


def test_a_blinded_reader_sees_the_code_and_nothing_of_the_site(tmp_path):
    head, rest = head_of(tmp_path / "a.dcm", an_identified_image())
    blinded = overlaid_head(head, blinded_overlay(label="DWI b800", reading_code="R-0147")).joined() + rest
    assert SITE.encode() not in blinded.replace(an_identified_image().ImageComments.encode(), b"")
    back = dcmread(BytesIO(blinded))
    assert (back.PatientID, back.PatientName, back.ClinicalTrialSubjectReadingID) == ("R-0147",) * 3
    assert back.SourceImageSequence[0].PatientID == "R-0147"
    assert back.SourceImageSequence[0].Rows == 3
    assert back.SeriesDescription == "DWI b800"
    assert back.TimezoneOffsetFromUTC == ""
    assert back.ClinicalTrialProtocolID == "DREAM"
    assert back.pixel_array.tolist() == a_gradient()[0].tolist()


def test_the_metadata_hide_exactly_what_the_object_hides(tmp_path):
    archived = write_archive_form(an_identified_image(), tmp_path / "a.dcm")
    overlay = blinded_overlay(label="DWI b800", reading_code="R-0147")
    found = json.loads(overlaid_json(archived.dicom_json, overlay))
    head, rest = head_of(tmp_path / "a.dcm", an_identified_image())
    (tmp_path / "b.dcm").write_bytes(overlaid_head(head, overlay).joined() + rest)
    expected = dcmread(tmp_path / "b.dcm", stop_before_pixels=True).to_json_dict()
    assert found == expected
    assert found["00204000"]["Value"] == [an_identified_image().ImageComments]


def test_everybody_sees_the_role_as_the_description(tmp_path):
    ds = an_image()
    del ds.SeriesDescription
    head, rest = head_of(tmp_path / "a.dcm", ds)
    overlay = open_overlay(label="EOB hepatobiliary")
    back = dcmread(BytesIO(overlaid_head(head, overlay).joined() + rest))
    assert back.SeriesDescription == "EOB hepatobiliary"
    assert back.PatientID == "JP-03-0147"
    found = json.loads(overlaid_json(write_archive_form(ds, tmp_path / "a.dcm").dicom_json, overlay))
    assert found["0008103E"] == {"vr": "LO", "Value": ["EOB hepatobiliary"]}


def test_without_a_label_nothing_changes(tmp_path):
    head, _ = head_of(tmp_path / "a.dcm", an_image())
    assert overlaid_head(head, open_overlay(label=None)) == head


def test_overlays_are_told_apart_by_their_digest():
    overlays = [
        open_overlay(label=None),
        open_overlay(label="a"),
        open_overlay(label="b"),
        blinded_overlay(label="a", reading_code="R-1"),
        blinded_overlay(label="a", reading_code="R-2"),
    ]
    assert len({overlay.digest() for overlay in overlays}) == len(overlays)


def test_every_hidden_element_is_named_with_its_dictionary_vr():
    from pydicom.datadict import dictionary_VR

    assert {tag: dictionary_VR(tag) for tag in HIDDEN_FROM_BLINDED} == dict(HIDDEN_FROM_BLINDED)


def test_values_are_found_by_their_path(tmp_path):
    head, _ = head_of(tmp_path / "a.dcm", an_identified_image())
    assert value_at(head.data_set, (0x00082112, 1, 0x00280010)) == b"\3\0"
    for absent in (
        (0x00082112, 2, 0x00280010),
        (0x00082112, 3, 0x00280010),
        (0x00082112, 0, 0x00280010),
        (0x00082112, 1),
        (0x7FE00010,),
        (0x00280010, 1, 0x00280010),
    ):
        assert value_at(head.data_set, absent) is None


def test_new_elements_go_in_order_and_none_leaves_out(tmp_path):
    head, rest = head_of(tmp_path / "a.dcm", an_image())
    changes = {0x00080001: (b"UL", b"\0" * 4), 0x00100020: None, 0x00990010: (b"LO", b"TEST")}
    back = dcmread(BytesIO(FileHead(head.meta, spliced(head.data_set, changes)).joined() + rest))
    tags = [int(tag) for tag in back._dict]
    assert tags == sorted(tags)
    assert 0x00080001 in back
    assert "PatientID" not in back
    assert back[0x00990010].value == "TEST"


def test_text_beyond_ascii_never_breaks_a_head(tmp_path):
    head, rest = head_of(tmp_path / "a.dcm", an_image())
    back = dcmread(BytesIO(overlaid_head(head, Overlay({0x0008103E: ("LO", "拡散")})).joined() + rest))
    assert back.SeriesDescription == "??"
