"""The numbers by which series get their roles: data, with a version, and nothing else.

Contrast windows follow the LI-RADS v2018 technical table and gadoxetate's label; the limits of sequences are those of
makers' liver protocols. A study that needs others passes its own `RoleRules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from casebook.domain.imaging import SeriesRole
from casebook.domain.series_words import (
    CT_PHASE_CODES,
    CT_PHASE_WORDS,
    MR_PHASE_CODES,
    MR_PHASE_WORDS,
    TOPIC_WORDS,
    Topic,
    Words,
)


@dataclass(frozen=True, slots=True)
class PhaseWindow:
    """When a contrast phase is expected, in seconds after the start of the injection."""

    role: SeriesRole
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """How far a proposal is trusted, by the evidence behind it."""

    certain: float = 0.95
    strong: float = 0.85
    likely: float = 0.7
    weak: float = 0.5
    guess: float = 0.35
    agreement: float = 0.1
    """Added when words and measured facts say the same."""
    other_region: float = 0.3
    """Taken off when the header names a body region without liver."""
    secondary: float = 0.15
    """Taken off when the image is marked as processed after acquisition."""


def _types(names: str) -> frozenset[str]:
    return frozenset(names.split("|"))


LOCALIZER_TYPES: Final = _types("LOCALIZER|SCOUT|LOCALIZATION")
ADC_TYPES: Final = _types("ADC|ADC_UNSPECIFIED|ADC_MAP|ADCMAP|ADC MAP")
DIFFUSION_TYPES: Final = _types("DIFFUSION|TRACEW|DWI|TRACE")
IN_PHASE_TYPES: Final = _types("IN_PHASE|IN PHASE|INPHASE|IP|IN")
OPPOSED_PHASE_TYPES: Final = _types(
    "OPP_PHASE|OPPOSED_PHASE|OUT_OF_PHASE|OUT_PHASE|OUT PHASE|OPPOSED|OUTPHASE|OP|OPP|OUT"
)
DERIVED_TYPES: Final = _types(
    "FA|COLFA|EADC|EXPONENTIAL|TENSOR|TENSOR_B0|CALC_BVALUE|SUB|SUBTRACTION|SUBTRACT|MIP|MINIP|MIN IP|MPR|CSA MPR|VRT"
    "|PROJECTION IMAGE|VOLUME_RENDER|3D RENDERING|SCREEN SAVE|CSA REPORT|P|PHASE|PHASE MAP|R|REAL|I|IMAGINARY|FF|F|FAT"
    "|FAT_FRACTION|FAT FRACTION|R2_STAR|T2_STAR|T1_MAP|T2_MAP|T1 MAP|T2 MAP|B0 MAP|PERFUSION|RCBF|RCBV|TTP|QUANTITATIVE"
    "|VELOCITY"
)
"""Values of (0008,0008) from the third on that name an image computed from others, or one no reader looks at."""
ADC_UNITS: Final = frozenset({"mm2/s", "um2/s", "10-3.mm2/s", "10-6.mm2/s", "10*-3.mm2/s", "10*-6.mm2/s"})


@dataclass(frozen=True, slots=True)
class RoleRules:
    """Everything `propose_study_roles` decides by."""

    version: str = "series-roles-1"
    confidence: Confidence = field(default_factory=Confidence)
    topics: Mapping[Topic, Words] = field(default_factory=lambda: TOPIC_WORDS)
    mr_phase_words: Mapping[SeriesRole, Words] = field(default_factory=lambda: MR_PHASE_WORDS)
    ct_phase_words: Mapping[SeriesRole, Words] = field(default_factory=lambda: CT_PHASE_WORDS)
    mr_phase_codes: Mapping[str, SeriesRole] = field(default_factory=lambda: MR_PHASE_CODES)
    ct_phase_codes: Mapping[str, SeriesRole] = field(default_factory=lambda: CT_PHASE_CODES)
    localizer_types: frozenset[str] = LOCALIZER_TYPES
    adc_types: frozenset[str] = ADC_TYPES
    adc_units: frozenset[str] = ADC_UNITS
    diffusion_types: frozenset[str] = DIFFUSION_TYPES
    in_phase_types: frozenset[str] = IN_PHASE_TYPES
    opposed_phase_types: frozenset[str] = OPPOSED_PHASE_TYPES
    derived_types: frozenset[str] = DERIVED_TYPES

    dynamic_max_tr_ms: float = 10.0
    dynamic_max_te_ms: float = 3.0
    dual_echo_max_te_ms: float = 12.0
    dual_echo_max_gap_s: float = 5.0
    """Two echoes of one acquisition that arrive as two series start within this time of each other."""
    t2_min_te_ms: float = 60.0
    t2_max_te_ms: float = 300.0
    """Longer echo times show fluid only (cholangiography)."""
    flair_min_ti_ms: float = 1000.0
    fat_water_hz_per_t: float = 149.0
    """The shift of fat against water: 3.5 ppm of 42.58 MHz/T."""
    phase_tolerance_cycles: float = 0.2

    assumed_arterial_s: float = 30.0
    assumed_portal_s: float = 70.0
    """Where the start of the injection is not stated, the first enhanced phase is taken to lie there."""
    longest_arterial_to_portal_s: float = 60.0
    same_acquisition_s: float = 15.0
    """Volumes that start within this time of each other are one acquisition, reconstructed more than once."""
    mr_windows: tuple[PhaseWindow, ...] = (
        PhaseWindow(SeriesRole.EOB_ARTERIAL, 20, 40),
        PhaseWindow(SeriesRole.EOB_PORTAL_VENOUS, 50, 90),
        PhaseWindow(SeriesRole.EOB_TRANSITIONAL, 120, 300),
        PhaseWindow(SeriesRole.EOB_HEPATOBILIARY, 600, 1800),
    )
    ct_windows: tuple[PhaseWindow, ...] = (
        PhaseWindow(SeriesRole.CT_ARTERIAL, 15, 45),
        PhaseWindow(SeriesRole.CT_PORTAL_VENOUS, 50, 100),
        PhaseWindow(SeriesRole.CT_DELAYED, 120, 600),
    )


DEFAULT_RULES: Final = RoleRules()
