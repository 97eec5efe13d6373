"""An adjudicator looks at two reads without names, chooses lesion by lesion, and signs."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from casebook.actions import adjudicating
from casebook.actions.read_content import content_sha256
from casebook.actions.signing_in import signed_in_as
from casebook.domain.central.adjudication import Choice, Chosen, Side
from casebook.domain.errors import CasebookError, Invalid, NotFound, Refused, Stale
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.store import assignments, reads, registry
from casebook.store.database import set_actor
from casebook.store.tables import Adjudication, ReaderLesion, Reading
from tests.actions import central_builders as build
from tests.actions.adjudication_builders import (
    AGREED,
    GONE,
    LATER,
    PASSWORD,
    SEEN,
    Case,
    a_case,
    a_new_lesion,
    an_adjudicator,
)

LEFT, RIGHT = Chosen(Choice.LEFT), Chosen(Choice.RIGHT, comment="the rim is clear")
THIRD = Chosen(Choice.THIRD, dict.fromkeys(ReadingSequence, Visibility.NOT_VISIBLE), "both took a vessel for it")


@pytest.fixture
def case(session):
    build.open_study(session)
    return a_case(session)


def choose(case, chosen, *, label="L2", version=None, who=None):
    row = case.adjudication()
    return adjudicating.choose(
        case.session,
        who or case.adjudicator(),
        adjudication_id=row.id,
        label=label,
        chosen=chosen,
        version=row.version if version is None else version,
    )


def decide(case, *, password=PASSWORD, version=None):
    row = case.adjudication()
    return adjudicating.decide(
        case.session,
        case.adjudicator(),
        adjudication_id=row.id,
        password=password,
        meaning="decided",
        version=row.version if version is None else version,
        now=LATER,
    )


def the_side_that_sees_it(case):
    """The choice of the second reader's read, who sees L2 on EOB."""
    return Choice.LEFT if case.adjudication().is_swapped else Choice.RIGHT


def visibilities(case, reading, label="L2"):
    ids = {lesion.label: lesion.id for lesion in case.session.scalars(select(build.Lesion))}
    rows = reads.findings(case.session, [reading.id])
    return {row.sequence: row.visibility for row in rows if row.lesion_id == ids[label]}


def test_the_list_names_the_case_by_its_code_and_counts_what_is_chosen(case):
    case.differ()
    choose(case, LEFT)
    (line,) = adjudicating.list_adjudications(case.session, case.adjudicator())
    assert (line.item.assignment.code, line.n_disputed, line.n_chosen) == (case.assignment().code, 1, 1)


def test_both_reads_are_shown_left_and_right_as_they_were_drawn(case):
    row = case.differ()
    opened = adjudicating.open_adjudication(case.session, case.adjudicator(), adjudication_id=row.id)
    second = Side.LEFT if row.is_swapped else Side.RIGHT
    seen = {
        side: [found.visibility for found in shown.findings if found.sequence == "eob"]
        for side, shown in opened.reads.items()
    }
    assert seen == {second: ["not-visible", "visible"], second.other: ["not-visible", "not-visible"]}


def test_nobody_but_the_person_drawn_finds_it(case):
    row = case.differ()
    an_adjudicator(case, "another")
    reader = signed_in_as(case.session, login=case.readers[0][0].login, now=build.NOW)
    for who in (case.adjudicator(1), reader):
        assert adjudicating.list_adjudications(case.session, who) == []
        with pytest.raises(NotFound):
            adjudicating.open_adjudication(case.session, who, adjudication_id=row.id)
        with pytest.raises(NotFound):
            choose(case, LEFT, who=who)


def test_a_later_choice_takes_the_place_of_an_earlier_one(case):
    case.differ()
    choose(case, LEFT)
    opened = choose(case, RIGHT)
    assert opened.choices == {"L2": RIGHT}


def test_a_choice_on_an_older_version_is_refused_and_changes_nothing(case):
    case.differ()
    before = case.adjudication().version
    choose(case, LEFT)
    with pytest.raises(Stale):
        choose(case, RIGHT, version=before)
    opened = adjudicating.open_adjudication(case.session, case.adjudicator(), adjudication_id=case.adjudication().id)
    assert opened.choices == {"L2": LEFT}


def test_a_lesion_that_both_agree_on_is_not_chosen(case):
    case.differ()
    with pytest.raises(NotFound):
        choose(case, LEFT, label="L1")


