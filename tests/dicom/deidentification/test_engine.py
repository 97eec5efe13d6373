"""The engine on single datasets: what is written, what stays, what goes."""

import pytest
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, EnhancedMRImageStorage, ExplicitVRLittleEndian

from casebook.dicom.deidentification import Outcome, deidentify
from casebook.dicom.deidentification.trial import IMPLEMENTATION_CLASS_UID
from casebook.domain.errors import Invalid
from sample_dicom.planted import read, written
from tests.dicom.deidentification.builders import a_ct_image, a_plan, an_image


def cleaned(**elements: object) -> Dataset:
    return deidentify(an_image(**elements), a_plan()).dataset


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def test_the_subject_number_takes_the_place_of_name_and_id():
    archived = cleaned()
    assert (str(archived.PatientName), archived.PatientID) == ("JP-03-0147", "JP-03-0147")


def test_an_element_that_no_rule_names_is_removed():
    assert "PatientComments" not in cleaned(PatientComments="called on Monday")


@pytest.mark.parametrize(
    "keyword",
    ["SeriesDescription", "StudyDescription", "ProtocolName", "ImageComments", "PerformedProcedureStepDescription"],
)
def test_descriptions_in_free_text_are_removed(keyword):
    assert keyword not in cleaned(**{keyword: "liver"})


def test_an_element_of_another_kind_of_image_is_removed():
    assert "ConvolutionKernel" not in cleaned(ConvolutionKernel="B30f")
    assert deidentify(a_ct_image(ConvolutionKernel="B30f"), a_plan()).dataset.ConvolutionKernel == "B30f"


def test_what_display_and_classification_need_stays():
    archived = cleaned(SequenceName="*ep_b50t", EchoTime="61", BodyPartExamined="LIVER", ScanningSequence="EP")
    assert (archived.SequenceName, archived.EchoTime, archived.BodyPartExamined) == ("*ep_b50t", 61, "LIVER")
    assert (archived.Rows, list(archived.PixelSpacing), archived.ScanningSequence) == (2, [1.5, 1.5], "EP")


def test_an_unknown_image_type_value_keeps_its_place():
    archived = cleaned(ImageType=["ORIGINAL", "PRIMARY", "YAMADA", "ADC"])
    assert list(archived.ImageType) == ["ORIGINAL", "PRIMARY", "OTHER", "ADC"]


def test_the_trials_modules_are_written():
    archived = cleaned()
    assert archived.ClinicalTrialSponsorName == "JCOG"
    assert archived.ClinicalTrialProtocolID == "JCOG1609INT"
    assert archived.ClinicalTrialProtocolName == "DREAM"
    assert archived.ClinicalTrialSiteID == "JP-03"
    assert archived.ClinicalTrialSiteName == "国立がん研究センター"
    assert archived.ClinicalTrialSubjectID == "JP-03-0147"
    assert archived.ClinicalTrialSubjectReadingID == "R-0147"
    assert archived.ClinicalTrialTimePointID == "BL"
    assert archived.ClinicalTrialTimePointDescription == "Baseline"
    assert archived.ClinicalTrialProtocolEthicsCommitteeApprovalNumber == "2019-123"


def test_an_approval_number_always_comes_with_a_committee():
    assert cleaned().ClinicalTrialProtocolEthicsCommitteeName == "Ethics committee of site JP-03"
    named = deidentify(an_image(), a_plan(ethics_committee="Shizuoka IRB")).dataset
    assert named.ClinicalTrialProtocolEthicsCommitteeName == "Shizuoka IRB"


def test_the_senders_own_trial_names_do_not_stay():
    archived = cleaned(ClinicalTrialSponsorName="Somebody", ClinicalTrialSeriesDescription="Yamada")
    assert archived.ClinicalTrialSponsorName == "JCOG"
    assert "ClinicalTrialSeriesDescription" not in archived


