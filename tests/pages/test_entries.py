"""The list of saved form entries, and acts on many of them: shown first, done then, each on the version that was seen."""

import csv
import io
import re

import pytest
from sqlalchemy import event, func, select

from casebook.actions.entries import PER_PAGE, list_entries
from casebook.actions.entry_states import ReasonNeeded, act_on_named
from casebook.actions.progress import refresh_outdated
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, NotFound
from casebook.domain.forms.states import EntryAct
from casebook.domain.forms.waiting import Waits
from casebook.store import accounts
from casebook.store.entries import Mark, Wanted
from casebook.store.tables import AuditEvent, FormEntry, Signature
from tests.domain.builders import dream
from tests.pages import hospital
from tests.pages.reading import words

HERE, THERE = f"{hospital.SITE}-0001", f"{hospital.OTHER_SITE}-0001"
SIGNED = frozenset(form.code for form in dream().forms if form.needs_signature)
ALL = Wanted(SIGNED)
MANAGER = Actor("manager", "M", (Grant(Role.DATA_MANAGER, hospital.STUDY),))
COORDINATOR = Actor("coordinator", "C", (Grant(Role.SITE_COORDINATOR, hospital.STUDY, hospital.SITE),))


@pytest.fixture
def full(session):
    hospital.open_registry(session)
    return hospital.a_full_course(session)


def versions(session, *, state: str = "complete") -> dict:
    return {row.id: row.version for row in session.scalars(select(FormEntry).where(FormEntry.state == state))}


def listed(session, actor=MANAGER, **wanted):
    return list_entries(session, actor, Wanted(SIGNED, **wanted), now=hospital.NOW)


def ticked(html: str) -> list[str]:
    return re.findall(r'name="entry" value="([^"]+)"', html)


def test_the_manager_sees_all_and_a_coordinator_the_own_site(browsers):
    assert {HERE, THERE} <= set(re.findall(r'"/patients/([\w-]+)"', browsers("manager").get("/entries").text))
    found = browsers("coordinator").get("/entries").text
    assert {number[: len(hospital.SITE)] for number in re.findall(r'"/patients/([\w-]+)"', found)} == {hospital.SITE}
    assert not ticked(found)
    assert hospital.OTHER_SITE not in words(found)


