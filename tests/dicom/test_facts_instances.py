"""What is read from a header, and what is left behind."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from casebook.dicom.facts import instance_facts, source_text, vendor_of
from casebook.domain.series_facts import (
    ContrastAgent,
    ContrastFacts,
    FrameFacts,
    InstanceFacts,
    SourceText,
    Vendor,
)
from tests.dicom.file_builders import a_ct, a_header, an_image


def an_enhanced(n_frames: int = 2, **elements: object) -> Dataset:
    """A multi-frame MR with two b-values at two positions, thickness shared."""
    ds = an_image(NumberOfFrames=n_frames, PixelData=bytes(48 * n_frames), SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1")
    measures, shared, orientation = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [1.5, 1.25], 5.0
    measures.SpacingBetweenSlices = 6.0
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [a_frame(index) for index in range(n_frames)]
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def a_frame(index: int) -> Dataset:
    frame, position, content, diffusion, echo, kind = (Dataset() for _ in range(6))
    position.ImagePositionPatient = [0, 0, 6.0 * index]
    content.FrameAcquisitionDateTime = f"2017051010203{index}.500000"
    content.TemporalPositionIndex = index + 1
    diffusion.DiffusionBValue = 400.0 * index
    diffusion.DiffusionDirectionality = "NONE" if index == 0 else "ISOTROPIC"
    echo.EffectiveEchoTime = 54.0
    kind.FrameType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]
    frame.PlanePositionSequence, frame.FrameContentSequence = [position], [content]
    frame.MRDiffusionSequence, frame.MREchoSequence = [diffusion], [echo]
    frame.MRImageFrameTypeSequence = [kind]
    return frame


def test_a_classic_instance_has_one_frame_with_its_geometry():
    ds = an_image(
        ImagePositionPatient=[1, 2, 3],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=["1.5", "1.25"],
        SliceThickness="5",
        EchoTime="2.3",
        StudyDate="20170510",
        AcquisitionDate="20170510",
        AcquisitionTime="102030.5",
    )
    facts = instance_facts(ds)
    assert facts.frames == (
        FrameFacts(
            position_mm=(1.0, 2.0, 3.0),
            orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
            pixel_spacing_mm=(1.5, 1.25),
            slice_thickness_mm=5.0,
            echo_time_ms=2.3,
            acquired_s=10 * 3600 + 20 * 60 + 30.5,
        ),
    )


def test_a_multi_frame_instance_has_what_each_frame_says_and_what_they_share():
    facts = instance_facts(an_enhanced(StudyDate="20170510"))
    first, second = facts.frames
    assert (first.position_mm, second.position_mm) == ((0.0, 0.0, 0.0), (0.0, 0.0, 6.0))
    assert {one.orientation for one in facts.frames} == {(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)}
    assert {one.pixel_spacing_mm for one in facts.frames} == {(1.5, 1.25)}
    assert [one.b_value.s_per_mm2 for one in facts.frames if one.b_value] == [0.0, 400.0]
    assert [one.directionality for one in facts.frames] == ["NONE", "ISOTROPIC"]
    assert [one.temporal_position for one in facts.frames] == [1, 2]
    assert second.acquired_s == 10 * 3600 + 20 * 60 + 31.5
    assert second.image_type == ("ORIGINAL", "PRIMARY", "DIFFUSION", "NONE")
    assert facts.acquisition.spacing_between_slices_mm == 6.0


def test_multi_frame_objects_without_functional_groups_have_a_frame_each():
    assert instance_facts(an_image(NumberOfFrames=3)).n_frames == 3


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("SIEMENS", Vendor.SIEMENS),
        ("Siemens Healthineers", Vendor.SIEMENS),
        ("GE MEDICAL SYSTEMS", Vendor.GE),
        ("GE", Vendor.GE),
        ("G.E. Medical Systems", Vendor.GE),
        ("Philips Medical Systems", Vendor.PHILIPS),
        ("TOSHIBA_MEC", Vendor.CANON),
        ("CANON_MEC", Vendor.CANON),
        ("UIH", Vendor.UIH),
        ("Hitachi Medical Corporation", Vendor.FUJIFILM),
        ("GEneric", Vendor.OTHER),
        ("", Vendor.OTHER),
    ],
)
def test_makers_are_known_by_the_names_they_write(name, vendor):
    assert vendor_of(a_header(Manufacturer=name)) is vendor


def test_times_count_from_midnight_of_the_study_s_day():
    before, after = (
        a_header(StudyDate="20170510", AcquisitionDate=day, AcquisitionTime=time)
        for day, time in (("20170510", "235950"), ("20170511", "000010.25"))
    )
    late, early = (instance_facts(one).frames[0].acquired_s for one in (before, after))
    assert late == 86_390
    assert early == 86_410.25


@pytest.mark.parametrize(
    ("elements", "seconds"),
    [
        ({"AcquisitionTime": "10"}, 36_000),
        ({"AcquisitionTime": "1005"}, 36_300),
        ({"AcquisitionTime": "10:05:07"}, 36_307),
        ({"AcquisitionTime": "1005070000"}, 36_307),
        ({"AcquisitionTime": "noon"}, None),
        ({"AcquisitionTime": "256000"}, None),
        ({"AcquisitionTime": ""}, None),
        ({"ContentTime": "100000"}, 36_000),
        ({"AcquisitionDateTime": "20170510100001.5"}, 36_001.5),
        ({"AcquisitionDateTime": "2017", "AcquisitionTime": "100000"}, 36_000),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_times_of_real_files_are_read_or_left_out(elements, seconds):
    assert instance_facts(a_header(StudyDate="20170510", **elements)).frames[0].acquired_s == seconds


def test_values_of_the_wrong_form_are_not_there():
    ds = an_image()
    ds.add_new("SliceThickness", "LO", "five")
    ds.add_new("EchoTime", "LO", "2,3")
    ds.add_new("ImagePositionPatient", "LO", ["1", "2"])
    ds.add_new("ImageType", "LO", ["ORIGINAL", "a long sentence with a name", "M"])
    facts = instance_facts(ds)
    assert facts.frames[0].slice_thickness_mm is None
    assert facts.frames[0].echo_time_ms is None
    assert facts.frames[0].position_mm is None
    assert facts.image_type == ("ORIGINAL", "M")


def test_contrast_is_read_from_text_codes_and_start_time():
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "440223009", "SCT", "Gadoxetate disodium"
    assert instance_facts(a_header(ContrastBolusAgentSequence=[code])).contrast.agent is ContrastAgent.GADOXETATE
    facts = instance_facts(a_header(ContrastBolusAgent="EOB Primovist 8ml", ContrastBolusStartTime="101500"))
    assert facts.contrast == ContrastFacts(agent=ContrastAgent.GADOXETATE, start_s=36_900)


@pytest.mark.parametrize(
    ("written", "agent"),
    [
        ("ﾌﾟﾘﾓﾋﾞｽﾄ注シリンジ", ContrastAgent.GADOXETATE),
        ("プリモビスト", ContrastAgent.GADOXETATE),
        ("Gd-EOB-DTPA", ContrastAgent.GADOXETATE),
        ("MultiHance", ContrastAgent.GADOBENATE),
        ("GADAVIST", ContrastAgent.EXTRACELLULAR),
        ("ISOVUE300/100", ContrastAgent.IODINATED),
        ("オムニパーク350", ContrastAgent.IODINATED),
        ("CONTRAST", ContrastAgent.UNRECOGNISED),
        ("none", None),
        ("なし", None),
        ("", None),
    ],
)
def test_agents_are_known_by_substance_and_trade_name(written, agent):
    ds = a_header(SpecificCharacterSet="ISO_IR 192", ContrastBolusAgent=written)
    assert instance_facts(ds).contrast.agent is agent


@pytest.mark.parametrize("code", ["mm2/s", "um2/s", "1", "[hnsf'U]"])
def test_units_of_real_world_values_are_kept_as_codes(code):
    unit, mapping = Dataset(), Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator = code, "UCUM"
    mapping.MeasurementUnitsCodeSequence = [unit]
    pixels = instance_facts(an_image(RealWorldValueMappingSequence=[mapping])).pixels
    assert pixels is not None
    assert pixels.units == (None if "'" in code else code)


def test_facts_hold_no_free_text():
    secret = "Yamada Tarou 1952"
    ds = an_image(
        PatientName=secret, StudyDescription=secret, SeriesDescription=secret, ProtocolName=secret, ImageComments=secret,
        SequenceName="Yamada Tarou", Manufacturer=secret, ContrastBolusAgent=secret, DerivationDescription=secret,
    )  # fmt: skip
    assert "Yamada" not in json.dumps(instance_facts(ds).to_json(), ensure_ascii=False)
    text = source_text(ds)
    assert text.series_description == text.protocol_name == text.image_comments == secret


@pytest.mark.parametrize("ds", [an_image(), a_ct(KVP="120"), an_enhanced(), a_header()])
def test_facts_and_text_survive_storage(ds):
    facts, text = instance_facts(ds), source_text(ds)
    stored = json.dumps([facts.to_json(), text.to_json()], allow_nan=False)
    again = json.loads(stored)
    assert InstanceFacts.from_json(again[0]) == facts
    assert SourceText.from_json(again[1]) == text


def test_stored_facts_leave_out_what_says_nothing():
    assert set(instance_facts(a_header(ImageType=None)).to_json()) == {
        "sop_class_uid", "sop_uid", "study_uid", "series_uid", "transfer_syntax_uid", "modality",
    }  # fmt: skip


def test_stored_facts_without_their_uids_are_not_facts():
    plain = instance_facts(a_header()).to_json()
    del plain["sop_uid"]
    with pytest.raises(KeyError):
        InstanceFacts.from_json(plain)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(
    b_value=st.floats(0, 5000), position=st.tuples(NUMBERS, NUMBERS, NUMBERS), echo_time=NUMBERS, temporal=st.integers(0, 99)
)  # fmt: skip
def test_any_frame_survives_storage(b_value, position, echo_time, temporal):
    from casebook.domain.series_facts import BValue, BValueSource

    frame = FrameFacts(
        position_mm=position,
        b_value=BValue(b_value, BValueSource.UIH),
        echo_time_ms=echo_time,
        temporal_position=temporal,
    )
    facts = InstanceFacts("1.1", "1.2", "1.3", "1.4", "1.5", "MR", frames=(frame, FrameFacts()))
    assert InstanceFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts
