"""Names of the study's series roles, as `casebook.domain.imaging.SeriesRole` writes them."""

from typing import Final

from sample_dicom.contrast import Phase

CT_ARTERIAL: Final = "ct-arterial"
CT_PORTAL_VENOUS: Final = "ct-portal-venous"
T1_IN_PHASE: Final = "t1-in-phase"
T1_OPPOSED_PHASE: Final = "t1-opposed-phase"
T2: Final = "t2"
DWI: Final = "dwi"
ADC: Final = "adc"

EOB: Final = {
    Phase.PRE: "eob-pre",
    Phase.ARTERIAL: "eob-arterial",
    Phase.PORTAL_VENOUS: "eob-portal-venous",
    Phase.TRANSITIONAL: "eob-transitional",
    Phase.HEPATOBILIARY: "eob-hepatobiliary",
}

SEQUENCE_OF_ROLE: Final[dict[str, str]] = {
    CT_ARTERIAL: "ct",
    CT_PORTAL_VENOUS: "ct",
    T1_IN_PHASE: "t1t2",
    T1_OPPOSED_PHASE: "t1t2",
    T2: "t1t2",
    DWI: "dwi",
    ADC: "dwi",
    **dict.fromkeys(EOB.values(), "eob"),
}
