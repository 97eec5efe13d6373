"""The reconciliation board as people see it: rows, filters, acts on many rows, views, lists out and in."""

import re
from datetime import timedelta

import httpx
import pytest

from casebook.actions.reconcile import reconcile
from casebook.store.tables import Discrepancy
from tests.actions.reconcile_builders import BASELINE, Desk, without_faults
from tests.pages import hospital
from tests.pages.reading import words

PEOPLE = [person for person in hospital.PEOPLE if person.login != "forgetful"]
SEE = {"coordinator", "investigator", "elsewhere", "manager", "kanri", "statistician", "monitor"}


@pytest.fixture(scope="module")
def number(registry) -> str:
    """A patient whose form and images differ in two things, seen nine days ago."""
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        hospital.some_images(session, subject, BASELINE, -8)
        without_faults(session, subject)
        desk = Desk(session, subject)
        desk.fill(b_values="0, 50, 400, 800", ct_on=str(hospital.day(-7)))
        reconcile(session, subject, key=hospital.KEY, now=hospital.NOW - timedelta(days=9))
        return subject.number


def board(browser: httpx.Client, number: str, **asked: str) -> str:
    answer = browser.get("/board", params={"search": number, **asked})
    assert answer.status_code == 200
    return answer.text


def token(browser: httpx.Client) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def post(browser: httpx.Client, path: str, **sent) -> httpx.Response:
    return browser.post(f"/board{path}", data={"csrf_token": token(browser), **sent})


def boxes(shown: str) -> list[str]:
    return re.findall(r'name="row" value="([^"]+)"', shown)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.login)
def test_the_board_is_for_those_who_may_see_forms(browsers, number, person):
    browser = browsers(person.login)
    status = 200 if person.login in SEE else 404 if person.role.is_blinded else 403
    for path in ("/board", "/board/export.csv", f"/board/{number}/{BASELINE}"):
        answer = browser.get(path)
        expected = 404 if person.login == "elsewhere" and number in path else status
        assert answer.status_code == expected, path
        told = answer.text.replace(path, "")
        assert (number in told) == (expected == 200 and person.login != "elsewhere"), path


def test_a_row_says_what_was_expected_what_arrived_and_what_is_to_be_done(browsers, number):
    said = words(board(browsers("manager"), number))
    assert "b-values differ" in said
    assert "0, 50, 400, 800 s/mm² form 50, 800 s/mm² images 9 open send a query, or accept with a reason" in said


def test_what_stands_is_counted_in_the_top_bar_and_on_the_worklist(browsers, number):
    manager = browsers("manager")
    assert re.search(r'href="/board"[^>]*>Reconcile <span class="tag error">\d+</span>', manager.get("/patients").text)
    assert "Forms and images that differ" in manager.get("/work").text
    assert not re.search(r'href="/board"[^>]*>Reconcile <span', browsers("coordinator").get("/patients").text)


def test_the_board_says_the_same_in_japanese(browsers, number):
    said = words(board(browsers("kanri"), number))
    assert "b値の不一致" in said
    assert "未対応" in said
    assert "問い合わせる、または理由を付けて了承" in said


def test_filters_are_kept_and_leave_what_they_say(browsers, number):
    manager = browsers("manager")
    assert len(boxes(board(manager, number))) == 2
    assert len(boxes(board(manager, number, rule="b-values"))) == 1
    assert len(boxes(board(manager, number, age="14"))) == 0
    shown = board(manager, number, modality="dwi", state="all")
    assert '<option value="dwi" selected>' in shown
    assert len(boxes(shown)) == 1
    assert manager.get("/board?modality=knee&age=x&page=-3&state=odd").status_code == 200


def test_rows_without_differences_are_shown_green_with_words(browsers, number):
    said = words(board(browsers("manager"), number, state="green"))
    assert said.count("nothing differs") == 2
    assert str(hospital.day(-8)) in said


def test_sites_read_their_rows_and_settle_none(browsers, number):
    site = browsers("coordinator")
    shown = board(site, number)
    assert "b-values differ" in shown
    assert boxes(shown) == []
    assert "Accept with reason" not in shown
    assert post(site, "/acts", act="accept", reason="mine", row="x").status_code == 403


def test_a_timepoint_is_shown_field_by_field_with_what_agrees(browsers, number):
    said = words(browsers("manager").get(f"/board/{number}/{BASELINE}").text)
    assert "agrees" in said
    assert "b-values differ" in said
    assert browsers("manager").get(f"/board/{number}/intraoperative").status_code == 404
    assert browsers("manager").get("/board/JP-99-0001/baseline").status_code == 404


