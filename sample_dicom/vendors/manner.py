"""What differs between vendors, in one value each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """A vendor's habits. Names are (SeriesDescription, ProtocolName) by series name."""

    key: str
    manufacturer: str
    mr_model: str
    mr_software: str
    ct_model: str
    ct_software: str
    ct_kernel: str
    field_tesla: float
    names: Mapping[str, tuple[str, str]]
    image_types: Mapping[str, tuple[str, ...]]
    """ImageType by role, where it is not ORIGINAL\\PRIMARY\\OTHER."""

    sequence_names: Mapping[str, str]
    """SequenceName by kind; empty for vendors that leave it out."""

    dual_echo_in_one: bool
    dynamic_in_one: bool
    diffusion_in_one: bool
    echo_times_ms: tuple[float, float]
    """Opposed phase, in phase."""

    signed_pixels: bool
    """Pixels are stored as signed 16-bit numbers, with padding outside the CT circle."""

    adc_slope: float
    """Stored ADC values times this are 10^-6 mm2/s."""

    mark_diffusion: Callable[[Dataset, int], None]
    """Write the b-value where this vendor writes it (and nowhere else)."""

    mark_adc: Callable[[Dataset], None]
    """Say that the values are an apparent diffusion coefficient, as this vendor says it."""

    mark_private: Callable[[Dataset], None]
    """Add the vendor's own blocks that every image carries."""