@pytest.mark.parametrize("login", ["reader", "adjudicator"])
def test_blinded_readers_do_not_know_of_it(browsers, login):
    for path in ("/entries", "/entries/export.csv"):
        assert browsers(login).get(path).status_code == 404
    answer = browsers(login).get("/api/v1/forms", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert HERE not in answer.text


def test_the_work_list_leads_to_all_of_what_it_counts(browsers):
    answer = browsers("manager").get("/api/v1/worklist", headers={"accept": "application/json"}).json()
    verify = next(group for group in answer["groups"] if group["code"] == "verify")
    assert verify["path"] == "/entries?state=to-verify"
    found = browsers("manager").get(f"/api/v1/forms{verify['path'].removeprefix('/entries')}").json()
    assert found["n_total"] == verify["n_total"] == found["n_by_state"]["to-verify"]


def test_every_group_with_more_than_is_shown_leads_to_all_of_it(browsers):
    for login in ("coordinator", "radiologist", "investigator", "manager", "monitor", "statistician", "admin"):
        answer = browsers(login).get("/api/v1/worklist", headers={"accept": "application/json"}).json()
        for group in answer["groups"]:
            whole = browsers(login).get(f"/api/v1/worklist/group?code={group['code']}").json()
            assert len(whole["tasks"]) >= len(group["tasks"])
            assert group["path"] is not None or group["n_total"] <= len(group["tasks"])
            if group["path"] is not None:
                assert browsers(login).get(group["path"]).status_code == 200, (login, group["path"])
    assert browsers("manager").get("/work/group?code=nothing").status_code == 404


def test_an_act_is_looked_at_before_it_is_done_and_taken_back_with_a_reason(browsers):
    manager = browsers("manager")
    listed = f"/entries?state=to-verify&site={hospital.OTHER_SITE}"
    (entry,) = ticked(manager.get(listed).text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', manager.get(listed).text).group(1)

    def post(path, **sent):
        return manager.post(f"/entries/{path}", data={"csrf_token": token, **sent})

    looked = post(f"check?site={hospital.OTHER_SITE}", act="verify", which="every")
    assert "possible for 1 of 1" in words(looked.text)
    assert ticked(looked.text) == [entry]
    assert "done for 1 form" in words(post("act", act="verify", entry=entry).text)
    stale = words(post("check", act="verify", entry=entry).text)
    assert "possible for 0 of 1" in stale
    assert "in the meantime" in stale
    (verified,) = ticked(manager.get(f"/entries?state=to-sign&site={hospital.OTHER_SITE}").text)
    refused = post("act", act="withdraw-verification", entry=verified)
    assert refused.status_code == 409
    assert "possible for 1 of 1" in words(refused.text)
    assert "done for 1 form" in words(
        post("act", act="withdraw-verification", entry=verified, reason="looked again").text
    )
    assert post("check", act="verify").status_code == 422
    assert post("check", act="sign", entry=verified).status_code == 422


def test_who_may_not_verify_verifies_nothing(browsers):
    page = browsers("coordinator").get("/entries").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    sent = {"csrf_token": token, "act": "verify", "which": "every"}
    assert browsers("coordinator").post("/entries/check", data=sent).status_code == 403


def test_the_list_is_saved_as_csv_in_the_language_of_the_page(browsers):
    said = browsers("manager").get("/entries/export.csv?state=all").text
    rows = list(csv.DictReader(io.StringIO(said.removeprefix("\ufeff"))))
    assert {row["patient"] for row in rows} >= {HERE, THERE}
    assert {"form", "state", "saved by", "open queries"} <= rows[0].keys()
    in_japanese = browsers("manager").get("/api/v1/forms/export.csv?language=ja").text
    assert "様式" in in_japanese.splitlines()[0]


def test_each_entry_is_in_one_class_and_the_filters_say_which(session, full):
    found = listed(session)
    assert found.n_total == sum(found.n_by_waits.values()) == len(session.query(FormEntry).all())
    assert [line.row.saved_at for line in found.lines] == sorted(line.row.saved_at for line in found.lines)
    assert {line.saved_by for line in found.lines} == {"tester"}
    surgery = listed(session, form="surgery", waits={Waits.VERIFICATION})
    assert [line.row.form_code for line in surgery.lines] == ["surgery"]
    assert listed(session, search="bevacizumab").n_total == 1
    assert listed(session, search=full.number).n_total == found.n_total
    assert listed(session, site=hospital.OTHER_SITE).n_total == 0
    assert listed(session, saved_before=hospital.day(-1000)).n_total == 0


def test_marks_find_entries_with_warnings_and_with_signatures_that_fell(session, full):
    refresh_outdated(session)
    row = session.scalars(select(FormEntry).where(FormEntry.form_code == "surgery")).one()
    assert listed(session, mark=Mark.FALLEN_SIGNATURE).n_total == 0
    session.add(
        Signature(
            record_table="form_entry",
            record_id=row.id,
            record_version=1,
            content_sha256="",
            account_id=accounts.by_login(session, "investigator").id,
            signer_name="I",
            meaning="m",
            signed_at=hospital.NOW,
            invalidated_at=hospital.NOW,
            invalidated_because="changed",
        )
    )
    session.flush()
    assert [line.row.form_code for line in listed(session, mark=Mark.FALLEN_SIGNATURE).lines] == ["surgery"]
    assert listed(session, mark=Mark.QUERY).n_total == 0
    warned = {line.row.form_code for line in listed(session, mark=Mark.WARNING).lines}
    assert warned < {line.row.form_code for line in listed(session).lines}


def test_a_dry_run_does_nothing_and_says_what_would_be_done(session, full):
    seen = versions(session)
    session.execute(FormEntry.__table__.update().values(data={}).where(FormEntry.form_code == "chemotherapy"))
    would = act_on_named(session, MANAGER, EntryAct.VERIFY, versions=seen, now=hospital.NOW, dry=True)
    assert versions(session) == seen
    done = act_on_named(session, MANAGER, EntryAct.VERIFY, versions=seen, now=hospital.NOW)
    assert [(one.entry_id, one.hindrance) for one in would] == [(one.entry_id, one.hindrance) for one in done]
    assert {one.form.code for one in done if one.hindrance} == {"chemotherapy"}


def test_each_entry_has_its_own_event_in_the_trail(session, full):
    seen = versions(session)
    before = session.scalar(select(func.max(AuditEvent.id)))
    done = act_on_named(session, MANAGER, EntryAct.VERIFY, versions=seen, now=hospital.NOW)
    changed = session.scalars(
        select(AuditEvent.row_id).where(AuditEvent.id > before, AuditEvent.table_name == "form_entry")
    ).all()
    assert sorted(changed) == sorted(str(one.entry_id) for one in done if one.hindrance is None)


def test_steps_back_need_a_reason_and_a_foreign_entry_is_not_there(session, full):
    seen = versions(session)
    act_on_named(session, MANAGER, EntryAct.VERIFY, versions=seen, now=hospital.NOW)
    verified = versions(session, state="verified")
    with pytest.raises(ReasonNeeded):
        act_on_named(session, MANAGER, EntryAct.WITHDRAW_VERIFICATION, versions=verified, now=hospital.NOW)
    back = act_on_named(
        session, MANAGER, EntryAct.WITHDRAW_VERIFICATION, versions=verified, reason="again", now=hospital.NOW
    )
    assert all(one.hindrance is None for one in back)
    elsewhere = Actor("e", "E", (Grant(Role.DATA_MANAGER, "OTHER"),))
    with pytest.raises(NotFound):
        act_on_named(session, elsewhere, EntryAct.VERIFY, versions=seen, now=hospital.NOW)
    with pytest.raises((NotFound, Forbidden)):
        act_on_named(session, COORDINATOR, EntryAct.VERIFY, versions=seen, now=hospital.NOW)


def test_the_number_of_queries_is_the_same_for_5_and_for_50_patients(session):
    hospital.open_registry(session)
    counts = []
    for n in (5, 45):
        for _ in range(n):
            hospital.a_patient(session)
        session.expire_all()
        counts.append(_statements(session))
    assert counts[0] == counts[1]
    assert len(listed(session).lines) == PER_PAGE


def _statements(session) -> int:
    sent: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    listed(session)
    event.remove(connection, "before_cursor_execute", note)
    return len(sent)