def test_the_marks_of_de_identification_are_written():
    archived = cleaned(LongitudinalTemporalInformationModified="UNMODIFIED")
    codes = [item.CodeValue for item in archived.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113101", "113103", "113105", "113107", "113108", "113111"]
    assert archived.PatientIdentityRemoved == "YES"
    assert archived.LongitudinalTemporalInformationModified == "MODIFIED"
    assert archived.DeidentificationMethod[0] == "Casebook casebook-1, DICOM PS3.15 2026c, Table E.1-1"


def test_every_value_fits_its_length():
    assert all(len(value) <= 64 for value in cleaned().DeidentificationMethod)


def test_names_in_any_script_are_written_in_utf_8():
    source = an_image(SpecificCharacterSet="ISO 2022 IR 87")
    raw = written(deidentify(source, a_plan()).dataset)
    assert read(raw).SpecificCharacterSet == "ISO_IR 192"
    assert "国立がん研究センター".encode() in raw


def test_the_file_meta_names_this_program_and_nobody_else():
    source = an_image()
    source.file_meta.SourceApplicationEntityTitle = "HOSPITAL_AE"
    source.file_meta.ImplementationVersionName = "SENDER"
    meta = read(written(deidentify(source, a_plan()).dataset)).file_meta
    assert "SourceApplicationEntityTitle" not in meta
    assert (meta.ImplementationClassUID, meta.ImplementationVersionName) == (IMPLEMENTATION_CLASS_UID, "CASEBOOK_1")
    assert meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_the_file_meta_agrees_with_the_object():
    archived = cleaned()
    assert archived.file_meta.MediaStorageSOPInstanceUID == archived.SOPInstanceUID
    assert archived.file_meta.MediaStorageSOPClassUID == archived.SOPClassUID


def test_elements_every_image_must_have_stay_empty():
    archived = cleaned(ReferringPhysicianName="Sato^Jiro", StudyID="4711", Manufacturer="Sato's workshop")
    assert [archived[k].value for k in ("ReferringPhysicianName", "StudyID", "Manufacturer")] == ["", "", ""]
    assert not archived.PatientBirthDate


def test_the_patients_characteristics_stay():
    archived = cleaned(PatientAge="093Y", PatientSize="1.66", PatientWeight="66")
    assert (archived.PatientAge, archived.PatientSex) == ("090Y", "M")
    assert (archived.PatientSize, archived.PatientWeight) == (1.66, 66)


def test_the_scanner_stays_only_if_the_study_says_so():
    source = {"DeviceSerialNumber": "35131", "StationName": "MRC35131", "ManufacturerModelName": "Prisma"}
    assert not set(source) & set(cleaned(**source).dir())
    kept = deidentify(an_image(**source), a_plan(retain_device=True)).dataset
    assert {keyword: kept[keyword].value for keyword in source} == source
    assert "113109" in [item.CodeValue for item in kept.DeidentificationMethodCodeSequence]


def test_a_station_named_after_the_patient_does_not_stay_even_then():
    archived = deidentify(an_image(StationName="MR YAMADA"), a_plan(retain_device=True)).dataset
    assert "StationName" not in archived


def test_a_known_code_stays_in_the_standards_words():
    archived = cleaned(AnatomicRegionSequence=[coded("10200004", "SCT", "Mr Yamada's liver")])
    assert archived.AnatomicRegionSequence[0].CodeMeaning == "Liver"


@pytest.mark.parametrize(
    "code", [("M2195", "GEIIS", "BWH MR"), ("98765432", "SCT", "Yamada"), ("10200004", "99X", "Liver")]
)
def test_an_unknown_code_goes_with_its_sequence(code):
    assert "AnatomicRegionSequence" not in cleaned(AnatomicRegionSequence=[coded(*code)])


def test_an_element_in_a_wrong_vr_does_not_stay():
    source = an_image()
    source.add(DataElement(BaseTag(0x00180080), "LO", "Yamada"))
    source.add(DataElement(BaseTag(0x00180087), "UN", b"Yamada", already_converted=True))
    archived = deidentify(source, a_plan()).dataset
    assert "RepetitionTime" not in archived
    assert "MagneticFieldStrength" not in archived


def test_an_integer_that_is_the_patients_number_does_not_stay():
    assert "AcquisitionNumber" not in cleaned(AcquisitionNumber="98765432")
    assert cleaned(AcquisitionNumber="3").AcquisitionNumber == 3


def test_a_resolved_b_value_is_written_where_the_standard_wants_it():
    archived = deidentify(an_image(), a_plan(), b_value_s_mm2=800).dataset
    assert archived.DiffusionBValue == 800.0


def test_a_b_value_of_zero_is_written_too():
    assert deidentify(an_image(), a_plan(), b_value_s_mm2=0.0).dataset.DiffusionBValue == 0.0


def test_the_senders_own_standard_b_value_is_not_overwritten():
    archived = deidentify(an_image(DiffusionBValue=50.0), a_plan(), b_value_s_mm2=800).dataset
    assert archived.DiffusionBValue == 50.0


def enhanced(*frames: Dataset, shared: Dataset | None = None) -> Dataset:
    return an_image(
        SOPClassUID=EnhancedMRImageStorage,
        NumberOfFrames=len(frames),
        SharedFunctionalGroupsSequence=[shared or Dataset()],
        PerFrameFunctionalGroupsSequence=list(frames),
    )


def diffusion(b_value_s_mm2: float) -> Dataset:
    group, item = Dataset(), Dataset()
    item.DiffusionBValue = b_value_s_mm2
    group.MRDiffusionSequence = [item]
    return group


def test_resolved_b_values_are_written_in_each_frame_that_has_none():
    source = enhanced(Dataset(), diffusion(50.0), Dataset())
    archived = deidentify(source, a_plan(), frame_b_values_s_mm2=[0.0, 400.0, None]).dataset
    groups = archived.PerFrameFunctionalGroupsSequence
    assert [g.MRDiffusionSequence[0].DiffusionBValue for g in groups[:2]] == [0.0, 50.0]
    assert "MRDiffusionSequence" not in groups[2]


def test_a_b_value_shared_by_all_frames_is_not_repeated():
    source = enhanced(Dataset(), Dataset(), shared=diffusion(800.0))
    archived = deidentify(source, a_plan(), frame_b_values_s_mm2=[800.0, 800.0]).dataset
    assert all("MRDiffusionSequence" not in group for group in archived.PerFrameFunctionalGroupsSequence)


def test_every_frame_keeps_its_place_even_when_nothing_of_it_stays():
    unnamed, described = Dataset(), Dataset()
    described.FrameComments = "Yamada"
    archived = deidentify(enhanced(described, unnamed, diffusion(50.0)), a_plan()).dataset
    assert len(archived.PerFrameFunctionalGroupsSequence) == 3


def test_the_source_keeps_its_values():
    source = an_image()
    deidentify(source, a_plan())
    assert (source.PatientID, source.StudyDate, source.SOPInstanceUID) == ("98765432", "20170304", "1.2.3.4.5")


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_an_object_without_one_of_its_uids_is_refused_in_words(keyword):
    source = an_image()
    del source[keyword]
    with pytest.raises(Invalid, match=keyword):
        deidentify(source, a_plan())


def test_an_object_of_a_private_class_is_refused():
    with pytest.raises(Invalid, match="SOPClassUID"):
        deidentify(an_image(SOPClassUID="1.3.12.2.1107.5.9.1"), a_plan())


def test_a_uid_that_is_a_path_becomes_a_uid():
    source = an_image()
    source.add(DataElement(BaseTag(0x00080018), "UI", UID("../../etc", config.IGNORE), already_converted=True))
    assert deidentify(source, a_plan()).dataset.SOPInstanceUID.startswith("2.25.")


def test_cleaning_a_result_again_changes_nothing():
    once = cleaned()
    assert deidentify(once, a_plan()).dataset == once


def test_the_second_time_nothing_is_shifted_or_replaced_by_rule():
    report = deidentify(cleaned(), a_plan()).report
    assert not [line for line in report.lines if line.outcome is Outcome.SHIFTED]


def test_the_archived_uid_of_a_source_uid_can_be_asked_for_the_first_and_the_second_time():
    once = deidentify(an_image(), a_plan())
    made = once.dataset.SOPInstanceUID
    assert once.keyed.uid("1.2.3.4.5") == made
    assert deidentify(once.dataset, a_plan()).keyed.uid(made) == made


def test_an_unreadable_transfer_syntax_does_not_stop_the_cleaning():
    source = an_image()
    source.file_meta.add(DataElement(BaseTag(0x00020010), "UI", b"\1\2", already_converted=True))
    assert deidentify(source, a_plan()).dataset.PatientID == "JP-03-0147"
