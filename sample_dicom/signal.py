"""From tissue to grey value: Hounsfield units, spoiled gradient echo, turbo spin echo, diffusion EPI."""

from dataclasses import dataclass
from math import cos, exp, radians, sin
from typing import Final

import numpy as np

from sample_dicom.chance import Floats
from sample_dicom.contrast import GADOXETATE_R1_PER_S, IODINE_HU, UNEVEN, Phase
from sample_dicom.tissues import PROPERTIES, Properties, Tissue

_FAT_T1_MS: Final = 380.0
_FAT_T2_MS: Final = 70.0
_FAT_SUPPRESSED: Final = 0.10
"""Share of the fat signal that fat suppression leaves."""

_PSEUDO_DIFFUSION_MM2_S: Final = 0.03
"""How fast the perfusing share of the signal decays with b (intravoxel incoherent motion)."""


@dataclass(frozen=True, slots=True)
class Look:
    """One value per tissue; textures are relative to the distance from `empty`, the value of nothing."""

    modality: str
    value: Floats
    uneven: Floats | None
    """How strongly unmixed contrast agent changes the value, in the value's own unit."""

    empty: float


def ct_look(phase: Phase) -> Look:
    """Hounsfield units in a contrast phase."""
    added = IODINE_HU[phase]
    value = [p.hounsfield + added.get(t, 0.0) for t, p in _all()]
    uneven = UNEVEN.get(phase, {})
    return Look("CT", _table(value), _table([uneven.get(t, 0.0) * added.get(t, 0.0) * 1.6 for t in Tissue]), -1000.0)


def gradient_echo_look(phase: Phase, *, tr_ms: float, te_ms: float, flip_deg: float, gain: float) -> Look:
    """Spoiled gradient echo with fat suppression."""
    water, fat = gradient_echo_parts(phase, tr_ms=tr_ms, te_ms=te_ms, flip_deg=flip_deg)
    uneven = UNEVEN.get(phase, {})
    return _mr_look([gain * (w + _FAT_SUPPRESSED * f) for w, f in zip(water, fat, strict=True)], uneven)


def gradient_echo_parts(
    phase: Phase, *, tr_ms: float, te_ms: float, flip_deg: float
) -> tuple[list[float], list[float]]:
    """Water and fat signal of each tissue, apart."""
    added = GADOXETATE_R1_PER_S[phase]
    water = []
    fat = []
    for tissue, p in _all():
        rate = 1.0 / p.t1_ms + added.get(tissue, 0.0) / 1000.0
        star = 1.0 / p.t2_star_ms + 0.25 * added.get(tissue, 0.0) / 1000.0
        water.append(p.water * _spoiled(rate, tr_ms, flip_deg) * exp(-te_ms * star))
        fat.append(p.fat * _spoiled(1.0 / _FAT_T1_MS, tr_ms, flip_deg) * exp(-te_ms / 30.0))
    return water, fat


def part_looks(water: list[float], fat: list[float], gain: float) -> tuple[Look, Look]:
    """Looks of the water and of the fat image, for in-phase and opposed-phase sums."""
    return _mr_look([gain * w for w in water], {}), _mr_look([gain * f for f in fat], {})


def turbo_spin_echo_look(*, te_ms: float, gain: float) -> Look:
    """Fat-suppressed T2 weighting."""
    value = [
        gain * (p.water * exp(-te_ms / p.t2_ms) + _FAT_SUPPRESSED * 1.4 * p.fat * exp(-te_ms / _FAT_T2_MS))
        for _, p in _all()
    ]
    return _mr_look(_flow_voids(value, 0.25), {})


def diffusion_look(b: float, *, te_ms: float, gain: float) -> Look:
    """Echo-planar diffusion weighting at one b-value (s/mm2), fat suppressed."""
    value = [gain * _diffusion(p, b, te_ms) for _, p in _all()]
    return _mr_look(_flow_voids(value, 0.8), {})


def _diffusion(p: Properties, b: float, te_ms: float) -> float:
    tissue = exp(-b * p.adc * 1e-6)
    blood = exp(-b * _PSEUDO_DIFFUSION_MM2_S)
    decay = (1.0 - p.perfusion) * tissue + p.perfusion * blood
    susceptible = min(1.0, p.t2_star_ms / 12.0)
    fat = 0.5 * _FAT_SUPPRESSED * p.fat * exp(-te_ms / _FAT_T2_MS) * exp(-b * 3e-4)
    return susceptible * p.water * exp(-te_ms / p.t2_ms) * decay + fat


def _spoiled(rate_per_ms: float, tr_ms: float, flip_deg: float) -> float:
    e1 = exp(-tr_ms * rate_per_ms)
    angle = radians(flip_deg)
    return sin(angle) * (1.0 - e1) / (1.0 - cos(angle) * e1)


def _flow_voids(value: list[float], left: float) -> list[float]:
    """Fast blood leaves the slice before it is read out."""
    flowing = {Tissue.ARTERY: left * 0.4, Tissue.PORTAL_VEIN: left, Tissue.HEPATIC_VEIN: left, Tissue.CAVAL_VEIN: left}
    return [v * flowing.get(Tissue(i), 1.0) for i, v in enumerate(value)]


def _mr_look(value: list[float], uneven: dict[Tissue, float]) -> Look:
    strength = _table([v * uneven.get(t, 0.0) for v, t in zip(value, Tissue, strict=True)]) if uneven else None
    return Look("MR", _table(value), strength, 0.0)


def _table(values: list[float]) -> Floats:
    return np.array(np.round(values, 5), np.float32)


def _all() -> list[tuple[Tissue, Properties]]:
    return [(t, PROPERTIES[t]) for t in Tissue]