def test_accepting_needs_a_reason_and_keeps_what_was_chosen(browsers, number):
    manager = browsers("manager")
    row = boxes(board(manager, number, rule="study-date"))[0]
    answer = post(manager, f"/acts?search={number}", act="accept", row=row, reason=" ")
    assert answer.status_code == 422
    assert "Say why the difference is accepted" in answer.text
    assert f'value="{row}" aria-label' in answer.text
    assert re.search(f'value="{row}"[^>]* checked', answer.text)


def test_values_that_are_not_those_that_were_seen_are_not_accepted(browsers, number):
    manager = browsers("manager")
    key = boxes(board(manager, number, rule="study-date"))[0].partition("@")[0]
    answer = post(manager, f"/acts?search={number}", act="accept", row=f"{key}@other", reason="fine")
    assert "The values have changed since" in answer.text


def test_queries_are_read_before_they_are_sent_and_then_seen_by_the_site(browsers, number):
    manager = browsers("manager")
    row = boxes(board(manager, number, rule="b-values"))[0]
    preview = post(manager, f"/acts?search={number}", act="preview", row=row).text
    assert "Expected by the form: 0, 50, 400, 800 s/mm²." in preview
    assert "症例報告書を訂正するか" in preview
    assert "query sent" not in words(board(manager, number))
    sent = post(manager, f"/acts?search={number}", act="query", row=boxes(preview))
    assert sent.status_code == 303
    assert "query sent" in words(board(manager, number))
    site = board(browsers("coordinator"), number)
    path = re.search(r'href="(/queries/\d+)"', site)[1]
    assert "0, 50, 400, 800" in browsers("coordinator").get(path).text


def test_a_list_goes_out_and_comes_back_in_shift_jis_line_by_line(browsers, number, registry):
    manager = browsers("manager")
    listed = manager.get("/board/export.csv", params={"search": number, "rule": "study-date"})
    assert listed.headers["content-type"].startswith("text/csv")
    head, line = listed.content.decode("utf-8-sig").splitlines()
    filled = f"{head}\r\n{line.removesuffix(',,')},accept,施設に確認済み\r\n"
    files = {"list": ("list.csv", filled.encode("cp932"), "text/csv")}
    shown = manager.post("/board/decisions", data={"csrf_token": token(manager)}, files=files).text
    assert "1 line would be done; nothing has been written yet." in words(shown)
    assert len(boxes(board(manager, number, rule="study-date"))) == 1
    seen = re.search(r'name="seen" value="([^"]*)"', shown)[1].replace("&#34;", '"')
    done = post(manager, "/decisions", act="apply", seen=seen).text
    assert "1 line was done." in words(done)
    assert "施設に確認済み" in board(manager, number, state="accepted")
    with registry.session() as session:
        rows = session.query(Discrepancy).filter_by(rule="study-date").all()
        assert [row.accepted_by for row in rows] == ["manager"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "Columns are missing: id, fingerprint, decision, reason."),
        (b"\xff\xfe\x00", "neither UTF-8 nor Shift-JIS"),
    ],
)
def test_what_is_no_list_is_refused_with_what_was_found(browsers, content, said):
    manager = browsers("manager")
    files = {"list": ("list.csv", content, "text/csv")}
    answer = manager.post("/board/decisions", data={"csrf_token": token(manager)}, files=files)
    assert answer.status_code == 422
    assert said in answer.text
    assert post(manager, "/decisions").status_code == 422


def test_a_view_is_saved_and_removed_and_is_ones_own(browsers, number):
    manager = browsers("manager")
    assert post(manager, "/views?age=7&state=open", name="Old & open").status_code == 303
    shown = board(manager, number)
    assert "Old &amp; open" in shown
    assert 'href="/board?state=open&amp;age=7"' in shown
    assert "Old &amp; open" not in board(browsers("kanri"), number)
    assert post(manager, "/views", name="Old & open", act="forget").status_code == 303
    assert "Old &amp; open" not in board(manager, number)
    assert post(manager, "/views", name=" ").status_code == 422


def test_what_ends_in_the_quarantine_leads_there_and_only_those_who_decide_there(browsers, registry):
    with registry.transaction(actor="machine", reason="a test") as session:
        subject = hospital.a_patient(session)
        hospital.some_images(session, subject, BASELINE, -8)
        reconcile(session, subject, key=hospital.KEY, now=hospital.NOW)
        held = subject.number
    there = f'href="/quarantine?patient={held}"'
    assert there in board(browsers("manager"), held)
    assert browsers("manager").get(f"/quarantine?patient={held}").status_code == 200
    assert there not in board(browsers("coordinator"), held)
