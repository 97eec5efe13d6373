"""A DICOMDIR finds every file of its folder, whoever reads it."""

import shutil
import subprocess

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from casebook.dicom.media import Filed, dicomdir, file_id


def an_image(patient: int, study: int, series: int, image: int, **values) -> Filed:
    header = Dataset()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.SOPClassUID = CTImageStorage
    header.SOPInstanceUID = f"2.25.{patient}{study}{series}{image}"
    header.PatientID = header.PatientName = f"JP-03-000{patient}"
    header.StudyInstanceUID, header.SeriesInstanceUID = f"2.25.{patient}{study}", f"2.25.{patient}{study}{series}"
    header.StudyDate, header.StudyTime, header.Modality = "20180301", "101500", "CT"
    header.InstanceNumber, header.Rows, header.Columns = image, 2, 2
    for keyword, value in values.items():
        setattr(header, keyword, value)
    return Filed(file_id(patient, study, series, image), header, "baseline")


FILES = [
    an_image(patient, study, series, image)
    for patient in (1, 2)
    for study in (1, 2)
    for series in (1, 2)
    for image in (1, 2, 3)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("media")
    for filed in FILES:
        path = root.joinpath(*filed.file_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        filed.header.save_as(path, enforce_file_format=True)
    (root / "DICOMDIR").write_bytes(dicomdir(FILES, file_set_id="CASEBOOK", identity="a cut"))
    return root


@pytest.fixture(scope="module")
def found(folder):
    """The directory as pydicom reads it; it keeps a folder of its own, which has to go again."""
    read = FileSet(folder / "DICOMDIR")
    yield read
    read._stage["t"].cleanup()


def test_another_reader_finds_every_file_under_its_patient_study_and_series(found):
    assert [instance.SOPInstanceUID for instance in found] == [filed.header.SOPInstanceUID for filed in FILES]
    assert len(found.find(PatientID="JP-03-0002", StudyInstanceUID="2.25.21")) == 6
    assert {instance.load().SeriesInstanceUID for instance in found.find(SeriesInstanceUID="2.25.122")} == {"2.25.122"}


def test_records_are_linked_so_that_nothing_hangs_in_the_air(folder):
    directory = dcmread(folder / "DICOMDIR")
    at = {item.seq_item_tell: item for item in directory.DirectoryRecordSequence}
    types = [item.DirectoryRecordType for item in directory.DirectoryRecordSequence]
    assert types.count("STUDY") == 4
    for item in at.values():
        assert item.OffsetOfTheNextDirectoryRecord in {0, *at}
        assert (item.OffsetOfReferencedLowerLevelDirectoryEntity in at) == (item.DirectoryRecordType != "IMAGE")
    patients = [place for place, item in at.items() if item.DirectoryRecordType == "PATIENT"]
    assert directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity == patients[0]
    assert directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity == patients[-1]


def test_the_same_files_make_the_same_directory_and_another_cut_another_uid():
    first, again, other = (dicomdir(FILES, file_set_id="CASEBOOK", identity=name) for name in ("a", "a", "b"))
    assert first == again
    assert first != other
    assert len(first) == len(other) or abs(len(first) - len(other)) <= 4


def test_what_a_header_lacks_is_numbered_so_that_the_record_is_whole():
    content = dicomdir([an_image(1, 1, 7, 9, InstanceNumber=None, StudyDate="")], file_set_id="X", identity="x")
    assert b"\x20\x00\x13\x00IS\x02\x009 " in content


@pytest.mark.skipif(shutil.which("dcmdump") is None, reason="dcmtk is not installed")
def test_dcmtk_reads_the_directory(folder):
    read = subprocess.run(["dcmdump", "-q", str(folder / "DICOMDIR")], capture_output=True, text=True, check=True)
    assert read.stdout.count("DirectoryRecordType") == 2 + 4 + 8 + 24
    assert read.stderr == ""
