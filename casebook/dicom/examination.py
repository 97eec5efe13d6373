"""A held file as the person who decides on it needs to see it: a picture, who it names, the values its reason is about.

Runs in a child process: nobody has said yet that these bytes are harmless.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from casebook.dicom.blanking import DECODER_FAILURES, turned_to_little_endian
from casebook.dicom.deidentification import SourceIdentity, identity_tokens, reasons_to_hold, source_identity
from casebook.dicom.deidentification.identity import holds_token, text_of
from casebook.dicom.facts import instance_facts
from casebook.dicom.image_description import Display, NotAnImage, PixelFormat, Window
from casebook.dicom.parsing import ParseLimits, parse
from casebook.dicom.refusals import RefusalCode, RefusedFile
from casebook.dicom.release import Release
from casebook.dicom.rendering import Format, Picture, Viewport, rendered
from casebook.domain.errors import Invalid
from casebook.domain.series_facts import PixelFacts
from casebook.domain.texts import Text

PICTURE_PIXELS: Final = 720
"""Longest side of the picture; larger ones are made smaller, never the other way round."""
MAX_VALUE_CHARACTERS: Final = 200

SAFE: Final = (
    "SOPClassUID",
    "Modality",
    "ImageType",
    "ConversionType",
    "BurnedInAnnotation",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "BitsAllocated",
    "TransferSyntaxUID",
)
"""Codes and numbers: shown as they are, unless a word of the patient's identity stands in them."""
IDENTITY: Final = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "InstitutionName",
    "StudyDate",
    "StudyDescription",
    "SeriesDescription",
    "ImageComments",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "MediaStorageSOPInstanceUID",
)
"""May say who the patient is: masked until somebody asks for them with a reason."""
BROKEN: Final = Text(
    "The file is broken; there is no picture of it.", "ファイルが壊れているため、画像を表示できません。"
)
NO_PIXELS: Final = Text("The file holds no picture.", "画像を含まないファイルです。")
NOT_DRAWN: Final = Text(
    "The pixels cannot be decoded here; there is no picture of them.", "画素を展開できないため、画像を表示できません。"
)
TOO_COSTLY: Final = Text(
    "Looking into the file takes more time or memory than one file may.",
    "ファイルの読み込みに必要な時間またはメモリが上限を超えました。",
)


@dataclass(frozen=True, slots=True)
class Look:
    """One file to look into; `frame` counts from 1."""

    source: Path
    limits: ParseLimits
    frame: int = 1


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """One element of the header as text; `is_identity` where it may say who the patient is."""

    keyword: str
    tag: str
    text: str
    is_identity: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture (PNG) of one frame. `n_rows` and `n_columns` are the object's, `scale` the picture's pixels for one."""

    png: bytes
    n_rows: int
    n_columns: int
    scale: float


@dataclass(frozen=True, slots=True)
class Examined:
    """What a held file shows. `refusal` says why it is no whole DICOM object, `objections` are codes, all of them."""

    picture: Drawn | None = None
    no_picture: Text | None = None
    n_frames: int = 0
    identity: SourceIdentity | None = None
    values: tuple[HeaderValue, ...] = ()
    objections: tuple[str, ...] = ()
    refusal: str | None = None


def examine(look: Look) -> Examined:
    """Look into a file. What is broken is said, and never raised."""
    try:
        ds, is_mismatched = _parsed(look)
    except RefusedFile as refused:
        return Examined(no_picture=BROKEN, refusal=refused.message)
    objections = [str(hold.code) for hold in reasons_to_hold(ds)]
    n_frames = max(1, instance_facts(ds).n_frames)
    try:
        picture, why_not = _drawn(ds, min(look.frame, n_frames)), None
    except NotAnImage:
        picture, why_not = None, NO_PIXELS
    except (Invalid, *DECODER_FAILURES):
        picture, why_not = None, NOT_DRAWN
    return Examined(
        picture=picture,
        no_picture=why_not,
        n_frames=n_frames,
        identity=source_identity(ds),
        values=tuple(_values(ds)),
        objections=(*([str(RefusalCode.UID_MISMATCH)] if is_mismatched else []), *objections),
    )


def _parsed(look: Look) -> tuple[Dataset, bool]:
    """The data set, and whether its meta information names another instance. Raises RefusedFile."""
    try:
        return parse(look.source, look.limits), False
    except RefusedFile as refused:
        if refused.code is not RefusalCode.UID_MISMATCH:
            raise
    mismatched = Release(lifted=frozenset({RefusalCode.UID_MISMATCH}))
    return parse(look.source, mismatched.limits(look.limits)), True


def _drawn(ds: Dataset, frame: int) -> Drawn:
    pixels = instance_facts(ds).pixels
    if pixels is None or "PixelData" not in ds:
        raise NotAnImage("There are no pixels.")
    turned_to_little_endian(ds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, described = get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, index=frame - 1)
    samples = np.asarray(found)
    layout = _layout(pixels, samples, str(described["photometric_interpretation"]))
    scale = min(1.0, PICTURE_PIXELS / max(samples.shape[:2]))
    size = Viewport(max(1, round(samples.shape[1] * scale)), max(1, round(samples.shape[0] * scale)))
    png = rendered(samples, layout, _display(pixels), Picture(Format.PNG, viewport=size))
    return Drawn(png, samples.shape[0], samples.shape[1], scale)


def _layout(pixels: PixelFacts, samples: np.ndarray, photometric: str) -> PixelFormat:
    """How the decoded samples lie; indices of a palette are shown as greys."""
    bits = samples.dtype.itemsize * 8
    return PixelFormat(
        n_rows=samples.shape[0],
        n_columns=samples.shape[1],
        n_samples=pixels.samples_per_pixel,
        bits_allocated=bits,
        bits_stored=min(pixels.bits_stored or bits, bits),
        is_signed=samples.dtype.kind == "i",
        photometric="MONOCHROME2" if photometric == "PALETTE COLOR" else photometric,
        is_planar=False,
    )


def _display(pixels: PixelFacts) -> Display:
    """The first window the header names; where it names none, the bulk of the values is shown."""
    named = [
        Window(center, width)
        for center, width in zip(pixels.window_centers, pixels.window_widths, strict=False)
        if width >= 1
    ]
    return Display(
        slope=pixels.rescale_slope or 1.0,
        intercept=pixels.rescale_intercept or 0.0,
        window=named[0] if named else None,
        padding_value=None,
    )


def _values(ds: Dataset) -> Iterator[HeaderValue]:
    tokens = identity_tokens(ds).patient
    for keyword in (*SAFE, *IDENTITY):
        said = text_of(ds, keyword) or text_of(ds.file_meta, keyword)
        if not said:
            continue
        is_identity = keyword in IDENTITY or holds_token(said, tokens)
        text = UID(said).name if keyword in {"SOPClassUID", "TransferSyntaxUID"} else said
        tag = tag_for_keyword(keyword) or 0
        yield HeaderValue(keyword, f"({tag >> 16:04X},{tag & 0xFFFF:04X})", text[:MAX_VALUE_CHARACTERS], is_identity)
