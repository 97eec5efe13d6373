"""What the data centre does about discrepancies, by hand and by lists, and what the board then shows."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from casebook.actions.board import board_page, compare_now, figures, lines
from casebook.actions.decision_list import apply_list, judge_list
from casebook.actions.queries import answer
from casebook.actions.saved_views import MOST_VIEWS, forget_view, save_view, views_of
from casebook.actions.settle import CHANGED, GONE, IS_ASKED, accept_many, ask_sites
from casebook.actions.signing_in import signed_in_as
from casebook.domain.errors import Forbidden, Invalid, NotFound
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.standing import BoardState
from casebook.domain.reconciliation.values import BoardModality
from casebook.domain.reconciliation.wanted import Shown, Wanted
from casebook.store import board
from casebook.store.tables import AuditEvent, Query
from services.api.board_csv import board_csv
from tests.actions.reconcile_builders import BASELINE, Desk, a_desk, n_statements
from tests.pages import hospital

NOW = hospital.NOW


@pytest.fixture
def desk(session) -> Desk:
    """A desk with two differences: b-values and the day of CT."""
    made = a_desk(session)
    made.fill(b_values="0, 50, 400, 800", ct_on=str(hospital.day(-7)))
    made.compare()
    return made


def page(desk: Desk, login="manager", days=0, **wanted):
    actor = desk.actor(login)
    now = NOW + timedelta(days=days)
    return board_page(desk.session, actor, Wanted(**wanted), key=hospital.KEY, now=now)


def states(desk: Desk, login="manager") -> dict[str, BoardState]:
    found = lines(desk.session, desk.actor(login), Wanted(shown=Shown.ALL), now=NOW, limit=100)
    return {one.line.rule: one.line.state for one in found}


def test_differences_stand_below_their_row_with_age_and_what_to_do(desk):
    found = page(desk, days=9)
    assert [(cell.timepoint.code, cell.modality) for cell in found.cells] == [
        (BASELINE, BoardModality.CT),
        (BASELINE, BoardModality.DWI),
    ]
    line = found.cells[1].lines[0]
    assert (line.rule, line.state, line.age_days, line.is_settled) == (Rule.B_VALUES, BoardState.OPEN, 9, False)
    assert line.to_do.en == "send a query, or accept with a reason"
    assert not found.cells[1].is_green


def test_rows_with_nothing_standing_are_green_and_say_what_form_and_images_say(desk):
    cells = {cell.modality: cell for cell in page(desk, shown=Shown.GREEN).cells}
    assert set(cells) == {BoardModality.MRI, BoardModality.EOB}
    assert all(cell.is_green for cell in cells.values())
    mri = cells[BoardModality.MRI]
    assert (mri.form_says.en, mri.imaged_on) == (str(hospital.day(-8)), (hospital.day(-8),))
    assert (mri.n_arrived, len(mri.required)) == (3, 3)


def test_a_modality_of_which_nothing_came_is_not_green_for_that(desk):
    other = hospital.a_patient(desk.session)
    more = replace(desk, subject=other)
    more.fill()
    more.compare()
    mine = [cell for cell in page(desk, shown=Shown.ALL).cells if cell.subject.number == other.number]
    assert [cell.is_green for cell in mine] == [False] * 5
    assert [len(cell.lines) for cell in mine] == [0, 0, 0, 0, 1]
    assert other.number not in {cell.subject.number for cell in page(desk, shown=Shown.GREEN).cells}


def test_an_accepted_row_is_green(desk):
    manager = desk.actor("manager")
    seen = desk.seen(Rule.B_VALUES, Rule.STUDY_DATE)
    accept_many(desk.session, manager, seen=seen, reason="as acquired", now=NOW)
    assert len(page(desk, shown=Shown.GREEN).cells) == 4
    assert page(desk).cells == []
    assert page(desk, shown=Shown.ACCEPTED).cells[0].lines[0].accepted_because == "as acquired"


def test_an_acceptance_has_its_reason_in_the_trail(desk):
    manager = desk.actor("manager")
    accept_many(desk.session, manager, seen=desk.seen(Rule.B_VALUES), reason="as acquired", now=NOW)
    wanted = select(AuditEvent).where(AuditEvent.table_name == "discrepancy", AuditEvent.act == "update")
    event = desk.session.scalars(wanted).one()
    assert (event.actor, event.reason) == ("manager", "as acquired")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_accepted_without_a_reason(desk, reason):
    manager = desk.actor("manager")
    with pytest.raises(Invalid):
        accept_many(desk.session, manager, seen=desk.seen(Rule.B_VALUES), reason=reason, now=NOW)
    assert states(desk)[Rule.B_VALUES] is BoardState.OPEN


def test_other_values_than_were_seen_are_neither_accepted_nor_asked_about(desk):
    manager = desk.actor("manager")
    seen = dict.fromkeys(desk.seen(Rule.B_VALUES), "of yesterday")
    assert accept_many(desk.session, manager, seen=seen, reason="as acquired", now=NOW)[0].hindrance == CHANGED
    assert ask_sites(desk.session, manager, seen=seen, now=NOW)[0].hindrance == CHANGED


def test_a_difference_that_is_gone_cannot_be_accepted(desk):
    seen = desk.seen(Rule.B_VALUES)
    desk.fill(ct_on=str(hospital.day(-7)))
    desk.compare()
    manager = desk.actor("manager")
    assert accept_many(desk.session, manager, seen=seen, reason="as acquired", now=NOW)[0].hindrance == GONE


def test_many_queries_go_out_at_once_and_none_twice(desk):
    manager = desk.actor("manager")
    seen = desk.seen(Rule.B_VALUES, Rule.STUDY_DATE)
    assert [one.hindrance for one in ask_sites(desk.session, manager, seen=seen, now=NOW)] == [None, None]
    assert set(states(desk).values()) == {BoardState.ASKED}
    assert [one.hindrance for one in ask_sites(desk.session, manager, seen=seen, now=NOW)] == [IS_ASKED, IS_ASKED]
    assert desk.session.query(Query).count() == 2


def test_an_answer_is_seen_on_the_board(desk):
    ask_sites(desk.session, desk.actor("manager"), seen=desk.seen(Rule.B_VALUES), now=NOW)
    query = desk.session.scalars(select(Query)).one()
    site = desk.actor("coordinator")
    answer(desk.session, site, number=query.number, version=query.version, said="two b-values only", now=NOW)
    assert states(desk)[Rule.B_VALUES] is BoardState.ANSWERED
    counted = figures(desk.session, desk.actor("manager"))
    assert (counted.n(BoardState.ANSWERED), counted.n(BoardState.OPEN), counted.counts.n_standing) == (1, 1, 2)


def test_sites_see_their_own_rows_and_settle_none(desk):
    assert len(page(desk, "coordinator").cells) == 2
    assert page(desk, "elsewhere").cells == []
    site = desk.actor("coordinator")
    for act in (accept_many, ask_sites):
        extra = {"reason": "because"} if act is accept_many else {}
        with pytest.raises(NotFound):
            act(desk.session, site, seen=desk.seen(Rule.B_VALUES), now=NOW, **extra)


@pytest.mark.parametrize("login", ["radiologist", "reader", "adjudicator", "admin"])
def test_who_sees_no_forms_sees_no_board(desk, login):
    with pytest.raises(Forbidden):
        page(desk, login)


def test_a_discrepancy_that_is_not_there_is_not_found(desk):
    manager = desk.actor("manager")
    with pytest.raises(NotFound):
        ask_sites(desk.session, manager, seen={uuid4(): "x"}, now=NOW)


@pytest.mark.parametrize(
    ("wanted", "n"),
    [
        ({"site": hospital.SITE}, 2),
        ({"site": hospital.OTHER_SITE}, 0),
        ({"timepoint": BASELINE}, 2),
        ({"timepoint": "preoperative"}, 0),
        ({"modality": BoardModality.CT}, 1),
        ({"rule": Rule.B_VALUES}, 1),
        ({"older_than_days": 8}, 2),
        ({"older_than_days": 10}, 0),
        ({"search": hospital.SITE.lower()}, 2),
        ({"shown": Shown.OPEN}, 2),
        ({"shown": Shown.ANSWERED}, 0),
        ({"shown": Shown.GONE}, 0),
        ({"shown": Shown.ALL}, 4),
        ({"shown": Shown.ALL, "modality": BoardModality.EOB}, 1),
    ],
)
def test_filters_leave_what_they_say(desk, wanted, n):
    found = page(desk, days=9, **wanted)
    assert (len(found.cells), found.n_total) == (n, n)


def test_an_address_and_its_filters_are_the_same_thing():
    wanted = Wanted("BE-02", "baseline", BoardModality.CT, "b-values", None, Shown.ACCEPTED, 14, "a b")
    assert Wanted.of_query(wanted.query()) == wanted
    assert Wanted.of_query("age=x&modality=knee&state=odd&page=-1") == Wanted()


def test_the_board_takes_a_constant_number_of_queries(desk):
    def show() -> None:
        page(desk)
        page(desk, shown=Shown.ALL)
        figures(desk.session, manager)

    manager = desk.actor("manager")
    few = n_statements(desk.session, show)
    for _ in range(4):
        subject = hospital.a_patient(desk.session)
        more = replace(desk, subject=subject)
        more.fill()
        more.compare()
    assert page(desk).n_total == 6
    assert n_statements(desk.session, show) == few


def test_everything_that_is_compared_is_told_beside_each_other(desk):
    found = compare_now(desk.session, desk.subject, BASELINE, key=hospital.KEY)
    assert {one.rule for one in found if not one.agrees} == {Rule.B_VALUES, Rule.STUDY_DATE}
    assert {one.rule for one in found if one.agrees} >= {Rule.MODALITY, Rule.NO_FORM}
    with pytest.raises(NotFound):
        compare_now(desk.session, desk.subject, "intraoperative", key=hospital.KEY)


def exported(desk: Desk) -> list[list[str]]:
    found = lines(desk.session, desk.actor("manager"), Wanted(), now=NOW, limit=100)
    text = board_csv(found, language="en").body.decode("utf-8-sig")
    return [line.split(",") for line in text.splitlines()]


def decided(desk: Desk, **decisions: tuple[str, str]) -> str:
    """The exported list with a decision and a reason by rule."""
    head, *rows = exported(desk)
    at = {name: place for place, name in enumerate(head)}
    kept = ["id,fingerprint,decision,reason"]
    for row in rows:
        decision, reason = decisions.get(row[at["rule"]].replace("-", "_"), ("", ""))
        kept.append(",".join((row[at["id"]], row[at["fingerprint"]], decision, reason)))
    return "\n".join(kept)


def test_a_list_tells_every_lines_fate_and_writes_nothing(desk):
    text = decided(desk, b_values=("accept", "as acquired"), study_date=("query", ""))
    judged = judge_list(desk.session, desk.actor("manager"), text=text)
    assert sorted(fate.said.en for fate in judged.fates) == ["accept", "send a query"]
    assert set(states(desk).values()) == {BoardState.OPEN}


def test_a_list_does_what_it_decides(desk):
    text = decided(desk, b_values=("accept", "'=as acquired"), study_date=("問い合わせ", ""))
    assert apply_list(desk.session, desk.actor("manager"), text=text, now=NOW).n_done == 2
    assert states(desk) == {Rule.B_VALUES: BoardState.ACCEPTED, Rule.STUDY_DATE: BoardState.ASKED}
    assert desk.rows()[Rule.B_VALUES].accepted_because == "=as acquired"


def test_lines_that_cannot_be_done_say_why_and_leave_the_others(desk):
    head, first, second = decided(desk, b_values=("accept", "fine"), study_date=("accept", "fine")).splitlines()
    bad = [f"{uuid4()},x,accept,fine", "no-id,x,query,", f"{uuid4()},x,maybe,", f"{uuid4()},x,accept,", first]
    judged = apply_list(desk.session, desk.actor("manager"), text="\n".join([head, first, second, *bad]), now=NOW)
    assert [fate.decision is not None for fate in judged.fates] == [True, True, *[False] * 5]
    assert [fate.said.en for fate in judged.fates[2:]] == [
        "There is no such discrepancy.",
        "The id is not one of the exported list.",
        "“maybe” is no decision; write accept or query.",
        "Say why it is accepted.",
        "The discrepancy stands on an earlier line.",
    ]


def test_a_list_of_values_that_have_changed_since_does_nothing(desk):
    text = decided(desk, b_values=("accept", "fine"))
    desk.fill(b_values="0, 800", ct_on=str(hospital.day(-7)))
    desk.compare()
    judged = apply_list(desk.session, desk.actor("manager"), text=text, now=NOW)
    assert (judged.n_done, judged.fates[0].said) == (0, CHANGED)


def test_views_are_ones_own_and_replaced_by_name(desk):
    mine, other = (signed_in_as(desk.session, login=login, now=NOW) for login in ("manager", "kanri"))
    save_view(desk.session, mine, name=" Old  ones ", filters="age=14&state=open&nonsense=1")
    save_view(desk.session, mine, name="Old ones", filters="age=30")
    assert [(view.name, view.filters) for view in views_of(desk.session, mine)] == [("Old ones", "age=30")]
    assert views_of(desk.session, other) == []
    with pytest.raises(NotFound):
        forget_view(desk.session, other, name="Old ones")
    forget_view(desk.session, mine, name="Old ones")
    assert views_of(desk.session, mine) == []


def test_a_person_keeps_so_many_views_and_no_more(desk):
    mine = signed_in_as(desk.session, login="manager", now=NOW)
    for n in range(MOST_VIEWS):
        save_view(desk.session, mine, name=f"view {n}", filters="")
    with pytest.raises(Invalid):
        save_view(desk.session, mine, name="one more", filters="")
    for name in ("", "x" * 61):
        with pytest.raises(Invalid):
            save_view(desk.session, mine, name=name, filters="")


def test_the_count_in_the_top_bar_leaves_out_what_is_accepted_and_what_is_a_note(desk):
    manager = desk.actor("manager")
    assert board.n_standing(desk.session, manager) == 2
    accept_many(desk.session, manager, seen=desk.seen(Rule.B_VALUES), reason="fine", now=NOW)
    assert board.n_standing(desk.session, manager) == 1
    row = desk.rows()[Rule.STUDY_DATE]
    desk.session.execute(update(type(row)).where(type(row).id == row.id).values(severity="note"))
    assert board.n_standing(desk.session, manager) == 0
