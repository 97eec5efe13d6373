"""Pixel data without what does not belong to the image."""

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset


def expected_bytes(ds: Dataset) -> int | None:
    """The bytes that native pixel data of this header has, or None where the header does not say."""
    try:
        bits = int(ds.Rows) * int(ds.Columns) * int(ds.BitsAllocated) * int(ds.get("SamplesPerPixel") or 1)
        n_bits = bits * int(ds.get("NumberOfFrames") or 1)
        if ds.get("PhotometricInterpretation") == "YBR_FULL_422":
            n_bits = n_bits * 2 // 3
    except (AttributeError, TypeError, ValueError):
        return None
    n_bytes = (n_bits + 7) // 8
    return n_bytes + n_bytes % 2


def trimmed(element: DataElement, ds: Dataset) -> DataElement:
    """Native pixel data without bytes after the image; encapsulated data as it is."""
    if element.is_undefined_length:
        return element
    n_bytes = expected_bytes(ds)
    if n_bytes is None or len(element.value) <= n_bytes:
        return element
    return DataElement(element.tag, element.VR, element.value[:n_bytes])