def test_a_third_verdict_is_refused_where_the_charter_does_not_allow_it(case):
    case.differ()
    with pytest.raises(Refused, match="charter"):
        choose(case, THIRD)


def test_the_decision_is_the_chosen_read_for_disputed_lesions_and_the_first_for_all_others(case):
    row = case.differ()
    choose(case, Chosen(the_side_that_sees_it(case)))
    decide(case)
    (result,) = case.counting()
    assert (result.kind, result.state, result.account_id) == ("adjudication", "signed", case.adjudicators[0].id)
    assert visibilities(case, result)["eob"] == "visible"
    assert visibilities(case, result, "L1") == visibilities(
        case, case.session.get_one(Reading, row.first_reading_id), "L1"
    )
    assert (row.state, row.result_reading_id, row.decided_at) == ("decided", result.id, LATER)


def test_the_decision_is_bound_to_its_content_and_to_the_images(case):
    case.differ()
    choose(case, LEFT)
    decide(case)
    (result,) = case.counting()
    assert (result.signed_at, result.signature_meaning) == (LATER, "decided")
    assert result.content_sha256 == content_sha256(case.session, result)
    assert result.images_sha256


def test_a_decided_case_leaves_the_list_when_a_read_would(case):
    case.differ()
    choose(case, LEFT)
    decide(case)
    assert case.assignment().closes_on == LATER.date() + timedelta(days=14)
    assert len(adjudicating.list_adjudications(case.session, case.adjudicator())) == 1


def test_a_wrong_password_decides_nothing(case):
    row = case.differ()
    choose(case, LEFT)
    assert decide(case, password="another") is None
    assert (row.state, case.counting()) == ("open", [])


def test_nothing_is_decided_while_a_lesion_waits_for_a_choice(case):
    row = case.differ()
    with pytest.raises(Refused, match="L2"):
        decide(case)
    assert row.state == "open"


def test_what_is_decided_stays(case):
    case.differ()
    choose(case, LEFT)
    decide(case)
    for again in (lambda: choose(case, RIGHT), lambda: decide(case)):
        with pytest.raises(Refused, match="signed"):
            again()


def test_a_decision_of_older_editions_is_void_and_counts_no_more(case):
    row = case.differ()
    choose(case, LEFT)
    decide(case)
    case.sign(0, {"L1": SEEN, "L2": GONE}, edition=2)
    assert row.state == "void"
    assert case.counting() == []
    with pytest.raises(NotFound):
        adjudicating.open_adjudication(case.session, case.adjudicator(), adjudication_id=row.id)


def test_the_same_person_may_decide_a_case_again_after_a_new_version(case):
    case.differ()
    choose(case, LEFT)
    decide(case)
    case.sign(1, {"L1": SEEN, "L2": SEEN}, edition=2)
    choose(case, LEFT, label="L1")
    choose(case, LEFT)
    decide(case)
    (result,) = case.counting()
    assert (result.kind, result.edition) == ("adjudication", 2)


@pytest.mark.parametrize("stays", [True, False])
def test_a_new_lesion_is_in_the_result_exactly_where_the_read_that_has_it_is_chosen(case, stays):
    first, second = (case.sign(place, AGREED) for place in (0, 1))
    a_new_lesion(case, first, "N1", (0.0, 0.0, 0.0))
    a_new_lesion(case, second, "N1", (1.0, 0.0, 0.0))
    a_new_lesion(case, second, "N2", (90.0, 0.0, 0.0))
    case.settle()
    side = the_side_that_sees_it(case)
    choose(case, Chosen(side if stays else Choice(side.side.other)), label="N1")
    decide(case)
    (result,) = case.counting()
    found = case.session.scalars(select(ReaderLesion).where(ReaderLesion.reading_id == result.id)).all()
    assert [(row.label, row.judged_on["position_mm"][0]) for row in sorted(found, key=lambda row: row.label)] == [
        ("N1", 0.0),
        ("N2", 90.0),
    ][: 2 if stays else 1]


def test_a_new_lesion_is_shown_on_the_series_that_it_was_seen_on(case):
    first, _ = (case.sign(place, AGREED) for place in (0, 1))
    a_new_lesion(case, first, "N1", (0.0, 0.0, 0.0))
    case.settle()
    opened = adjudicating.open_adjudication(case.session, case.adjudicator(), adjudication_id=case.adjudication().id)
    (dispute,) = opened.disputed
    assert (dispute.label, dispute.new_label) == ("N1", "N1")
    assert opened.lesion_ids.keys() == {"L1", "L2"}


