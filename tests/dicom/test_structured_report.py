"""The report of a read as DICOM: read back with pydicom and by the standard's templates."""

import shutil
import subprocess
from io import BytesIO

import pytest
from highdicom.sr import Comprehensive3DSR, GraphicTypeValues3D
from pydicom import dcmread
from pydicom.sr.codedict import codes

from casebook.dicom.structured_report import report_bytes
from casebook.dicom.structured_report_codes import OWN_SCHEME, segment_code
from casebook.domain.imaging import SEGMENTS
from tests.dicom.report_builders import CT_FRAME, ENDS, L1_UID, LOOKED_HERE, MR_FRAME, N1_UID, OUTLINE, a_report


@pytest.fixture(scope="module")
def data() -> bytes:
    return report_bytes(a_report())


@pytest.fixture(scope="module")
def dataset(data):
    return dcmread(BytesIO(data))


@pytest.fixture(scope="module")
def content(dataset):
    return Comprehensive3DSR.from_dataset(dataset).content


def said(group) -> dict[str, str]:
    return {item.name.value: item.value.value for item in group.get_qualitative_evaluations()}


def test_the_same_read_gives_the_same_bytes(data):
    assert report_bytes(a_report()) == data


def test_another_read_gives_other_bytes(data):
    assert report_bytes(a_report(edition=2)) != data


def test_the_header_belongs_to_the_study_that_was_read(dataset):
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
    assert (dataset.StudyInstanceUID, dataset.SeriesInstanceUID) == ("2.25.1", "2.25.902")
    assert (dataset.SOPInstanceUID, dataset.file_meta.MediaStorageSOPInstanceUID) == ("2.25.901", "2.25.901")
    assert (dataset.PatientID, dataset.StudyDate, dataset.Modality) == ("JP-03-0001", "20120603", "SR")
    assert (dataset.ContentDate, dataset.ContentTime) == ("20260401", "093015")
    assert (dataset.CompletionFlag, dataset.PreliminaryFlag) == ("COMPLETE", "FINAL")


def test_it_is_a_measurement_report(dataset):
    template = dataset.ContentTemplateSequence[0]
    assert (template.MappingResource, template.TemplateIdentifier) == ("DCMR", "1500")


def test_the_observer_is_a_place_in_the_study_and_no_person(dataset):
    names = [item.PersonName for item in dataset.ContentSequence if item.ValueType == "PNAME"]
    names += [
        inner.PersonName
        for item in dataset.ContentSequence
        for inner in item.get("ContentSequence", [])
        if inner.ValueType == "PNAME"
    ]
    assert [str(name) for name in names] == ["Central reader, first^"]


def test_a_lesion_keeps_one_tracking_uid_through_its_sequences(content):
    groups = content.get_planar_roi_measurement_groups(tracking_uid=L1_UID)
    assert [group.tracking_identifier for group in groups] == ["L1"] * 3
    assert said(groups[0])["sequence"] == "ct"
    assert said(groups[1])["sequence"] == "dwi"


def test_a_diameter_is_given_with_its_two_ends_in_the_frame_of_reference(content):
    (group,) = (
        one
        for one in content.get_planar_roi_measurement_groups(tracking_uid=L1_UID)
        if said(one).get("sequence") == "ct"
    )
    (length,) = group.get_measurements(name=codes.SCT.LongAxis)
    assert (length.value, length.unit) == (10.0, codes.UCUM.Millimeter)
    assert group.roi.graphic_type == GraphicTypeValues3D.POLYLINE
    assert group.roi.frame_of_reference_uid == CT_FRAME
    assert group.roi.value.tolist() == [list(end) for end in ENDS]


def test_looked_here_absent_is_a_point(content):
    (group,) = (
        one
        for one in content.get_planar_roi_measurement_groups(graphic_type=GraphicTypeValues3D.POINT)
        if said(one).get("mark") == "looked-here-absent"
    )
    assert group.roi.value.tolist() == [list(LOOKED_HERE)]
    assert group.roi.frame_of_reference_uid == MR_FRAME
    assert said(group)["visibility"] == "not-visible"


def test_the_adc_of_a_region_has_mean_deviation_and_area(content):
    (group,) = content.get_planar_roi_measurement_groups(graphic_type=GraphicTypeValues3D.POLYGON)
    assert group.roi.value.tolist() == [list(corner) for corner in (*OUTLINE, OUTLINE[0])]
    coefficients = group.get_measurements(name=codes.DCM.ApparentDiffusionCoefficient)
    assert [(one.value, one.derivation) for one in coefficients] == [
        (1180.5, codes.SCT.Mean),
        (95.25, codes.SCT.StandardDeviation),
    ]
    assert coefficients[0].unit.value == "10-6.mm2/s"
    assert group.get_measurements(name=codes.SCT.Area)[0].value == 24.0


def test_what_could_not_be_judged_says_why_and_has_no_place(content):
    groups = content.get_image_measurement_groups(tracking_uid="2.25.102")
    assert [said(group) for group in groups] == [
        {"sequence": "eob", "visibility": "not-evaluable", "not-evaluable-reason": "motion"}
    ]


def test_a_new_lesion_is_told_from_those_of_the_list(content):
    (group,) = content.get_planar_roi_measurement_groups(tracking_uid=N1_UID)
    assert (group.finding_type.scheme_designator, group.finding_type.value) == (OWN_SCHEME, "new-lesion")
    assert group.finding_sites[0].topographical_modifier == codes.SCT.CouinaudHepaticSegmentI


@pytest.mark.parametrize("segment", SEGMENTS)
def test_every_segment_has_a_code(segment):
    assert segment in segment_code(segment).meaning


def test_the_evidence_names_every_image_under_its_study(dataset):
    same = dataset.CurrentRequestedProcedureEvidenceSequence[0]
    other = dataset.PertinentOtherEvidenceSequence[0]
    uids = [
        {
            ref.ReferencedSOPInstanceUID
            for series in study.ReferencedSeriesSequence
            for ref in series.ReferencedSOPSequence
        }
        for study in (same, other)
    ]
    assert (same.StudyInstanceUID, other.StudyInstanceUID) == ("2.25.1", "2.25.2")
    assert uids == [{"2.25.111", "2.25.112"}, {"2.25.211"}]


def test_a_frame_of_a_multi_frame_image_is_named_and_of_a_single_one_not(dataset):
    frames = {
        str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID): item.ReferencedSOPSequence[0].get(
            "ReferencedFrameNumber"
        )
        for item in dataset.iterall()
        if item.tag == 0x0040A730
        for item in item.value
        if item.ValueType == "IMAGE"
    }
    assert frames["2.25.111"] is None
    assert frames["2.25.211"] in {7, 8}


@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="dcmtk's dsrdump is not here: not asked")
def test_dcmtk_reads_it_without_complaint(data, tmp_path):
    file = tmp_path / "report.dcm"
    file.write_bytes(data)
    told = subprocess.run(["dsrdump", "+U8", "+Pc", file], capture_output=True, text=True, check=False)
    assert told.returncode == 0
    assert "E: " not in told.stderr
    assert "Looked here, absent" in told.stdout
    assert "境界明瞭" in told.stdout
