"""What contrast agent does to each tissue, phase by phase."""

from enum import StrEnum
from typing import Final

from sample_dicom.tissues import Tissue


class Phase(StrEnum):
    """A moment after (or before) the injection."""

    PRE = "pre"
    ARTERIAL = "arterial"
    PORTAL_VENOUS = "portal-venous"
    TRANSITIONAL = "transitional"
    HEPATOBILIARY = "hepatobiliary"


CT_DELAY_S: Final = {Phase.ARTERIAL: 35, Phase.PORTAL_VENOUS: 72}
MR_DELAY_S: Final = {
    Phase.ARTERIAL: 25,
    Phase.PORTAL_VENOUS: 68,
    Phase.TRANSITIONAL: 185,
    Phase.HEPATOBILIARY: 1205,
}

_T = Tissue

IODINE_HU: Final[dict[Phase, dict[Tissue, float]]] = {
    Phase.PRE: {},
    Phase.ARTERIAL: {
        _T.ARTERY: 262,
        _T.RENAL_CORTEX: 128,
        _T.RENAL_MEDULLA: 26,
        _T.SPLEEN: 78,
        _T.PANCREAS: 62,
        _T.LIVER: 13,
        _T.PORTAL_VEIN: 62,
        _T.HEPATIC_VEIN: 4,
        _T.CAVAL_VEIN: 38,
        _T.GUT_WALL: 38,
        _T.MUSCLE: 8,
        _T.ADRENAL: 44,
        _T.MYOCARDIUM: 74,
        _T.GALLBLADDER_WALL: 22,
        _T.METASTASIS: 4,
        _T.METASTASIS_RIM: 34,
        _T.MARROW: 8,
    },
    Phase.PORTAL_VENOUS: {
        _T.ARTERY: 112,
        _T.RENAL_CORTEX: 146,
        _T.RENAL_MEDULLA: 108,
        _T.SPLEEN: 72,
        _T.PANCREAS: 50,
        _T.LIVER: 52,
        _T.PORTAL_VEIN: 128,
        _T.HEPATIC_VEIN: 118,
        _T.CAVAL_VEIN: 84,
        _T.GUT_WALL: 50,
        _T.MUSCLE: 13,
        _T.ADRENAL: 42,
        _T.MYOCARDIUM: 62,
        _T.GALLBLADDER_WALL: 34,
        _T.METASTASIS: 17,
        _T.METASTASIS_RIM: 44,
        _T.MARROW: 12,
    },
}
"""Hounsfield units that iodine adds, 350 mgI/mL at 600 mgI/kg."""

_EXTRACELLULAR: Final = {_T.MUSCLE: 0.35, _T.MARROW: 0.3, _T.GUT_WALL: 1.2, _T.SKIN: 0.4, _T.GALLBLADDER_WALL: 0.9}

GADOXETATE_R1_PER_S: Final[dict[Phase, dict[Tissue, float]]] = {
    Phase.PRE: {},
    Phase.ARTERIAL: {
        _T.ARTERY: 8.0,
        _T.RENAL_CORTEX: 4.6,
        _T.RENAL_MEDULLA: 0.9,
        _T.SPLEEN: 2.6,
        _T.PANCREAS: 1.9,
        _T.LIVER: 0.28,
        _T.PORTAL_VEIN: 1.3,
        _T.HEPATIC_VEIN: 0.1,
        _T.CAVAL_VEIN: 0.9,
        _T.ADRENAL: 1.3,
        _T.MYOCARDIUM: 2.0,
        _T.METASTASIS: 0.15,
        _T.METASTASIS_RIM: 1.4,
        _T.MUSCLE: 0.2,
        _T.GUT_WALL: 1.0,
    },
    Phase.PORTAL_VENOUS: {
        **_EXTRACELLULAR,
        _T.ARTERY: 3.2,
        _T.RENAL_CORTEX: 4.4,
        _T.RENAL_MEDULLA: 3.4,
        _T.SPLEEN: 2.0,
        _T.PANCREAS: 1.3,
        _T.LIVER: 1.0,
        _T.PORTAL_VEIN: 3.3,
        _T.HEPATIC_VEIN: 3.0,
        _T.CAVAL_VEIN: 2.6,
        _T.ADRENAL: 1.2,
        _T.MYOCARDIUM: 1.8,
        _T.METASTASIS: 0.45,
        _T.METASTASIS_RIM: 1.1,
    },
    Phase.TRANSITIONAL: {
        **_EXTRACELLULAR,
        _T.ARTERY: 1.7,
        _T.RENAL_CORTEX: 3.0,
        _T.RENAL_MEDULLA: 3.2,
        _T.SPLEEN: 1.1,
        _T.PANCREAS: 0.8,
        _T.LIVER: 1.25,
        _T.PORTAL_VEIN: 1.7,
        _T.HEPATIC_VEIN: 1.7,
        _T.CAVAL_VEIN: 1.6,
        _T.ADRENAL: 0.8,
        _T.MYOCARDIUM: 1.2,
        _T.METASTASIS: 0.5,
        _T.METASTASIS_RIM: 0.75,
        _T.URINE: 1.5,
    },
    Phase.HEPATOBILIARY: {
        _T.ARTERY: 0.42,
        _T.RENAL_CORTEX: 0.9,
        _T.RENAL_MEDULLA: 1.1,
        _T.SPLEEN: 0.3,
        _T.PANCREAS: 0.25,
        _T.LIVER: 2.0,
        _T.PORTAL_VEIN: 0.42,
        _T.HEPATIC_VEIN: 0.42,
        _T.CAVAL_VEIN: 0.42,
        _T.ADRENAL: 0.3,
        _T.MYOCARDIUM: 0.35,
        _T.METASTASIS: 0.12,
        _T.METASTASIS_RIM: 0.3,
        _T.MUSCLE: 0.15,
        _T.GUT_WALL: 0.35,
        _T.URINE: 5.0,
        _T.BILE_DUCT: 7.0,
        _T.BILE: 1.1,
    },
}
"""Longitudinal relaxation rate that 0.025 mmol/kg gadoxetate adds (1/s)."""

UNEVEN: Final[dict[Phase, dict[Tissue, float]]] = {
    Phase.ARTERIAL: {_T.SPLEEN: 0.16, _T.CAVAL_VEIN: 0.12, _T.LIVER: 0.02, _T.PANCREAS: 0.07},
    Phase.PORTAL_VENOUS: {_T.CAVAL_VEIN: 0.07},
}
"""Relative mottle while the agent is still being mixed: the tiger spleen, the unmixed caval vein."""
