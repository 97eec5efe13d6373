"""b-values where each maker writes them; the encodings are those seen in real files."""

import struct

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement

from casebook.dicom.b_values import csa_number, directionality, gradient, resolve_b_value
from casebook.domain.series_facts import BValueSource, Vendor


def private(group: int, creator: str | None, element: int, vr: str, value: object, *, block: int = 0x10) -> Dataset:
    """A data set with one private element in a block of its creator."""
    ds = Dataset()
    if creator is not None:
        ds.add_new((group << 16) | block, "LO", creator)
    ds.add(DataElement((group << 16) | (block << 8) | element, vr, value))
    return ds


def resolved(ds: Dataset, vendor: Vendor) -> tuple[float, BValueSource] | None:
    found = resolve_b_value(ds, vendor=vendor)
    return None if found is None else (found.s_per_mm2, found.source)


@pytest.mark.parametrize(
    ("written", "b_value"),
    [(0, 0.0), (800, 800.0), (0.0010000000474974513, 0.0), (0.004, 0.0), (929.7501831337527, 929.75), (1.2519, 1.25)],
)
def test_the_standard_element_counts_first(written, b_value):
    ds = private(0x0019, "SIEMENS MR HEADER", 0x0C, "IS", "50")
    ds.DiffusionBValue = written
    assert resolved(ds, Vendor.SIEMENS) == (b_value, BValueSource.STANDARD)


@pytest.mark.parametrize("written", [-1.0, 1e9, float("nan"), float("inf")])
def test_what_no_gradient_reaches_is_no_b_value(written):
    ds = Dataset()
    ds.DiffusionBValue = written
    assert resolved(ds, Vendor.PHILIPS) is None


def test_a_frame_has_its_own_in_the_diffusion_macro():
    frame, inner = Dataset(), Dataset()
    inner.DiffusionBValue = 1300.0
    frame.MRDiffusionSequence = [inner]
    assert resolved(frame, Vendor.PHILIPS) == (1300.0, BValueSource.STANDARD_SEQUENCE)


def test_a_frame_without_gradient_is_b_0():
    frame, inner = Dataset(), Dataset()
    inner.DiffusionDirectionality = "NONE"
    frame.MRDiffusionSequence = [inner]
    assert resolved(frame, Vendor.SIEMENS) == (0.0, BValueSource.NO_GRADIENT)
    assert directionality(frame) == "NONE"


def test_a_frame_inherits_what_is_shared():
    shared, inner = Dataset(), Dataset()
    inner.DiffusionBValue = 400.0
    shared.MRDiffusionSequence = [inner]
    found = resolve_b_value(Dataset(), within=shared, vendor=Vendor.CANON)
    assert found is not None
    assert found.s_per_mm2 == 400.0


@pytest.mark.parametrize("block", [0x10, 0x11, 0x42, 0xFF])
def test_siemens_writes_a_private_integer_in_whichever_block_its_creator_has(block):
    ds = private(0x0019, "SIEMENS MR HEADER", 0x0C, "IS", "400", block=block)
    assert resolved(ds, Vendor.SIEMENS) == (400.0, BValueSource.SIEMENS)


def test_an_element_of_another_creator_at_the_usual_place_is_not_a_b_value():
    ds = private(0x0019, "SOMEBODY ELSE", 0x0C, "IS", "400")
    assert resolved(ds, Vendor.SIEMENS) is None
    ds = private(0x0043, "SOMEBODY ELSE", 0x39, "IS", ["400", "8", "0", "0"])
    assert resolved(ds, Vendor.GE) is None


def test_a_maker_s_private_element_is_read_for_this_maker_only():
    ds = private(0x0043, "GEMS_PARM_01", 0x39, "IS", ["750", "8", "0", "0"])
    assert resolved(ds, Vendor.OTHER) is None


@pytest.mark.parametrize(
    ("written", "b_value"),
    [
        (["750", "8", "0", "0"], 750.0),
        (["1000000750", "8", "0", "0"], 750.0),
        (["1000000000", "8", "0", "0"], 0.0),
        (["0", "335544320", "0", "0"], 0.0),
    ],
)
def test_ge_s_offset_is_taken_off(written, b_value):
    ds = private(0x0043, "GEMS_PARM_01", 0x39, "IS", written)
    assert resolved(ds, Vendor.GE) == (b_value, BValueSource.GE)


