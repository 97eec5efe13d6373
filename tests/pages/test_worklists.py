"""What there is for each role to do, as a page and by API."""

import re

import pytest
from sqlalchemy import event

from casebook.actions.progress import refresh_outdated
from casebook.actions.worklists import work_of
from casebook.domain.actors import Actor, Grant, Role
from casebook.store import accounts
from casebook.store.accounts import SignedIn
from casebook.store.tables import FormEntry, Lesion
from services.api.pages.navigation import links_for
from services.api.task_paths import path_of
from tests.domain.builders import dream
from tests.pages import hospital
from tests.pages.reading import section, words

HERE = f"{hospital.SITE}-0001"
MOST_LINKS = 10


def groups(browsers, login) -> dict[str, dict]:
    answer = browsers(login).get("/api/v1/worklist", headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return {group["code"]: group for group in answer.json()["groups"]}


@pytest.mark.parametrize("login", ["coordinator", "radiologist", "manager", "statistician", "monitor", "admin"])
def test_everybody_who_is_not_blinded_arrives_at_the_work_that_waits(browsers, login):
    assert browsers(login).get("/").headers["location"] == "/work"
    assert browsers(login).get("/work").status_code == 200


@pytest.mark.parametrize("login", ["reader", "adjudicator"])
def test_blinded_roles_do_not_know_of_it(browsers, login):
    assert browsers(login).get("/work").status_code == 404
    answer = browsers(login).get("/api/v1/worklist", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert HERE not in answer.text


def test_a_coordinator_sees_what_is_late_first_and_only_of_the_own_site(browsers):
    found = browsers("coordinator").get("/work").text
    numbers = re.findall(r"/patients/(\w\w-\d\d)-\d{4}", section(found, "Overdue"))
    assert set(numbers) == {hospital.SITE}
    assert hospital.OTHER_SITE not in words(found)
    assert next(code for code in groups(browsers, "coordinator") if code != "queries") == "overdue"
    behind = words(browsers("coordinator").get(f"/patients?state=overdue&search={HERE}").text)
    assert "ADC missing" in behind


def test_a_radiologist_is_shown_images_to_read_and_no_form(browsers):
    found = groups(browsers, "radiologist")
    paths = [task["path"] for task in found["reads"]["tasks"]]
    assert paths
    assert all(re.fullmatch(rf"/patients/{hospital.SITE}-\d{{4}}/reads/\w+", path) for path in paths)
    assert not {"overdue", "due", "drafts", "warnings", "verify", "sign"} & found.keys()
    assert "/forms/" not in str(found)


def test_a_data_manager_sees_forms_to_verify_held_files_and_late_sites(browsers):
    found = groups(browsers, "manager")
    assert found["verify"]["n_total"] >= 8
    assert found["quarantine"]["tasks"][0]["subject"] == HERE
    late = {task["what"]["en"]: task for task in found["late-sites"]["tasks"]}
    assert late[f"{hospital.SITE} Chiba Cancer Center"]["path"] == f"/patients?site={hospital.SITE}&state=overdue"


def test_a_monitor_sees_how_far_verification_is(browsers):
    task = groups(browsers, "monitor")["verification"]["tasks"][0]
    n_verified, n_entries = re.fullmatch(r"(\d+) of (\d+) forms verified", task["detail"]["en"]).groups()
    assert int(n_verified) < int(n_entries)


def test_a_statistician_sees_the_state_of_the_endpoint_with_the_lesions_behind_each_number(browsers):
    tasks = groups(browsers, "statistician")["endpoint"]["tasks"]
    assert {task["path"] for task in tasks} == {
        "/lesions?cdlm=yes&outcome=non-viable",
        "/lesions?cdlm=yes&outcome=pending",
    }
    assert "1 lesion" in words(browsers("statistician").get(tasks[0]["path"]).text)


def test_an_administrator_sees_accounts_and_sites_and_no_patient(browsers):
    said = browsers("admin").get("/work").text
    assert "Sites not active" in words(said)
    assert HERE not in said


def test_every_line_leads_to_a_page_that_opens(browsers):
    for login in ("coordinator", "radiologist", "manager", "statistician", "monitor"):
        for group in groups(browsers, login).values():
            for task in group["tasks"]:
                if not task["path"].startswith("/sites/"):
                    assert browsers(login).get(task["path"]).status_code == 200, (login, task["path"])


@pytest.mark.parametrize("role", sorted(Role))
def test_the_top_bar_holds_no_more_than_fits(role):
    site = hospital.SITE if role.is_site_role else None
    links = links_for(Actor("a", "A", (Grant(role, hospital.STUDY, site),)), n_held=3)
    assert len(links) <= MOST_LINKS
    assert (links[0].path == "/work") is not role.is_blinded


def an_account(session, role: Role) -> SignedIn:
    site = hospital.SITE if role.is_site_role else None
    actor = Actor("x", "X", (Grant(role, hospital.STUDY, site),))
    return SignedIn(accounts.by_login(session, "manager").id, actor, "en", None)


@pytest.mark.parametrize("role", [Role.SITE_RADIOLOGIST, Role.INVESTIGATOR])
def test_a_baseline_list_that_is_not_locked_waits_to_be_agreed(session, role):
    hospital.open_registry(session)
    subject = hospital.a_patient(session)
    for number in (1, 2):
        session.add(Lesion(subject_id=subject.id, label=f"L{number}", segment="V"))
    session.flush()
    found = {group.code: group for group in work_of(session, an_account(session, role), now=hospital.NOW)}
    (task,) = found["baseline-lists"].tasks
    assert task.what.en == "list of 2 lesions"
    assert path_of(task.target) == f"/patients/{subject.number}/lesions"


def test_an_investigator_is_asked_to_sign_what_was_verified_and_nothing_else(session):
    hospital.open_registry(session)
    hospital.a_full_course(session)
    rows = session.query(FormEntry).filter(FormEntry.form_code.in_(("surgery", "mdt-decision"))).all()
    for row in rows:
        row.state = "verified"
    session.flush()
    found = {group.code: group for group in work_of(session, an_account(session, Role.INVESTIGATOR), now=hospital.NOW)}
    asked = {task.target.form for task in found["sign"].tasks}
    assert asked == {form.code for form in dream().forms if form.needs_signature} & {"surgery", "mdt-decision"}
    assert found["sign"].n_total == len(asked)


@pytest.mark.parametrize("role", sorted(Role))
def test_the_number_of_queries_is_the_same_for_5_and_for_50_patients(session, role):
    if role.is_blinded:
        pytest.skip("blinded roles have no such list")
    hospital.open_registry(session)
    who = an_account(session, role)
    counts = []
    for n in (5, 45):
        for _ in range(n):
            hospital.a_patient(session)
        refresh_outdated(session)
        counts.append(_statements(session, who))
    assert counts[0] == counts[1]


def _statements(session, who) -> int:
    sent: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    work_of(session, who, now=hospital.NOW)
    event.remove(connection, "before_cursor_execute", note)
    return len(sent)
