import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from casebook.dicom.archive_form import write_archive_form
from casebook.dicom.dicom_json import InstanceJson, members_of, series_metadata, with_base_url
from casebook.dicom.explicit_le import encoded_element
from tests.dicom.pixel_builders import SERIES_UID, SOP_UID, STUDY_UID, an_image


@pytest.fixture
def as_json(tmp_path):
    def text_of(ds: Dataset) -> str:
        return write_archive_form(ds, tmp_path / "a.dcm").dicom_json.decode()

    return text_of


def test_what_rendering_needs_is_there(as_json):
    ds = an_image(
        ImagePositionPatient=["-120.5", "-90", "12.25"],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        FrameOfReferenceUID="1.2.3",
    )
    found = json.loads(as_json(ds))
    assert found["00280010"] == {"vr": "US", "Value": [16]}
    assert found["00280011"] == {"vr": "US", "Value": [12]}
    assert found["00280100"]["Value"] == [16]
    assert found["00280103"]["Value"] == [1]
    assert found["00280002"]["Value"] == [1]
    assert found["00280004"]["Value"] == ["MONOCHROME2"]
    assert found["00200032"]["Value"] == [-120.5, -90, 12.25]
    assert found["00200037"]["Value"] == [1, 0, 0, 0, 1, 0]
    assert found["00200052"]["Value"] == ["1.2.3"]
    assert "7FE00010" not in found