def test_raw_bytes_of_an_unknown_vr_are_read_by_the_maker_s_own():
    assert resolved(private(0x0043, "GEMS_PARM_01", 0x39, "UN", b"1000000500\\8\\0\\0 "), Vendor.GE) == (
        500.0,
        BValueSource.GE,
    )
    assert resolved(private(0x2001, "Philips Imaging DD 001", 0x03, "UN", struct.pack("<f", 1000)), Vendor.PHILIPS) == (
        1000.0,
        BValueSource.PHILIPS,
    )
    assert resolved(private(0x0065, "Image Private Header", 0x09, "UN", struct.pack("<d", 929.7501)), Vendor.UIH) == (
        929.75,
        BValueSource.UIH,
    )
    assert resolved(private(0x2001, "Philips Imaging DD 001", 0x03, "UN", b"\0\0"), Vendor.PHILIPS) is None
    assert resolved(private(0x0043, "GEMS_PARM_01", 0x39, "UN", b"\xff\xfe"), Vendor.GE) is None


@pytest.mark.parametrize(
    ("vendor", "group", "element", "vr", "value"),
    [
        (Vendor.SIEMENS, 0x0019, 0x0C, "IS", "1000"),
        (Vendor.GE, 0x0043, 0x39, "IS", ["1000", "8", "0", "0"]),
        (Vendor.PHILIPS, 0x2001, 0x03, "FL", 1000.0),
    ],
)
def test_files_stripped_of_their_creator_keep_the_b_value_of_the_usual_block(vendor, group, element, vr, value):
    found = resolve_b_value(private(group, None, element, vr, value), vendor=vendor)
    assert found is not None
    assert found.s_per_mm2 == 1000.0


def test_philips_and_uih_write_floats():
    assert resolved(private(0x2001, "Philips Imaging DD 001", 0x03, "FL", 0.003), Vendor.PHILIPS) == (
        0.0,
        BValueSource.PHILIPS,
    )
    assert resolved(private(0x0065, "Image Private Header", 0x09, "FD", 1.2512641), Vendor.UIH) == (
        1.25,
        BValueSource.UIH,
    )


@pytest.mark.parametrize(("comment", "b_value"), [("b=1500(0.895,0.000,0.445)", 1500.0), (" B = 400 ", 400.0)])
def test_canon_writes_it_into_the_comment(comment, b_value):
    ds = Dataset()
    ds.ImageComments = comment
    assert resolved(ds, Vendor.CANON) == (b_value, BValueSource.COMMENT)
    assert resolved(ds, Vendor.GE) is None


@pytest.mark.parametrize("comment", ["born 1952", "sub=15", "b", "b=abc", ""])
def test_other_comments_are_no_b_values(comment):
    ds = Dataset()
    ds.ImageComments = comment
    assert resolved(ds, Vendor.CANON) is None


@pytest.mark.parametrize(
    ("name", "b_value"),
    [("*ep_b50t", 50.0), ("ep_b1500#2", 1500.0), ("*re_b800t", 800.0), ("*ep_b0", 0.0)],
)
def test_a_siemens_sequence_name_is_the_last_resort(name, b_value):
    ds = Dataset()
    ds.SequenceName = name
    assert resolved(ds, Vendor.SIEMENS) == (b_value, BValueSource.SEQUENCE_NAME)


@pytest.mark.parametrize("name", ["*ep_b0_1000", "*fl3d1", "*tse2d1_25", "epfid2d1_72", ""])
def test_other_sequence_names_are_no_b_values(name):
    ds = Dataset()
    ds.SequenceName = name
    assert resolved(ds, Vendor.SIEMENS) is None


def a_csa_header(name: bytes, *values: bytes) -> bytes:
    """A Siemens CSA header of the newer form with one other entry before the one asked for."""

    def entry(label: bytes, items: tuple[bytes, ...]) -> bytes:
        made = label.ljust(64, b"\0") + struct.pack("<i4siii", 1, b"IS\0\0", 6, len(items), 77)
        for value in items:
            made += struct.pack("<4i", len(value), len(value), 77, len(value))
            made += value + b"\0" * (-len(value) % 4)
        return made

    return b"SV10\4\3\2\1" + struct.pack("<II", 2, 77) + entry(b"B_matrix", (b"", b"")) + entry(name, values)


