"""United Imaging: the b-value as a double in (0065,xx09), measured rather than nominal (799.x for 800)."""

from typing import Final

from pydicom.dataset import Dataset

from sample_dicom.vendors.elements import private
from sample_dicom.vendors.manner import Manner

_CREATOR: Final = "Image Private Header"
_MEASURED: Final = {0: 0.0, 50: 49.87, 400: 399.62, 800: 799.31}


def _diffusion(ds: Dataset, b: int) -> None:
    private(ds, 0x0065, _CREATOR, [(0x09, "FD", _MEASURED.get(b, float(b)))])


def _adc(ds: Dataset) -> None:
    ds.RescaleSlope = "1"
    ds.RescaleIntercept = "0"
    ds.RescaleType = "US"
    ds.ImageComments = "ADC 1e-6 mm2/s"


def _private(ds: Dataset) -> None:
    private(ds, 0x0065, _CREATOR, [(0x0C, "DS", "1.0"), (0x0F, "LO", "uMR")])


UIH: Final = Manner(
    key="uih",
    manufacturer="UIH",
    mr_model="uMR 790",
    mr_software="V10",
    ct_model="uCT 780",
    ct_software="R001",
    ct_kernel="B_SOFT_B",
    field_tesla=3.0,
    names={
        "ct-arterial": ("Abd Arterial 5.0", "Liver biphasic"),
        "ct-portal-venous": ("Abd Portal Venous 5.0", "Liver biphasic"),
        "dual-echo": ("gre_quick3d_dual_tra_bh", "gre_quick3d_dual_tra_bh"),
        "t2": ("fse_t2_fs_tra_trig", "fse_t2_fs_tra_trig"),
        "eob-pre": ("quick3d_fs_tra_bh_pre", "quick3d_fs_tra_bh"),
        "eob-arterial": ("quick3d_fs_tra_bh_art", "quick3d_fs_tra_bh"),
        "eob-portal-venous": ("quick3d_fs_tra_bh_pv", "quick3d_fs_tra_bh"),
        "eob-transitional": ("quick3d_fs_tra_bh_3min", "quick3d_fs_tra_bh"),
        "eob-hepatobiliary": ("quick3d_fs_tra_bh_hbp20", "quick3d_fs_tra_bh"),
        "dwi": ("epi_dwi_tra_b0_50_400_800", "epi_dwi_tra_trig"),
        "adc": ("epi_dwi_tra_ADC", "epi_dwi_tra_trig"),
    },
    image_types={"adc": ("DERIVED", "PRIMARY", "DIFFUSION", "ADC")},
    sequence_names={"dual-echo": "gre_quick3d", "t2": "fse", "eob": "gre_quick3d", "dwi": "epi_dwi", "adc": "epi_dwi"},
    dual_echo_in_one=True,
    dynamic_in_one=False,
    diffusion_in_one=True,
    echo_times_ms=(1.18, 2.36),
    signed_pixels=False,
    adc_slope=1.0,
    mark_diffusion=_diffusion,
    mark_adc=_adc,
    mark_private=_private,
)
