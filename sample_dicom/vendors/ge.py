"""GE: b-value first of four in (0043,xx39), 10^9 added on high ones; (0018,9087) only when b > 0."""

from typing import Final

from pydicom.dataset import Dataset

from sample_dicom.vendors.elements import drop, private
from sample_dicom.vendors.manner import Manner

_OFFSET: Final = 1_000_000_000
"""GE adds this to the b-values of multi-b scans; the true value is what remains of the division."""

_OFFSET_FROM_B: Final = 400


def _diffusion(ds: Dataset, b: int) -> None:
    written = b + _OFFSET if b >= _OFFSET_FROM_B else b
    private(ds, 0x0043, "GEMS_PARM_01", [(0x39, "IS", [str(written), "8", "0", "0"])])
    drop(ds, "DiffusionBValue")
    if b > 0:
        ds.DiffusionBValue = float(b)


def _adc(ds: Dataset) -> None:
    private(ds, 0x0043, "GEMS_PARM_01", [(0x39, "IS", ["0", "8", "0", "0"])])
    ds.ImageComments = "ADC (10-6 mm2/s)"


def _private(ds: Dataset) -> None:
    private(ds, 0x0019, "GEMS_ACQU_01", [(0x9C, "LO", "FSPGR"), (0xBB, "DS", "0")])
    private(ds, 0x0009, "GEMS_IDEN_01", [(0x01, "LO", "GE_GENESIS_FF"), (0x02, "SH", "MRIGR")])


GE: Final = Manner(
    key="ge",
    manufacturer="GE MEDICAL SYSTEMS",
    mr_model="DISCOVERY MR450w",
    mr_software="27\\LX\\MR Software release:DV27.0_R01",
    ct_model="Revolution CT",
    ct_software="revo_ct_17.BJ.8",
    ct_kernel="STANDARD",
    field_tesla=1.5,
    names={
        "ct-arterial": ("ART 5mm", "5.3 FOIE ART PORT"),
        "ct-portal-venous": ("PORTAL 5mm", "5.3 FOIE ART PORT"),
        "dual-echo": ("Ax Dual Echo FSPGR", "FOIE EOB"),
        "t2": ("Ax T2 FRFSE FS RTr", "FOIE EOB"),
        "eob-dynamic": ("Ax LAVA C- ART PORT TARDIF", "FOIE EOB"),
        "eob-hepatobiliary": ("Ax LAVA HEPATOBILIAIRE 20 min", "FOIE EOB"),
        "dwi-b0": ("Ax DWI b0 RTr", "FOIE EOB"),
        "dwi-b50": ("Ax DWI b50 RTr", "FOIE EOB"),
        "dwi-b400": ("Ax DWI b400 RTr", "FOIE EOB"),
        "dwi-b800": ("Ax DWI b800 RTr", "FOIE EOB"),
        "adc": ("ADC (10-6 mm2/s):Ax DWI", "FOIE EOB"),
    },
    image_types={"adc": ("DERIVED", "SECONDARY", "COMBINED", "ADC")},
    sequence_names={},
    dual_echo_in_one=True,
    dynamic_in_one=True,
    diffusion_in_one=False,
    echo_times_ms=(2.10, 4.20),
    signed_pixels=True,
    adc_slope=1.0,
    mark_diffusion=_diffusion,
    mark_adc=_adc,
    mark_private=_private,
)
