"""Datasets are kept and read back exactly, and archives are the same bytes everywhere."""

import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.datasets.model import CodeList, Dataset, Kind, Origin, Shape, Standard, Variable
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text
from casebook.formats.cut_papers import sums
from casebook.formats.kept_datasets import kept_bytes, kept_dataset
from casebook.formats.zips import read_member, zip_folder

WORDS = Text("words", "言葉")
CODES = CodeList("NY", WORDS, {"Y": Text("Yes", "はい"), "N": Text("No", "いいえ")}, extends="C66742")
VARIABLES = (
    Variable("T", WORDS, Kind.TEXT, Origin.COLLECTED, length=200, codes=CODES, is_mandatory=True),
    Variable("I", WORDS, Kind.INTEGER, Origin.DERIVED, derivation=WORDS, source="form.field"),
    Variable("D", WORDS, Kind.DECIMAL, Origin.ASSIGNED, decimals=2),
    Variable("ON", WORDS, Kind.DATE, Origin.PROTOCOL),
)
SHAPE = Shape("X", WORDS, Standard.SDTM, "FINDINGS", WORDS, ("T",), VARIABLES)
LETTERS = st.characters(exclude_categories=["Cs"])
CELLS = (
    st.none() | st.text(LETTERS, min_size=1),
    st.none() | st.integers(-(10**12), 10**12),
    st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    st.none() | st.dates(),
)


@given(rows=st.lists(st.tuples(*CELLS), max_size=8))
def test_a_dataset_is_read_back_to_the_last_digit_and_letter(rows):
    kept = Dataset(SHAPE, tuple(rows))
    content = kept_bytes(kept)
    found = kept_dataset(content)
    assert found == kept
    assert [[str(cell) for cell in row] for row in found.rows] == [[str(cell) for cell in row] for row in rows]
    assert kept_bytes(found) == content


@pytest.mark.parametrize(
    ("row", "variable"),
    [
        (("a", "1", None, None), "I"),
        ((1, 1, None, None), "T"),
        (("a", True, None, None), "I"),
        (("a", 1, 1.5, None), "D"),
    ],
)
def test_a_cell_of_another_kind_is_refused_by_the_name_of_its_variable(row, variable):
    with pytest.raises(Invalid, match=rf"X\.{variable}"):
        kept_bytes(Dataset(SHAPE, (row,)))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", kept_bytes(Dataset(SHAPE, ())) + b'["too short"]\n'])
def test_what_is_no_kept_dataset_is_refused(content):
    with pytest.raises(Invalid, match="no kept dataset"):
        kept_dataset(content)


def test_an_archive_does_not_tell_when_or_in_which_order_its_files_were_written(tmp_path):
    names = ("b.txt", "a/z.txt", "a/b.txt")
    for number, order in enumerate((names, names[::-1])):
        for name in order:
            file = tmp_path / str(number) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(name)
        file.chmod(0o600)
        zip_folder(tmp_path / str(number), tmp_path / f"{number}.zip")
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert archive.namelist() == sorted(names)
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    assert read_member(tmp_path / "1.zip", "a/b.txt") == b"a/b.txt"
    for archive, name in ((tmp_path / "1.zip", "c.txt"), (tmp_path / "none.zip", "a"), (file, "a")):
        with pytest.raises(Invalid, match="no zip archive that holds"):
            read_member(archive, name)


def test_digests_are_listed_as_sha256sum_reads_them():
    assert sums({"b": "2" * 64, "a/c": "1" * 64}) == f"{'1' * 64}  a/c\n{'2' * 64}  b\n".encode()


def test_days_and_decimals_are_texts_for_whoever_reads_the_file_by_hand():
    kept = kept_bytes(Dataset(SHAPE, (("é", 3, Decimal("62.50"), date(2026, 1, 31)),)))
    assert kept.decode().splitlines()[1] == '["é",3,"62.50","2026-01-31"]'
