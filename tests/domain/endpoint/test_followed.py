"""Lesions left in place: their courses, and the time to recurrence that curves are drawn from."""

from casebook.domain.endpoint.followed import Ending, Sign, lanes, observations
from casebook.domain.outcome.facts import AtSite, EndOfFollowUp, Leaving
from tests.domain.builders import a_resection, ablation, day, imaging, left_in_place, recurrence, resected
from tests.domain.endpoint.records import a_lesion, a_patient
from tests.stats.reference import FOURTEEN


def course(*follow_ups, **facts):
    lesion = a_lesion(facts=left_in_place(*follow_ups, **facts))
    return [(a_patient("JP-01-0001", lesion), lesion)]


def ending(*follow_ups, **facts):
    (found,) = observations(course(*follow_ups, **facts))
    return found.day, found.ending


def test_the_fourteen_lesions_are_observed_as_the_reference_says():
    made = {
        0: lambda on: course(imaging(on)),
        1: lambda on: course(recurrence(on)),
        2: lambda on: course(died_on=day(on)),
    }
    endings = [Ending.CENSORED, Ending.RECURRENCE, Ending.DEATH]
    for on, status in FOURTEEN.values():
        (found,) = observations(made[status](on))
        assert (found.day, found.ending) == (on, endings[status])


def test_a_recurrence_counts_on_its_first_imaging_even_if_death_follows():
    assert ending(imaging(90), recurrence(200), recurrence(300), died_on=day(400)) == (200, Ending.RECURRENCE)


def test_imaging_that_does_not_judge_the_site_does_not_lengthen_the_observation():
    assert ending(imaging(90), imaging(200, adequate=False), imaging(300, AtSite.NOT_EVALUABLE)) == (
        90,
        Ending.CENSORED,
    )


def test_treatment_of_the_site_ends_what_imaging_tells():
    assert ending(imaging(90), imaging(400), local_treatments=(ablation(120),)) == (90, Ending.CENSORED)
    assert ending(imaging(90), local_treatments=(ablation(120),), died_on=day(200)) == (90, Ending.CENSORED)
    assert ending(imaging(90), re_resection=a_resection(100), died_on=day(200)) == (90, Ending.CENSORED)


def test_a_lesion_never_imaged_is_censored_on_the_first_day():
    assert ending() == (0, Ending.CENSORED)


def test_resected_lesions_are_not_followed():
    lesion = a_lesion(facts=resected())
    assert observations([(a_patient("JP-01-0001", lesion), lesion)]) == []
    assert lanes([(a_patient("JP-01-0001", lesion), lesion)]) == []


def test_a_lane_shows_each_thing_on_its_day():
    (lane,) = lanes(
        course(imaging(90), imaging(180, adequate=False), recurrence(300), local_treatments=(ablation(330),))
    )
    assert [(mark.day, mark.sign) for mark in lane.marks] == [
        (90, Sign.CLEAR),
        (180, Sign.UNCLEAR),
        (300, Sign.RECURRENCE),
        (330, Sign.TREATED),
    ]
    assert lane.until_day == 330


def test_a_lane_ends_with_death_or_the_end_of_follow_up():
    (died,) = lanes(course(imaging(90), died_on=day(200)))
    assert died.marks[-1].sign is Sign.DEATH
    (left,) = lanes(course(imaging(90), end_of_follow_up=EndOfFollowUp(Leaving.WITHDRAWAL, day(120))))
    assert left.marks[-1].sign is Sign.LEFT


def test_lanes_stand_by_verdict_and_then_by_length():
    found = [*course(imaging(90)), *course(imaging(760)), *course(imaging(90), recurrence(200)), *course(imaging(800))]
    assert [(lane.status.value, lane.until_day) for lane in lanes(found)] == [
        ("non-viable", 800),
        ("non-viable", 760),
        ("viable", 200),
        ("not-evaluable", 90),
    ]
