"""The b-value in its standard place: private elements that held it do not all stay."""

from collections.abc import Sequence

from pydicom.dataset import Dataset


def write_b_values(ds: Dataset, b_value_s_mm2: float | None, frame_b_values_s_mm2: Sequence[float | None]) -> None:
    """Write (0018,9087) where it is missing: of the image, or of each frame in MRDiffusionSequence."""
    frames = ds.get("PerFrameFunctionalGroupsSequence")
    if frames is None:
        _write(ds, b_value_s_mm2)
        return
    shared = ds.get("SharedFunctionalGroupsSequence") or ()
    if any("DiffusionBValue" in item for group in shared for item in group.get("MRDiffusionSequence") or ()):
        return
    for frame, b_value in zip(frames, frame_b_values_s_mm2, strict=False):
        if b_value is not None:
            _write_in_frame(frame, b_value)


def _write(ds: Dataset, b_value_s_mm2: float | None) -> None:
    if b_value_s_mm2 is not None and ds.get("DiffusionBValue") is None:
        ds.DiffusionBValue = float(b_value_s_mm2)


def _write_in_frame(frame: Dataset, b_value_s_mm2: float) -> None:
    if not frame.get("MRDiffusionSequence"):
        frame.MRDiffusionSequence = [Dataset()]
    _write(frame.MRDiffusionSequence[0], b_value_s_mm2)
