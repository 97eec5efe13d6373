"""Objects with a unique identifier planted in every place that can carry one, and the b-values that must stay.

`casebook deidentification check` cleans them and searches for what survived.
Texts carry `TEXT_MARK`, Japanese names `NAME_MARK`, numbers `NUMBER_MARK`, UIDs `UID_MARK`; the planted dates are
days of March 2018, a span shorter than the smallest shift, so no planted date is another one shifted.
"""

import io
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pydicom
from pydicom import config
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

TEXT_MARK = "ZQX"
NAME_MARK = "佐久間"
NUMBER_MARK = "98765"
UID_MARK = "1.2.999.7654321."
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "iso2022_jp", "cp932", "euc_jp")
PLANTED_DAYS = re.compile(rb"201803[0-3]\d")
N_DAYS_BETWEEN = 10
"""Days from StudyDate to ContentDate of every planted object."""
STRUCTURE = {
    "SOPClassUID",
    "SpecificCharacterSet",
    "PixelData",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "Rows",
    "Columns",
    "BitsAllocated",
    "SamplesPerPixel",
    "NumberOfFrames",
    "PixelRepresentation",
    "PerFrameFunctionalGroupsSequence",
    "SharedFunctionalGroupsSequence",
    "TimezoneOffsetFromUTC",
    "DiffusionBValue",
    "StudyDate",
    "ContentDate",
}
"""Elements that hold the object together, or that the tests read back."""


@dataclass
class Planter:
    """Hands out identifiers that occur nowhere else, and counts them."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1000))
    n_planted: int = 0

    def plant(self, vr: str) -> Any:
        """A value of this representation; None where it can carry no identifier."""
        makers: dict[str, Callable[[int], Any]] = {
            **dict.fromkeys(("AE", "CS", "SH", "LO", "UC"), lambda n: f"{TEXT_MARK}{n}"),
            **dict.fromkeys(("LT", "ST", "UT"), lambda n: f"seen by {TEXT_MARK}{n}\r\nagain"),
            "UR": lambda n: f"https://pacs.example/{TEXT_MARK}{n}",
            "PN": lambda n: f"{TEXT_MARK}{n}^Taro={NAME_MARK}{n}^太郎",
            "UI": lambda n: f"{UID_MARK}{n}",
            "DA": lambda n: f"201803{n % 31 + 1:02d}",
            "DT": lambda n: f"201803{n % 31 + 1:02d}101112.5+0900",
            **dict.fromkeys(("IS", "DS"), lambda n: f"{NUMBER_MARK}{n}"),
            **dict.fromkeys(("OB", "UN"), lambda n: _even(f"{TEXT_MARK}{n}".encode())),
            "OW": lambda n: _even(f"{TEXT_MARK}{n}".encode("utf-16-le")),
        }
        maker = makers.get(vr)
        if maker is None:
            return None
        self.n_planted += 1
        return maker(next(self.numbers))


def _even(raw: bytes) -> bytes:
    return raw + b" " * (len(raw) % 2)


def every_standard_element(planter: Planter) -> Dataset:
    """One element of each entry of the data dictionary whose VR can carry an identifier."""
    ds = Dataset()
    for number, (vr, _, _, _, keyword) in DicomDictionary.items():
        tag = BaseTag(number)
        if keyword in STRUCTURE or tag.group in {0x0000, 0x0002, 0xFFFE} or tag.element == 0:
            continue
        value = planter.plant(vr.split(" or ")[-1])
        if value is not None:
            ds.add(DataElement(tag, vr.split(" or ")[-1], value, validation_mode=config.IGNORE))
    return ds


def fewer_elements(planter: Planter) -> Dataset:
    """Some elements of each kind, for places deep inside."""
    ds = Dataset()
    for keyword in [
        "PatientName",
        "PatientID",
        "InstitutionName",
        "OperatorsName",
        "StudyDescription",
        "ImageComments",
        "FrameComments",
        "StationName",
        "ProtocolName",
        "SequenceName",
        "ContrastBolusAgent",
        "BodyPartExamined",
        "ReferencedSOPInstanceUID",
        "AcquisitionDate",
        "AcquisitionDateTime",
        "TextValue",
        "RetrieveURL",
        "DeviceSerialNumber",
        "LUTExplanation",
        "AccessionNumber",
        "ConvolutionKernel",
        "ReceiveCoilName",
        "StackID",
        "FrameLabel",
        "ReferencedDateTime",
        "Manufacturer",
    ]:
        tag = Tag(keyword)
        vr = DicomDictionary[int(tag)][0]
        ds.add(DataElement(tag, vr, planter.plant(vr), validation_mode=config.IGNORE))
    return ds


def private_block(ds: Dataset, planter: Planter, group: int, creator: str, block: int) -> None:
    """Fill a block with identifiers at every offset that a safe element does not use, in several VRs."""
    ds.add(DataElement(BaseTag(group << 16 | block), "LO", creator))
    for offset, vr in enumerate(("LO", "PN", "UN", "OB", "SH", "LT", "DA", "UI", "CS", "IS"), start=0x60):
        value = planter.plant(vr)
        ds.add(DataElement(_private(group, block, offset), vr, value, validation_mode=config.IGNORE))
    inner = fewer_elements(planter)
    ds.add(DataElement(_private(group, block, 0x70), "SQ", Sequence([inner])))
    ds.add(DataElement(_private(group, block, 0x71), "UN", implicit_sequence(planter)))


def _private(group: int, block: int, offset: int) -> BaseTag:
    return BaseTag(group << 16 | block << 8 | offset)


def implicit_sequence(planter: Planter) -> bytes:
    """A sequence whose VR somebody lost: UN bytes in implicit little endian, with an item inside."""
    item = b""
    for number, vr in ((0x00100010, "PN"), (0x00100020, "LO"), (0x00290010, "LO")):
        value = _even(str(planter.plant(vr)).encode())
        item += struct.pack("<HHI", number >> 16, number & 0xFFFF, len(value)) + value
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item


@dataclass(frozen=True, slots=True)
class SafeBlock:
    """Where a vendor keeps the b-value (s/mm²) that must stay, at a block that real files seldom use."""

    vendor: str
    group: int
    creator: str
    block: int
    offset: int
    vr: str
    value: Any

    @property
    def b_values(self) -> list[float]:
        """The element's values as numbers."""
        return [float(value) for value in (self.value if isinstance(self.value, list) else [self.value])]


