"""The engine on single datasets."""

import pytest

from casebook.dicom.deidentification import deidentify
from casebook.domain.errors import Invalid
from tests.dicom.deidentification.builders import a_plan, an_image


def test_the_subject_number_takes_the_place_of_name_and_id():
    cleaned = deidentify(an_image(), a_plan()).dataset
    assert (str(cleaned.PatientName), cleaned.PatientID) == ("JP-03-0147", "JP-03-0147")


def test_an_element_that_no_rule_names_is_removed():
    cleaned = deidentify(an_image(PatientComments="called on Monday"), a_plan()).dataset
    assert "PatientComments" not in cleaned


def test_the_source_keeps_its_values():
    source = an_image()
    deidentify(source, a_plan())
    assert (source.PatientID, source.StudyDate, source.SOPInstanceUID) == ("98765432", "20170304", "1.2.3.4.5")


def test_an_object_without_a_study_uid_is_refused_in_words():
    source = an_image()
    del source.StudyInstanceUID
    with pytest.raises(Invalid, match="StudyInstanceUID"):
        deidentify(source, a_plan())


def test_a_resolved_b_value_is_written_where_the_standard_wants_it():
    cleaned = deidentify(an_image(), a_plan(), b_value_s_mm2=800).dataset
    assert cleaned.DiffusionBValue == 800.0


def test_cleaning_a_result_again_changes_nothing():
    once = deidentify(an_image(), a_plan()).dataset
    assert deidentify(once, a_plan()).dataset == once
