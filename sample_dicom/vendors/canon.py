"""Canon: (0018,9087) only when b > 0, the b-value once more in ImageComments; a series for each b-value."""

from typing import Final

from pydicom.dataset import Dataset

from sample_dicom.vendors.elements import drop, map_adc_to_mm2_s, private
from sample_dicom.vendors.manner import Manner


def _diffusion(ds: Dataset, b: int) -> None:
    drop(ds, "DiffusionBValue", "ImageComments")
    if b > 0:
        ds.DiffusionBValue = float(b)
        ds.ImageComments = f"b={b}(0.577,0.577,0.577)"


def _adc(ds: Dataset) -> None:
    ds.ImageComments = "ADC b=50,800"
    map_adc_to_mm2_s(ds, 1e-6, label="ADC")


def _private(ds: Dataset) -> None:
    private(ds, 0x700D, "TOSHIBA_MEC_MR3", [(0x00, "DS", "1.0"), (0x05, "SH", "FE3D")])


CANON: Final = Manner(
    key="canon",
    manufacturer="CANON_MEC",
    mr_model="Vantage Galan 3T",
    mr_software="V6.0SP2005*R_1",
    ct_model="Aquilion ONE",
    ct_software="V8.6ER003",
    ct_kernel="FC13",
    field_tesla=3.0,
    names={
        "ct-arterial": ("Leber art 5mm", "Leber biphasisch"),
        "ct-portal-venous": ("Leber portal 5mm", "Leber biphasisch"),
        "t1-opposed-phase": ("FE3D out-phase", "Quick3D Double"),
        "t1-in-phase": ("FE3D in-phase", "Quick3D Double"),
        "t2": ("FSE T2W fs RG", "FSE T2W fs RG"),
        "eob-pre": ("Quick3Ds pre", "Quick3Ds"),
        "eob-arterial": ("Quick3Ds arterial", "Quick3Ds"),
        "eob-portal-venous": ("Quick3Ds portal", "Quick3Ds"),
        "eob-transitional": ("Quick3Ds 3min", "Quick3Ds"),
        "eob-hepatobiliary": ("Quick3Ds HBP 20min", "Quick3Ds"),
        "dwi-b0": ("DWI b=0", "DWI RG"),
        "dwi-b50": ("DWI b=50", "DWI RG"),
        "dwi-b400": ("DWI b=400", "DWI RG"),
        "dwi-b800": ("DWI b=800", "DWI RG"),
        "adc": ("ADC MAP", "DWI RG"),
    },
    image_types={"adc": ("DERIVED", "PRIMARY", "DIFFUSION", "ADC")},
    sequence_names={"dual-echo": "FE3D_dbl", "t2": "FSE+15", "eob": "FE3D", "dwi": "SEEPI", "adc": "SEEPI"},
    dual_echo_in_one=False,
    dynamic_in_one=False,
    diffusion_in_one=False,
    echo_times_ms=(1.20, 2.40),
    signed_pixels=False,
    adc_slope=1.0,
    mark_diffusion=_diffusion,
    mark_adc=_adc,
    mark_private=_private,
)
