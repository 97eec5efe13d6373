"""What the abdomen is made of, with the numbers that give each tissue its look.

Relaxation times at 3 T and diffusion coefficients are rounded from the published ranges (de Bazelaire 2004, Stanisz
2005, Filli 2015); Hounsfield units are those of unenhanced 120 kV scans.
"""

from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final


class Tissue(IntEnum):
    """One material of the phantom."""

    AIR = 0
    LUNG = auto()
    GAS = auto()
    SKIN = auto()
    SUBCUTANEOUS_FAT = auto()
    VISCERAL_FAT = auto()
    MUSCLE = auto()
    LIVER = auto()
    SPLEEN = auto()
    RENAL_CORTEX = auto()
    RENAL_MEDULLA = auto()
    URINE = auto()
    PANCREAS = auto()
    ADRENAL = auto()
    GUT_WALL = auto()
    GASTRIC_JUICE = auto()
    BOWEL_CONTENT = auto()
    GALLBLADDER_WALL = auto()
    BILE = auto()
    BILE_DUCT = auto()
    CORTICAL_BONE = auto()
    MARROW = auto()
    DISC = auto()
    CARTILAGE = auto()
    CORD = auto()
    CSF = auto()
    ARTERY = auto()
    PORTAL_VEIN = auto()
    HEPATIC_VEIN = auto()
    CAVAL_VEIN = auto()
    MYOCARDIUM = auto()
    METASTASIS = auto()
    METASTASIS_RIM = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The physical numbers of one tissue, without contrast agent.

    `hounsfield`: HU. `water` and `fat`: relative proton densities. `t1_ms`, `t2_ms`, `t2_star_ms` of the water.
    `adc`: 10^-6 mm2/s; `perfusion`: share of the signal that a b-value of 50 s/mm2 already takes away.
    `grain` and `mottle`: relative strength of fine and coarse texture.
    """

    hounsfield: float
    water: float
    t1_ms: float
    t2_ms: float
    t2_star_ms: float
    adc: float = 0.0
    fat: float = 0.0
    perfusion: float = 0.0
    grain: float = 0.02
    mottle: float = 0.02


def _p(hu: float, water: float, t1: float, t2: float, t2s: float, adc: float, **rest: float) -> Properties:
    return Properties(hounsfield=hu, water=water, t1_ms=t1, t2_ms=t2, t2_star_ms=t2s, adc=adc, **rest)


PROPERTIES: Final[dict[Tissue, Properties]] = {
    Tissue.AIR: _p(-1000, 0.0, 1000, 10, 1, 0, grain=0, mottle=0),
    Tissue.LUNG: _p(-840, 0.14, 1100, 35, 1.2, 1500, grain=0.18, mottle=0.10),
    Tissue.GAS: _p(-980, 0.0, 1000, 10, 1, 0, grain=0, mottle=0),
    Tissue.SKIN: _p(20, 0.55, 950, 35, 14, 900),
    Tissue.SUBCUTANEOUS_FAT: _p(-104, 0.06, 900, 60, 28, 350, fat=0.94, grain=0.03, mottle=0.05),
    Tissue.VISCERAL_FAT: _p(-98, 0.08, 900, 60, 28, 350, fat=0.86, grain=0.05, mottle=0.09),
    Tissue.MUSCLE: _p(56, 0.82, 1300, 32, 24, 1350, fat=0.03, grain=0.06, mottle=0.05, perfusion=0.05),
    Tissue.LIVER: _p(57, 0.88, 810, 36, 22, 1050, fat=0.05, perfusion=0.20, grain=0.025, mottle=0.025),
    Tissue.SPLEEN: _p(48, 0.92, 1300, 68, 40, 830, perfusion=0.10, grain=0.02, mottle=0.02),
    Tissue.RENAL_CORTEX: _p(32, 0.92, 1150, 82, 50, 1950, perfusion=0.22),
    Tissue.RENAL_MEDULLA: _p(31, 0.94, 1500, 90, 50, 1800, perfusion=0.18),
    Tissue.URINE: _p(6, 1.0, 3600, 600, 300, 2700, grain=0.0, mottle=0.0),
    Tissue.PANCREAS: _p(42, 0.82, 730, 46, 30, 1350, fat=0.12, perfusion=0.18, grain=0.08, mottle=0.06),
    Tissue.ADRENAL: _p(30, 0.85, 900, 60, 40, 1200),
    Tissue.GUT_WALL: _p(38, 0.86, 1150, 60, 35, 1300, perfusion=0.12),
    Tissue.GASTRIC_JUICE: _p(14, 0.9, 2100, 150, 50, 2300, grain=0.06, mottle=0.14),
    Tissue.BOWEL_CONTENT: _p(22, 0.62, 900, 70, 20, 1700, fat=0.05, grain=0.16, mottle=0.22),
    Tissue.GALLBLADDER_WALL: _p(38, 0.86, 1100, 60, 35, 1300),
    Tissue.BILE: _p(8, 1.0, 2600, 420, 200, 2850, grain=0.0, mottle=0.01),
    Tissue.BILE_DUCT: _p(9, 1.0, 2600, 380, 150, 2800, grain=0.0, mottle=0.0),
    Tissue.CORTICAL_BONE: _p(560, 0.06, 300, 4, 0.8, 300, grain=0.05, mottle=0.05),
    Tissue.MARROW: _p(150, 0.42, 900, 42, 8, 550, fat=0.42, grain=0.055, mottle=0.07),
    Tissue.DISC: _p(85, 0.68, 1000, 55, 30, 1500, mottle=0.06),
    Tissue.CARTILAGE: _p(100, 0.6, 1050, 28, 14, 1200),
    Tissue.CORD: _p(38, 0.84, 990, 78, 45, 900),
    Tissue.CSF: _p(8, 1.0, 4000, 1200, 400, 3000, grain=0.0, mottle=0.03),
    Tissue.ARTERY: _p(44, 0.93, 1800, 150, 60, 2600, perfusion=0.70, grain=0, mottle=0.01),
    Tissue.PORTAL_VEIN: _p(43, 0.93, 1800, 130, 45, 2500, perfusion=0.65, grain=0, mottle=0.01),
    Tissue.HEPATIC_VEIN: _p(43, 0.93, 1800, 120, 42, 2500, perfusion=0.65, grain=0, mottle=0.01),
    Tissue.CAVAL_VEIN: _p(43, 0.93, 1800, 120, 42, 2500, perfusion=0.65, grain=0, mottle=0.05),
    Tissue.MYOCARDIUM: _p(50, 0.86, 1300, 48, 28, 1400, perfusion=0.5, grain=0.03, mottle=0.03),
    Tissue.METASTASIS: _p(38, 0.92, 1350, 74, 45, 880, grain=0.05, mottle=0.05, perfusion=0.04),
    Tissue.METASTASIS_RIM: _p(48, 0.90, 1150, 62, 40, 900, grain=0.04, mottle=0.04, perfusion=0.08),
}

_SOFT_HU: Final = (-50.0, 100.0)
_CT_SOFT_SHARE: Final = 0.18
_CT_OTHER_SHARE: Final = 0.5


def texture_strength(modality: str) -> tuple[list[float], list[float]]:
    """Relative strength of grain and mottle of each tissue; on CT weaker, most of all in soft tissue and fluid."""
    share = [1.0 if modality == "MR" else _ct_share(p) for p in PROPERTIES.values()]
    grain = [p.grain * s for p, s in zip(PROPERTIES.values(), share, strict=True)]
    mottle = [p.mottle * s for p, s in zip(PROPERTIES.values(), share, strict=True)]
    return grain, mottle


def _ct_share(p: Properties) -> float:
    return _CT_SOFT_SHARE if _SOFT_HU[0] < p.hounsfield < _SOFT_HU[1] else _CT_OTHER_SHARE