@pytest.mark.parametrize(
    ("written", "token"),
    [
        ("1.50", "1.50"),
        ("-0.000", "-0.000"),
        ("1E+3", "1E+3"),
        ("+12", "12"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-.25e2", "-0.25e2"),
        ("1.0E2", "1.0E2"),
    ],
)
def test_decimals_keep_their_digits(as_json, written, token):
    assert f'"00180050":{{"vr":"DS","Value":[{token}]}}' in as_json(an_image(SliceThickness=written))


def test_members_are_in_ascending_order_and_empty_means_no_value(as_json):
    ds = an_image(PatientBirthDate="", ImageComments="")
    del ds.SeriesDescription
    found = json.loads(as_json(ds))
    assert list(found) == sorted(found)
    assert found["00100030"] == {"vr": "DA"}
    assert found["0008103E"] == {"vr": "LO"}


def test_an_empty_value_between_others_is_null(as_json):
    found = json.loads(as_json(an_image(ImageType=["DERIVED", "", "ADC"])))
    assert found["00080008"]["Value"] == ["DERIVED", None, "ADC"]


@pytest.mark.parametrize("charset", ["ISO_IR 192", ["", "ISO 2022 IR 87"], "GB18030"])
def test_names_are_objects_of_their_groups_in_any_character_set(as_json, charset):
    found = json.loads(as_json(an_image(SpecificCharacterSet=charset, PatientName="Yamada^Taro=山田^太郎")))
    assert found["00100010"]["Value"] == [{"Alphabetic": "Yamada^Taro", "Ideographic": "山田^太郎"}]


def test_a_two_byte_character_that_holds_a_delimiter_is_not_split(as_json):
    found = json.loads(as_json(an_image(SpecificCharacterSet=["", "ISO 2022 IR 87"], ReviewerName="Ju=重^充")))
    assert found["300E0008"]["Value"] == [{"Alphabetic": "Ju", "Ideographic": "重^充"}]


def test_text_that_does_not_decode_becomes_replacement_characters():
    data_set = encoded_element(0x00080005, b"CS", b"ISO_IR 192") + encoded_element(0x00204000, b"LT", b"gr\xfcn")
    written = InstanceJson(study_uid="", series_uid="", sop_uid="")
    written.add(data_set)
    assert json.loads(written.finish())["00204000"]["Value"] == ["gr\ufffdn"]


def test_long_text_keeps_its_backslashes(as_json):
    assert json.loads(as_json(an_image(ImageComments='a\\b "c" \r\n')))["00204000"]["Value"] == ['a\\b "c" \r\n']


def test_numbers_that_json_cannot_hold_become_words(as_json):
    ds = an_image()
    ds.add_new(0x00189087, "FD", [math.nan, math.inf, -math.inf, 800.0])
    assert json.loads(as_json(ds))["00189087"]["Value"] == ["NaN", "inf", "-inf", 800.0]


def test_small_binaries_are_inline_and_large_ones_have_an_absolute_address(as_json):
    ds = an_image()
    lut = Dataset()
    lut.add_new(0x00283006, "OW", bytes(4000))
    ds.ModalityLUTSequence = Sequence([lut])
    ds.add_new(0x00282000, "OB", b"\1\2\3\4")
    served = json.loads(with_base_url(as_json(ds).encode(), "https://casebook.example/dicomweb"))
    assert served["00282000"] == {"vr": "OB", "InlineBinary": "AQIDBA=="}
    assert served["00283000"]["Value"][0]["00283006"] == {
        "vr": "OW",
        "BulkDataURI": f"https://casebook.example/dicomweb/studies/{STUDY_UID}/series/{SERIES_UID}"
        f"/instances/{SOP_UID}/bulkdata/00283000/1/00283006",
    }


def test_a_description_cannot_pass_for_a_bulk_address(as_json):
    comment = 'x "BulkDataURI":"/studies'
    served = json.loads(with_base_url(as_json(an_image(ImageComments=comment)).encode(), "http://h"))
    assert served["00204000"]["Value"] == [comment]


def test_a_series_is_one_array(as_json):
    one = as_json(an_image()).encode()
    assert [found["00080018"]["Value"] for found in json.loads(series_metadata([one, one]))] == [[SOP_UID]] * 2
    assert json.loads(series_metadata([])) == []


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\\^="), min_size=1, max_size=30
)
values = st.fixed_dictionaries(
    {},
    optional={
        "StudyDescription": texts,
        "ImageComments": texts,
        "SliceThickness": st.decimals(-1000, 1000, places=3).map(str),
        "InstanceNumber": st.integers(-(2**31), 2**31 - 1),
        "PixelSpacing": st.lists(st.floats(0.125, 9, width=16).map(lambda mm: f"{mm:.6g}"), min_size=2, max_size=2),
        "DiffusionBValue": st.floats(0, 5000),
        "SmallestImagePixelValue": st.integers(-32768, 32767),
        "ContentDate": st.dates().map(lambda day: f"{day:%Y}".zfill(4) + f"{day:%m%d}"),
        "FrameIncrementPointer": st.just(0x00540010),
        "ICCProfile": st.binary(min_size=2, max_size=900).filter(lambda value: len(value) % 2 == 0),
        "FailureReason": st.integers(0, 65535),
    },
)


@given(values, st.lists(values, min_size=1, max_size=3))
def test_pydicom_reads_the_same_from_the_file_as_the_json_says(tmp_path_factory, outer, nested):
    path = tmp_path_factory.getbasetemp() / "differential.dcm"
    ds = an_image(SpecificCharacterSet="ISO_IR 192", **outer)
    ds.SourceImageSequence = Sequence([Dataset() for _ in nested])
    for item, content in zip(ds.SourceImageSequence, nested, strict=True):
        for keyword, value in content.items():
            setattr(item, keyword, value)
    found = json.loads(write_archive_form(ds, path).dicom_json)
    expected = dcmread(path, stop_before_pixels=True).to_json_dict(bulk_data_threshold=1025)
    assert found == expected


def test_members_are_found_as_they_are_written(as_json):
    ds = an_image(SliceThickness="1.50", ImageComments='}, {"00100020":{"vr":')
    ds.SourceImageSequence = Sequence([an_image()])
    del ds.SourceImageSequence[0].PixelData
    text = as_json(ds)
    found = members_of(text.encode())
    assert found[0x00180050] == '"00180050":{"vr":"DS","Value":[1.50]}'
    assert "{" + ",".join(found.values()) + "}" == text
    assert members_of(b"{}") == {}
