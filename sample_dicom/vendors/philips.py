"""Philips: b-value in (0018,9087) and (2001,xx03), 0.001 where it is zero; scaled values."""

from typing import Final

from pydicom.dataset import Dataset

from sample_dicom.vendors.elements import map_adc_to_mm2_s, private
from sample_dicom.vendors.manner import Manner

_B_ZERO: Final = 0.001
_ADC_SLOPE: Final = 0.8


def b_as_written(b: int) -> float:
    """The number Philips stores for a b-value."""
    return _B_ZERO if b == 0 else float(b)


def _diffusion(ds: Dataset, b: int) -> None:
    ds.DiffusionBValue = b_as_written(b)
    ds.DiffusionDirectionality = "NONE" if b == 0 else "ISOTROPIC"
    private(ds, 0x2001, "Philips Imaging DD 001", [(0x03, "FL", b_as_written(b)), (0x04, "CS", "I")])


def _adc(ds: Dataset) -> None:
    ds.RescaleSlope = str(_ADC_SLOPE)
    ds.RescaleIntercept = "0"
    ds.RescaleType = "US"
    map_adc_to_mm2_s(ds, _ADC_SLOPE * 1e-6, label="Philips")


def _private(ds: Dataset) -> None:
    private(ds, 0x2001, "Philips Imaging DD 001", [(0x01, "FL", 0.0), (0x20, "LO", "T1FFE")])
    private(ds, 0x2005, "Philips MR Imaging DD 001", [(0x0D, "FL", 0.0), (0x0E, "FL", 0.0061)])


PHILIPS: Final = Manner(
    key="philips",
    manufacturer="Philips Medical Systems",
    mr_model="Ingenia",
    mr_software="5.3.1\\5.3.1.1",
    ct_model="iCT 256",
    ct_software="4.1",
    ct_kernel="B",
    field_tesla=3.0,
    names={
        "ct-arterial": ("Lever art 5/5", "Lever 2 fasen/Abdomen"),
        "ct-portal-venous": ("Lever ven 5/5", "Lever 2 fasen/Abdomen"),
        "dual-echo": ("DUAL FFE BH", "DUAL_FFE BH"),
        "t2": ("T2W_TSE SPAIR RT", "T2W_TSE SPAIR RT"),
        "eob-dynamic": ("dyn eTHRIVE BH", "dyn_eTHRIVE BH"),
        "eob-hepatobiliary": ("eTHRIVE 20min", "eTHRIVE BH 20min"),
        "dwi": ("DWI 4b RT", "DWI_4b_RT"),
        "adc": ("dADC", "DWI_4b_RT"),
    },
    image_types={
        "t1-opposed-phase": ("ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"),
        "t1-in-phase": ("ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"),
        "t2": ("ORIGINAL", "PRIMARY", "M_SE", "M", "SE"),
        "eob": ("ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"),
        "dwi": ("ORIGINAL", "PRIMARY", "M_SE", "M", "SE"),
        "adc": ("DERIVED", "PRIMARY", "ADC", "ADC", "UNSPECIFIED"),
    },
    sequence_names={},
    dual_echo_in_one=True,
    dynamic_in_one=True,
    diffusion_in_one=True,
    echo_times_ms=(1.15, 2.30),
    signed_pixels=False,
    adc_slope=_ADC_SLOPE,
    mark_diffusion=_diffusion,
    mark_adc=_adc,
    mark_private=_private,
)
