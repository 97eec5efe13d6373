"""Patients and lesions of the endpoint, for tests."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from casebook.domain.cdlm import derive_cdlm
from casebook.domain.endpoint.records import LesionRecord, PatientRecord
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.lesion_events import LesionState, Origin
from casebook.domain.lesion_membership import left_out, reason_left_out
from casebook.domain.outcome import LesionFacts, derive_outcome
from casebook.domain.outcome.dating import known_on
from casebook.domain.outcome.facts import Fate, Ultrasound
from tests.domain.builders import (
    LATER,
    a_pathology,
    day,
    dream,
    imaging,
    left_in_place,
    outcome_rule,
    recurrence,
    resected,
)

GONE = dict.fromkeys(ReadingSequence, Visibility.NOT_VISIBLE)


def a_lesion(
    label: str = "L1",
    facts: LesionFacts | None = None,
    *,
    state: LesionState = LesionState.ACTIVE,
    as_of: date = LATER,
    seen: dict[str, Visibility | None] | None = None,
) -> LesionRecord:
    """A lesion gone on every sequence, but for those given."""
    shown = GONE | {ReadingSequence(name): visibility for name, visibility in (seen or {}).items()}
    cdlm = derive_cdlm(shown, dream().rules.cdlm)
    given = replace(facts or resected(a_pathology()), cdlm=cdlm)
    why = reason_left_out(Origin.BASELINE, state, ())
    outcome = derive_outcome(given, outcome_rule(), as_of=as_of)
    return LesionRecord(
        label=label,
        segment="VIII",
        baseline_diameter_mm=None,
        seen=shown,
        cdlm=cdlm,
        outcome=left_out(outcome, why) if why else outcome,
        facts=known_on(given, as_of),
        left_out=why,
    )


def a_patient(
    number: str = "JP-01-0001", *lesions: LesionRecord, country: str = "JP", left: str | None = None
) -> PatientRecord:
    return PatientRecord(
        number=number,
        road="prospective",
        site=number[:5],
        country=country,
        group="JCOG" if country == "JP" else "EORTC",
        left=left,
        lesions=lesions,
    )


_seen = st.dictionaries(st.sampled_from(["ct", "dwi", "t1t2", "eob"]), st.sampled_from([*Visibility, None]), max_size=4)
_facts = st.sampled_from(
    [
        resected(a_pathology()),
        resected(),
        resected(a_pathology(), ultrasound=Ultrasound(with_contrast=True, seen=False)),
        resected(a_pathology(), ultrasound=Ultrasound(with_contrast=False, seen=False)),
        resected(a_pathology(), ultrasound=Ultrasound(with_contrast=True, seen=None)),
        resected(a_pathology(), found_by_surgeon=True),
        left_in_place(imaging(400), imaging(760)),
        left_in_place(imaging(90), recurrence(200)),
        left_in_place(imaging(90), died_on=day(250)),
        left_in_place(imaging(90), ultrasound=Ultrasound(with_contrast=True, seen=False)),
        replace(left_in_place(imaging(90)), fate=Fate.NOT_OPERATED),
        LesionFacts(cdlm=a_lesion().cdlm),
    ]
)


@st.composite
def patients(draw: st.DrawFn) -> list[PatientRecord]:
    """A registry of patients of every kind."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        left = draw(st.sampled_from([None, None, None, "found-ineligible", "data-withdrawn"]))
        gone = {"found_ineligible_on": day(1)} if left == "found-ineligible" else {}
        gone |= {"data_withdrawn_on": day(1)} if left == "data-withdrawn" else {}
        lesions = [
            a_lesion(
                f"L{place}",
                replace(draw(_facts), **gone),
                seen=draw(_seen),
                state=draw(st.sampled_from([LesionState.ACTIVE] * 4 + [LesionState.VOID])),
                as_of=draw(st.sampled_from([LATER, day(300)])),
            )
            for place in range(1, draw(st.integers(0, 4)) + 1)
        ]
        country = draw(st.sampled_from(["JP", "BE", "US"]))
        found.append(a_patient(f"{country}-01-{number:04d}", *lesions, country=country, left=left))
    return found
