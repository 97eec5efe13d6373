"""Builds the data sets that the pixel and archive tests need: classic, multi-frame, compressed."""

from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

STUDY_UID = "1.2.826.0.1.3680043.10.543.1"
SERIES_UID = "1.2.826.0.1.3680043.10.543.1.1"
SOP_UID = "1.2.826.0.1.3680043.10.543.1.1.1"


def a_gradient(n_frames: int = 1, n_rows: int = 16, n_columns: int = 12) -> np.ndarray:
    """Every pixel differs from its neighbours and every frame from the next."""
    n_pixels = n_frames * n_rows * n_columns
    return (np.arange(n_pixels) * 7 % 4000 - 1000).astype("<i2").reshape(n_frames, n_rows, n_columns)


def an_image(pixels: np.ndarray | None = None, **changes: Any) -> Dataset:
    """A CT slice, or an enhanced MR object when there are several frames, in Explicit VR Little Endian."""
    pixels = a_gradient() if pixels is None else pixels
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = "1.2.826.0.1.3680043.10.543.99"
    ds.SOPClassUID = CTImageStorage if pixels.shape[0] == 1 else EnhancedMRImageStorage
    ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.StudyInstanceUID = SOP_UID, SERIES_UID, STUDY_UID
    ds.PatientName, ds.PatientID = "JP-03-0147", "JP-03-0147"
    ds.Modality, ds.SeriesDescription = "CT", "CT portal venous"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = pixels.shape[1:3]
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored, ds.HighBit = ds.BitsAllocated, ds.BitsAllocated - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    if pixels.shape[0] > 1:
        ds.NumberOfFrames = pixels.shape[0]
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


def encapsulated(ds: Dataset, frames: list[bytes], *, table: str = "basic", n_fragments: int = 1) -> Dataset:
    """`ds` with compressed frames, each in `n_fragments` fragments, and the named offset table."""
    ds.file_meta.TransferSyntaxUID = JPEGLSLossless
    if table == "extended":
        ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    else:
        ds.PixelData = encapsulate(frames, fragments_per_frame=n_fragments, has_bot=table == "basic")
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def rle(ds: Dataset) -> Dataset:
    """`ds` compressed by RLE."""
    ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return ds
