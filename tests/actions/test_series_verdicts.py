"""Verdicts on series: the newest counts, for the images it was said of; a refused series asks for a reason to pass."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casebook.actions.image_states import check_images, open_check
from casebook.actions.series_verdicts import judge_series, quality
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.central.image_state import CheckDecision, CheckRefused
from casebook.domain.errors import NotFound, Stale
from casebook.domain.imaging import SeriesRole as Role_
from casebook.domain.protocol_findings import Verdict
from casebook.store import images
from casebook.store.tables import AuditEvent, ImageCheck, Query, QueryMessage, ReceivedObject, SeriesVerdict, Submission
from tests.actions import central_builders as build
from tests.actions.central_builders import MANAGER, NOW

REPEAT, ACCEPT = Verdict.REPEAT_REQUESTED, Verdict.ACCEPT


@pytest.fixture
def case(session):
    build.open_study(session)
    subject = build.a_case(session)
    build.some_images(session, subject, "baseline")
    return subject


def opened(session, subject):
    return open_check(session, MANAGER, number=subject.number, timepoint="baseline")


def of_role(session, subject, role):
    return next(one for one in opened(session, subject).series if role in one.roles)


def judge(session, subject, verdict, comment="", *, role=Role_.DWI, at=NOW, **more):
    series_id = of_role(session, subject, role).described.row.id
    return judge_series(session, MANAGER, series_id=series_id, verdict=verdict, comment=comment, now=at, **more)


def passed(session, subject, reason=""):
    with session.begin_nested():
        return check_images(
            session,
            MANAGER,
            number=subject.number,
            timepoint="baseline",
            decision=CheckDecision.PASSED,
            reason=reason,
            now=NOW,
        )


def asked(session):
    rows = session.scalars(select(Query).where(Query.rule == "image-check").order_by(Query.number))
    return [(row.rule_key.partition(":")[0], row.state) for row in rows]


def test_the_checks_propose_and_a_person_says(session, case):
    dwi = of_role(session, case, Role_.DWI)
    session.add(
        ImageCheck(
            timepoint_id=images.ensure_timepoint(session, case.id, "baseline"),
            series_id=dwi.described.row.id,
            code="too-few-b-values",
            severity="deviation",
            found="2",
            expected="3",
            message_en="Too few",
            message_ja="不足",
            rule_version="1",
        )
    )
    session.flush()
    before = of_role(session, case, Role_.DWI)
    assert (before.verdict, before.proposed) == (None, Verdict.ACCEPT_WITH_DEVIATION)
    assert [row.code for row in before.findings] == ["too-few-b-values"]
    judge(session, case, ACCEPT)
    assert of_role(session, case, Role_.DWI).verdict is ACCEPT


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not ACCEPT])
def test_all_but_plain_acceptance_say_why(session, case, verdict):
    with pytest.raises(CheckRefused, match="Say what is wrong"):
        judge(session, case, verdict, "  ")


def test_the_newest_counts_and_the_same_again_is_not_said_twice(session, case):
    judge(session, case, REPEAT, "cut off")
    judge(session, case, ACCEPT, at=NOW + timedelta(hours=1))
    judge(session, case, ACCEPT, at=NOW + timedelta(hours=2))
    one = of_role(session, case, Role_.DWI)
    assert one.verdict is ACCEPT
    assert [row.verdict for row in one.said] == ["accept", "repeat-requested"]


def test_a_verdict_holds_only_for_the_images_it_was_said_of(session, case):
    judge(session, case, ACCEPT)
    row = of_role(session, case, Role_.DWI).described.row
    row.n_instances += 1
    session.flush()
    after = of_role(session, case, Role_.DWI)
    assert (after.verdict, len(after.said)) == (None, 1)
    with pytest.raises(Stale):
        judge(session, case, ACCEPT, n_instances=row.n_instances - 1)


def test_a_timepoint_with_a_refused_required_series_passes_only_with_a_reason(session, case):
    judge(session, case, Verdict.NOT_EVALUABLE, "motion")
    assert opened(session, case).objected == (Role_.DWI,)
    with pytest.raises(CheckRefused, match="DWI"):
        passed(session, case)
    assert passed(session, case, "CT and EOB suffice").images.state.is_in_reading


def test_a_refused_series_that_was_replaced_by_an_accepted_one_is_no_hindrance(session, case):
    judge(session, case, REPEAT, "cut off", role=Role_.DWI)
    adc = of_role(session, case, Role_.ADC).described
    adc.parts[0].row.role = Role_.DWI
    session.flush()
    judge_series(session, MANAGER, series_id=adc.row.id, verdict=ACCEPT, comment="", now=NOW)
    assert Role_.DWI not in opened(session, case).objected


def test_a_refused_series_that_is_not_required_is_no_hindrance(session, case):
    dwi = of_role(session, case, Role_.DWI).described
    dwi.parts[0].row.role = Role_.LOCALIZER
    session.flush()
    judge_series(session, MANAGER, series_id=dwi.row.id, verdict=REPEAT, comment="?", now=NOW)
    assert opened(session, case).objected == ()


def test_a_repeat_asks_the_site_once_and_acceptance_notes_that_the_reason_is_gone(session, case):
    judge(session, case, REPEAT, "cut off")
    assert asked(session) == [("series", "open")]
    judge(session, case, ACCEPT)
    assert asked(session) == [("series", "open")]
    acts = session.scalars(select(QueryMessage.act).order_by(QueryMessage.id)).all()
    assert acts[-1] == "note-gone"


def test_a_query_about_the_timepoint_asks_the_site(session, case):
    check_images(
        session,
        MANAGER,
        number=case.number,
        timepoint="baseline",
        decision=CheckDecision.QUERY,
        reason="Which phase?",
        now=NOW,
    )
    assert asked(session) == [("timepoint", "open")]
    question = session.scalars(select(Query.question)).one()
    assert "Which phase?" in question["en"]
    assert "Which phase?" in question["ja"]


def test_verdicts_are_in_the_audit_trail(session, case):
    judge(session, case, REPEAT, "cut off")
    event = session.scalars(select(AuditEvent).where(AuditEvent.table_name == "series_verdict")).one()
    assert event.new["comment"] == "cut off"
    assert session.query(SeriesVerdict).one().decided_by == MANAGER.login


@pytest.mark.parametrize("role", [Role.SITE_COORDINATOR, Role.MONITOR, Role.CENTRAL_READER])
def test_others_do_not_judge_series(session, case, role):
    actor = Actor("x", "X", (Grant(role, "DREAM", "JP-06" if role.is_site_role else None),))
    series_id = of_role(session, case, Role_.DWI).described.row.id
    with pytest.raises(NotFound):
        judge_series(session, actor, series_id=series_id, verdict=ACCEPT, comment="", now=NOW)


def a_delivery(session, subject, closed_at, *, outcome="archived"):
    timepoint_id = images.ensure_timepoint(session, subject.id, "baseline")
    row = Submission(
        timepoint_id=timepoint_id,
        road="zip",
        submitted_by="x",
        state="complete",
        created_at=closed_at - timedelta(hours=1),
        closed_at=closed_at,
    )
    session.add(row)
    session.flush()
    session.add(ReceivedObject(submission_id=row.id, sha256=str(closed_at).encode(), n_bytes=1, outcome=outcome))
    session.flush()


def test_the_turnaround_runs_from_the_last_delivery_that_brought_images_to_the_first_decision(session, case):
    session.query(Submission).delete()
    a_delivery(session, case, NOW - timedelta(days=9))
    a_delivery(session, case, NOW - timedelta(days=7))
    a_delivery(session, case, NOW - timedelta(days=1), outcome="quarantined")
    (waiting,) = quality(session, MANAGER, now=NOW, number=case.number).waits
    assert (round(waiting.turnaround.days, 1), waiting.turnaround.is_waiting, waiting.turnaround.is_late) == (
        7.0,
        True,
        True,
    )
    passed(session, case)
    found = quality(session, MANAGER, now=NOW + timedelta(days=30))
    (site,) = found.sites
    assert (site.n_decided, site.median_days, site.n_decided_late, site.n_waiting) == (1, 7.0, 1, 0)
    assert found.waits[0].turnaround.limit_days == 5


def test_sites_see_their_own_turnaround_and_blinded_people_none(session, case):
    session.query(Submission).delete()
    a_delivery(session, case, NOW - timedelta(days=1))
    code = quality(session, MANAGER, now=NOW).sites[0].site_code
    own, other = (Actor("x", "X", (Grant(Role.SITE_COORDINATOR, "DREAM", site),)) for site in (code, "FR-01"))
    reader = Actor("r", "R", (Grant(Role.CENTRAL_READER, "DREAM"),))
    assert len(quality(session, own, now=NOW).waits) == 1
    assert quality(session, other, now=NOW).waits == quality(session, reader, now=NOW).waits == ()
