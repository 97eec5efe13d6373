"""Acts on forms, their history, the audit trail and the access log by the API."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from casebook.actions.accounts import add_account
from casebook.actions.grants import grant_role
from casebook.domain.actors import Role
from casebook.store import audit
from services.api.pages.words import WORDS
from services.command.demo import PASSWORD, STUDY
from services.command.machine import operator

FORM = "mdt-decision"


@pytest.fixture
def investigator(sample):
    """An investigator at the site of the first patient."""
    actor = operator(STUDY)
    with sample.database.transaction(actor="test") as session:
        number = session.scalar(text("select min(number) from subject"))
        add_account(session, actor, login="signer", display_name="Ina 田中", password=PASSWORD)
        session.flush()
        grant_role(
            session,
            actor,
            login="signer",
            role=Role.INVESTIGATOR,
            study_code=STUDY,
            site_code=number[:5],
            now=datetime.now(UTC),
        )
    return number


def entry(client, number, form=FORM):
    subject = next(one for one in client.get("/api/v1/subjects").json()["subjects"] if one["number"] == number)
    base = f"/api/v1/subjects/{subject['id']}/forms"
    return base, next(one for one in client.get(base).json()["entries"] if one["form"] == form)


def acted(client, base, act, version, *, reason=None, body=None):
    headers = {"If-Match": f'"{version}"'} | ({"X-Change-Reason": reason} if reason else {})
    return client.post(f"{base}/{FORM}/{act}", json=body or {}, headers=headers)


def test_an_entry_is_verified_signed_frozen_and_locked_with_its_version_each_time(browser, investigator):
    manager, signer = browser("manager"), browser("signer")
    base, known = entry(manager, investigator)
    assert acted(manager, base, "verify", known["version"] + 1).status_code == 412
    assert manager.post(f"{base}/{FORM}/verify", json={}).status_code == 409
    verified = acted(manager, base, "verify", known["version"]).json()
    assert verified["state"] == "verified"
    signing = {"password": PASSWORD, "meaning": "I agree", "signer": "somebody else"}
    assert acted(signer, base, "signature", verified["version"], body=signing).status_code == 422
    del signing["signer"]
    wrong = acted(signer, base, "signature", verified["version"], body={**signing, "password": "another one"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong-password")
    signed = acted(signer, base, "signature", verified["version"], body=signing).json()
    assert signed["state"] == "signed"
    assert [(one["signer_name"], one["meaning"]) for one in signed["signatures"]] == [("Ina 田中", "I agree")]
    frozen = acted(manager, base, "freeze", signed["version"]).json()
    locked = acted(manager, base, "lock", frozen["version"]).json()
    assert locked["state"] == "locked"
    without = acted(manager, base, "unlock", locked["version"])
    assert (without.status_code, without.json()["code"]) == (409, "reason-needed")
    opened = acted(manager, base, "unlock", locked["version"], reason="late%20letter").json()
    assert opened["state"] == "frozen"
    said = [change["reason"] for change in manager.get(f"{base}/{FORM}/history").json()["changes"]]
    assert said[-1] == "late letter"


def test_the_history_gives_each_answer_before_and_after_in_both_languages(browser, investigator):
    manager = browser("manager")
    base, known = entry(manager, investigator)
    data = {**known["data"], "decided_on": "2020-01-02"}
    headers = {"If-Match": f'"{known["version"]}"', "X-Change-Reason": "letter%20came"}
    answer = manager.put(f"{base}/{FORM}", json={"data": data}, headers=headers)
    if answer.status_code == 422:
        data = {**known["data"], "members": [*known["data"]["members"], {"role": "liver-surgeon", "name": "B. New"}]}
        answer = manager.put(f"{base}/{FORM}", json={"data": data}, headers=headers)
    assert answer.status_code == 200, answer.text
    last = manager.get(f"{base}/{FORM}/history").json()["changes"][-1]
    assert (last["actor"], last["role"], last["reason"]) == ("manager", "data-manager", "letter came")
    (field,) = last["fields"]
    assert field["old"] == known["data"][field["field"]]
    assert field["new"] == data[field["field"]]
    assert field["new_words"]["ja"]
    assert manager.get(f"{base}/{FORM}/history?field=none").status_code == 404


def test_acts_in_bulk_say_what_was_done_and_what_stood_in_the_way(browser, investigator):
    manager = browser("manager")
    answer = manager.post("/api/v1/forms/verify", json={"subjects": [investigator]}).json()
    assert {one["form"] for one in answer["done"]} >= {FORM, "surgery"}
    frozen = manager.post("/api/v1/forms/freeze", json={"subjects": [investigator]}).json()
    assert {one["form"] for one in frozen["hindered"]} >= {FORM}
    assert manager.post("/api/v1/forms/lock", json={"subjects": ["XX-00-0000"]}).status_code == 404


def test_entries_are_named_with_their_versions_tried_first_and_taken_back_with_a_reason(browser, investigator):
    manager = browser("manager")
    found = manager.get("/api/v1/forms", params={"search": investigator, "state": "all"}).json()
    assert {one["subject"] for one in found["entries"]} == {investigator}
    chosen = {one["id"]: one["version"] for one in found["entries"] if one["state"] == "complete"}
    tried = manager.post("/api/v1/forms/verify", json={"versions": chosen, "dry_run": True}).json()
    done = manager.post("/api/v1/forms/verify", json={"versions": chosen}).json()
    assert tried == done
    assert {one["id"] for one in done["done"]} <= chosen.keys()
    back = {one["id"]: chosen[one["id"]] + 1 for one in done["done"]}
    assert manager.post("/api/v1/forms/withdraw-verification", json={"versions": back}).status_code == 409
    sent = {"versions": back, "reason": "looked again"}
    assert len(manager.post("/api/v1/forms/withdraw-verification", json=sent).json()["done"]) == len(back) > 0
    assert manager.post("/api/v1/forms/verify", json={}).status_code == 422


def test_what_was_frozen_and_locked_together_is_opened_together_with_a_reason(browser, investigator):
    manager = browser("manager")
    for act in ("verify", "freeze"):
        manager.post(f"/api/v1/forms/{act}", json={"subjects": [investigator]})
    found = manager.get("/api/v1/forms", params={"search": investigator, "state": "all"}).json()["entries"]
    versions = {one["id"]: one["version"] for one in found if one["state"] == "frozen"}
    assert versions
    for act in ("lock", "unlock", "unfreeze"):
        sent = {"versions": versions} | ({} if act == "lock" else {"reason": "late letters"})
        done = manager.post(f"/api/v1/forms/{act}", json=sent).json()["done"]
        assert {one["id"] for one in done} == versions.keys()
        versions = {entry_id: version + 1 for entry_id, version in versions.items()}
    again = manager.get("/api/v1/forms", params={"search": investigator, "state": "all"}).json()["entries"]
    assert {one["state"] for one in again if one["id"] in versions} == {"verified"}


def test_the_trail_is_filtered_paged_and_complete(browser, investigator):
    monitor = browser("manager")
    path = f"/api/v1/studies/{STUDY}/audit"
    seen, before = [], None
    while True:
        page = monitor.get(path, params={"before": before} if before else {}).json()
        seen += [event["id"] for event in page["events"]]
        before = page["next_before"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == page["n_chained"]
    of_patient = monitor.get(path, params={"subject": investigator, "kind": "form_entry"}).json()["events"]
    assert {(event["subject"], event["record"]) for event in of_patient} == {(investigator, "form_entry")}
    assert monitor.get(path, params={"subject": "XX-00-0000"}).json()["events"] == []
    assert monitor.get(path, params={"until": "2000-01-01"}).json()["events"] == []
    assert monitor.get("/api/v1/studies/OTHER/audit").status_code == 404


def test_an_administrator_follows_accounts_and_sites_and_nothing_of_a_patient(browser, investigator):
    admin = browser("admin")
    events = admin.get(f"/api/v1/studies/{STUDY}/account-trail").json()["events"]
    assert {event["record"] for event in events} <= {
        "account", "api_token", "ethics_approval", "role_grant", "site", "site_qualification", "study", "study_version",
    }  # fmt: skip
    assert events
    assert admin.get(f"/api/v1/studies/{STUDY}/account-trail", params={"kind": "form_entry"}).json()["events"] == []
    assert admin.get(f"/api/v1/studies/{STUDY}/audit").status_code == 403


def test_a_blinded_reader_learns_nothing_from_trail_history_and_errors(browser, investigator):
    reader = browser("reader")
    manager = browser("manager")
    base, _ = entry(manager, investigator)
    unknown = base.replace(base.split("/")[4], "00000000-0000-0000-0000-000000000000")
    for there, elsewhere in (
        (f"{base}/{FORM}/history", f"{unknown}/{FORM}/history"),
        (base, unknown),
        (f"/patients/{investigator}/forms/{FORM}/history", f"/patients/XX-00-0000/forms/{FORM}/history"),
        (f"/patients/{investigator}/forms", "/patients/XX-00-0000/forms"),
        (f"/audit?number={investigator}", "/audit?number=XX-00-0000"),
        (f"/audit/access?number={investigator}", "/audit/access?number=XX-00-0000"),
        (f"/audit/export.csv?number={investigator}", "/audit/export.csv?number=XX-00-0000"),
        (f"/api/v1/studies/{STUDY}/audit?subject={investigator}", "/api/v1/studies/NONE/audit?subject=XX-00-0000"),
        (f"/api/v1/studies/{STUDY}/access", "/api/v1/studies/NONE/access"),
    ):
        answers = reader.get(there), reader.get(elsewhere)
        assert answers[0].status_code in {403, 404}, there
        assert answers[0].status_code == answers[1].status_code, there
        assert answers[0].content == answers[1].content, there
        assert investigator not in answers[0].text


def test_the_export_holds_every_event_and_no_formula(browser, sample, investigator):
    with sample.database.transaction(actor="=cmd()", reason="=1+1") as session:
        session.execute(text("update study set name = '=2+2'"))
    manager = browser("manager")
    answer = manager.get(f"/api/v1/studies/{STUDY}/audit.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    with sample.database.engine.connect() as connection:
        assert len(rows) == connection.scalar(text("select count(*) from audit_event"))
    assert not [cell for row in rows for cell in row.values() if re.match(r"[=+\-@\t\r]", cell)]
    assert rows[-1]["reason"] == "'=1+1"
    kinds = [event["kind"] for event in manager.get(f"/api/v1/studies/{STUDY}/access").json()["events"]]
    assert "trail" in kinds


def test_verifying_finds_a_record_altered_under_its_signature(browser, sample, server, investigator):
    manager, signer = browser("manager"), browser("signer")
    base, known = entry(manager, investigator)
    verified = acted(manager, base, "verify", known["version"]).json()
    acted(signer, base, "signature", verified["version"], body={"password": PASSWORD, "meaning": "I agree"})
    path = f"/api/v1/studies/{STUDY}/audit/verification"
    whole = manager.post(path).json()
    assert (whole["holds"], whole["broken_signatures"]) == (True, [])
    owner = create_engine(server.url(role="postgres", database=sample.database.engine.url.database))
    with owner.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(
            text(
                """update form_entry set data = data || '{"resectability": "unresectable"}' where form_code = :form"""
            ),
            {"form": FORM},
        )
    owner.dispose()
    found = manager.post(path).json()
    assert found["holds"] is False
    assert [(one["subject"], one["form"]) for one in found["broken_signatures"]] == [(investigator, FORM)]
    assert "broken" in manager.post("/audit", headers={"accept": "text/html"}).text


def test_a_site_is_refused_the_trail_by_api_and_page(browser, investigator):
    signer = browser("signer")
    assert signer.get(f"/api/v1/studies/{STUDY}/audit").status_code == 403
    assert signer.get("/audit").status_code == 403


def test_the_audit_page_says_who_what_and_why_in_words(browser, investigator):
    manager = browser("manager")
    shown = manager.get(f"/audit?number={investigator}&kind=form_entry", headers={"accept": "text/html"})
    assert shown.status_code == 200
    assert "MDT decision" in shown.text
    assert f"/patients/{investigator}/forms/{FORM}/history" in shown.text
    wrong = manager.get("/audit?since=yesterday", headers={"accept": "text/html"})
    assert "YYYY-MM-DD" in wrong.text
    access = manager.get("/audit/access", headers={"accept": "text/html"})
    assert "signed in" in access.text


def test_every_kind_of_record_has_a_name_in_words():
    assert {table.rpartition(".")[2] for table in audit.AUDITED} <= set(WORDS)
