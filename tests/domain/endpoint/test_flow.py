"""The flow from registered to evaluable lesions adds up, and every number of it has its list."""

import pytest
from hypothesis import given, settings

from casebook.domain.endpoint.flow import flow_of
from casebook.domain.endpoint.picks import Pick, picked, picked_patients
from casebook.domain.endpoint.places import LEVELS, Level, place_of, reaches
from casebook.domain.endpoint.records import pairs
from casebook.domain.endpoint.words import reason_text
from casebook.domain.imaging import Visibility
from casebook.domain.lesion_events import LesionState
from casebook.domain.outcome import Strategy, TruthStatus
from casebook.domain.outcome.facts import Ultrasound
from tests.domain.builders import a_pathology, imaging, left_in_place, not_seen_on_ultrasound, outcome_rule, resected
from tests.domain.endpoint.records import a_lesion, a_patient, patients

ON = {"contrast_required": True}
SEEN, UNCLEAR = Visibility.VISIBLE, Visibility.NOT_EVALUABLE


def leaves(lesion, strategy=Strategy.CT_MRI, **patient):
    place = place_of(a_patient("JP-01-0001", lesion, **patient), lesion, strategy, **ON)
    return place.level, place.leaves


@pytest.mark.parametrize(
    ("seen", "ct", "ct_mri"),
    [
        ({}, (Level.EVALUABLE, None), (Level.EVALUABLE, None)),
        ({"ct": SEEN}, (Level.COUNTED, "visible-on-ct"), (Level.COUNTED, "visible-on-ct")),
        ({"eob": SEEN}, (Level.EVALUABLE, None), (Level.COUNTED, "visible-on-mri")),
        ({"ct": UNCLEAR}, (Level.COUNTED, "ct-not-evaluable"), (Level.COUNTED, "cdlm-undetermined")),
        ({"ct": UNCLEAR, "eob": SEEN}, (Level.COUNTED, "ct-not-evaluable"), (Level.COUNTED, "visible-on-mri")),
        ({"dwi": None}, (Level.EVALUABLE, None), (Level.COUNTED, "cdlm-undetermined")),
        (dict.fromkeys(["ct", "dwi", "t1t2", "eob"]), (Level.COUNTED, "not-read"), (Level.COUNTED, "not-read")),
    ],
)
def test_a_lesion_leaves_where_an_image_shows_it_or_says_nothing(seen, ct, ct_mri):
    lesion = a_lesion(seen=seen)
    assert leaves(lesion, Strategy.CT) == ct
    assert leaves(lesion, Strategy.CT_MRI) == ct_mri


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (resected(a_pathology(), found_by_surgeon=True), "found-at-surgery"),
        (resected(a_pathology(), ultrasound=Ultrasound(with_contrast=False, seen=True)), "found-at-surgery"),
        (resected(a_pathology()), "no-ultrasound"),
        (
            resected(a_pathology(), ultrasound=not_seen_on_ultrasound(with_contrast=False)),
            "ultrasound-without-contrast",
        ),
        (resected(a_pathology(), ultrasound=Ultrasound(with_contrast=True, seen=None)), "ultrasound-not-judged"),
    ],
)
def test_a_cdlm_leaves_the_set_of_ultrasound_with_its_reason(facts, why):
    assert leaves(a_lesion(facts=facts), Strategy.CT_MRI_IOUS) == (Level.CDLM, why)


def test_a_cdlm_gone_on_ultrasound_too_is_evaluable():
    facts = resected(a_pathology(), ultrasound=not_seen_on_ultrasound())
    assert leaves(a_lesion(facts=facts), Strategy.CT_MRI_IOUS) == (Level.EVALUABLE, None)


def test_what_became_of_the_patient_or_of_the_record_comes_first():
    assert leaves(a_lesion(), left="found-ineligible") == (Level.REGISTERED, "found-ineligible")
    assert leaves(a_lesion(state=LesionState.VOID)) == (Level.LISTED, "entered-in-error")


def test_a_lesion_of_the_set_leaves_with_the_reason_of_its_truth():
    assert leaves(a_lesion(facts=left_in_place(imaging(90)))) == (Level.SET, "imaging-too-early")
    assert leaves(a_lesion(facts=resected())) == (Level.SET, "pathology-awaited")


@settings(max_examples=40)
@given(patients())
def test_each_station_is_the_next_one_and_those_that_leave(found):
    for strategy in Strategy:
        flow = flow_of(found, strategy, **ON)
        assert [station.level for station in flow.stations] == list(LEVELS[strategy])
        assert flow.stations[0].n_patients == len(found)
        assert flow.stations[0].n_lesions == sum(len(patient.lesions) for patient in found)
        for here, after in zip(flow.stations, flow.stations[1:], strict=False):
            assert here.n_lesions == after.n_lesions + sum(item.n_lesions for item in here.leaving)
            assert here.n_patients == after.n_patients + here.n_patients_lost
        assert flow.stations[-1].n_lesions == flow.n_nonviable + flow.n_viable


@settings(max_examples=40)
@given(patients())
def test_the_flow_ends_in_the_sets_that_the_outcome_rule_names(found):
    required = outcome_rule().contrast_ultrasound_required
    for patient, lesion in pairs(found):
        for strategy in Strategy:
            place = place_of(patient, lesion, strategy, contrast_required=required)
            assert reaches(place, Level.SET, strategy) == (strategy in lesion.outcome.strategies)
            assert (place.level is Level.EVALUABLE) == lesion.outcome.in_denominator(strategy)


@settings(max_examples=40)
@given(patients())
def test_every_number_of_the_flow_has_as_many_lesions_and_patients_in_its_list(found):
    for strategy in Strategy:
        flow = flow_of(found, strategy, **ON)
        for station in flow.stations:
            at = Pick(strategy, level=station.level)
            assert len(picked(found, at, **ON)) == station.n_lesions
            assert len(picked_patients(found, at, **ON)) == station.n_patients
            if station.level is not Level.EVALUABLE:
                lost = Pick(strategy, lost=station.level)
                assert len(picked(found, lost, **ON)) == station.n_lesions_lost
                assert len(picked_patients(found, lost, **ON)) == station.n_patients_lost
            for item in station.leaving:
                pick = Pick(strategy, left=item.code)
                assert len(picked(found, pick, **ON)) == item.n_lesions
                assert len(picked_patients(found, pick, **ON)) == item.n_patients
                assert reason_text(item.code).en != item.code
        for status, n in ((TruthStatus.NON_VIABLE, flow.n_nonviable), (TruthStatus.VIABLE, flow.n_viable)):
            assert len(picked(found, Pick(strategy, level=Level.EVALUABLE, status=status), **ON)) == n


def test_a_filter_stands_in_an_address_by_its_words_alone():
    pick = Pick(Strategy.CT_MRI, level=Level.SET, fate="resected", followed=True)
    assert pick.words() == {"strategy": "ct+mri", "level": "set", "fate": "resected", "followed": "yes"}
    assert Pick().words() == {"strategy": "ct+mri"}


def test_patients_without_lesions_leave_at_registration_with_their_reason():
    found = [
        a_patient("JP-01-0001"),
        a_patient("JP-01-0002", left="found-ineligible"),
        a_patient("JP-01-0003", a_lesion()),
    ]
    first = flow_of(found, Strategy.CT_MRI, **ON).stations[0]
    assert {item.code: (item.n_patients, item.n_lesions) for item in first.leaving} == {
        "no-lesion": (1, 0),
        "found-ineligible": (1, 0),
    }
    assert first.n_patients_lost == 2
