"""Meetings, surgery and pathology: what is planned for each lesion, what becomes of it, what the specimen says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from casebook.domain.imaging import SEGMENTS
from services.command.demonstration.acts import Answers
from services.command.demonstration.answers import said
from services.command.demonstration.calendar import Meeting
from services.command.demonstration.case import Case, per_lesion
from services.command.demonstration.chance import drawn, happens, millimetres
from services.command.demonstration.metastases import Metastasis
from services.command.demonstration.words import (
    ABLATE,
    EVENTS,
    FATE_REASONS,
    GIVEN_NAMES,
    INITIALS,
    LEAVE,
    NEVER,
    NOT_YET,
    PROCEDURES,
    RESECT,
    SEEN,
    SURNAMES,
)

TEAM: Final = ("medical-oncologist", "liver-surgeon", "gastrointestinal-radiologist")
SOMETIMES_THERE: Final = "colorectal-surgeon"
ULTRASOUND: Final = {"with-contrast": 52.0, "without-contrast": 38.0, "not-done": 10.0}
FATES_GONE: Final = {"resected": 46.0, "left-in-place": 42.0, "not-found": 8.0, "ablated": 4.0}
FATES_SEEN: Final = {"resected": 91.0, "ablated": 8.0, "left-in-place": 1.0}
LEFT: Final = frozenset({"left-in-place", "not-found"})
FOUND_BY_ULTRASOUND: Final = {True: 0.35, False: 0.06}
"""How often ultrasound finds a lesion that no image shows, by whether it lives."""
FOUND_BY_SURGEON: Final = {True: 0.3, False: 0.08}
RESECTIONS: Final = {"non-anatomical": 55.0, "anatomical": 25.0, "both": 20.0}
APPROACHES: Final = {"open": 52.0, "laparoscopic": 40.0, "robotic": 8.0}
MATCHING: Final = {"certain": 80.0, "probable": 17.0, "not-matched": 3.0}
GRADES_ALIVE: Final = {"2": 12.0, "3": 30.0, "4": 40.0, "5": 18.0}
VIABLE_PERCENT: Final = {"2": (1, 10), "3": (10, 45), "4": (50, 85), "5": (85, 100)}
NOT_EVALUABLE_SHARE: Final = 0.02
NOT_RECORDED: Final = {"missing": "not-recorded"}
IN_SPECIMEN: Final = (0.8, 1.05)
"""Specimens shrink a little."""
R1_SHARE: Final = 0.12
RELATED: Final = {"related": 60.0, "possibly": 28.0, "not-related": 12.0}
GRADES: Final = {"I": 40.0, "II": 28.0, "IIIa": 20.0, "IIIb": 8.0, "IVa": 4.0}


def meeting(case: Case, place: int, held: Meeting, lesions: Sequence[Metastasis], *, is_last: bool) -> Answers:
    """What the team decided; a plan for each lesion where it is resectable."""
    random = case.chance("meeting", place)
    answers: dict[str, object] = {
        "decided_on": said(held.decided_on),
        "meeting_number": place,
        "members": _members(case, random),
        "seen": case.phrase(random, SEEN),
        "resectability": held.decision,
    }
    if held.decision != "resectable":
        return {
            **answers,
            "not_resectable_because": case.phrase(random, NEVER if is_last else NOT_YET),
            "next_treatment": "no-surgery" if is_last else "chemotherapy",
        }
    return {**answers, **per_lesion({lesion.label: _plan(case, random, lesion) for lesion in lesions})}


def _members(case: Case, random: Random) -> list[dict[str, str]]:
    """The site's team: the same people, meeting after meeting."""
    team = case.site_chance("team")
    people = {role: _name(case, team) for role in (*TEAM, SOMETIMES_THERE)}
    there = (*TEAM, SOMETIMES_THERE) if happens(random, 0.6) else TEAM
    return [{"role": role, "name": people[role]} for role in there]


def _name(case: Case, random: Random) -> str:
    surname = random.choice(SURNAMES[case.country])
    given = GIVEN_NAMES.get(case.country)
    return f"{surname} {random.choice(given)}" if given else f"{random.choice(INITIALS)}. {surname}"


