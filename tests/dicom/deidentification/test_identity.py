"""Who the source says the patient is, and finding it again."""

import pytest
from pydicom.dataset import Dataset

from casebook.dicom.deidentification import deidentify, identity_tokens, residual_tokens, source_identity
from casebook.dicom.deidentification.identity import Tokens, holds_token, tokens_of
from sample_dicom.planted import read, written
from tests.dicom.deidentification.builders import a_plan, an_image


def undeclared_shift_jis(name: str) -> Dataset:
    """A file whose name is in Shift-JIS bytes although (0008,0005) says nothing."""
    ds = an_image()
    ds.PatientName = "placeholder"
    raw = name.encode("cp932")
    sent = written(ds).replace(b"ISO_IR 192", b"ISO_IR 6  ")
    start = sent.index(b"placeholder")
    field = start - 2
    length = int.from_bytes(sent[field:start], "little")
    padded = raw + b" " * (len(raw) % 2)
    return read(sent[:field] + len(padded).to_bytes(2, "little") + padded + sent[start + length :])


def test_the_identity_for_the_link_table_is_complete():
    found = source_identity(an_image(OtherPatientIDs=["OLD-1", "OLD-2"]))
    assert (found.patient_id, found.birth_date, found.sex) == ("98765432", "19510203", "M")
    assert (found.study_uid, found.series_uid, found.sop_uid) == ("1.2.3.4", "1.2.3.4.9", "1.2.3.4.5")
    assert (found.accession_number, found.study_date, found.study_time) == ("A0099123", "20170304", "101112")
    assert found.other_identifiers == ("OLD-1", "OLD-2")


def test_all_component_groups_of_a_name_are_read():
    assert {"Yamada^Tarou", "山田^太郎", "やまだ^たろう"} <= set(source_identity(an_image()).name_variants)


def test_a_name_in_undeclared_shift_jis_is_read_too():
    assert "山田^太郎" in source_identity(undeclared_shift_jis("山田^太郎")).name_variants


def test_an_object_without_any_identity_has_empty_fields():
    found = source_identity(Dataset())
    assert (found.patient_id, found.patient_name, found.name_variants) == ("", "", ())


@pytest.mark.parametrize("text", ["yamada", "MR YAMADA", "scan_of_Yamada", "山田さん 山田", "98765432", "19510203"])
def test_the_patients_words_are_found_in_a_text(text):
    assert holds_token(text, identity_tokens(an_image()).patient)


@pytest.mark.parametrize("text", ["liver", "Yamadaya", "9876543", "tar"])
def test_other_words_are_not(text):
    assert not holds_token(text, identity_tokens(an_image()).patient)


def test_short_words_are_no_tokens():
    assert tokens_of(["Li^Bo", "12"]) == {"li^bo"}


def test_doctors_and_places_are_tokens_but_not_the_patients():
    tokens = identity_tokens(an_image(InstitutionName="Shizuoka", ReferringPhysicianName="Sato^Jiro"))
    assert {"shizuoka", "sato", "jiro"} <= tokens.everyone
    assert tokens.patient.isdisjoint({"shizuoka", "sato", "jiro"})


def test_a_word_of_the_patient_in_a_technical_text_removes_it():
    named_helix = an_image(PatientName="Helix^Anna", ReceiveCoilName="Body helix")
    assert "ReceiveCoilName" not in deidentify(named_helix, a_plan()).dataset


def test_the_search_finds_a_leak_at_any_depth():
    leaky = Dataset()
    leaky.SeriesDescription = "liver"
    leaky.ReferencedImageSequence = [Dataset()]
    leaky.ReferencedImageSequence[0].ImageComments = "called Mr Yamada"
    assert residual_tokens(leaky, identity_tokens(an_image())) == ["00081140/00204000"]


def test_nothing_of_the_patient_is_found_in_a_cleaned_object():
    source = an_image(ImageComments="Yamada", SequenceName="*ep_b50t")
    tokens = identity_tokens(source)
    assert residual_tokens(deidentify(source, a_plan()).dataset, tokens) == []


def test_a_site_that_already_sends_the_subject_number_is_no_leak():
    source = an_image(PatientID="JP-03-0147", PatientName="JP-03-0147")
    tokens = identity_tokens(source).without(a_plan().texts())
    assert tokens.patient.isdisjoint({"jp-03-0147"})


def test_tokens_are_values():
    assert Tokens(frozenset({"a"}), frozenset({"a", "b"})).without(frozenset({"a"})) == Tokens(
        frozenset(), frozenset({"b"})
    )
