"""The raw submissions hold identity everywhere hospitals leave it, and the truth lists all of it."""

import pytest

from sample_dicom import PATIENTS, SMALL
from sample_dicom.exam import exams_of
from sample_dicom.headers import series_header
from sample_dicom.writing import file_meta


def _texts(ds):
    for element in ds.iterall():
        if element.VR == "SQ" or element.tag == 0x7FE00010:
            continue
        values = element.value if element.VM > 1 else [element.value]
        for value in values:
            yield str(value)
    yield str(ds.file_meta.get("SourceApplicationEntityTitle", ""))


def test_every_listed_string_is_in_the_files_of_its_patient(small):
    for patient in small.truth["patients"]:
        found = "\n".join(
            text
            for exams in patient["timepoints"].values()
            for exam in exams
            for text in _texts(small.images(exam["series"][0])[0])
        )
        missing = [s for s in patient["identity_strings"] if s not in found]
        assert missing == []


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda p: p.subject)
def test_every_patient_has_all_identity_written_on_both_modalities(patient):
    for exam in exams_of(patient, "baseline", ("20170510", "20170512"), SMALL, 3):
        ds = series_header(exam, exam.series[0])
        ds.SOPInstanceUID = "2.25.1"
        ds.file_meta = file_meta(ds, "1.2.840.10008.1.2.1", exam)
        found = "\n".join(_texts(ds))
        assert [s for s in patient.person.strings() if s not in found] == []


def test_a_japanese_name_comes_back_in_its_three_component_groups(small):
    series = small.series("siemens", "baseline", "t2")[0]
    name = small.images(series)[0].PatientName
    assert (name.alphabetic, name.ideographic, name.phonetic) == ("Yamamoto^Kazuo", "山本^和夫", "やまもと^かずお")


def test_identity_is_nested_in_the_request_and_in_a_private_block(small):
    for patient in small.truth["patients"]:
        ds = small.images(patient["timepoints"]["baseline"][0]["series"][0])[0]
        assert ds.PatientID in ds.RequestAttributesSequence[0].ScheduledProcedureStepDescription
        assert str(ds.private_block(0x0041, "HOSPITAL RIS 2.4")[0x02].value) == ds.PatientID


def test_character_sets_of_several_kinds_are_used():
    assert len({patient.person.charset for patient in PATIENTS}) >= 3


def test_no_folder_or_file_name_gives_anybody_away(small):
    for patient, _, _, series in small.all_series():
        assert not any(s in series["folder"] for s in patient["identity_strings"])
