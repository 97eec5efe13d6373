"""The answers of the forms that stand beside the lesions: eligibility, disease, chemotherapy, images, status."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Final

from casebook.domain.imaging import ReadingSequence
from services.command.demonstration.acts import Answers
from services.command.demonstration.chance import drawn, happens, millimetres
from services.command.demonstration.metastases import Metastasis
from services.command.demonstration.stories import Ending
from services.command.demonstration.words import OTHER_REGIMENS, OUTSIDE_LIVER, STATUS_REASONS

FIRST_MET: Final = (
    "colorectal_liver_metastases",
    "unresectable_or_borderline",
    "baseline_ct_and_mri",
    "chemotherapy_road",
    "adult",
    "written_consent",
)
FIRST_NOT: Final = ("mri_contraindicated", "liver_treated_before")
SECOND_MET: Final = ("chemotherapy_complete", "preoperative_ct_and_mri", "mdt_resectable", "fit_for_surgery")
CYCLE_DAYS: Final = {"folfox": 14, "capox": 21, "folfiri": 14, "folfoxiri": 14, "other": 21}
REGIMENS: Final = {"folfox": 45.0, "capox": 18.0, "folfiri": 14.0, "folfoxiri": 18.0, "other": 5.0}
ANTIBODIES: Final = {"none": 15.0, "bevacizumab": 50.0, "cetuximab": 15.0, "panitumumab": 20.0}
PRIMARY_SITES: Final = {"right-colon": 25.0, "left-colon": 38.0, "rectum": 37.0}
B_VALUES: Final = {"0, 50, 400, 800": 40.0, "0, 50, 800": 25.0, "50, 400, 800": 20.0, "0, 500, 1000": 15.0}
SLICES_MM: Final = {"5": 55.0, "6": 30.0, "4": 10.0, "7": 5.0}
AGES: Final = (63.0, 10.0)
"""Mean and spread, years."""
YOUNGEST, OLDEST = 32, 84
CEA_LOG: Final = (2.8, 1.4)
"""Mean and spread of the logarithm of CEA, ng/mL."""
NOT_KNOWN: Final = {"missing": "not-known"}
RARELY: Final = 0.04
DEATH_CAUSES: Final = {"colorectal-cancer": 70.0, "chemotherapy": 8.0, "other": 22.0}
STATUS_OF: Final[Mapping[Ending, tuple[str, str | None]]] = {
    Ending.DEATH: ("death", None),
    Ending.LOST: ("lost-to-follow-up", None),
    Ending.INELIGIBLE: ("found-ineligible", None),
    Ending.WITHDRAWN_TREATMENT: ("withdrawal", "treatment"),
    Ending.WITHDRAWN_FOLLOW_UP: ("withdrawal", "follow-up"),
    Ending.WITHDRAWN_DATA: ("withdrawal", "all-data"),
}


def said(day: date) -> str:
    """Return a day as a form takes it."""
    return day.isoformat()


def eligibility(random: Random, road: str, consented_on: date) -> Answers:
    """Every criterion of the first registration met."""
    return {
        **dict.fromkeys(FIRST_MET, "yes"),
        **dict.fromkeys(FIRST_NOT, "no"),
        "consented_on": said(consented_on),
        "road": road,
        "resectability": "unresectable" if happens(random, 0.45) else "borderline",
    }


def second_eligibility() -> Answers:
    """Every criterion of the second registration met."""
    return dict.fromkeys(SECOND_MET, "yes")


def baseline_disease(
    random: Random, registered_on: date, diagnosed_on: date, lesions: tuple[Metastasis, ...], *, language: str
) -> Answers:
    """The disease before chemotherapy; what a site does not know is said so."""
    age = min(OLDEST, max(YOUNGEST, round(random.gauss(*AGES))))
    return {
        "birth_year": registered_on.year - age,
        "sex": "male" if happens(random, 0.62) else "female",
        "primary_site": NOT_KNOWN if happens(random, RARELY) else drawn(random, PRIMARY_SITES),
        "diagnosed_on": NOT_KNOWN if happens(random, RARELY) else _partial(random, diagnosed_on),
        "synchronous": "yes" if happens(random, 0.68) else "no",
        "primary_resected": "yes" if happens(random, 0.55) else "no",
        "n_metastases": len(lesions),
        **{f"n_on_{sequence.value}": _n_on(lesions, sequence) for sequence in ReadingSequence},
        "largest_diameter_mm": str(max(lesion.baseline_mm for lesion in lesions)),
        **_extrahepatic(random, language),
        "cea_ng_per_ml": str(millimetres(random.lognormvariate(*CEA_LOG))),
        "ras": NOT_KNOWN if happens(random, RARELY) else drawn(random, {"wild-type": 54.0, "mutant": 46.0}),
        "performance_status": drawn(random, {"0": 66.0, "1": 32.0, "2": 2.0}),
    }


def _n_on(lesions: tuple[Metastasis, ...], sequence: ReadingSequence) -> int:
    """How many lesions have a diameter on the sequence."""
    return sum(sequence in lesion.on_sequences_mm for lesion in lesions)


def _extrahepatic(random: Random, language: str) -> Answers:
    if not happens(random, 0.08):
        return {"extrahepatic": "no"}
    return {"extrahepatic": "yes", "extrahepatic_site": random.choice(OUTSIDE_LIVER[language])}


def _partial(random: Random, day: date) -> str:
    """A date of which some remember the month only, few no more than the year."""
    n_characters = drawn(random, {10: 50.0, 7: 45.0, 4: 5.0})
    return said(day)[:n_characters]


def regimen(random: Random) -> str:
    """Draw what is given."""
    return drawn(random, REGIMENS)


def chemotherapy(
    random: Random, given: str, n_cycles: int, days: tuple[date, date | None], *, language: str, in_retrospect: bool
) -> Answers:
    """A course of chemotherapy; without a last day it still goes on."""
    started_on, ended_on = days
    answers: dict[str, object] = {
        "regimen": given,
        "antibody": drawn(random, ANTIBODIES),
        "n_cycles": NOT_KNOWN if in_retrospect and happens(random, RARELY) else n_cycles,
        "started_on": said(started_on),
        "retrospective": "yes" if in_retrospect else "no",
    }
    if given == "other":
        answers["regimen_other"] = random.choice(OTHER_REGIMENS[language])
    return answers | ({"ended_on": said(ended_on)} if ended_on else {})


def imaging(random: Random, ct_on: date, mri_on: date) -> Answers:
    """CT and MRI of a timepoint."""
    return {
        "ct_on": said(ct_on),
        "mri_on": said(mri_on),
        "b_values": NOT_KNOWN if happens(random, RARELY) else drawn(random, B_VALUES),
        "slice_thickness_mm": drawn(random, SLICES_MM),
        "field_strength_t": drawn(random, {"3": 62.0, "1.5": 38.0}),
        "gadoxetate": "yes",
        "hepatobiliary_delay_min": drawn(random, {20: 75.0, 15: 25.0}),
    }


def status_change(random: Random, ending: Ending, happened_on: date, *, language: str) -> Answers:
    """What took the patient out of the study, or off its treatment."""
    kind, withdrawn_from = STATUS_OF[ending]
    answers: dict[str, object] = {
        "kind": kind,
        "happened_on": said(happened_on),
        "reason": random.choice(STATUS_REASONS[ending.value][language]),
    }
    if withdrawn_from is not None:
        answers["withdrawn_from"] = withdrawn_from
    if ending is Ending.DEATH:
        answers["death_cause"] = drawn(random, DEATH_CAUSES)
    return answers


def end_of_study(ended_on: date, detail: str | None) -> Answers:
    """The end; `detail` says why it came early."""
    if detail is None:
        return {"reason": "completed", "ended_on": said(ended_on)}
    return {"reason": "ended-early", "ended_on": said(ended_on), "detail": detail}
