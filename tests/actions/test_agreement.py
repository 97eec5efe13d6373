"""Agreement of central reads is gathered pair by pair, before anybody settles a difference."""

import pytest
from sqlalchemy import event

from casebook.actions.agreement import Compared, agreement_report
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, NotFound
from casebook.stats.agreement import Coefficient
from casebook.store import images
from casebook.store.tables import Adjudication, Lesion
from tests.actions import central_builders as build
from tests.actions.central_builders import NOW, STUDY

STATISTICIAN = Actor("stat", "Stat", (Grant(Role.STATISTICIAN, STUDY),))
FIRST = {"L1": "nnnnn", "L2": "vnnnv", "L3": "nnnnn", "L4": "nxnnn"}
SECOND = {"L1": "nnnnn", "L2": "vvvvv", "L3": "nnvnv", "L4": "nnnnn"}
"""cDLM: yes/yes, no/no, yes/no, undetermined/yes."""


@pytest.fixture
def study(session):
    build.open_study(session)
    return session


@pytest.fixture
def readers(study):
    return [build.a_person(study, login) for login in ("one", "two")]


def read(session, subject, reader, said, place="first", *, read_round=1, **more):
    timepoint_id = images.ensure_timepoint(session, subject.id, more.pop("timepoint", "preoperative"))
    given = more.pop("assignment", None) or build.an_assignment(session, subject, reader, place, read_round=read_round)
    given.closes_on = NOW.date()
    return build.a_read(session, subject, timepoint_id, reader, said, read_round=read_round, assignment=given, **more)


@pytest.fixture
def case(study, readers):
    subject = build.a_case(study, lesions=FIRST)
    return subject, [
        read(study, subject, reader, said, place)
        for reader, said, place in zip(readers, (FIRST, SECOND), ("first", "second"), strict=True)
    ]


def report(session, actor=STATISTICIAN, **more):
    return agreement_report(session, actor, study_code=STUDY, now=NOW, **more)


def between(session, **more):
    found = report(session, **more).compared[0]
    assert found.kind is Compared.BETWEEN
    return found


def test_the_cdlm_of_each_lesion_is_compared_between_the_two_readers(study, case):
    found = between(study).measures["cdlm"]
    assert found.categories == ("yes", "no", "undetermined")
    assert found.table == ((1, 1, 0), (0, 1, 0), (1, 0, 0))
    assert (found.estimate.raw, found.estimate.n_units, found.n_patients) == (0.5, 4, 1)


def test_each_sequence_and_all_together_are_compared_for_themselves(study, case):
    measures = between(study).measures
    assert list(measures) == ["cdlm", "ct", "dwi", "t1t2", "eob", "combined"]
    assert measures["ct"].table == ((1, 0), (0, 3))
    assert measures["dwi"].table == ((0, 0, 0), (1, 2, 0), (0, 1, 0))
    assert measures["combined"].estimate.raw == 0.75


def test_kappa_and_ac1_are_those_of_the_table_by_hand(study, readers):
    """[[20, 5], [10, 15]] over ten patients: kappa .4000, AC1 .405941."""
    words = [("n", "n")] * 20 + [("n", "v")] * 5 + [("v", "n")] * 10 + [("v", "v")] * 15
    for patient in range(10):
        mine = words[patient::10]
        labels = [f"L{number}" for number in range(1, len(mine) + 1)]
        subject = build.a_case(study, lesions=labels)
        for reader, place, side in zip(readers, ("first", "second"), (0, 1), strict=True):
            read(study, subject, reader, {label: word[side] for label, word in zip(labels, mine, strict=True)}, place)
    found = between(study).measures["ct"]
    assert found.table == ((15, 10), (5, 20))
    assert found.estimate.kappa == pytest.approx(0.4000)
    assert found.estimate.ac1 == pytest.approx(0.405941, abs=5e-7)
    assert found.n_patients == 10
    interval = found.intervals[Coefficient.KAPPA]
    assert interval.lower < 0.4 < interval.upper