def test_a_third_verdict_keeps_the_measurement_of_the_read_that_says_the_same(case, monkeypatch):
    row = case.differ()
    seen_by = row.second_reading_id
    finding = next(
        found
        for found in reads.findings(case.session, [seen_by])
        if (found.sequence, found.visibility) == ("eob", "visible")
    )
    finding.diameter_mm, finding.judged_on = 7, {"series_uid": "2.25.9"}
    case.session.flush()
    allow_third(monkeypatch)
    verdict = dict.fromkeys(ReadingSequence, Visibility.NOT_EVALUABLE) | {ReadingSequence.EOB: Visibility.VISIBLE}
    choose(case, Chosen(Choice.THIRD, verdict, "motion everywhere else"))
    decide(case)
    (result,) = case.counting()
    found = {
        row.sequence: row for row in reads.findings(case.session, [result.id]) if row.lesion_id == finding.lesion_id
    }
    assert visibilities(case, result) == {sequence.value: seen.value for sequence, seen in verdict.items()}
    assert (found["eob"].diameter_mm, found["eob"].judged_on) == (7, {"series_uid": "2.25.9"})
    assert found["ct"].judged_on is None


def test_a_third_verdict_names_every_sequence_and_says_why(case, monkeypatch):
    case.differ()
    allow_third(monkeypatch)
    for chosen in (Chosen(Choice.THIRD, {}, "x"), Chosen(Choice.THIRD, THIRD.third, " ")):
        with pytest.raises(Invalid):
            choose(case, chosen)


def allow_third(monkeypatch):
    """Let the study's charter allow a third verdict."""
    given = adjudicating.definition_of

    def with_third(*asked):
        definition = given(*asked)
        return replace(definition, charter=replace(definition.charter, adjudicator_may_give_third=True))

    monkeypatch.setattr(adjudicating, "definition_of", with_third)


def in_threads(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


@pytest.mark.slow
def test_of_decisions_made_at_the_same_moment_exactly_one_is_kept(fresh_database):
    with fresh_database.transaction(actor="tester", reason="a test") as session:
        build.open_study(session)
        case = a_case(session)
        row = case.differ()
        choose(case, LEFT)
        asked = {"adjudication_id": row.id, "version": row.version, "now": LATER, "meaning": "decided"}
        login = case.adjudicators[0].login
    outcomes = []
    start = threading.Barrier(4)

    def attempt():
        with fresh_database.session() as own:
            own.begin()
            set_actor(own, login, "a test")
            who = signed_in_as(own, login=login, now=build.NOW)
            start.wait()
            try:
                outcomes.append(adjudicating.decide(own, who, password=PASSWORD, **asked) is not None)
                own.commit()
            except CasebookError as error:
                outcomes.append(type(error))

    in_threads(*[attempt] * 4)
    assert sorted(map(str, outcomes)) == sorted(map(str, [True, Refused, Refused, Refused]))
    with fresh_database.session() as session:
        assert len(session.scalars(select(Reading).where(Reading.kind == "adjudication")).all()) == 1
        assert len(session.scalars(select(Reading).where(Reading.accepted)).all()) == 1


@pytest.mark.slow
def test_of_two_signatures_at_the_same_moment_the_later_one_sees_both(fresh_database):
    with fresh_database.transaction(actor="tester", reason="a test") as session:
        build.open_study(session)
        subject_id = a_case(session).subject.id
    start = threading.Barrier(2)

    def sign(place, said):
        with fresh_database.session() as own:
            own.begin()
            set_actor(own, "tester", "a test")
            case = the_same_case(own, subject_id)
            start.wait()
            case.sign(place, {"L1": GONE, "L2": said})
            own.commit()

    in_threads(lambda: sign(0, GONE), lambda: sign(1, SEEN))
    with fresh_database.session() as session:
        (row,) = session.scalars(select(Adjudication)).all()
        assert row.state == "open"


def the_same_case(session, subject_id):
    subject = session.get_one(build.Subject, subject_id)
    timepoints = {row.code: row.id for row in registry.timepoints(session, subject_id)}
    given = sorted(assignments.of_subject(session, subject_id), key=lambda row: row.place)
    return Case(session, subject, timepoints, [(session.get_one(build.Account, row.account_id), row) for row in given])
