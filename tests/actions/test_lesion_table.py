"""The lesion table of the study: what stands in a line, what filters leave, and what it costs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from casebook.actions.course import gather_course
from casebook.actions.derive import derive_subject, kept_outcome_json
from casebook.actions.lesion_table import outcome_on, show_lesions
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden
from casebook.domain.outcome import OutcomeStatus
from casebook.store.lesion_table import LesionFilter
from casebook.store.tables import Lesion
from tests.pages import hospital

MANAGER = Actor("manager", "M", (Grant(Role.DATA_MANAGER, hospital.STUDY),))
COORDINATOR = Actor("coordinator", "C", (Grant(Role.SITE_COORDINATOR, hospital.STUDY, hospital.OTHER_SITE),))


@pytest.fixture
def course(session):
    hospital.open_registry(session)
    return hospital.a_full_course(session)


def table(session, actor=MANAGER, *, page=1, on=hospital.TODAY, **wanted):
    return show_lesions(session, actor, LesionFilter(on, **wanted), page=page)


def labels(found) -> list[str]:
    return [line.row.label for line in found.lines]


def test_a_line_shows_what_the_accepted_read_says_on_each_sequence(session, course):
    line = table(session).lines[2]
    assert [cell.kind for cell in line.seen["preoperative"]] == ["not-visible", "not-visible", "not-visible", "visible"]
    assert [cell.diameter_mm for cell in line.seen["preoperative"]] == [None, None, None, Decimal("8.6")]
    assert [cell.kind for cell in line.seen["baseline"]] == ["open"] * 4
    assert line.cdlm_reason.en == "no · EOB visible"


def test_counts_and_filters_agree(session, course):
    whole = table(session)
    assert whole.n_total == 5
    assert whole.n_by_cdlm == {"yes": 2, "no": 2, "undetermined": 1}
    for status, n in whole.n_by_cdlm.items():
        assert table(session, cdlm=status).n_total == n == len(table(session, cdlm=status).lines)
    for status, n in whole.n_by_outcome.items():
        assert table(session, outcome=status).n_total == n == len(table(session, outcome=status).lines)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({"blocked_by": "eob"}, ["L1", "L3"]),
        ({"blocked_by": "dwi"}, ["L1", "L5"]),
        ({"cdlm": "undetermined", "blocked_by": "dwi"}, ["L5"]),
        ({"state": "void"}, []),
        ({"site_code": hospital.SITE}, ["L1", "L2", "L3", "L4", "L5"]),
        ({"site_code": hospital.OTHER_SITE}, []),
    ],
)
def test_filters_leave_what_they_name(session, course, wanted, shown):
    assert labels(table(session, **wanted)) == shown
    assert table(session, **wanted).n_total == len(shown)


def test_a_site_sees_its_own_lesions_only(session, course):
    assert table(session, COORDINATOR).n_total == 0
    assert table(session, COORDINATOR, site_code=hospital.SITE).lines == []


def test_who_may_not_see_outcomes_is_refused(session, course):
    reader = Actor("reader", "R", (Grant(Role.CENTRAL_READER, hospital.STUDY),))
    with pytest.raises(Forbidden):
        table(session, reader)


def test_what_waits_for_imaging_counts_its_days_and_ends_when_none_can_come_any_more(session, course):
    waiting = next(line for line in table(session).lines if line.outcome is OutcomeStatus.PENDING)
    kept = waiting.row.outcome
    horizon, closes = (date.fromisoformat(kept[name]) for name in ("horizon_on", "closes_on"))
    assert outcome_on(kept, horizon - timedelta(days=9))[1].en == "pending · 9 days to go"
    assert outcome_on(kept, closes)[0] is OutcomeStatus.PENDING
    assert outcome_on(kept, closes + timedelta(days=1))[0] is OutcomeStatus.NOT_EVALUABLE
    late = table(session, on=closes + timedelta(days=1), outcome="not-evaluable")
    assert waiting.row.label in labels(late)


def test_a_kept_outcome_is_the_same_on_every_day_of_the_follow_up(session, course):
    found = gather_course(session, course)
    lesion = session.scalars(select(Lesion).where(Lesion.subject_id == course.id, Lesion.label == "L4")).one()
    kept = [kept_outcome_json(found.outcome(lesion, hospital.TODAY + timedelta(days=n))) for n in (0, 1, 30)]
    assert kept[0] == kept[1] == kept[2]
    assert "days to go" not in str(kept[0])


def test_the_number_of_queries_is_the_same_for_5_and_for_50_lesions(session, course):
    def statements() -> int:
        sent: list[str] = []
        connection = session.connection()

        def note(_connection, _cursor, statement, *_rest):
            sent.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        assert table(session).lines
        event.remove(connection, "before_cursor_execute", note)
        return len(sent)

    few = statements()
    for number in range(6, 51):
        session.add(Lesion(subject_id=course.id, label=f"L{number}", segment="V"))
    session.flush()
    derive_subject(session, course, as_of=hospital.TODAY)
    assert table(session).n_total == 50
    assert statements() == few


def test_a_page_begins_where_the_one_before_ended(session, course):
    for number in range(6, 61):
        session.add(Lesion(subject_id=course.id, label=f"L{number}", segment="V"))
    session.flush()
    pages = [table(session, page=page) for page in (1, 2)]
    assert labels(pages[0]) + labels(pages[1]) == [f"L{number}" for number in range(1, 61)]
    assert pages[0].n_pages == 2
