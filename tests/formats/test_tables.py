"""CSV, Parquet, SAS transport and Dataset-JSON hold the same cells, read by programs that are not ours."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from casebook.domain.datasets.model import Dataset, Kind, Standard, dataset
from casebook.domain.errors import Invalid
from casebook.formats.formats import Format, write
from casebook.formats.transport_bytes import ibm_doubles
from casebook.formats.transport_text import LONGEST, pieces, text_of
from tests.formats import readers
from tests.formats.samples import AWKWARD, a_row, a_shape, a_variable, about, awkward, text

SCHEMA = Path(__file__).resolve().parents[2] / ".stamps" / "cdisc" / "resources" / "schema" / "dataset.schema.json"
TABLES = (Format.CSV, Format.PARQUET, Format.XPT, Format.DATASET_JSON)


def written(found: Dataset, into: Format, **changes) -> bytes:
    (file,) = write([found], into, about(**changes))
    return file.content


@pytest.fixture
def transport(tmp_path):
    def read(found: Dataset):
        path = tmp_path / "found.xpt"
        path.write_bytes(written(found, Format.XPT))
        return readers.from_transport(path)

    return read


def a_table(**cells) -> Dataset:
    return dataset(a_shape(), [a_row(1, **cells)])


def of_notes(*notes: str) -> Dataset:
    shape = a_shape(variables=(a_variable("USUBJID"), a_variable("NOTE")), keys=("USUBJID",))
    return dataset(shape, [{"USUBJID": f"{number:06}", "NOTE": note} for number, note in enumerate(notes)])


def test_csv_is_read_back_with_every_cell_as_it_was():
    assert readers.from_csv(written(awkward(), Format.CSV), awkward()) == readers.expected(awkward())


def test_parquet_is_read_back_with_every_cell_as_it_was():
    assert readers.from_parquet(written(awkward(), Format.PARQUET), awkward()) == readers.expected(awkward())


def test_dataset_json_is_read_back_with_every_cell_as_it_was():
    assert readers.from_dataset_json(written(awkward(), Format.DATASET_JSON)) == readers.expected(awkward())


def test_a_transport_file_equals_dataset_json_cell_by_cell(transport):
    names, rows = transport(awkward())
    others = readers.from_dataset_json(written(awkward(), Format.DATASET_JSON))
    further = [name for name in names if name not in awkward().shape.names]
    assert further == ["NOTE1", "NOTE2", "NOTE3"]
    assert names == [*awkward().shape.names, *further]
    assert len(rows) == len(others)
    note = names.index("NOTE")
    for row, other in zip(rows, others, strict=True):
        *cells, one, two, three = row
        if cells[note] is not None:
            cells[note] = readers.unescaped("".join(part or "" for part in (cells[note], one, two, three)))
        assert cells == other


def test_a_transport_file_has_names_labels_and_the_format_of_days(tmp_path):
    (tmp_path / "adx.xpt").write_bytes(written(awkward(), Format.XPT))
    _, meta = pyreadstat.read_xport(tmp_path / "adx.xpt")
    assert (meta.table_name, meta.file_label) == ("ADX", "Label of ADX")
    shape = awkward().shape
    assert [meta.column_names_to_labels[one.name] for one in shape.variables] == [
        one.label.en for one in shape.variables
    ]
    assert meta.column_names_to_labels["NOTE2"] == "Label of NOTE (part 3)"
    assert meta.original_variable_types["FUPDT"] == "E8601DA10"


def test_the_only_time_in_a_transport_file_is_when_the_cut_was_made(tmp_path):
    content = written(awkward(), Format.XPT, made_at=datetime(2019, 7, 19, 23, 59, 1, tzinfo=UTC))
    # TS-140: created and modified of the library stand in bytes 144-160 and 160-176, those of the member in 464-496
    assert [content[at : at + 16] for at in (144, 160, 464, 480)] == [b"19JUL19:23:59:01"] * 4
    assert content.count(b"JUL19") == 4
    assert not len(content) % 80


def test_a_transport_file_of_no_rows_has_its_variables(transport):
    names, rows = transport(dataset(a_shape(), []))
    assert names == list(a_shape().names)
    assert rows == []


@pytest.mark.parametrize("into", TABLES)
def test_a_dataset_of_no_rows_is_written_in_every_format(into):
    assert written(dataset(a_shape(), []), into)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30), max_size=5))
def test_any_text_comes_back_from_csv_json_and_parquet(notes):
    found = of_notes(*notes)
    assert readers.from_csv(written(found, Format.CSV), found) == readers.expected(found)
    assert readers.from_dataset_json(written(found, Format.DATASET_JSON)) == readers.expected(found)
    assert readers.from_parquet(written(found, Format.PARQUET), found) == readers.expected(found)


@given(st.text(st.one_of(st.sampled_from(" \\u0041消"), st.characters(codec="utf-8")), min_size=1, max_size=700))
def test_any_text_is_given_back_by_its_pieces(found):
    parts = pieces(found)
    assert text_of("".join(parts)) == found
    assert readers.unescaped("".join(parts)) == found
    for part in parts:
        assert part.isascii()
        assert part.isprintable()
        assert 0 < len(part) <= LONGEST
        assert not part.endswith(" ")


@given(st.lists(st.none() | st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=1, max_size=20))
def test_any_number_is_the_same_double_in_a_transport_file(tmp_path_factory, numbers):
    shape = a_shape(variables=(a_variable("SEQ", Kind.INTEGER), a_variable("N", Kind.DECIMAL)), keys=("SEQ",))
    found = dataset(shape, [{"SEQ": seq, "N": number} for seq, number in enumerate(numbers)])
    path = tmp_path_factory.getbasetemp() / "numbers.xpt"
    path.write_bytes(written(found, Format.XPT))
    _, rows = readers.from_transport(path)
    assert rows == readers.expected(found)


@given(st.lists(st.floats(1e-70, 1e70) | st.floats(-1e70, -1e-70), min_size=1, max_size=20))
def test_a_double_keeps_every_bit_as_an_ibm_double(numbers):
    bits = ibm_doubles(numbers).reshape(-1, 8)
    mantissas = [int.from_bytes(row[1:].tobytes(), "big") for row in bits]
    powers = [(int(row[0]) & 0x7F) - 64 for row in bits]
    signs = [-1 if row[0] & 0x80 else 1 for row in bits]
    assert [
        sign * mantissa / 2**56 * 16.0**power for sign, mantissa, power in zip(signs, mantissas, powers, strict=True)
    ] == numbers
    assert all(mantissa >> 52 for mantissa in mantissas), "normalised: the first hexadecimal digit is not 0"


def test_known_numbers_are_written_as_ts_140_shows_them():
    # TS-140, "Numeric data fields": 1, -118.625 (the example of IBM's architecture), 0, and missing
    found = ibm_doubles([1.0, -118.625, 0.0, None])
    assert [row.tobytes().hex() for row in found] == [
        "4110000000000000",
        "c276a00000000000",
        "0000000000000000",
        "2e00000000000000",
    ]
    assert found.dtype == np.uint8


def test_formulas_are_harmless_in_csv_and_negative_numbers_survive():
    content = written(a_table(NOTE="-4", BASEDIAM=Decimal("-4.5"), FUPDY=-3), Format.CSV).decode()
    assert content.splitlines()[1] == "DREAM,DREAM-0001,L1,'-4,,-4.5,-3,"


def test_csv_has_lines_of_rfc_4180_and_no_byte_order_mark():
    content = written(a_table(NOTE='a "b"\nc'), Format.CSV)
    assert content.startswith(b"STUDYID,USUBJID,LESID,NOTE,CDLMFL,BASEDIAM,FUPDY,FUPDT\r\n")
    assert content.endswith(b'DREAM,DREAM-0001,L1,"a ""b""\nc",,,,\r\n')


def test_numbers_of_csv_have_no_exponent():
    content = written(a_table(BASEDIAM=Decimal("1E+3")), Format.CSV)
    (row,) = list(csv.DictReader(io.StringIO(content.decode())))
    assert row["BASEDIAM"] == "1000"


def test_parquet_has_typed_columns_and_says_what_they_are():
    table = pq.read_table(io.BytesIO(written(awkward(), Format.PARQUET)))
    assert [str(one.type) for one in table.schema] == ["string"] * 5 + ["double", "int64", "date32[day]"]
    meant = {key.decode(): value.decode() for key, value in table.schema.field("CDLMFL").metadata.items()}
    assert meant["label"] == "Label of CDLMFL"
    assert meant["label_ja"] == "CDLMFL の名称"
    assert meant["codelist"] == "NY"
    assert table.schema.metadata[b"made_at"] == b"2019-07-19T08:05:09Z"
    assert table.schema.metadata[b"status"] == b"interim"


def test_dataset_json_describes_its_columns():
    read = json.loads(written(awkward(), Format.DATASET_JSON))
    columns = {column["name"]: column for column in read["columns"]}
    assert columns["FUPDT"] == {
        "itemOID": "IT.ADX.FUPDT",
        "name": "FUPDT",
        "label": "Label of FUPDT",
        "dataType": "date",
        "targetDataType": "integer",
        "displayFormat": "E8601DA.",
    }
    assert columns["LESID"] | {"label": ""} == {
        "itemOID": "IT.ADX.LESID",
        "name": "LESID",
        "label": "",
        "dataType": "string",
        "length": 8,
        "keySequence": 2,
    }
    assert columns["BASEDIAM"]["dataType"] == "double"
    assert read["datasetJSONCreationDateTime"] == "2019-07-19T08:05:09Z"


@pytest.mark.parametrize("found", [awkward(), dataset(a_shape(), [])], ids=["awkward", "no rows"])
def test_dataset_json_validates_by_the_schema_of_cdisc(found):
    if not SCHEMA.exists():
        pytest.skip("CDISC's schema is not here, and Dataset-JSON was not validated by it: make schemas")
    schema = json.loads(SCHEMA.read_text())
    Draft201909Validator.check_schema(schema)
    Draft201909Validator(schema).validate(json.loads(written(found, Format.DATASET_JSON)))


def test_days_of_sdtm_are_days_for_dataset_json():
    variables = (a_variable("USUBJID"), a_variable("TUDTC"))
    shape = a_shape("TU", Standard.SDTM, variables, keys=("USUBJID",))
    read = json.loads(written(dataset(shape, [{"USUBJID": "1", "TUDTC": "2019-07-18"}]), Format.DATASET_JSON))
    assert read["columns"][1]["dataType"] == "date"
    assert read["rows"] == [["1", "2019-07-18"]]


ANOTHER_PROCESS = """
import hashlib, sys
from casebook.formats.formats import Format, write
from tests.formats.samples import about, awkward
for format in Format:
    for file in write([awkward()], format, about()):
        print(file.path, hashlib.sha256(file.content).hexdigest())
