"""Where the truth says a metastasis shows, the pixels show it; where it is gone, they do not."""

import csv

import numpy as np
import pytest

from sample_dicom.roles import SEQUENCE_OF_ROLE


def _places(small, role, b_value=None):
    for patient, timepoint, _, series in small.all_series():
        for part in series["parts"]:
            if part["role"] != role or (b_value is not None and part["b_value"] != b_value):
                continue
            for lesion in patient["lesions"]:
                seen = lesion["visible"][timepoint][SEQUENCE_OF_ROLE[role]]
                yield seen, lesion, timepoint, series, part["lesions"][lesion["label"]]


def _contrast(small, series, place):
    """Mean of the 3 x 3 pixels on the lesion over the median of the liver around it."""
    image = small.frame(series, place["sop_instance_uid"], place["frame"]).astype(float)
    if series["modality"] == "CT":
        image = image - 1024.0
    row, column = round(place["row_px"]), round(place["column_px"])
    reach = round(26 / series["pixel_mm"])
    around = image[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return image[row - 1 : row + 2, column - 1 : column + 2].mean() - np.median(around), np.median(around)


def test_visible_lesions_are_dark_in_the_hepatobiliary_phase(small):
    for seen, lesion, _, series, place in _places(small, "eob-hepatobiliary"):
        if seen == "visible" and lesion["diameter_mm"]["baseline"] >= 12:
            difference, liver = _contrast(small, series, place)
            assert difference < -0.12 * liver, (series["folder"], lesion["label"])


def test_lesions_that_are_gone_leave_nothing_in_the_hepatobiliary_phase(small):
    for seen, lesion, _, series, place in _places(small, "eob-hepatobiliary"):
        if seen == "not-visible":
            difference, liver = _contrast(small, series, place)
            assert abs(difference) < 0.12 * liver, (series["folder"], lesion["label"])


def test_visible_lesions_are_bright_at_high_b_and_low_in_adc(small):
    for seen, lesion, timepoint, series, place in _places(small, "dwi", 800):
        if seen == "visible" and (lesion["diameter_mm"][timepoint] or 0) >= 14:
            difference, liver = _contrast(small, series, place)
            assert difference > 0.3 * liver, (series["folder"], lesion["label"])


def test_large_lesions_are_darker_than_liver_on_portal_venous_ct(small):
    for seen, lesion, timepoint, series, place in _places(small, "ct-portal-venous"):
        if seen == "visible" and lesion["diameter_mm"][timepoint] >= 17:
            difference, _ = _contrast(small, series, place)
            assert difference < -12, (series["folder"], lesion["label"])


def test_a_lesion_that_is_gone_has_no_diameter_and_no_visible_sequence(small):
    for patient in small.truth["patients"]:
        for lesion in patient["lesions"]:
            for timepoint, diameter in lesion["diameter_mm"].items():
                assert (diameter is None) == ("visible" not in lesion["visible"][timepoint].values())


def test_every_lesion_lies_inside_every_series(small):
    outside = [
        (series["folder"], label)
        for _, _, _, series in small.all_series()
        for part in series["parts"]
        for label, place in part["lesions"].items()
        if not place["inside"]
    ]
    assert outside == []


def test_a_place_is_the_lesion_moved_into_the_frame_and_by_the_breath(small):
    for patient, _, exam, series in small.all_series():
        matrix = np.array(exam["phantom_to_frame"])
        for part in series["parts"]:
            for lesion in patient["lesions"]:
                expected = (matrix @ [*lesion["phantom_position_mm"], 1.0])[:3] + part["shift_mm"]
                assert part["lesions"][lesion["label"]]["position_mm"] == pytest.approx(expected, abs=0.02)


def test_the_pixel_of_a_place_is_where_the_header_puts_its_millimetres(small):
    for _, _, _, series in small.all_series():
        if series["enhanced"]:
            continue
        for place in series["parts"][0]["lesions"].values():
            ds = small.image(series, place["sop_instance_uid"])
            row_direction, column_direction = np.array(ds.ImageOrientationPatient).reshape(2, 3)
            point = (
                np.array(ds.ImagePositionPatient)
                + row_direction * place["column_px"] * ds.PixelSpacing[1]
                + column_direction * place["row_px"] * ds.PixelSpacing[0]
            )
            away = np.array(place["position_mm"]) - point
            normal = np.cross(row_direction, column_direction)
            assert abs(away @ normal) <= series["step_mm"] / 2 + 0.02
            assert np.linalg.norm(away - (away @ normal) * normal) < 0.05


def _rows(small, patient, timepoint):
    path = small.root / patient["site"] / patient["subject"] / timepoint / "lesions.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_baseline_list_gives_each_lesion_once_by_pixel_and_once_by_millimetres(small):
    for patient in small.truth["patients"]:
        rows = _rows(small, patient, "baseline")
        for lesion in patient["lesions"]:
            own = [r for r in rows if r["lesion"] == lesion["label"]]
            assert sorted(bool(r["x_mm"]) for r in own) == [False, True]
            assert all(float(r["diameter_mm"]) == lesion["diameter_mm"]["baseline"] for r in own)
            assert all(r["segment"] == lesion["segment"] for r in own)
            assert all(bool(r["sop_instance_uid"]) == bool(r["column_px"]) != bool(r["x_mm"]) for r in own)


def test_the_second_list_names_only_what_still_shows(small):
    for patient in small.truth["patients"]:
        listed = {(r["lesion"], bool(r["x_mm"])) for r in _rows(small, patient, "preoperative")}
        expected = {
            (lesion["label"], sequence == "eob")
            for lesion in patient["lesions"]
            for sequence in ("ct", "eob")
            if lesion["visible"]["preoperative"][sequence] == "visible"
        }
        assert listed == expected