def test_the_csa_header_counts_before_the_plain_element():
    ds = private(0x0019, "SIEMENS MR HEADER", 0x0C, "IS", "50")
    ds.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    ds.add_new(0x00291010, "OB", a_csa_header(b"B_value", b"400\0", b"", b""))
    assert resolved(ds, Vendor.SIEMENS) == (400.0, BValueSource.SIEMENS_CSA)


def test_an_empty_csa_entry_leaves_the_plain_element():
    ds = private(0x0019, "SIEMENS MR HEADER", 0x0C, "IS", "50")
    ds.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    ds.add_new(0x00291010, "OB", a_csa_header(b"B_value", b"", b""))
    assert resolved(ds, Vendor.SIEMENS) == (50.0, BValueSource.SIEMENS)


def test_a_csa_header_cut_anywhere_is_no_error():
    whole = a_csa_header(b"B_value", b"400\0")
    for length in range(len(whole)):
        assert csa_number(whole[:length], b"B_value") in {None, 400.0}
    assert csa_number(whole, b"B_value") == 400.0
    assert (
        csa_number(whole.replace(struct.pack("<4i", 4, 4, 77, 4), struct.pack("<4i", 4, -9, 77, 4)), b"B_value") is None
    )


def test_siemens_interoperability_exports_keep_it_in_the_frame_header():
    ds = private(0x0021, "SIEMENS MR SDI 02", 0x05, "IS", "800", block=0x11)
    assert resolved(ds, Vendor.SIEMENS) == (800.0, BValueSource.SIEMENS_SDI)
    outer = Dataset()
    outer.add_new(0x00210011, "LO", "SIEMENS MR SDI 02")
    outer.add_new(0x002111FE, "SQ", [ds])
    assert resolved(outer, Vendor.SIEMENS) == (800.0, BValueSource.SIEMENS_SDI)


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ({"SeriesDescription": "DWI b=0", "ScanningSequence": ["SE", "EP"]}, (0.0, BValueSource.SERIES_NAME)),
        ({"SeriesDescription": "拡散強調 b800", "ScanningSequence": "EP"}, (800.0, BValueSource.SERIES_NAME)),
        ({"ProtocolName": "Ax DWI b50", "EchoPlanarPulseSequence": "YES"}, (50.0, BValueSource.SERIES_NAME)),
        ({"SeriesDescription": "DWI b=0", "ScanningSequence": "GR"}, None),
        ({"SeriesDescription": "fMRI b0", "ScanningSequence": "EP"}, None),
        ({"SeriesDescription": "DWI b800 ADC", "ScanningSequence": "EP"}, None),
        ({"SeriesDescription": "DWI b0_50_400", "ScanningSequence": "EP"}, None),
    ],
)
def test_the_name_of_echo_planar_diffusion_is_the_very_last_resort(elements, found):
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    assert resolved(ds, Vendor.CANON) == found


def test_silence_is_not_b_0():
    assert resolved(Dataset(), Vendor.CANON) is None
    assert resolved(Dataset(), Vendor.GE) is None


def test_a_reader_sees_whole_numbers():
    ds = Dataset()
    ds.DiffusionBValue = 929.75
    found = resolve_b_value(ds, vendor=Vendor.UIH)
    assert found is not None
    assert found.displayed == 930


def test_the_direction_is_read_wherever_the_standard_allows_it():
    plain, frame, inner, direction = Dataset(), Dataset(), Dataset(), Dataset()
    plain.DiffusionGradientOrientation = [1.0, 0.0, 0.0]
    direction.DiffusionGradientOrientation = [0.0, 0.6, 0.8]
    inner.DiffusionGradientDirectionSequence = [direction]
    frame.MRDiffusionSequence = [inner]
    assert gradient(plain) == (1.0, 0.0, 0.0)
    assert gradient(frame) == (0.0, 0.6, 0.8)
    assert gradient(Dataset()) is None
