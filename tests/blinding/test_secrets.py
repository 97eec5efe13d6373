import base64

import pytest

from tests.blinding.secrets import Searched

SEARCHED = Searched({"name": ["山本^和夫"], "site": ["UZ Leuven"], "number": ["BE-02-0001"]})


@pytest.mark.parametrize(
    "data",
    [
        "BE-02-0001".encode("utf-16-le"),
        b'{"00100020":"be-02-0001"}',
        "山本^和夫".encode("iso2022_jp"),
        "山本^和夫".encode("shift_jis"),
        b'"\\u5c71\\u672c^\\u548c\\u592b"',
        b"UZ%20Leuven",
        *(base64.b64encode(b"x" * n + b"from UZ Leuven today") for n in range(3)),
    ],
)
def test_a_secret_is_found_however_it_is_spelt(data):
    assert len(SEARCHED.found_in(data)) == 1


def test_what_tells_nothing_is_not_found():
    assert SEARCHED.found_in(b"R-1234 is read in two steps") == set()
