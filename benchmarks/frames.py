"""Frames by the index against frames by parsing the file for each request, side by side, CPU time of one core.

    python benchmarks/frames.py [--rounds 5] [--json]

Each case is one archived object. "index" is what the service does for a frame: the stored index is read, the byte
range is fetched from the archive. "parse" is what a server without an index does: pydicom reads the file and the
frame is cut out of its pixel data. Both give the same bytes, which is checked before anything is measured.
Rounds alternate, so that a busy neighbour slows both; only ratios of one run count.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import (
    UID,
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    generate_uid,
)
from rich.console import Console
from rich.table import Table

from casebook.dicom.archive_form import write_archive_form
from casebook.dicom.frame_index import FrameIndex
from casebook.store.files import FileStore, FolderStore, key_of

GOAL = 10.0
MIN_SECONDS = 0.2
"""Each measurement repeats a request until this much CPU time is spent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One archived object and the frame that is asked for."""

    name: str
    key: str
    path: Path
    index: bytes
    frame: int


@dataclass(frozen=True, slots=True)
class Result:
    """CPU time of one request, µs, the best of all rounds, and how many times the index is faster."""

    case: str
    index_us: float
    parse_us: float
    ratio: float


def a_data_set(pixels: np.ndarray, *, n_private: int = 60) -> Dataset:
    """An object with as many elements as scanners send."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = CTImageStorage if len(pixels) == 1 else EnhancedMRImageStorage
    ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.StudyInstanceUID = (generate_uid() for _ in range(3))
    ds.PatientName, ds.PatientID, ds.Modality = "JP-03-0147", "JP-03-0147", "CT"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-120, -90, 12.5], [1, 0, 0, 0, 1, 0]
    block = ds.private_block(0x0019, "BENCHMARK", create=True)
    for number in range(n_private):
        block.add_new(number, "DS", f"{number / 7:.6f}")
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = pixels.shape[1:]
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 0
    if len(pixels) > 1:
        ds.NumberOfFrames = len(pixels)
        ds.PerFrameFunctionalGroupsSequence = [a_frame_group(number) for number in range(len(pixels))]
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW"
    return ds


def a_frame_group(number: int) -> Dataset:
    """What an enhanced object says of one frame."""
    position, content, groups = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = [-120, -90, 2.5 * number]
    content.StackID, content.InStackPositionNumber = "1", number + 1
    groups.PlanePositionSequence, groups.FrameContentSequence = [position], [content]
    return groups


def compressed(ds: Dataset, pixels: np.ndarray, syntax: str) -> Dataset:
    """The object with its frames compressed."""
    encoder = get_encoder(syntax)
    frames = [encoder.encode(ds, index=number) for number in range(len(pixels))]
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    return ds


def slices(n_frames: int, side: int) -> np.ndarray:
    """Smooth, slightly noisy pictures, which compress as abdomens do."""
    rng = np.random.default_rng(1)
    ramp = np.add.outer(np.arange(side), np.arange(side)) // 2
    return (ramp[None] + rng.integers(0, 40, (n_frames, side, side))).astype("<u2")


def cases(folder: Path, store: FolderStore) -> list[Case]:
    """The objects of the benchmark, archived."""
    ct, mr = slices(1, 512), slices(200, 256)
    objects = (
        ("CT slice, uncompressed", a_data_set(ct), 1),
        ("CT slice, JPEG-LS", compressed(a_data_set(ct), ct, JPEGLSLossless), 1),
        ("CT slice, JPEG 2000", compressed(a_data_set(ct), ct, JPEG2000Lossless), 1),
        ("enhanced MR of 200 frames, uncompressed", a_data_set(mr), 100),
        ("enhanced MR of 200 frames, JPEG-LS", compressed(a_data_set(mr), mr, JPEGLSLossless), 100),
    )
    found = []
    for number, (name, ds, frame) in enumerate(objects):
        staged = folder / f"{number}.part"
        archived = write_archive_form(ds, staged)
        key = key_of(archived.sha256)
        store.put_all([(key, staged)])
        found.append(Case(name, key, store.root / key, archived.frame_index.to_bytes(), frame))
    return found


def by_index(store: FileStore, case: Case) -> bytes:
    """A frame as the service reads it."""
    return store.read(case.key, FrameIndex.from_bytes(case.index).ranges(case.frame))


def by_parsing(case: Case) -> bytes:
    """A frame as a server without an index reads it."""
    ds = dcmread(case.path)
    n_frames = int(ds.get("NumberOfFrames", 1))
    if ds.file_meta.TransferSyntaxUID.is_encapsulated:
        return get_frame(ds.PixelData, case.frame - 1, number_of_frames=n_frames)
    length = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
    return bytes(ds.PixelData[(case.frame - 1) * length : case.frame * length])


def cpu_us(request: Callable[[], bytes]) -> float:
    """CPU time of one request, µs."""
    n_requests, spent = 0, 0.0
    start = time.process_time()
    while spent < MIN_SECONDS:
        request()
        n_requests += 1
        spent = time.process_time() - start
    return spent / n_requests * 1e6


def measured(store: FileStore, case: Case, rounds: int) -> Result:
    """Both ways in alternating rounds; the median of each."""
    if by_index(store, case) != by_parsing(case):
        raise SystemExit(f"{case.name}: the two ways give different bytes")
    pairs = [(cpu_us(lambda: by_index(store, case)), cpu_us(lambda: by_parsing(case))) for _ in range(rounds)]
    index_us, parse_us = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Result(case.name, round(index_us, 1), round(parse_us, 1), round(parse_us / index_us, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print figures for scripts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        store = FolderStore(Path(temporary) / "archive")
        store.staging_dir()
        results = [measured(store, case, arguments.rounds) for case in cases(Path(temporary), store)]
    if arguments.json:
        print(json.dumps([asdict(result) for result in results]))
        return
    table = Table(
        "frame of", "by index, µs", "by parsing, µs", "times faster", title=f"CPU time a frame (goal: {GOAL:g}x)"
    )
    for result in results:
        table.add_row(result.case, f"{result.index_us:,}", f"{result.parse_us:,}", f"{result.ratio:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
