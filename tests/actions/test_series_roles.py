"""What series are taken for: looked at part by part, confirmed or corrected by a person with name and time."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from casebook.actions.describe import describe_timepoint
from casebook.actions.series_roles import confirm_above, confirm_parts, confirm_role, open_series
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Invalid, NotFound, Stale
from casebook.domain.imaging import SeriesRole as Role_
from casebook.store import images, registry
from casebook.store.tables import AuditEvent, ImageCheck, SeriesRole, Subject
from tests.actions import central_builders as build
from tests.actions.central_builders import MANAGER, NOW

LATER = NOW + timedelta(days=1)


@pytest.fixture
def case(session):
    """A patient with described series that nobody has confirmed."""
    build.open_study(session)
    subject = build.a_case(session)
    build.some_images(session, subject, "baseline")
    return subject


def shown(session, subject):
    return open_series(session, MANAGER, number=subject.number, timepoint="baseline").series


def of_role(session, subject, role):
    return next(one for one in shown(session, subject) if one.parts[0].row.role == role)


def parts(session, one, **roles):
    return confirm_parts(
        session,
        MANAGER,
        series_id=one.row.id,
        parts={part.row.id: roles.get("role", Role_(part.row.role)) for part in one.parts},
        now=roles.get("at", NOW),
    )


def jobs(session):
    rows = session.execute(text("select task_name from queue.procrastinate_jobs order by id")).scalars()
    return [name for name in rows if name == "describe-timepoint"]


def test_a_confirmation_is_kept_with_name_and_time_and_stays_when_it_is_repeated(session, case):
    dwi = of_role(session, case, Role_.DWI)
    assert not dwi.is_confirmed
    parts(session, dwi)
    parts(session, dwi, at=LATER)
    (row,) = (part.row for part in of_role(session, case, Role_.DWI).parts)
    assert (row.confirmed_by, row.confirmed_at) == (MANAGER.login, NOW)


def test_a_correction_says_what_the_rule_had_said_and_is_audited(session, case):
    adc = of_role(session, case, Role_.ADC)
    (row,) = parts(session, adc, role=Role_.T2)
    assert (row.role, row.confidence, row.confirmed_by) == (Role_.T2, 1.0, MANAGER.login)
    assert "the rule proposed ADC (0.95)" in row.proposal["evidence"][0]["en"]
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.table_name == "series_role").order_by(AuditEvent.id.desc())
    ).first()
    assert (event.old["role"], event.new["role"]) == ("adc", "t2")


def test_a_part_is_corrected_alone(session, case):
    one = of_role(session, case, Role_.EOB_ARTERIAL)
    proposal = one.parts[0].row.proposal | {"role": "eob-pre", "sop_uids": ["2.25.1"]}
    session.add(SeriesRole(series_id=one.row.id, role="eob-pre", confidence=0.5, rule="a rule", proposal=proposal))
    session.flush()
    both = {part.row.role: part.row.id for part in of_role(session, case, Role_.EOB_ARTERIAL).parts}
    confirm_parts(session, MANAGER, series_id=one.row.id, parts={both["eob-pre"]: Role_.EOB_PORTAL_VENOUS}, now=NOW)
    found = {row.role: row.confirmed_by for row in images.roles_of_series(session, [one.row.id])}
    assert found == {"eob-arterial": None, "eob-portal-venous": MANAGER.login}


def test_parts_that_are_gone_are_looked_at_again_first(session, case):
    one, other = of_role(session, case, Role_.DWI), of_role(session, case, Role_.ADC)
    with pytest.raises(Stale):
        confirm_parts(session, MANAGER, series_id=one.row.id, parts={other.parts[0].row.id: Role_.T2}, now=NOW)


def test_sure_proposals_are_confirmed_at_once_and_doubtful_ones_stay_open(session, case):
    doubtful = of_role(session, case, Role_.T2).parts[0].row
    doubtful.confidence = 0.5
    session.flush()
    n = len(shown(session, case))
    arguments = {"number": case.number, "timepoint": "baseline", "confidence": 0.9}
    assert confirm_above(session, MANAGER, **arguments, now=NOW) == n - 1
    assert confirm_above(session, MANAGER, **arguments, now=LATER) == 0
    assert not of_role(session, case, Role_.T2).is_confirmed


@pytest.mark.parametrize("confidence", [0, -1, 1.01, float("nan")])
def test_a_confidence_is_a_share(session, case, confidence):
    with pytest.raises(Invalid):
        confirm_above(session, MANAGER, number=case.number, timepoint="baseline", confidence=confidence, now=NOW)


def test_the_whole_series_takes_one_role_and_again_nothing_changes(session, case):
    one = of_role(session, case, Role_.T2)
    (first,) = confirm_role(session, MANAGER, series_id=one.row.id, role=Role_.LOCALIZER, now=NOW)
    (second,) = confirm_role(session, MANAGER, series_id=one.row.id, role=Role_.LOCALIZER, now=LATER)
    assert (first.id, first.confirmed_at) == (second.id, NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DATA_MANAGER])
def test_others_confirm_nothing(session, case, role):
    actor = Actor("x", "X", (Grant(role, "DREAM", "JP-06" if role.is_site_role else None),))
    one = of_role(session, case, Role_.DWI)
    with pytest.raises(NotFound):
        confirm_parts(session, actor, series_id=one.row.id, parts={}, now=NOW)
    with pytest.raises(NotFound):
        confirm_above(session, actor, number=case.number, timepoint="baseline", confidence=0.9, now=NOW)


def test_a_correction_goes_on_to_labels_and_checks(sample):
    with sample.database.transaction(actor="manager", reason="a test") as session:
        subject = session.query(Subject).order_by(Subject.number).first()
        timepoint = registry.timepoint(session, subject.id, "baseline")
        session.execute(text("update series_role set confirmed_by = null, confirmed_at = null"))
        series = open_series(session, MANAGER, number=subject.number, timepoint="baseline").series
        dwi = next(one for one in series if one.parts[0].row.role == "dwi")
        assert (dwi.row.n_instances, dwi.slice_thickness_mm) != (0, None)
        parts(session, dwi, role=Role_.LOCALIZER)
        assert jobs(session)
        describe_timepoint(session, timepoint_id=timepoint.id, archive=sample.archive, now=NOW)
        assert dwi.row.label_en == "Localizer"
        findings = session.scalars(select(ImageCheck.code).where(ImageCheck.timepoint_id == timepoint.id)).all()
        assert "role-missing" in findings
        (row,) = images.roles_of_series(session, [dwi.row.id])
        assert row.confirmed_by == MANAGER.login
        session.rollback()