SAFE_BLOCKS = (
    SafeBlock("Siemens", 0x0019, "SIEMENS MR HEADER", 0x11, 0x0C, "IS", "800"),
    SafeBlock("Siemens XA", 0x0021, "SIEMENS MR SDI 02", 0x42, 0x05, "IS", "650"),
    SafeBlock("Philips", 0x2001, "Philips Imaging DD 001", 0x77, 0x03, "FL", 750.0),
    SafeBlock("GE", 0x0043, "GEMS_PARM_01", 0x2A, 0x39, "IS", ["1000000900", "8", "0", "0"]),
    SafeBlock("UIH", 0x0065, "Image Private Header", 0xFE, 0x09, "FD", 929.7501831337527),
)


def add_safe_block(ds: Dataset, planter: Planter, safe: SafeBlock) -> None:
    """Add a vendor's block: the safe value, identifiers around it, and one in its place in a block beside it."""
    private_block(ds, planter, safe.group, safe.creator, safe.block)
    at = _private(safe.group, safe.block, safe.offset)
    ds.add(DataElement(at, safe.vr, safe.value, validation_mode=config.IGNORE))
    other = safe.block + 1
    ds.add(DataElement(BaseTag(safe.group << 16 | other), "LO", safe.creator))
    beside = _private(safe.group, other, safe.offset)
    ds.add(DataElement(beside, "LO", planter.plant("LO"), validation_mode=config.IGNORE))


def vendor_private_elements(planter: Planter) -> Dataset:
    """Five vendors' diffusion blocks at unusual places, identifiers around and in place of the safe values."""
    ds = Dataset()
    for safe in SAFE_BLOCKS:
        add_safe_block(ds, planter, safe)
    private_block(ds, planter, 0x0029, f"{TEXT_MARK} SOMEBODY'S HEADER", 0x10)
    return ds


def overlays_and_curves(planter: Planter) -> Dataset:
    """Overlay and curve groups with identifiers in their data and texts."""
    ds = Dataset()
    for group in (0x6000, 0x6002, 0x601E):
        ds.add(DataElement(BaseTag(group << 16 | 0x3000), "OW", planter.plant("OW")))
        for element, vr in ((0x1500, "LO"), (0x4000, "LT"), (0x0022, "LO")):
            ds.add(DataElement(BaseTag(group << 16 | element), vr, planter.plant(vr)))
    for group in (0x5000, 0x501E):
        ds.add(DataElement(BaseTag(group << 16 | 0x3000), "OB", planter.plant("OB")))
        ds.add(DataElement(BaseTag(group << 16 | 0x0022), "LO", planter.plant("LO")))
    return ds


def nested(planter: Planter, depth: int) -> Dataset:
    """Identifiers under a chain of sequences that the profile keeps."""
    ds = fewer_elements(planter)
    private_block(ds, planter, 0x0011, "VENDOR 1", 0x10)
    if depth:
        ds.ReferencedSeriesSequence = [nested(planter, depth - 1)]
        ds.ReferencedInstanceSequence = [fewer_elements(planter), fewer_elements(planter)]
    return ds


def coded(planter: Planter) -> Dataset:
    """A local code, which nobody else knows."""
    ds = Dataset()
    ds.CodeValue = str(planter.plant("SH"))
    ds.CodingSchemeDesignator = "99LOCAL"
    ds.CodeMeaning = str(planter.plant("LO"))
    return ds


def known_code_with_planted_meaning(planter: Planter) -> Dataset:
    """A code of the standard with somebody's name for a meaning."""
    ds = Dataset()
    ds.CodeValue = "10200004"
    ds.CodingSchemeDesignator = "SCT"
    ds.CodeMeaning = str(planter.plant("LO"))
    ds.CodingSchemeVersion = str(planter.plant("SH"))
    ds.ContextUID = str(planter.plant("UI"))
    return ds


