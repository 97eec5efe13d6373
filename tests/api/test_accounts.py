"""Accounts by API: roles with their times, locks, one-time passwords, tokens, and who may not do what to whom."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from casebook.actions.accounts import disable_account
from casebook.actions.grants import grant_role
from casebook.domain.actors import MAY, Actor, Grant, Role
from casebook.domain.errors import Refused
from casebook.store.tables import Account, LoginSession, RoleGrant, Study
from services.api.dependencies import SESSION_COOKIE
from tests.api.office import OPERATOR, OTHER_SITE, PASSWORD, SITE, STUDY, a_person, desks, furnish

NEW_PASSWORD = "another good password"


@pytest.fixture
def office(installation):
    """Browsers on an installation with a study and people; `office.database` to look behind."""
    furnish(installation.database)
    with desks(installation) as new:
        new.database = installation.database
        yield new


def hours(number: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=number)).isoformat()


def a_newcomer(admin, login="newcomer") -> str:
    """Make an account and return its one-time password."""
    answer = admin.post("/api/v1/accounts", json={"login": login, "display_name": "N. Newcomer"})
    assert answer.status_code == 201, answer.text
    return answer.json()["one_time_password"]


def granted(admin, login, role, site=None, **times):
    return admin.post(f"/api/v1/accounts/{login}/grants", json={"role": role, "study": STUDY, "site": site, **times})


def change(client, path, **change):
    return client.post(f"/api/v1/accounts/{path}", json=change)


def test_a_new_account_changes_its_one_time_password_before_anything_else(office):
    admin = office("admin")
    password = a_newcomer(admin)
    assert granted(admin, "newcomer", "monitor").status_code == 201
    newcomer = office("newcomer", password)
    for path in ("/api/v1/subjects", "/api/v1/cases", "/dicomweb/studies", "/api/v1/account/tokens"):
        answer = newcomer.request("POST" if path.endswith("tokens") else "GET", path, json={"label": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "password-must-change"), path
    assert newcomer.get("/api/v1/account").json()["password_must_change"] is True
    page = newcomer.get("/patients", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/account")
    assert newcomer.put("/api/v1/account/password", json={"old": password, "new": NEW_PASSWORD}).status_code == 204
    assert newcomer.get("/api/v1/subjects").status_code == 200
    assert office("newcomer", NEW_PASSWORD).get("/api/v1/account").json()["password_must_change"] is False


def test_logins_are_unique_whatever_their_spelling_and_the_name_of_a_disabled_one_is_not_given_again(office):
    admin = office("admin")
    a_newcomer(admin)
    assert change(admin, "newcomer/disable", reason="left").status_code == 204
    for login in ("newcomer", "NewComer", " ｎewcomer"):
        answer = admin.post("/api/v1/accounts", json={"login": login, "display_name": "Somebody else"})
        assert answer.status_code == 409, login
        assert answer.json()["errors"][0]["field"] == "login"


def test_a_login_signs_in_in_any_spelling(office):
    assert office("MANAGER ").get("/api/v1/session").json()["login"] == "manager"


def test_accounts_cannot_be_deleted(office):
    assert office("admin").delete("/api/v1/accounts/manager").status_code == 405
    with office.database.session() as session, pytest.raises(Exception, match="foreign key"):
        session.execute(text("select set_config('app.actor', 'tester', true)"))
        session.execute(text("delete from account where login = 'manager'"))


def test_a_role_counts_from_the_next_request_and_ends_with_the_next_request(office):
    admin = office("admin")
    password = a_newcomer(admin)
    newcomer = office("newcomer", password)
    newcomer.put("/api/v1/account/password", json={"old": password, "new": NEW_PASSWORD})
    assert newcomer.get("/api/v1/subjects").status_code == 403
    grants = granted(admin, "newcomer", "monitor").json()["grants"]
    assert newcomer.get("/api/v1/subjects").status_code == 200
    assert change(admin, f"newcomer/grants/{grants[0]['id']}/end", reason="task done").status_code == 204
    assert newcomer.get("/api/v1/subjects").status_code == 403


def test_a_grant_says_who_gave_it_from_when_until_when_and_who_ended_it(office):
    admin = office("admin")
    (grant,) = granted(admin, "manager", "statistician", valid_until=hours(48)).json()["grants"][:1]
    assert (grant["granted_by"], grant["state"], grant["ended_by"]) == ("admin", "current", None)
    assert change(admin, f"manager/grants/{grant['id']}/end", reason="on leave", ends_at=hours(5)).status_code == 204
    ended = next(one for one in admin.get("/api/v1/accounts/manager").json()["grants"] if one["id"] == grant["id"])
    assert (ended["state"], ended["ended_by"]) == ("current", "admin")
    events = admin.get("/api/v1/accounts/manager/history").json()["events"]
    newest = events[0]
    assert (newest["table"], newest["actor"], newest["reason"]) == ("role_grant", "admin", "on leave")


@pytest.mark.parametrize(
    ("login", "role", "site"),
    [("reader", "site-coordinator", SITE), ("coordinator", "adjudicator", None), ("manager", "administrator", None)],
)
def test_conflicting_roles_in_one_study_are_refused_now_and_in_future(office, login, role, site):
    admin = office("admin")
    assert granted(admin, login, role, site).status_code == 409
    answer = granted(admin, login, role, site, valid_from=hours(1000), valid_until=hours(2000))
    assert answer.status_code == 409
    assert "at the same time" in answer.json()["detail"]


def test_a_role_may_follow_a_conflicting_one_that_has_an_end(office):
    admin = office("admin")
    grant = admin.get("/api/v1/accounts/coordinator").json()["grants"][0]
    change(admin, f"coordinator/grants/{grant['id']}/end", reason="moves", ends_at=hours(24))
    assert granted(admin, "coordinator", "central-reader", valid_from=hours(23)).status_code == 409
    assert granted(admin, "coordinator", "central-reader", valid_from=hours(25)).status_code == 201


@pytest.mark.parametrize(
    ("role", "site", "field"),
    [("investigator", None, "site"), ("monitor", SITE, "site"), ("investigator", "XX-9", "site")],
)
def test_a_grant_names_a_site_of_the_study_exactly_for_site_roles(office, role, site, field):
    answer = granted(office("admin"), "manager", role, site)
    assert answer.status_code in {404, 422}
    assert answer.json()["errors"][0]["field"] == field


def test_an_administrator_gives_no_role_to_themselves(office):
    for role, site in (("data-manager", None), ("statistician", None), ("site-coordinator", SITE)):
        assert granted(office("admin"), "admin", role, site).status_code == 409


def test_an_administrator_cannot_edit_study_data(office):
    admin = office("admin")
    body = {"study": STUDY, "site": SITE, "road": "prospective", "registered_on": "2026-01-10"}
    assert admin.post("/api/v1/subjects", json=body).status_code == 403
    assert admin.get("/api/v1/subjects").status_code == 403


def test_the_last_administrator_is_neither_disabled_nor_loses_the_role(office):
    admin = office("admin")
    a_newcomer(admin, "second")
    granted(admin, "second", "administrator", valid_until=hours(100))
    with office.database.transaction(actor="tester") as session:
        grant = session.scalars(select(RoleGrant.id).join(Account).where(Account.login == "admin")).one()
        for act in (
            lambda: disable_account(session, OPERATOR, login="admin", reason="x", now=datetime.now(UTC)),
            lambda: end(session, grant),
        ):
            with pytest.raises(Refused, match="last administrator"):
                act()


def end(session, grant_id) -> None:
    from casebook.actions.grants import end_grant

    end_grant(session, OPERATOR, login="admin", grant_id=grant_id, ends_at=None, reason="x", now=datetime.now(UTC))


def test_nobody_disables_or_resets_their_own_account(office):
    admin = office("admin")
    assert change(admin, "admin/disable", reason="x").status_code == 409
    assert admin.post("/api/v1/accounts/admin/password").status_code == 409


def test_disabling_needs_a_reason_and_ends_sessions_and_tokens_at_once(office):
    admin, manager = office("admin"), office("manager")
    token = manager.post("/api/v1/account/tokens", json={"label": "nightly", "days": 3}).json()["token"]
    bearer = office()
    bearer.headers["Authorization"] = f"Bearer {token}"
    assert bearer.get("/api/v1/subjects").status_code == 200
    assert change(admin, "manager/disable", reason="  ").status_code == 422
    assert manager.get("/api/v1/subjects").status_code == 200
    assert change(admin, "manager/disable", reason="left the hospital").status_code == 204
    assert manager.get("/api/v1/subjects").status_code == 401
    assert bearer.get("/api/v1/subjects").status_code == 401
    assert office().post("/api/v1/session", json={"login": "manager", "password": PASSWORD}).status_code == 401
    assert change(admin, "manager/enable", reason="back").status_code == 204
    assert bearer.get("/api/v1/subjects").status_code == 401
    assert office("manager").get("/api/v1/subjects").status_code == 200
    reasons = [one["reason"] for one in admin.get("/api/v1/accounts/manager/history").json()["events"]]
    assert {"left the hospital", "back"} <= set(reasons)


def test_five_failures_lock_the_account_for_a_quarter_of_an_hour_and_an_administrator_unlocks_it(office):
    admin, stranger = office("admin"), office()
    for _ in range(5):
        stranger.post("/api/v1/session", json={"login": "reader", "password": "wrong"})
    found = admin.get("/api/v1/accounts", params={"state": "locked-out"}).json()["accounts"]
    assert [one["login"] for one in found] == ["reader"]
    until = datetime.fromisoformat(found[0]["locked_until"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < until <= timedelta(minutes=15)
    assert stranger.post("/api/v1/session", json={"login": "reader", "password": PASSWORD}).status_code == 401
    assert admin.post("/api/v1/accounts/reader/unlock").status_code == 204
    assert office("reader").get("/api/v1/session").status_code == 200


def test_a_lock_passes_by_itself(office):
    for _ in range(5):
        office().post("/api/v1/session", json={"login": "reader", "password": "wrong"})
    with office.database.transaction(actor="tester") as session:
        session.execute(update(Account).where(Account.login == "reader").values(locked_until=datetime.now(UTC)))
    assert office("reader").get("/api/v1/session").status_code == 200


def test_a_session_ends_without_requests_and_in_any_case(office):
    for column, past in (("last_seen_at", timedelta(minutes=21)), ("ends_at", timedelta())):
        manager = office("manager")
        assert manager.get("/api/v1/session").status_code == 200
        with office.database.transaction(actor="tester") as session:
            session.execute(update(LoginSession).values({column: datetime.now(UTC) - past}))
        assert manager.get("/api/v1/session").status_code == 401


def test_requests_keep_a_session_but_not_beyond_its_absolute_end(office):
    manager = office("manager")
    with office.database.transaction(actor="tester") as session:
        session.execute(update(LoginSession).values(last_seen_at=datetime.now(UTC) - timedelta(minutes=19)))
        begun = session.scalars(select(LoginSession.ends_at)).one()
    assert manager.get("/api/v1/session").status_code == 200
    with office.database.session() as session:
        found = session.scalars(select(LoginSession)).one()
        assert datetime.now(UTC) - found.last_seen_at < timedelta(minutes=1)
        assert found.ends_at == begun


def test_resetting_a_password_ends_sessions_and_the_old_password(office):
    admin, manager = office("admin"), office("manager")
    password = admin.post("/api/v1/accounts/manager/password").json()["one_time_password"]
    assert manager.get("/api/v1/session").status_code == 401
    assert office().post("/api/v1/session", json={"login": "manager", "password": PASSWORD}).status_code == 401
    assert office("manager", password).get("/api/v1/subjects").json()["code"] == "password-must-change"


def test_changing_ones_password_asks_the_old_one_counts_a_wrong_one_and_ends_other_sessions(office):
    here, elsewhere = office("manager"), office("manager")
    for _ in range(2):
        answer = here.put("/api/v1/account/password", json={"old": "wrong", "new": NEW_PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong-password")
    with office.database.session() as session:
        assert session.scalars(select(Account.n_failed_logins).where(Account.login == "manager")).one() == 2
    assert here.put("/api/v1/account/password", json={"old": PASSWORD, "new": "manager-manager"}).status_code == 422
    assert here.put("/api/v1/account/password", json={"old": PASSWORD, "new": PASSWORD}).status_code == 422
    assert here.put("/api/v1/account/password", json={"old": PASSWORD, "new": NEW_PASSWORD}).status_code == 204
    assert here.get("/api/v1/session").status_code == 200
    assert elsewhere.get("/api/v1/session").status_code == 401


def test_ones_own_sessions_are_listed_and_ended_one_by_one(office):
    here, elsewhere = office("manager"), office("manager")
    sessions = here.get("/api/v1/account").json()["sessions"]
    assert len(sessions) == 2
    assert elsewhere.cookies[SESSION_COOKIE] not in str(sessions)
    newest = sessions[0]["key"]
    assert here.delete(f"/api/v1/account/sessions/{newest}").status_code == 204
    assert elsewhere.get("/api/v1/session").status_code == 401
    assert here.delete(f"/api/v1/account/sessions/{newest}").status_code == 404


def test_ending_all_other_sessions_keeps_this_one_and_other_peoples(office):
    here, elsewhere, reader = office("manager"), office("manager"), office("reader")
    assert here.delete("/api/v1/account/sessions").status_code == 204
    assert [client.get("/api/v1/session").status_code for client in (here, elsewhere, reader)] == [200, 401, 200]


def test_nobody_ends_another_persons_session_or_token(office):
    manager, reader = office("manager"), office("reader")
    key = manager.get("/api/v1/account").json()["sessions"][0]["key"]
    manager.post("/api/v1/account/tokens", json={"label": "mine"})
    token_id = manager.get("/api/v1/account").json()["tokens"][0]["id"]
    assert reader.delete(f"/api/v1/account/sessions/{key}").status_code == 404
    assert reader.delete(f"/api/v1/account/tokens/{token_id}").status_code == 404
    assert manager.get("/api/v1/session").status_code == 200


def test_a_token_is_told_once_listed_without_itself_and_revoked(office):
    manager, bearer = office("manager"), office()
    token = manager.post("/api/v1/account/tokens", json={"label": "nightly upload", "days": 3}).json()["token"]
    bearer.headers["Authorization"] = f"Bearer {token}"
    whole = manager.get("/api/v1/account").json()
    assert [one["label"] for one in whole["tokens"]] == ["nightly upload"]
    assert token not in str(whole)
    assert bearer.get("/api/v1/subjects").status_code == 200
    assert manager.delete(f"/api/v1/account/tokens/{whole['tokens'][0]['id']}").status_code == 204
    assert bearer.get("/api/v1/subjects").status_code == 401


def test_an_administrator_ends_anothers_sessions_and_tokens(office):
    admin, manager, bearer = office("admin"), office("manager"), office()
    token = manager.post("/api/v1/account/tokens", json={"label": "nightly"}).json()["token"]
    bearer.headers["Authorization"] = f"Bearer {token}"
    token_id = admin.get("/api/v1/accounts/manager").json()["tokens"][0]["id"]
    assert admin.delete("/api/v1/accounts/manager/sessions").status_code == 204
    assert manager.get("/api/v1/session").status_code == 401
    assert admin.delete(f"/api/v1/accounts/manager/tokens/{token_id}").status_code == 204
    assert bearer.get("/api/v1/subjects").status_code == 401


def test_language_is_kept_with_the_account(office):
    manager = office("manager")
    assert manager.put("/api/v1/account/language", json={"language": "ja"}).status_code == 204
    assert manager.get("/api/v1/session").json()["language"] == "ja"


def test_the_list_finds_people_by_name_and_login_and_takes_signs_as_they_are(office):
    admin = office("admin")
    listed = lambda search: [  # noqa: E731
        one["login"] for one in admin.get("/api/v1/accounts", params={"search": search}).json()["accounts"]
    ]
    assert listed("") == ["admin", "coordinator", "manager", "reader"]
    assert listed("COORD") == ["coordinator"]
    assert listed("%") == listed("_") == []


def test_the_list_says_when_somebody_signed_in_last(office):
    office("manager").delete("/api/v1/session")
    people = {one["login"]: one for one in office("admin").get("/api/v1/accounts").json()["accounts"]}
    assert people["manager"]["last_sign_in_at"] is not None
    assert people["reader"]["last_sign_in_at"] is None


def test_the_table_of_roles_is_the_one_the_program_obeys(office):
    found = office("admin").get("/api/v1/roles").json()["roles"]
    assert {one["role"]: set(one["actions"]) for one in found} == {role: MAY[role] for role in Role}


def test_the_history_never_holds_a_password_or_token(office):
    admin = office("admin")
    password = a_newcomer(admin)
    office("newcomer", password).put("/api/v1/account/password", json={"old": password, "new": NEW_PASSWORD})
    said = admin.get("/api/v1/accounts/newcomer/history").text
    assert "argon2" not in said
    assert password not in said
    assert "password_hash" in said


def other_study(session, *people) -> Actor:
    """Open a second study, whose administrator is somebody else, with people in it."""
    session.add(Study(code="OTHER", name="Another study"))
    session.flush()
    actor = Actor("console:other", "other", (Grant(Role.ADMINISTRATOR, "OTHER"),))
    for login in people:
        grant_role(
            session, actor, login=login, role=Role.MONITOR, study_code="OTHER", site_code=None, now=datetime.now(UTC)
        )
    return actor


def test_people_of_other_studies_do_not_exist_for_an_administrator(office):
    with office.database.transaction(actor="tester") as session:
        a_person(session, "stranger")
        other_study(session, "stranger")
    admin = office("admin")
    assert "stranger" not in admin.get("/api/v1/accounts").text
    unknown = admin.get("/api/v1/accounts/nobody-at-all")
    assert admin.get("/api/v1/accounts/stranger").status_code == unknown.status_code == 404
    assert change(admin, "stranger/disable", reason="x").status_code == 404
    assert granted(admin, "stranger", "monitor").status_code == 201


def test_who_also_works_in_another_study_is_not_disabled_or_reset_by_one_of_the_two(office):
    with office.database.transaction(actor="tester") as session:
        other_study(session, "manager")
    admin = office("admin")
    for path, body in (("disable", {"reason": "x"}), ("password", None), ("unlock", None)):
        answer = admin.post(f"/api/v1/accounts/manager/{path}", json=body)
        assert answer.status_code == 403, path
    shown = admin.get("/api/v1/accounts/manager").json()
    assert {grant["study"] for grant in shown["grants"]} == {STUDY}
    assert admin.post("/api/v1/accounts/manager/grants", json={"role": "monitor", "study": "OTHER"}).status_code == 403


def at_once(*acts) -> list[Refused | IntegrityError | None]:
    """Do acts in threads that start together; tell what each was refused for."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        gate.wait()
        try:
            act()
        except (Refused, IntegrityError) as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_of_two_conflicting_grants_at_once_exactly_one_wins(office):
    for number in range(6):
        login = f"racer-{number}"
        with office.database.transaction(actor="tester") as session:
            a_person(session, login)

        def grant(role, site, login=login):
            with office.database.transaction(actor="tester") as session:
                now = datetime.now(UTC)
                grant_role(session, OPERATOR, login=login, role=role, study_code=STUDY, site_code=site, now=now)

        outcomes = at_once(lambda: grant(Role.CENTRAL_READER, None), lambda: grant(Role.SITE_RADIOLOGIST, OTHER_SITE))
        assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "Refused"]
        with office.database.session() as session:
            held = session.scalars(select(RoleGrant.role).join(Account).where(Account.login == login)).all()
        assert len(held) == 1


def test_of_two_administrators_who_disable_each_other_one_stays(office):
    with office.database.transaction(actor="tester") as session:
        a_person(session, "second")
        now = datetime.now(UTC)
        grant_role(
            session, OPERATOR, login="second", role=Role.ADMINISTRATOR, study_code=STUDY, site_code=None, now=now
        )

    def disable(login):
        with office.database.transaction(actor="tester") as session:
            disable_account(session, OPERATOR, login=login, reason="a quarrel", now=datetime.now(UTC))

    outcomes = at_once(lambda: disable("admin"), lambda: disable("second"))
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "Refused"]


def test_of_two_same_logins_made_at_once_exactly_one_is_made(office):
    def make():
        with office.database.transaction(actor="tester") as session:
            a_person(session, "twin")

    outcomes = at_once(make, make, make)
    assert sum(one is None for one in outcomes) == 1
    with office.database.session() as session:
        assert len(session.scalars(select(Account.id).where(Account.login == "twin")).all()) == 1