"""


def test_another_process_in_another_place_writes_the_same_bytes():
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    ran = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True)
    here = [file for into in Format for file in write([awkward()], into, about())]
    assert ran.stdout.splitlines() == [f"{file.path} {hashlib.sha256(file.content).hexdigest()}" for file in here]


@pytest.mark.parametrize("into", TABLES)
@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({"NOTE": 4}, "ADX.NOTE, row 2: found int, expected text"),
        ({"FUPDY": "4"}, "ADX.FUPDY, row 2: found str, expected integer"),
        ({"FUPDY": True}, "ADX.FUPDY, row 2: found bool, expected integer"),
        ({"FUPDT": datetime(2019, 1, 1, tzinfo=UTC)}, "ADX.FUPDT, row 2: found datetime, expected date"),
        ({"FUPDY": 2**53 + 1}, "ADX.FUPDY, row 2: found a number beyond"),
        ({"BASEDIAM": Decimal("1.005")}, "ADX.BASEDIAM, row 2: found 3 decimal places, expected at most 2"),
        ({"BASEDIAM": Decimal("NaN")}, "ADX.BASEDIAM, row 2: found a number that is not finite"),
        ({"BASEDIAM": Decimal(1234567890123456)}, "ADX.BASEDIAM, row 2: found a number that needs more than 15"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_by_dataset_variable_and_row(into, cells, what):
    found = dataset(a_shape(), [a_row(1), a_row(2, **cells)])
    with pytest.raises(Invalid, match=what):
        written(found, into)


def test_an_error_does_not_tell_the_cell():
    with pytest.raises(Invalid) as caught:
        written(dataset(a_shape(), [a_row(1, FUPDY="Mr Tanaka")]), Format.CSV)
    assert "Tanaka" not in caught.value.message


@pytest.mark.parametrize(
    "shape",
    [
        a_shape("adx"),
        a_shape("ADXADXADX"),
        a_shape("1AD"),
        a_shape(label=text("x" * 41)),
        a_shape(label=text("Läsionen")),
        a_shape(variables=(a_variable("note"), a_variable("USUBJID"), a_variable("LESID"))),
        a_shape(variables=(a_variable("BASEDIAMX"), a_variable("USUBJID"), a_variable("LESID"))),
        a_shape(variables=(a_variable("NOTE"), a_variable("NOTE"), a_variable("USUBJID"), a_variable("LESID"))),
    ],
    ids=[
        "lower case",
        "long name",
        "digit first",
        "long label",
        "not ASCII",
        "lower variable",
        "long variable",
        "twice",
    ],
)
def test_a_transport_file_refuses_names_and_labels_that_sas_does_not_take(shape):
    with pytest.raises(Invalid):
        written(Dataset(shape, ()), Format.XPT)


def test_a_further_variable_never_takes_the_name_of_another(transport):
    variables = (a_variable("USUBJID"), a_variable("NEREASON"), a_variable("NEREASO1"))
    shape = a_shape(variables=variables, keys=("USUBJID",))
    names, rows = transport(dataset(shape, [{"USUBJID": "1", "NEREASON": "y" * 250, "NEREASO1": "own"}]))
    assert names == ["USUBJID", "NEREASON", "NEREASO1", "NEREAS1"]
    assert rows == [["1", "y" * 200, "own", "y" * 50]]


def test_awkward_content_is_awkward_enough():
    assert any(len(note) > LONGEST for note in AWKWARD)
    assert any(not note.isascii() for note in AWKWARD)
    assert date(1959, 12, 31) in {row[-1] for row in awkward().rows}
