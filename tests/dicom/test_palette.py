from struct import pack

import numpy as np
import pytest

from casebook.dicom.explicit_le import encoded_element
from casebook.dicom.image_description import NotAnImage
from casebook.dicom.palette import DESCRIPTORS, TABLES, palette_of


def a_head(tables: list[bytes], *, n_entries=4, first_index=0, bits=16) -> bytes:
    described = [encoded_element(tag, b"US", pack("<HHH", n_entries, first_index, bits)) for tag in DESCRIPTORS]
    held = [encoded_element(tag, b"OW", table) for tag, table in zip(TABLES, tables, strict=True)]
    return b"".join(described + held)


WORDS = [
    np.array(values, "<u2").tobytes() for values in ([0, 0x4000, 0x8000, 0xFF00], [0, 0, 0, 0], [0xFFFF, 0, 0, 0x0100])
]


def test_indices_become_the_colours_of_their_entries():
    palette = palette_of(a_head(WORDS), is_signed=False)
    assert palette.applied(np.array([[0, 3]], "u1")).tolist() == [[[0, 0, 255], [255, 0, 1]]]


def test_indices_outside_the_table_take_its_ends():
    palette = palette_of(a_head(WORDS, first_index=10), is_signed=False)
    assert palette.applied(np.array([[0, 200]], "u1")).tolist() == [[[0, 0, 255], [255, 0, 1]]]
    signed = palette_of(a_head(WORDS, first_index=65534), is_signed=True)
    assert signed.applied(np.array([[-2, 1]], "i2")).tolist() == [[[0, 0, 255], [255, 0, 1]]]


@pytest.mark.parametrize("table", [b"\x01\x02\x03\x04", b"\x01\0\x02\0\x03\0\x04\0"])
def test_eight_bit_entries_lie_one_or_two_in_a_word(table):
    palette = palette_of(a_head([table] * 3, bits=8), is_signed=False)
    assert palette.colours[:, 0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("head", [b"", a_head([WORDS[0][:4]] * 3), a_head(WORDS, n_entries=0)])
def test_palettes_that_lack_something_are_refused(head):
    with pytest.raises(NotAnImage):
        palette_of(head, is_signed=False)
