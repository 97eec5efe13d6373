"""The forms of the demonstration's patients, filled so that every road to an outcome occurs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from casebook.domain.imaging import SEGMENTS

CHEMOTHERAPY_DAYS: Final = (7, 84)
MDT_DAY: Final = 105
SECOND_DAY: Final = 109
SURGERY_DAY: Final = 121
REPORT_DAY: Final = 131
FOLLOW_UP_DAYS: Final = {"month-3": 91, "month-6": 183, "month-12": 365, "month-18": 548, "month-24": 733}
"""Days after surgery; the last one lies past the horizon."""
SECOND_CRITERIA: Final = ("chemotherapy_complete", "preoperative_ct_and_mri", "mdt_resectable", "fit_for_surgery")
SECOND_REGISTRATION: Final = "eligibility-second"
RECURS_AT: Final = "month-12"
MEMBERS: Final = [
    {"role": "medical-oncologist", "name": "M. Mori"},
    {"role": "liver-surgeon", "name": "T. Oda"},
    {"role": "gastrointestinal-radiologist", "name": "S. Abe"},
]


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled form."""

    form: str
    data: dict[str, object]
    timepoint: str | None = None


def course_forms(
    registered_on: date, imaged_on: Mapping[str, Sequence[date]], segments: Mapping[str, str], gone: Sequence[str]
) -> Iterator[Filled]:
    """Yield the forms in the order they are filled; `segments` by the label of the lesion.

    Of the lesions that are gone the first is resected, the second left in place without recurrence, the third left
    in place with one; the others are resected and hold living tumour.
    """

    def day(n_days: int) -> str:
        return (registered_on + timedelta(n_days)).isoformat()

    labels, left = list(segments), list(gone[1:3])
    yield Filled("baseline-disease", _baseline_disease(len(labels)))
    yield Filled("chemotherapy", _chemotherapy(day(CHEMOTHERAPY_DAYS[0]), day(CHEMOTHERAPY_DAYS[1])))
    for timepoint, days in imaged_on.items():
        yield Filled("imaging-performed", _imaging(days), timepoint)
    yield Filled("mdt-decision", _mdt(day(MDT_DAY), labels, left))
    yield Filled(SECOND_REGISTRATION, dict.fromkeys(SECOND_CRITERIA, "yes"))
    yield Filled("surgery", _surgery(day(SURGERY_DAY), segments, gone, left))
    yield Filled("pathology", _pathology(day(SURGERY_DAY), day(REPORT_DAY), labels, gone, left))
    for timepoint, n_days in FOLLOW_UP_DAYS.items():
        yield Filled("follow-up", _follow_up(day(SURGERY_DAY + n_days), timepoint, left), timepoint)
    yield Filled("end-of-study", {"reason": "completed", "ended_on": day(SURGERY_DAY + FOLLOW_UP_DAYS["month-24"])})


def eligibility(registered_on: date) -> dict[str, object]:
    """Answer the first registration's criteria, consent given three days before."""
    met = [
        "colorectal_liver_metastases",
        "unresectable_or_borderline",
        "baseline_ct_and_mri",
        "chemotherapy_road",
        "adult",
        "written_consent",
    ]
    return {
        **dict.fromkeys(met, "yes"),
        "mri_contraindicated": "no",
        "liver_treated_before": "no",
        "consented_on": (registered_on - timedelta(3)).isoformat(),
        "road": "prospective",
        "resectability": "borderline",
    }


def _baseline_disease(n_lesions: int) -> dict[str, object]:
    return {
        "birth_year": 1955,
        "sex": "female",
        "primary_site": "rectum",
        "diagnosed_on": "2017-03",
        "synchronous": "yes",
        "n_metastases": n_lesions,
        "largest_diameter_mm": 31,
        "extrahepatic": "no",
    }


def _chemotherapy(started_on: str, ended_on: str) -> dict[str, object]:
    return {
        "regimen": "folfox",
        "antibody": "bevacizumab",
        "n_cycles": 6,
        "started_on": started_on,
        "ended_on": ended_on,
        "retrospective": "no",
    }


def _imaging(days: Sequence[date]) -> dict[str, object]:
    return {
        "ct_on": min(days).isoformat(),
        "mri_on": max(days).isoformat(),
        "b_values": "0, 50, 400, 800",
        "slice_thickness_mm": 5,
        "gadoxetate": "yes",
    }


def _mdt(decided_on: str, labels: Sequence[str], left: Sequence[str]) -> dict[str, object]:
    plan = {
        label: {"plan": "leave", "reason": "not visible on any image"}
        if label in left
        else {"plan": "resect", "reason": "resectable with margin"}
        for label in labels
    }
    return {"decided_on": decided_on, "members": MEMBERS, "resectability": "resectable", "lesions": plan}


def _surgery(
    operated_on: str, segments: Mapping[str, str], gone: Sequence[str], left: Sequence[str]
) -> dict[str, object]:
    rows: dict[str, dict[str, object]] = {
        label: {
            "ultrasound_finding": "not-seen" if label in gone else "seen",
            "found_by_surgeon": "no" if label in gone else "yes",
            "fate": "left-in-place" if label in left else "resected",
        }
        for label in segments
    }
    return {
        "operated_on": operated_on,
        "procedure": "Parenchyma-sparing resections",
        "resection_type": "non-anatomical",
        "segments_resected": sorted(
            {segment for label, segment in segments.items() if label not in left}, key=SEGMENTS.index
        ),
        "ultrasound": "with-contrast",
        "lesions": rows,
    }


def _pathology(
    operated_on: str, reported_on: str, labels: Sequence[str], gone: Sequence[str], left: Sequence[str]
) -> dict[str, object]:
    rows = {
        label: {
            "matching": "certain",
            "viable_cells": "none" if label in gone else "present",
            "regression_grade": "1" if label in gone else "4",
        }
        for label in labels
        if label not in left
    }
    return {"operated_on": operated_on, "reported_on": reported_on, "lesions": rows}


def _follow_up(imaged_on: str, timepoint: str, left: Sequence[str]) -> dict[str, object]:
    months = list(FOLLOW_UP_DAYS)
    rows = {
        label: {
            "at_site": "recurrence"
            if n > 0 and months.index(timepoint) >= months.index(RECURS_AT)
            else "no-recurrence",
            "local_treatment": "none",
        }
        for n, label in enumerate(left)
    }
    filled: dict[str, object] = {
        "imaged_on": imaged_on,
        "modalities": ["ct", "eob-mri"],
        "adequate": "yes",
        "elsewhere_in_liver": "no",
        "outside_liver": "no",
    }
    return filled | ({"lesions": rows} if rows else {})