def finish(ds: Dataset, sop_class: str, planter: Planter) -> Dataset:
    """Make it an object that can be written: classes, pixels, file meta information, ten days between two dates."""
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = UID(sop_class)
    ds.PatientID = f"{NUMBER_MARK}4321"
    ds.SeriesNumber = f"{NUMBER_MARK}4321"
    ds.StudyDate = "20180301"
    ds.ContentDate = "20180311"
    ds.DiffusionBValue = 500.0
    ds.TimezoneOffsetFromUTC = "+0900"
    ds.Rows = ds.Columns = 2
    ds.BitsAllocated = 16
    ds.SamplesPerPixel = 1
    ds.PixelRepresentation = 0
    n_frames = int(ds.get("NumberOfFrames") or 1)
    ds.PixelData = bytes(8 * n_frames) + _even(f"after the image: {TEXT_MARK}1".encode())
    ds["PixelData"].VR = "OW"
    ds.AnatomicRegionSequence = [known_code_with_planted_meaning(planter), coded(planter)]
    ds.ContrastBolusAgentSequence = [coded(planter)]
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.SourceApplicationEntityTitle = str(planter.plant("AE"))
    ds.file_meta.PrivateInformationCreatorUID = UID(planter.plant("UI"))
    ds.file_meta.PrivateInformation = planter.plant("OB")
    ds.preamble = f"{TEXT_MARK} made this file".encode().ljust(128, b"\0")
    return ds


def planted_classic() -> tuple[Dataset, int]:
    """A classic MR image with everything planted, and how many identifiers that is."""
    planter = Planter()
    ds = every_standard_element(planter)
    ds.update(vendor_private_elements(planter))
    ds.update(overlays_and_curves(planter))
    ds.ReferencedImageSequence = [nested(planter, 6)]
    ds.SourceImageSequence = [nested(planter, 0) for _ in range(3)]
    return finish(ds, MRImageStorage, planter), planter.n_planted


def planted_vendor(safe: SafeBlock) -> tuple[Dataset, int]:
    """A classic MR image of one vendor: its diffusion block and identifiers around it, also deep inside."""
    planter = Planter()
    ds = fewer_elements(planter)
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(ds, keyword, planter.plant("UI"))
    add_safe_block(ds, planter, safe)
    ds.ReferencedImageSequence = [nested(planter, 2)]
    return finish(ds, MRImageStorage, planter), planter.n_planted


def planted_enhanced(n_frames: int = 4) -> tuple[Dataset, int]:
    """An enhanced MR image with identifiers in the shared and in every frame's groups."""
    planter = Planter()
    ds = every_standard_element(planter)
    shared = fewer_elements(planter)
    shared.FrameAnatomySequence = [fewer_elements(planter)]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [frame(planter, n) for n in range(n_frames)]
    ds.NumberOfFrames = n_frames
    return finish(ds, EnhancedMRImageStorage, planter), planter.n_planted


def frame(planter: Planter, n: int) -> Dataset:
    """The groups of frame `n`, with b = 100 n s/mm² and private sequences of two vendors."""
    group = fewer_elements(planter)
    group.FrameContentSequence = [fewer_elements(planter)]
    diffusion = fewer_elements(planter)
    diffusion.DiffusionBValue = float(100 * n)
    group.MRDiffusionSequence = [diffusion]
    values = fewer_elements(planter)
    values.update(vendor_private_elements(planter))
    group.add(DataElement(BaseTag(0x00210011), "LO", "SIEMENS MR SDI 02"))
    group.add(DataElement(BaseTag(0x002111FE), "SQ", Sequence([values])))
    private_block(group, planter, 0x2005, "Philips MR Imaging DD 005", 0x14)
    group.add(DataElement(BaseTag(0x2005140F), "SQ", Sequence([values])))
    return group


def written(ds: Dataset) -> bytes:
    """The bytes of the file, as it would be archived or sent."""
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def read(raw: bytes) -> Dataset:
    """The object of written bytes."""
    return pydicom.dcmread(io.BytesIO(raw))


def survivors(raw: bytes) -> list[str]:
    """Every planted identifier found in the bytes, in seven encodings, with some of what surrounds it."""
    found = []
    for mark in (TEXT_MARK, NAME_MARK, NUMBER_MARK, UID_MARK):
        for encoding in ENCODINGS:
            needle = mark.encode(encoding).removeprefix(b"\x1b$B").removesuffix(b"\x1b(B")
            found += [
                f"{encoding}: {raw[m.start() - 30 : m.end() + 12]!r}" for m in re.finditer(re.escape(needle), raw)
            ]
    return found + [f"date: {raw[m.start() - 30 : m.end()]!r}" for m in PLANTED_DAYS.finditer(raw)]


def kept_b_values(ds: Dataset, safe: SafeBlock) -> list[float]:
    """What an object holds where a vendor keeps its b-value, wherever the block lies; empty without one."""
    try:
        found = ds.private_block(safe.group, safe.creator)[safe.offset].value
    except KeyError:
        return []
    values = [found] if isinstance(found, int | float | str) else list(found)
    return [float(value) for value in values]
