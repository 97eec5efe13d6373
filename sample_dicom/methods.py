"""Scanner settings by kind of series, and how the picture suffers from them."""

from dataclasses import dataclass
from typing import Final

from sample_dicom.protocol import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class MrMethod:
    """MR settings; `gain`, `noise`, `blur_px` and `bias` make the picture, the rest goes into the header."""

    scanning: tuple[str, ...]
    variant: tuple[str, ...]
    options: tuple[str, ...]
    acquisition_type: str
    tr_ms: float
    te_ms: float
    flip_deg: float
    echo_train: int
    averages: int
    bandwidth_hz: float
    gain: float
    noise: float
    blur_px: float
    bias: float


METHODS: Final[dict[Kind, MrMethod]] = {
    Kind.DUAL_ECHO: MrMethod(
        scanning=("GR",),
        variant=("SP",),
        options=(),
        acquisition_type="2D",
        tr_ms=150.0,
        te_ms=2.4,
        flip_deg=60.0,
        echo_train=1,
        averages=1,
        bandwidth_hz=488.0,
        gain=2600.0,
        noise=13.0,
        blur_px=0.35,
        bias=0.11,
    ),
    Kind.T2: MrMethod(
        scanning=("SE",),
        variant=("SK", "SP"),
        options=("FS", "RG"),
        acquisition_type="2D",
        tr_ms=3600.0,
        te_ms=85.0,
        flip_deg=90.0,
        echo_train=18,
        averages=2,
        bandwidth_hz=260.0,
        gain=1500.0,
        noise=7.5,
        blur_px=0.45,
        bias=0.12,
    ),
    Kind.DWI: MrMethod(
        scanning=("EP",),
        variant=("SK",),
        options=("FS", "RG"),
        acquisition_type="2D",
        tr_ms=5200.0,
        te_ms=60.0,
        flip_deg=90.0,
        echo_train=1,
        averages=4,
        bandwidth_hz=1736.0,
        gain=1900.0,
        noise=7.0,
        blur_px=0.75,
        bias=0.12,
    ),
    Kind.EOB: MrMethod(
        scanning=("GR",),
        variant=("SP", "OSP"),
        options=("FS",),
        acquisition_type="3D",
        tr_ms=3.9,
        te_ms=1.7,
        flip_deg=10.0,
        echo_train=1,
        averages=1,
        bandwidth_hz=450.0,
        gain=9000.0,
        noise=15.0,
        blur_px=0.35,
        bias=0.10,
    ),
}

CT_NOISE_HU: Final = 11.0
CT_KVP: Final = 120
CT_EXPOSURE_MAS: Final = 176
EPI_GHOST: Final = 0.022
ADC_LOW_B: Final = 50
ADC_HIGH_B: Final = 800
ADC_FLOOR: Final = 34.0
"""Signal at the low b-value, averaged with its neighbours, below which no coefficient is computed."""
