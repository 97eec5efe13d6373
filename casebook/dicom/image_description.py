"""What decoding and display need to know of a frame, taken from an instance's DICOM JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from casebook.domain.errors import Invalid

JsonObject = Mapping[str, Any]

SHARED_GROUPS: Final = "52009229"
PER_FRAME_GROUPS: Final = "52009230"
PIXEL_VALUE_TRANSFORMATION: Final = "00289145"
FRAME_VOI_LUT: Final = "00289132"


class NotAnImage(Invalid):
    """The object has no picture that can be shown."""

    code = "not-an-image"


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the samples of a frame are laid out (PS3.3 C.7.6.3)."""

    n_rows: int
    n_columns: int
    n_samples: int
    bits_allocated: int
    bits_stored: int
    is_signed: bool
    photometric: str
    is_planar: bool

    @property
    def frame_bytes(self) -> int:
        """Length of the uncompressed frame."""
        return self.n_rows * self.n_columns * self.n_samples * self.bits_allocated // 8


@dataclass(frozen=True, slots=True)
class Window:
    """A VOI window (PS3.3 C.11.2.1.2 and 1.3); `shape` is linear, linear_exact or sigmoid."""

    center: float
    width: float
    shape: str = "linear"


@dataclass(frozen=True, slots=True)
class Display:
    """How stored values become shown ones: modality transformation, first window, padding value."""

    slope: float
    intercept: float
    window: Window | None
    padding_value: int | None


def pixel_format(instance: JsonObject) -> PixelFormat:
    """The layout of the frames. NotAnImage where the image pixel module is incomplete."""
    try:
        bits_allocated = int(_first(instance, "00280100"))
        return PixelFormat(
            n_rows=int(_first(instance, "00280010")),
            n_columns=int(_first(instance, "00280011")),
            n_samples=int(_first(instance, "00280002", 1)),
            bits_allocated=bits_allocated,
            bits_stored=int(_first(instance, "00280101", bits_allocated)),
            is_signed=_first(instance, "00280103", 0) == 1,
            photometric=str(_first(instance, "00280004")),
            is_planar=_first(instance, "00280006", 0) == 1,
        )
    except (TypeError, ValueError) as missing:
        raise NotAnImage("The object does not describe its pixels; there is no picture of it.") from missing


def display(instance: JsonObject, frame: int) -> Display:
    """The display values of frame `frame` (1-based): per-frame groups first, then shared, then the top level."""
    transformation = _group(instance, frame, PIXEL_VALUE_TRANSFORMATION)
    window = _group(instance, frame, FRAME_VOI_LUT)
    padding = _first(instance, "00280120")
    return Display(
        slope=_number(transformation, "00281053", 1.0) or 1.0,
        intercept=_number(transformation, "00281052", 0.0),
        window=_window(window),
        padding_value=int(padding) if isinstance(padding, int | float) else None,
    )


def _window(holder: JsonObject) -> Window | None:
    center, width = _first(holder, "00281050"), _first(holder, "00281051")
    shape = str(_first(holder, "00281056", "LINEAR")).lower()
    if not isinstance(center, int | float) or not isinstance(width, int | float) or width <= 0:
        return None
    return Window(float(center), float(width), shape if shape in {"linear_exact", "sigmoid"} else "linear")


def _group(instance: JsonObject, frame: int, sequence: str) -> JsonObject:
    """The first item of a functional group sequence that applies to the frame; the instance where there is none."""
    for groups in _functional_groups(instance, frame):
        for item in groups.get(sequence, {}).get("Value", ()):
            return item  # type: ignore[no-any-return]  # JSON carries no types
    return instance


def _functional_groups(instance: JsonObject, frame: int) -> Iterator[JsonObject]:
    per_frame = instance.get(PER_FRAME_GROUPS, {}).get("Value", ())
    yield from per_frame[frame - 1 : frame]
    yield from instance.get(SHARED_GROUPS, {}).get("Value", ())[:1]


def _number(holder: JsonObject, key: str, otherwise: float) -> float:
    value = _first(holder, key)
    return float(value) if isinstance(value, int | float) else otherwise


def _first(holder: JsonObject, key: str, otherwise: Any = None) -> Any:
    values = holder.get(key, {}).get("Value") or (None,)
    return otherwise if values[0] is None else values[0]
