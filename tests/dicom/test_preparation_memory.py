"""What a header was decided to be is remembered from file to file, and no result depends on it."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import DataElement, Dataset, dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from casebook.dicom import explicit_le
from casebook.dicom.deidentification import Memory
from casebook.dicom.parsing import DEFAULT_LIMITS
from casebook.dicom.plain_values import plain_value
from casebook.dicom.preparation import Prepared, Task, prepare
from casebook.dicom.shared_element import SharedElement
from sample_dicom.planted import planted_classic, planted_enhanced, written
from tests.dicom.deidentification.builders import a_ct_image, a_plan, an_image
from tests.dicom.file_builders import part_10


def saved(ds: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    path.write_bytes(part_10(ds, syntax))
    return path


def kept(source: Path, folder: Path, memory: Memory | None, **plan: object) -> tuple[object, ...]:
    """Everything that comes of a file, but for the name of the staging file."""
    result = prepare(Task(source, folder, a_plan(**plan), DEFAULT_LIMITS), memory)
    if not isinstance(result, Prepared):
        return (result,)
    return replace(result, staged=source), result.report, result.staged.read_bytes()


@pytest.fixture
def files(tmp_path):
    images = [an_image(SOPInstanceUID=f"1.2.3.{n}", InstanceNumber=n, SliceLocation=n * 3.5) for n in range(1, 4)]
    images += [a_ct_image(SOPInstanceUID=f"1.2.4.{n}", KVP=120) for n in range(1, 3)]
    paths = [saved(ds, tmp_path / f"{number}.dcm") for number, ds in enumerate(images)]
    paths.append(saved(an_image(SOPInstanceUID="1.2.5.1"), tmp_path / "implicit.dcm", ImplicitVRLittleEndian))
    paths.append(saved(an_image(SOPInstanceUID="1.2.5.2"), tmp_path / "big.dcm", ExplicitVRBigEndian))
    for name, (ds, *_) in (("classic", planted_classic()), ("enhanced", planted_enhanced())):
        path = tmp_path / f"{name}.dcm"
        path.write_bytes(written(ds))
        paths.append(path)
    return paths


def test_a_file_is_prepared_the_same_whatever_came_before(files, tmp_path):
    alone = [kept(path, tmp_path, None) for path in files]
    memory = Memory()
    assert [kept(path, tmp_path, memory) for path in files] == alone
    assert [kept(path, tmp_path, memory) for path in reversed(files)] == alone[::-1]


def test_a_text_that_stays_for_one_patient_goes_for_a_patient_of_that_name(tmp_path):
    memory = Memory()
    one = saved(an_image(PatientName="Suzuki^Hana", ReceiveCoilName="Body"), tmp_path / "a.dcm")
    other = saved(an_image(PatientName="Body^Hana", ReceiveCoilName="Body"), tmp_path / "b.dcm")
    first, second = (kept(path, tmp_path, memory)[2] for path in (one, other))
    assert b"Body" in first
    assert b"Body" not in second


def test_dates_of_two_subjects_are_moved_each_by_its_own_days(tmp_path):
    source, memory = saved(an_image(), tmp_path / "a.dcm"), Memory()
    days = {
        str(dcmread(io.BytesIO(kept(source, tmp_path, memory, subject_label=label)[2])).StudyDate)
        for label in ("JP-03-0001", "JP-03-0002")
    }
    assert len(days) == 2


def test_an_element_that_objects_share_cannot_be_changed():
    shared = SharedElement.of(DataElement(0x00180015, "CS", "LIVER"))
    with pytest.raises(AttributeError, match="other objects hold"):
        shared.value = "CHEST"
    assert shared.value == "LIVER"


@pytest.mark.filterwarnings("ignore:Failed to decode")
@pytest.mark.filterwarnings("ignore:Incorrect value")
def test_values_are_encoded_as_pydicom_encodes_them(files):
    n_compared = 0
    for path in files:
        for element in dcmread(path):
            plain = plain_value(element, ["utf8"])
            if plain is None:
                continue
            buffer = DicomBytesIO()
            buffer.is_little_endian, buffer.is_implicit_VR = True, False
            write_data_element(buffer, element, ["utf8"])
            assert explicit_le.encoded_element(int(element.tag), element.VR.encode(), plain) == buffer.getvalue()
            n_compared += 1
    assert n_compared > 200
