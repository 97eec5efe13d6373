"""Siemens: b-value in (0019,xx0C) of SIEMENS MR HEADER only; one series per phase and per echo."""

from typing import Final

from pydicom.dataset import Dataset

from sample_dicom.vendors.elements import private
from sample_dicom.vendors.manner import Manner

_CREATOR: Final = "SIEMENS MR HEADER"


def _diffusion(ds: Dataset, b: int) -> None:
    direction = "NONE" if b == 0 else "DIRECTIONAL"
    private(ds, 0x0019, _CREATOR, [(0x08, "CS", "IMAGE NUM 4"), (0x0C, "IS", str(b)), (0x0D, "CS", direction)])
    ds.SequenceName = "*ep_b0" if b == 0 else f"*ep_b{b}t"


def _adc(ds: Dataset) -> None:
    ds.SequenceName = "*ep_b50_800"
    ds.ImageComments = "ADC 10^-6 mm2/s"


def _private(ds: Dataset) -> None:
    private(ds, 0x0051, _CREATOR, [(0x08, "CS", "IMAGE NUM 4"), (0x0F, "LO", "C:BO1,2;SP2-5"), (0x11, "LO", "p2")])


SIEMENS: Final = Manner(
    key="siemens",
    manufacturer="SIEMENS",
    mr_model="Skyra",
    mr_software="syngo MR E11",
    ct_model="SOMATOM Definition Flash",
    ct_software="syngo CT VA48A",
    ct_kernel="I31f",
    field_tesla=3.0,
    names={
        "ct-arterial": ("Abd Art 5.0 I31f 3", "Leber 2-phasig"),
        "ct-portal-venous": ("Abd PV 5.0 I31f 3", "Leber 2-phasig"),
        "t1-opposed-phase": ("t1_vibe_dixon_tra_bh_opp", "t1_vibe_dixon_tra_bh"),
        "t1-in-phase": ("t1_vibe_dixon_tra_bh_in", "t1_vibe_dixon_tra_bh"),
        "t2": ("t2_tse_fs_tra_mbh", "t2_tse_fs_tra_mbh"),
        "eob-pre": ("t1_vibe_fs_tra_pre", "t1_vibe_fs_tra_pre"),
        "eob-arterial": ("t1_vibe_fs_tra_bh_art", "t1_vibe_fs_tra_bh_art"),
        "eob-portal-venous": ("t1_vibe_fs_tra_PVP", "t1_vibe_fs_tra_PVP"),
        "eob-transitional": ("t1_vibe_fs_tra_Delayed_3min", "t1_vibe_fs_tra_Delayed_3min"),
        "eob-hepatobiliary": ("t1_vibe_fs_tra_hepatobiliary_20min", "t1_vibe_fs_tra_hepatobiliary"),
        "dwi": ("ep2d_diff_b0_50_400_800_tra_TRACEW", "ep2d_diff_b0_50_400_800_tra"),
        "adc": ("ep2d_diff_b0_50_400_800_tra_ADC", "ep2d_diff_b0_50_400_800_tra"),
    },
    image_types={
        "t1-opposed-phase": ("DERIVED", "PRIMARY", "DIXON", "OPP_PHASE"),
        "t1-in-phase": ("DERIVED", "PRIMARY", "DIXON", "IN_PHASE"),
        "t2": ("ORIGINAL", "PRIMARY", "M", "ND", "NORM"),
        "eob": ("ORIGINAL", "PRIMARY", "M", "ND", "NORM"),
        "dwi": ("DERIVED", "PRIMARY", "DIFFUSION", "TRACEW", "ND", "NORM"),
        "adc": ("DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND", "NORM"),
    },
    sequence_names={"dual-echo": "*fl3d2", "t2": "*tse2d1_25", "eob": "*fl3d1"},
    dual_echo_in_one=False,
    dynamic_in_one=False,
    diffusion_in_one=True,
    echo_times_ms=(1.23, 2.46),
    signed_pixels=False,
    adc_slope=1.0,
    mark_diffusion=_diffusion,
    mark_adc=_adc,
    mark_private=_private,
)
