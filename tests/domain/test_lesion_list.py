from decimal import Decimal

import pytest

from casebook.domain.errors import Invalid
from casebook.domain.lesion_list import LesionListError, PixelPlace, read_lesion_list, text_of

HEAD = "lesion,segment,diameter_mm,series_uid,x_mm,y_mm,z_mm,sop_instance_uid,frame,column_px,row_px\n"


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(LesionListError) as refused:
        read_lesion_list(text)
    return refused.value.problems


def test_a_place_in_millimetres_and_one_in_pixels_are_both_read():
    first, second = read_lesion_list(HEAD + "L1,VIII,18.04,1.2,-1.5,2,3,,,,\nL2,IVa,,1.3,,,,1.3.4,2,10,20.5\n")
    assert (first.label, first.segment, first.diameter_mm) == ("L1", "VIII", Decimal("18.0"))
    assert first.position_mm == (-1.5, 2.0, 3.0)
    assert first.pixel is None
    assert second.pixel == PixelPlace("1.3.4", 2, 10.0, 20.5)
    assert second.diameter_mm is None


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("lesion1,VIII,,1.2,1,2,3,,,,", "a letter and a number"),
        ("L1,IX,,1.2,1,2,3,,,,", "segment is to be one of"),
        ("L1,VIII,-1,1.2,1,2,3,,,,", "above 0"),
        ("L1,VIII,0,1.2,1,2,3,,,,", "above 0"),
        ("L1,VIII,1e6,1.2,1,2,3,,,,", "at most 500"),
        ('L1,VIII,"12,5",1.2,1,2,3,,,,', "write 12.5"),
        ("L1,VIII,NaN,1.2,1,2,3,,,,", "above 0"),
        ("L1,VIII,,1.2,1,2,inf,,,,", "z_mm is no number"),
        ("L1,VIII,,,1,2,3,,,,", "series_uid is missing"),
        ("L1,VIII,,1.2,,,,,,,", "give the place"),
        ("L1,VIII,,1.2,,,,1.3,0,1,1", "frame is to be 1 or more"),
    ],
)
def test_a_faulty_row_is_named_with_its_line_and_what_to_write(row, what):
    (problem,) = problems(HEAD + row + "\n")
    assert problem.startswith("line 2: ")
    assert what in problem


def test_every_fault_is_told_at_once():
    assert len(problems(HEAD + "x,VIII,,1.2,1,2,3,,,,\nL2,X,,1.2,1,2,3,,,,\n")) == 2


def test_columns_that_are_missing_unknown_or_doubled_are_named():
    assert problems("lesion,colour,lesion\nL1,red,L1\n") == (
        "column segment is missing",
        "column colour is not known",
        "column lesion stands twice",
    )


def test_a_lesion_lies_in_one_segment_and_once_on_a_series():
    text = HEAD + "L1,VIII,,1.2,1,2,3,,,,\nL1,V,,1.3,1,2,3,,,,\nL1,VIII,,1.2,4,5,6,,,,\n"
    assert problems(text) == ("line 3: L1 is in segment VIII on line 2", "line 4: L1 stands twice on one series")


def test_an_empty_list_is_refused():
    assert problems(HEAD) == ("no lesion in it",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_lists_in_the_encodings_of_spreadsheets_are_read(encoding):
    assert text_of("病変".encode(encoding)) == "病変"


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Invalid, match="neither UTF-8 nor Shift-JIS"):
        text_of(b"\xff\xfe\x00\x81")
