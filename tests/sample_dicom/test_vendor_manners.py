"""Each vendor's b-values, ADC maps and names are where that vendor puts them."""

import pytest
from pydicom.dataset import Dataset

from sample_dicom import PATIENTS, SMALL
from sample_dicom.exam import exams_of
from sample_dicom.headers import part_header, series_header
from sample_dicom.protocol import B_VALUES, Kind

BY_VENDOR = {patient.manner.key: patient for patient in PATIENTS}


def diffusion_headers(vendor):
    """The header of one image per b-value, as classic objects."""
    _, mr = exams_of(BY_VENDOR[vendor], "preoperative", ("20170816", "20170818"), SMALL, 7)
    found = {}
    for plan in mr.series:
        if plan.kind is Kind.DWI:
            ds = series_header(mr, plan)
            for part in plan.parts:
                part_header(ds, mr, plan, part)
                copy = Dataset()
                copy.update(ds)
                found[part.b_value] = Dataset.from_json(copy.to_json())
    return found


def adc_header(vendor):
    _, mr = exams_of(BY_VENDOR[vendor], "baseline", ("20170510", "20170512"), SMALL, 7)
    plan = next(p for p in mr.series if p.kind is Kind.ADC)
    ds = series_header(mr, plan)
    part_header(ds, mr, plan, plan.parts[0])
    return ds


def test_siemens_tells_b_in_its_own_header_only():
    for b, ds in diffusion_headers("siemens").items():
        assert ds.private_block(0x0019, "SIEMENS MR HEADER")[0x0C].value == b
        assert "DiffusionBValue" not in ds


def test_ge_adds_a_thousand_million_to_high_b_and_leaves_the_standard_element_out_at_zero():
    headers = diffusion_headers("ge")
    first = {b: int(ds.private_block(0x0043, "GEMS_PARM_01")[0x39].value[0]) for b, ds in headers.items()}
    assert first == {0: 0, 50: 50, 400: 1_000_000_400, 800: 1_000_000_800}
    assert "DiffusionBValue" not in headers[0]
    assert headers[800].DiffusionBValue == 800.0


def test_philips_writes_a_thousandth_for_zero_in_both_places():
    headers = diffusion_headers("philips")
    for b, ds in headers.items():
        expected = pytest.approx(0.001 if b == 0 else b)
        assert ds.DiffusionBValue == expected
        assert ds.private_block(0x2001, "Philips Imaging DD 001")[0x03].value == expected


def test_canon_is_silent_at_zero():
    headers = diffusion_headers("canon")
    assert "DiffusionBValue" not in headers[0]
    assert "ImageComments" not in headers[0]
    assert headers[800].DiffusionBValue == 800.0
    assert headers[800].ImageComments.startswith("b=800(")


def test_uih_measures_its_b_values():
    headers = diffusion_headers("uih")
    measured = {b: ds.private_block(0x0065, "Image Private Header")[0x09].value for b, ds in headers.items()}
    assert measured[800] == pytest.approx(799.31)
    assert "DiffusionBValue" not in headers[800]


@pytest.mark.parametrize("vendor", sorted(BY_VENDOR))
def test_all_b_values_are_acquired(vendor):
    assert tuple(sorted(diffusion_headers(vendor))) == B_VALUES


@pytest.mark.parametrize("vendor", sorted(BY_VENDOR))
def test_adc_maps_are_derived_and_say_so(vendor):
    ds = adc_header(vendor)
    assert ds.ImageType[0] == "DERIVED"
    assert "ADC" in ds.ImageType


def test_the_enhanced_object_has_each_b_value_on_each_slice(small):
    (series,) = small.series("philips", "baseline", "dwi")
    (ds,) = small.images(series)
    seen = {}
    for item in ds.PerFrameFunctionalGroupsSequence:
        z = float(item.PlanePositionSequence[0].ImagePositionPatient[2])
        seen.setdefault(z, []).append(item.MRDiffusionSequence[0].DiffusionBValue)
    assert len(seen) == series["n_slices"]
    assert all(b == pytest.approx([0.001, 50, 400, 800]) for b in seen.values())


def test_contrast_times_put_each_phase_into_its_window(small):
    windows = {"eob-arterial": (20, 40), "eob-portal-venous": (50, 90), "eob-transitional": (120, 300),
               "eob-hepatobiliary": (900, 1500), "ct-arterial": (20, 45), "ct-portal-venous": (50, 90)}  # fmt: skip
    for _, _, _, series in small.all_series():
        for part in series["parts"]:
            if part["role"] in windows:
                ds = small.image(series, part["sop_instance_uids"][0])
                low, high = windows[part["role"]]
                assert low <= _seconds(ds.AcquisitionTime) - _seconds(ds.ContrastBolusStartTime) <= high


def test_series_before_the_injection_name_no_agent(small):
    for _, _, _, series in small.all_series():
        for part in series["parts"]:
            if part["role"] in {"eob-pre", "t2", "t1-in-phase", "t1-opposed-phase"}:
                assert "ContrastBolusAgent" not in small.image(series, part["sop_instance_uids"][0])


def test_diffusion_is_oblique_by_twelve_degrees(small):
    import math

    for _, _, _, series in small.all_series():
        tilt = math.degrees(math.asin(-series["orientation"][5]))
        assert tilt == pytest.approx(12.0 if series["roles"][0] in {"dwi", "adc"} else 0.0, abs=0.01)


def _seconds(time):
    text = str(time)
    return int(text[:2]) * 3600 + int(text[2:4]) * 60 + float(text[4:])