def test_a_repeat_is_compared_with_the_same_readers_first_read(study, case, readers):
    subject, _ = case
    read(study, subject, readers[1], FIRST, "second", read_round=2)
    (_, within) = report(study).compared
    assert (within.kind, within.n_pairs) == (Compared.WITHIN, 1)
    assert within.measures["cdlm"].table == ((1, 0, 1), (1, 1, 0), (0, 0, 0))
    assert between(study).n_pairs == 1


def test_only_the_newest_signed_edition_counts(study, case, readers):
    subject, (_, second) = case
    again = {"edition": 2, "assignment": study.get(build.ReadingAssignment, second.assignment_id)}
    newer = read(study, subject, readers[1], FIRST, "second", **again)
    assert between(study).measures["cdlm"].estimate.raw == 1.0
    newer.state = "draft"
    study.flush()
    assert between(study).measures["cdlm"].estimate.raw == 0.5


def test_stale_and_withdrawn_reads_are_left_out(study, case):
    _, (first, second) = case
    second.stale_at = NOW
    study.flush()
    assert between(study).measures == {}
    second.stale_at = None
    given = study.get(build.ReadingAssignment, first.assignment_id)
    given.withdrawn_at, given.withdrawn_because = NOW, "left"
    study.flush()
    assert between(study).n_pairs == 0


def test_lesions_entered_in_error_are_left_out(study, case):
    subject, _ = case
    study.query(Lesion).filter_by(subject_id=subject.id, label="L4").one().state = "void"
    study.flush()
    assert between(study).measures["cdlm"].estimate.n_units == 3


def test_the_share_that_went_to_adjudication_counts_open_and_settled_ones(study, case):
    _, (first, second) = case
    study.add(
        Adjudication(
            timepoint_id=first.timepoint_id,
            first_reading_id=first.id,
            second_reading_id=second.id,
            is_swapped=False,
            disputes=[],
            opened_at=NOW,
        )
    )
    study.flush()
    found = report(study)
    assert (found.n_cases, found.n_adjudicated, found.n_open_adjudications) == (1, 1, 1)
    assert found.is_interim


def test_the_report_is_interim_while_a_case_is_on_a_list(study, case, readers):
    assert not report(study).is_interim
    subject = build.a_case(study)
    build.an_assignment(study, subject, readers[0])
    found = report(study)
    assert (found.is_interim, found.n_open_assignments) == (True, 1)


def test_the_seed_of_the_intervals_is_the_studys(study, case):
    found = report(study)
    assert (found.seed, found.n_resamples, found.level) == (1527, 10_000, 0.95)


def test_the_baseline_is_compared_without_cdlm_and_a_follow_up_not_at_all(study, case, readers):
    subject, reads = case
    for reader, one in zip(readers, reads, strict=True):
        given = study.get(build.ReadingAssignment, one.assignment_id)
        read(study, subject, reader, {"L1": "vvvvv"}, timepoint="baseline", assignment=given)
    assert list(between(study, timepoint="baseline").measures) == ["ct", "dwi", "t1t2", "eob", "combined"]
    with pytest.raises(NotFound, match="not read centrally"):
        report(study, timepoint="month-3")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DATA_MANAGER, Role.STATISTICIAN, Role.MONITOR}))
def test_nobody_else_sees_how_readers_agree(study, case, role):
    with pytest.raises(Forbidden):
        report(study, Actor("x", "X", (Grant(role, STUDY),)))


def test_the_report_over_many_cases_takes_as_many_queries_as_over_one(study, case, readers):
    counted = []
    event.listen(study.connection(), "before_cursor_execute", lambda *_: counted.append(1))
    report(study)
    n_of_one = len(counted)
    for _ in range(3):
        subject = build.a_case(study)
        for reader, place in zip(readers, ("first", "second"), strict=True):
            read(study, subject, reader, {"L1": "nnnnn"}, place)
    counted.clear()
    report(study)
    assert len(counted) == n_of_one