def _plan(case: Case, random: Random, lesion: Metastasis) -> Answers:
    if not lesion.is_seen and happens(random, 0.5):
        return {"plan": "leave", "reason": case.phrase(random, LEAVE)}
    if lesion.is_seen and happens(random, FATES_SEEN["ablated"] / 100):
        return {"plan": "ablate", "reason": case.phrase(random, ABLATE)}
    return {"plan": "resect", "reason": case.phrase(random, RESECT)}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: the answers of its form, and the fate of each lesion."""

    operated_on: date
    answers: Answers
    fates: Mapping[str, str]

    def with_fate(self, lesions: Sequence[Metastasis], *fates: str) -> tuple[Metastasis, ...]:
        """Return the lesions that met one of these fates."""
        return tuple(lesion for lesion in lesions if self.fates.get(lesion.label) in fates)


def operate(case: Case, operated_on: date, lesions: Sequence[Metastasis], *, leaves_one: bool) -> Operation:
    """Operate for the first time; `leaves_one` keeps a lesion that disappeared in its place."""
    random = case.chance("surgery")
    fates = {lesion.label: drawn(random, FATES_SEEN if lesion.is_seen else FATES_GONE) for lesion in lesions}
    gone = [lesion.label for lesion in lesions if lesion.is_gone]
    if leaves_one and gone:
        fates[gone[0]] = "left-in-place"
    return _operation(case, random, operated_on, lesions, fates)


def operate_again(case: Case, operated_on: date, left: Sequence[Metastasis], recurred: str) -> Operation:
    """Operate on a recurrence at the site of a lesion that was left; the others stay."""
    random = case.chance("surgery again")
    fates = {lesion.label: "resected" if lesion.label == recurred else "left-in-place" for lesion in left}
    return _operation(case, random, operated_on, left, fates)


def _operation(
    case: Case, random: Random, operated_on: date, lesions: Sequence[Metastasis], fates: Mapping[str, str]
) -> Operation:
    ultrasound = drawn(random, ULTRASOUND)
    rows = {
        lesion.label: _row(case, random, lesion, fates[lesion.label], is_scanned=ultrasound != "not-done")
        for lesion in lesions
    }
    answers: dict[str, object] = {
        "operated_on": said(operated_on),
        "procedure": case.phrase(random, PROCEDURES),
        **_resection(random, [lesion.segment for lesion in lesions if fates[lesion.label] == "resected"]),
        "approach": drawn(random, APPROACHES),
        "new_lesions": "no",
        "ultrasound": ultrasound,
        **per_lesion(rows),
    }
    return Operation(operated_on, answers, fates)


def _resection(random: Random, segments: Sequence[str]) -> Answers:
    """The kind of resection, and the segments that hold what was resected."""
    if not segments:
        return {"resection_type": "none"}
    return {
        "resection_type": drawn(random, RESECTIONS),
        "segments_resected": [segment for segment in SEGMENTS if segment in segments],
        "stage": "single",
    }


def _row(case: Case, random: Random, lesion: Metastasis, fate: str, *, is_scanned: bool) -> Answers:
    is_lost = fate == "not-found"
    seen = 0.95 if lesion.is_seen else FOUND_BY_ULTRASOUND[lesion.is_alive]
    felt = 0.9 if lesion.is_seen else FOUND_BY_SURGEON[lesion.is_alive]
    row: dict[str, object] = {
        "found_by_surgeon": "yes" if not is_lost and happens(random, felt) else "no",
        "fate": fate,
    }
    if is_scanned:
        row["ultrasound_finding"] = "seen" if not is_lost and happens(random, seen) else "not-seen"
    if fate in FATE_REASONS:
        row["fate_reason"] = case.phrase(random, FATE_REASONS[fate])
    return row


def pathology(case: Case, operation: Operation, reported_on: date, lesions: Sequence[Metastasis]) -> Answers:
    """The report on what was resected."""
    random = case.chance("pathology", operation.operated_on)
    resected = operation.with_fate(lesions, "resected")
    return {
        "operated_on": said(operation.operated_on),
        "reported_on": said(reported_on),
        **per_lesion({lesion.label: _specimen(random, lesion) for lesion in resected}),
    }


def _specimen(random: Random, lesion: Metastasis) -> Answers:
    matching = drawn(random, MATCHING)
    if matching == "not-matched" or happens(random, NOT_EVALUABLE_SHARE):
        return {"matching": matching, "viable_cells": "not-evaluable", "regression_grade": NOT_RECORDED}
    if not lesion.is_alive:
        return {"matching": matching, "viable_cells": "none", "regression_grade": "1", "margin": "r0"}
    grade = drawn(random, GRADES_ALIVE)
    return {
        "matching": matching,
        "viable_cells": "present",
        "viable_percent": NOT_RECORDED if happens(random, 0.1) else random.randint(*VIABLE_PERCENT[grade]),
        "regression_grade": grade,
        "diameter_mm": str(millimetres(float(lesion.preoperative_mm) * random.uniform(*IN_SPECIMEN))),
        "margin": "r1" if happens(random, R1_SHARE) else "r0",
    }


def adverse_event(case: Case, place: int, occurred_on: date, grade: str | None = None) -> Answers:
    """A complication of surgery; grade V is a death of it."""
    random = case.chance("adverse event", place)
    known = grade or drawn(random, GRADES)
    return {
        "occurred_on": said(occurred_on),
        "event": case.phrase(random, EVENTS[known]),
        "grade": known,
        "related": drawn(random, RELATED),
    }
