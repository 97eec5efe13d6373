"""The diffusion weighting of an image, wherever its maker wrote it."""

import re
import struct
from typing import Final

from pydicom import Dataset

from casebook.dicom.charset import text
from casebook.dicom.values import (
    as_list,
    code,
    codes,
    element_value,
    first_number,
    items,
    number,
    orphan_value,
    private_value,
    vector,
)
from casebook.domain.series_facts import BValue, BValueSource, Vector, Vendor
from casebook.domain.series_words import TOPIC_WORDS, Topic, found_word, named_b_value, normal_form

GE_OFFSET: Final = 1_000_000_000
"""GE adds this to the b-value of some protocols; the rest of the division is the b-value."""
LARGEST_B: Final = 50_000
"""No clinical or research gradient reaches it (s/mm²): a larger number is not a b-value."""
SMALLEST_B: Final = 1.0
"""Philips numbers its b 0 images 0.001 to 0.004: below this a value is zero (s/mm²)."""

_COMMENT: Final = re.compile(r"\s*b\s*=\s*(\d+(?:\.\d+)?)\b", re.IGNORECASE)
_SIEMENS_SEQUENCE: Final = re.compile(r"\*?(?:ep|re)_b(\d{1,5})(?:t|#\d+)?")
_CSA_TAG: Final = struct.Struct("<64si4sii4x")
_CSA_ITEM: Final = struct.Struct("<4i")


def resolve_b_value(ds: Dataset, *, vendor: Vendor, within: Dataset | None = None) -> BValue | None:
    """The b-value of an instance, or of one frame (its functional groups `ds`, `within` the instance).

    The order is the standard's elements, then the maker's own; a private block is found by its creator. An absent
    value does not say that an image is not diffusion-weighted.
    """
    for source in (ds,) if within is None else (ds, within):
        found = _standard(source) or _private(source, vendor) or _written(source, vendor) or _named(source)
        if found is not None:
            return found
    return None


def directionality(ds: Dataset, within: Dataset | None = None) -> str | None:
    """(0018,9075): DIRECTIONAL, BMATRIX, ISOTROPIC (a trace image) or NONE (b 0)."""
    for source in (ds,) if within is None else (ds, within):
        for holder in (source, *items(source, "MRDiffusionSequence")):
            if found := code(holder, "DiffusionDirectionality"):
                return found
    return None


def gradient(ds: Dataset) -> Vector | None:
    """The diffusion gradient's direction in the patient (LPS), where the header states one."""
    for holder in (ds, *items(ds, "MRDiffusionSequence")):
        for inner in (holder, *items(holder, "DiffusionGradientDirectionSequence")):
            found: Vector | None = vector(inner, "DiffusionGradientOrientation", length=3)
            if found is not None:
                return found
    return None


def _standard(ds: Dataset) -> BValue | None:
    if (plain := number(ds, "DiffusionBValue")) is not None:
        return _b_value(plain, BValueSource.STANDARD)
    for item in items(ds, "MRDiffusionSequence"):
        if (nested := number(item, "DiffusionBValue")) is not None:
            return _b_value(nested, BValueSource.STANDARD_SEQUENCE)
        if code(item, "DiffusionDirectionality") == "NONE":
            return BValue(0.0, BValueSource.NO_GRADIENT)
    return None


def _private(ds: Dataset, vendor: Vendor) -> BValue | None:
    match vendor:
        case Vendor.SIEMENS:
            return _siemens(ds)
        case Vendor.GE:
            raw = private_value(ds, 0x0043, "GEMS_PARM_01", 0x39)
            raw = orphan_value(ds, 0x0043, 0x39) if raw is None else raw
            found = first_number(raw, "IS")
            return None if found is None else _b_value(found % GE_OFFSET, BValueSource.GE)
        case Vendor.PHILIPS:
            raw = private_value(ds, 0x2001, "Philips Imaging DD 001", 0x03)
            raw = orphan_value(ds, 0x2001, 0x03) if raw is None else raw
            return _b_value(first_number(raw, "FL"), BValueSource.PHILIPS)
        case Vendor.UIH:
            raw = private_value(ds, 0x0065, "Image Private Header", 0x09)
            return _b_value(first_number(raw, "FD"), BValueSource.UIH)
        case _:
            return None


def _siemens(ds: Dataset) -> BValue | None:
    csa = private_value(ds, 0x0029, "SIEMENS CSA HEADER", 0x10)
    if isinstance(csa, bytes) and (found := csa_number(csa, b"B_value")) is not None:
        return _b_value(found, BValueSource.SIEMENS_CSA)
    raw = private_value(ds, 0x0019, "SIEMENS MR HEADER", 0x0C)
    raw = orphan_value(ds, 0x0019, 0x0C) if raw is None else raw
    if raw is not None:
        return _b_value(first_number(raw, "IS"), BValueSource.SIEMENS)
    for holder in (ds, *_siemens_sdi_items(ds)):
        raw = private_value(holder, 0x0021, "SIEMENS MR SDI 02", 0x05)
        if raw is not None:
            return _b_value(first_number(raw, "IS"), BValueSource.SIEMENS_SDI)
    return None


def _siemens_sdi_items(ds: Dataset) -> list[Dataset]:
    found = private_value(ds, 0x0021, "SIEMENS MR SDI 02", 0xFE)
    return [item for item in as_list(found) if isinstance(item, Dataset)]


def csa_number(header: bytes, name: bytes) -> float | None:
    """The first value of one entry of a Siemens CSA header; None where it is absent or empty."""
    at = header.find(name + b"\0")
    if at < 0 or at + _CSA_TAG.size > len(header):
        return None
    *_, n_items = _CSA_TAG.unpack_from(header, at)
    at += _CSA_TAG.size
    for _ in range(min(n_items, 16)):
        if at + _CSA_ITEM.size > len(header):
            return None
        length = _CSA_ITEM.unpack_from(header, at)[1]
        at += _CSA_ITEM.size
        if length < 0 or at + length > len(header):
            return None
        if length:
            return first_number(header[at : at + length].split(b"\0")[0], "DS")
        at += (length + 3) // 4 * 4
    return None


def _written(ds: Dataset, vendor: Vendor) -> BValue | None:
    """What only text says: Canon's comment, and the name of a Siemens sequence."""
    if vendor is Vendor.CANON and (comment := _COMMENT.match(str(element_value(ds, "ImageComments") or ""))):
        return _b_value(float(comment.group(1)), BValueSource.COMMENT)
    if vendor is Vendor.SIEMENS:
        name = _SIEMENS_SEQUENCE.fullmatch(str(element_value(ds, "SequenceName") or "").strip())
        return _b_value(float(name.group(1)), BValueSource.SEQUENCE_NAME) if name else None
    return None


def _named(ds: Dataset) -> BValue | None:
    """The one b-value in the name of echo-planar diffusion images: Canon writes no other for b 0."""
    if "EP" not in codes(ds, "ScanningSequence") and code(ds, "EchoPlanarPulseSequence") != "YES":
        return None
    name = normal_form(text(ds, "SeriesDescription") or text(ds, "ProtocolName"))
    is_diffusion = found_word(TOPIC_WORDS[Topic.DIFFUSION], name) and not found_word(TOPIC_WORDS[Topic.ADC], name)
    return _b_value(named_b_value(name), BValueSource.SERIES_NAME) if is_diffusion else None


def _b_value(value: float | None, source: BValueSource) -> BValue | None:
    if value is None or not 0 <= value <= LARGEST_B:
        return None
    return BValue(0.0 if value < SMALLEST_B else round(value, 2), source)
