"""Text of headers with the faults real Japanese, Chinese and European files have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from casebook.dicom.charset import decode, text
from casebook.dicom.facts import instance_facts, source_text


def received(raw: bytes, character_set: bytes | None = None) -> Dataset:
    """A data set as it comes from a file: values still bytes."""
    ds = Dataset()
    for tag, vr, value in ((0x00080005, "CS", character_set), (0x0008103E, "LO", raw)):
        if value is not None:
            ds[Tag(tag)] = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
    return ds


@pytest.mark.parametrize(
    ("raw", "character_set", "meant"),
    [
        pytest.param("肝細胞相".encode("cp932"), None, "肝細胞相", id="Shift-JIS, undeclared"),
        pytest.param("動脈相".encode("cp932"), b"ISO_IR 100", "動脈相", id="Shift-JIS under Latin-1"),
        pytest.param("ﾀﾞｲﾅﾐｯｸ".encode("cp932"), b"ISO_IR 13", "ﾀﾞｲﾅﾐｯｸ", id="half-width kana, declared"),
        pytest.param("門脈相".encode(), b"ISO_IR 192", "門脈相", id="UTF-8, declared"),
        pytest.param("門脈相".encode(), None, "門脈相", id="UTF-8, undeclared"),
        pytest.param("造影".encode("iso2022_jp"), b"\\ISO 2022 IR 87", "造影", id="ISO 2022, declared"),
        pytest.param(
            "造影 3D".encode("iso2022_jp"), b"ISO 2022 IR 6\\ISO 2022 IR 87", "造影 3D", id="ISO 2022 with Latin"
        ),
        pytest.param("Lebervenenphase ä".encode("latin-1"), b"ISO_IR 100", "Lebervenenphase ä", id="Latin-1"),
        pytest.param("拡散".encode("gb18030"), b"GB18030", "拡散", id="GB 18030"),
        pytest.param(b"t1_vibe_tra ", None, "t1_vibe_tra", id="ASCII, padded"),
        pytest.param(b"DWI\0", b"NONSENSE", "DWI", id="a character set nobody knows"),
    ],
)
def test_text_is_read_as_it_was_meant(raw, character_set, meant):
    assert text(received(raw, character_set), "SeriesDescription") == meant


@pytest.mark.parametrize(
    "raw",
    [
        "動脈".encode("iso2022_jp")[:-3],
        b"\x1b$B\x33\x22",
        b"\x1b",
        b"\x1b$)Z\xff\xff",
        b"\x1b(J\x1b$B\x1b(B\x81",
        bytes(range(128, 256)),
        b"\x1b$B\x30\x5e^\x33",
    ],
)
@pytest.mark.parametrize("character_set", [None, b"\\ISO 2022 IR 87", b"ISO 2022 IR 13\\ISO 2022 IR 87", b"ISO_IR 100"])
def test_broken_escapes_give_some_text_and_no_error(raw, character_set):
    assert isinstance(source_text(received(raw, character_set)).series_description, str)


def test_a_broken_off_escape_keeps_what_is_readable():
    assert "動脈" in text(received("動脈".encode("iso2022_jp")[:-3], b"\\ISO 2022 IR 87"), "SeriesDescription")


@given(
    raw=st.binary(max_size=40),
    character_set=st.sampled_from([(), ("ISO_IR 13",), ("", "ISO 2022 IR 87"), ("x",), ("GBK",)]),
)
def test_any_bytes_become_text(raw, character_set):
    assert isinstance(decode(raw, declared=character_set), str)


def test_facts_are_read_whatever_the_text():
    ds = received(b"\x1b$B\x30", b"\\ISO 2022 IR 87")
    ds[Tag(0x00080060)] = RawDataElement(Tag(0x00080060), "CS", 2, b"MR", 0, False, True)
    ds[Tag(0x00180010)] = RawDataElement(Tag(0x00180010), "LO", 4, b"\x83v\x83\x8a", 0, False, True)
    assert instance_facts(ds).modality == "MR"
