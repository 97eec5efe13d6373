"""Who may do what, over every route: the table of roles, asked through the whole application."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from casebook.actions.accounts import add_account, make_token
from casebook.actions.grants import grant_role
from casebook.actions.reading_report import store_report
from casebook.domain.actors import MAY, SITE_ROLES, Role
from casebook.store import assignments, images, received
from casebook.store.tables import (
    Account,
    Adjudication,
    ApiToken,
    DataCut,
    EthicsApproval,
    Finding,
    Lesion,
    Reading,
    ReadingAssignment,
    Series,
    Site,
    SiteQualification,
    Subject,
    Timepoint,
)
from services.api.app import create_app
from services.command.demo import PASSWORD, STUDY
from services.command.machine import operator
from tests.actions import cut_builders
from tests.api.adjudicating import CASE, settled
from tests.api.routes import MOUNTED, OF_ANY_ROLE, PUBLIC, Route, mounts, routes, unconnected
from tests.conftest import SAMPLE, _copied, _installation

SOMEBODY = "matrix-somebody"
"""An account without a role, for administrators to act on."""
OWN_SITE, OTHER_SITE = "BE-02", "JP-03"
APP = unconnected()
ROUTES = [route for route in routes(APP) if route.actions]
MULTIPART = b"--x\r\nContent-Type: application/dicom\r\n\r\nnothing\r\n--x--\r\n"
LIST = "lesion,segment,x_mm,y_mm,z_mm,series_uid\nL1,V,0,0,0,1.2.3\n"
VERSION = {"If-Match": '"0"'}
OBJECTS = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=x'}
A_FILE = {"files": [{"name": "a.dcm", "n_bytes": 1}]}
A_PIECE = {"content": b"x", "params": {"offset": 0}, "headers": {"X-Piece-SHA256": sha256(b"x").hexdigest()}}
SENDERS = (Role.SITE_COORDINATOR, Role.SITE_RADIOLOGIST, Role.DATA_MANAGER)
"""Roles that send images; each has an upload of its own."""
LESION = {"label": "L9", "segment": "V", "series_uid": "2.25.1", "position_mm": [0, 0, 0]}
LESION_EVENT = {"kind": "new", "timepoint": "preoperative", "happened_on": "2026-01-01", "reason": "seen"}
SUBJECT = {"study": STUDY, "site": OWN_SITE, "road": "prospective", "registered_on": "2020-01-01", "answers": {}}
SENDER = {"calling_ae_title": "M", "called_ae_title": "CASEBOOK", "description": "a machine"}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "^/api/v1/.*/senders$"): {"json": SENDER},
    ("PUT", "^/api/v1/.*/senders/{sender_id}$"): {"json": SENDER, "headers": VERSION},
    ("POST", "^/api/v1/.*/senders/{sender_id}/"): {"headers": VERSION},
    ("POST", "^/dicomweb/"): {"content": MULTIPART, "headers": OBJECTS},
    ("POST", "/lesion-list$"): {"content": LIST},
    ("POST", "/uploads/{upload_id}/files$"): {"json": A_FILE},
    ("PUT", "/uploads/{upload_id}/files/{file_id}$"): A_PIECE,
    ("POST", "{subject_id}/lesions$"): {"json": {"segment": "V"}},
    ("POST", "/lesions$"): {"json": LESION},
    ("POST", "/second-registration$"): {"json": {"registered_on": "2020-01-01", "answers": {}}},
    ("PUT", "/lesions/{lesion_id}$"): {"json": {"segment": "V"}, "headers": VERSION},
    ("POST", "/lesions/{lesion_id}/void$"): {"json": {"reason": "a cyst"}, "headers": VERSION},
    ("POST", "/baseline-list/lock$"): {"json": {"password": "a password"}, "headers": VERSION},
    ("POST", "/baseline-list/unlock$"): {"json": {"reason": "one was missed"}, "headers": VERSION},
    ("POST", "/lesion-events$"): {"json": LESION_EVENT},
    ("POST", "/sign$"): {"json": {"password": "a password", "meaning": "read"}, "headers": VERSION},
    ("POST", "/forms/{form}/signature$"): {
        "json": {"password": "a password", "meaning": "I agree"},
        "headers": VERSION,
    },
    ("POST", "/forms/{form}/(verify|withdraw-verification|freeze|unfreeze|lock|unlock)$"): {
        "json": {},
        "headers": VERSION,
    },
    ("POST", "/steps/{step}/lock$"): {"headers": VERSION},
    ("POST", "/cases/.*/reopen$"): {"json": {"reason": "a mistake"}},
    ("DELETE", "/new-lesions/"): {"headers": VERSION},
    ("DELETE", "/key-images/"): {"headers": VERSION},
    ("PUT", "/findings/"): {"json": {"visibility": "not-visible"}, "headers": VERSION},
    ("DELETE", "/findings/"): {"headers": VERSION},
    ("PUT", "/corrections/"): {
        "json": {"pairs": [{"from_mm": [1.0, 2.0, 3.0], "to_mm": [1.0, 2.0, 3.0]}]},
        "headers": VERSION,
    },
    ("DELETE", "/corrections/"): {"headers": VERSION},
    ("PUT", "/forms/{form}$"): {"json": {"data": {}}},
    ("POST", "/series/{series_id}/verdicts$"): {"json": {"verdict": "accept"}},
    ("POST", "/timepoints/{timepoint}/series/confirm$"): {"json": {"confidence": 0.99}},
    ("POST", "/quarantine/{item_id}/header$"): {"json": {"reason": "which patient?"}},
    ("POST", "/quarantine/{item_id}/decision$"): {
        "json": {"decision": "release", "objection": "another", "reason": "looked at"}
    },
    ("POST", "/queries/{query}/"): {"json": {"said": "a word"}, "headers": VERSION},
    ("POST", "/reminders/contacts$"): {"json": {"site": OWN_SITE, "address": "crc@hospital.example"}},
}
UID_ROUTES_THAT_SEARCH = re.compile(
    r"^/dicomweb/studies/\{study_uid\}/(series|instances|series/\{series_uid\}/instances)$"
)

READING_ROUTES = re.compile(
    r"^(PUT|DELETE) .*/(findings|corrections|new-lesions|key-images)/|^POST .*/(sign|steps/{step}/lock|cases/.*/reopen)$"
)
READERS = {Role.SITE_RADIOLOGIST, Role.CENTRAL_READER}


@dataclass(frozen=True)
class World:
    """A running application, a bearer token of every role, and what two sites have."""

    client: TestClient
    tokens: dict[Role, str]
    own: dict[str, str]
    other: dict[str, str]
    cases: dict[Role, str]
    """What blinded roles know the own site's case by."""

    def ask(self, route: Route, names: dict[str, str], role: Role | None, **parts: Any):
        names = names | ({"case_id": self.cases[role]} if role in self.cases else {}) | own_upload(names, role)
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        path = re.sub(r"\{(\w+)(:path)?\}", lambda match: names[match[1]], route.path)
        if route.method == "POST" and route.path in {"/dicomweb/studies", "/dicomweb/studies/{study_uid}"}:
            parts["params"] = {"subject": names["number"], "timepoint": "baseline"}
        return self.client.request(route.method, path, headers=headers | parts.pop("headers", {}), **parts)


@pytest.fixture(scope="module")
def world(sample_dir, server, owner, worker_id) -> Iterator[World]:
    name = f"matrix_{worker_id}"
    database = _copied(owner, server, name, SAMPLE)
    installation = _installation(database, sample_dir)
    actor, now = operator(STUDY), datetime.now(UTC)
    with database.transaction(actor="test") as session:
        tokens = {}
        for role in Role:
            login = f"matrix-{role}"
            add_account(session, actor, login=login, display_name=login, password=PASSWORD)
            site = OWN_SITE if role.is_site_role else None
            grant_role(session, actor, login=login, role=role, study_code=STUDY, site_code=site, now=now)
            session.flush()
            tokens[role] = make_token(session, actor, login=login, label="matrix", days=1, now=now)
        add_account(session, actor, login=SOMEBODY, display_name="Somebody", password=PASSWORD)
        make_token(session, actor, login=SOMEBODY, label="matrix", days=1, now=now)
    with TestClient(create_app(installation), raise_server_exceptions=False, follow_redirects=False) as client:
        manager = {"Authorization": f"Bearer {tokens[Role.DATA_MANAGER]}"}
        own, other = (things(client, installation, manager, actor, site) for site in (OWN_SITE, OTHER_SITE))
        own |= {name: value for role in SENDERS for name, value in an_upload(client, tokens[role], own, role).items()}
        other |= an_upload(client, tokens[Role.DATA_MANAGER], other, None)
        yield World(client, tokens, own, other, cases_of_readers(installation))
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


def cases_of_readers(installation) -> dict[Role, str]:
    """Give the own site's case to the reader and the adjudicator of this matrix, with all its images."""
    found = {}
    with installation.database.transaction(actor="test", reason="a test") as session:
        subject = session.scalars(select(Subject).where(Subject.number == CASE)).one()
        timepoints = session.scalars(select(Timepoint.id).where(Timepoint.subject_id == subject.id)).all()
        for role, place in ((Role.CENTRAL_READER, "first"), (Role.ADJUDICATOR, "second")):
            account = session.scalars(select(Account).where(Account.login == f"matrix-{role}")).one()
            given = assignments.give(
                session,
                subject,
                account_id=account.id,
                place=place,
                read_round=9,
                code=f"R-{place}",
                order_key="0",
                opens_on=datetime.now(UTC).date(),
                now=datetime.now(UTC),
            )
            assignments.open_only(session, given.id, dict.fromkeys(timepoints))
            found[role] = str(given.id)
    return found


def an_upload(client, token: str, names: dict[str, str], role: Role | None) -> dict[str, str]:
    """An upload of the role's own account with one file: others do not even learn that it is there."""
    bearer = {"Authorization": f"Bearer {token}"}
    body = {"subject": names["subject"], "timepoint": "baseline"}
    upload = client.post("/api/v1/uploads", json=body, headers=bearer).json()["id"]
    sent = client.post(f"/api/v1/uploads/{upload}/files", json=A_FILE, headers=bearer).json()["files"]
    own = f"of {role}: " if role else ""
    return {f"{own}upload_id": upload, f"{own}file_id": str(sent[0]["id"])}


def own_upload(names: dict[str, str], role: Role | None) -> dict[str, str]:
    """What an account with this role calls its upload; one of another account for who sends nothing."""
    role = role if role in SENDERS else Role.DATA_MANAGER
    found = {name: names.get(f"of {role}: {name}", names.get(name)) for name in ("upload_id", "file_id")}
    return {name: value for name, value in found.items() if value is not None}


def a_reported_read(installation, number: str) -> str:
    """The id of a signed read of a subject's last images, with its report."""
    now = datetime.now(UTC)
    with installation.database.transaction(actor="test") as session:
        timepoint = session.scalars(
            select(Timepoint).join(Subject).where(Subject.number == number, Timepoint.code == "preoperative")
        ).one()
        account = session.scalars(select(Account).where(Account.login == SOMEBODY)).one()
        reading = Reading(
            timepoint_id=timepoint.id, account_id=account.id, kind="site", state="signed", version=1, signed_at=now
        )
        session.add(reading)
        session.flush()
        lesion_id = session.scalars(select(Lesion.id).where(Lesion.subject_id == timepoint.subject_id)).first()
        session.add(Finding(reading_id=reading.id, lesion_id=lesion_id, sequence="ct", visibility="not-visible"))
        session.flush()
        store_report(session, installation.archive, reading, key=installation.settings.key, now=now)
        return str(reading.id)


def an_adjudication(installation) -> str:
    """The id of the one adjudication, given to the adjudicator of this matrix."""
    with installation.database.transaction(actor="test", reason="a test") as session:
        row = session.scalars(select(Adjudication)).one_or_none()
        if row is None:
            subject = session.scalars(select(Subject).where(Subject.number == CASE)).one()
            row = settled(session, subject)
        assignment = session.get_one(ReadingAssignment, row.assignment_id)
        account = select(Account.id).where(Account.login == f"matrix-{Role.ADJUDICATOR}")
        assignment.account_id = session.scalars(account).one()
        return str(row.id)


def a_sender(client, manager, site: str) -> str:
    """The id of a machine of a site that sends by DICOM."""
    path = f"/api/v1/studies/{STUDY}/sites/{site}/senders"
    return client.post(path, json=SENDER | {"calling_ae_title": f"M_{site}"}, headers=manager).json()["id"]


def an_announcement(client, manager, sender_id: str, number: str) -> str:
    """The id of a delivery announced for a machine."""
    body = {"sender_id": sender_id, "subject": number, "timepoint": "preoperative"}
    return client.post("/api/v1/dicom-deliveries", json=body, headers=manager).json()["id"]


def a_query(client, manager, number: str) -> str:
    """The number of a query about the images of a patient."""
    body = {"questions": [{"subject": number, "timepoint": "baseline", "question": "Which scanner?"}]}
    return str(client.post("/api/v1/queries", json=body, headers=manager).json()["queries"][0]["number"])


def a_held_file(installation, subject_id: str) -> str:
    """The id of a held file of a patient."""
    with installation.database.transaction(actor="test") as session:
        timepoint_id = session.scalars(select(Timepoint.id).where(Timepoint.subject_id == UUID(subject_id))).first()
        item_id = images.hold(
            session,
            timepoint_id=timepoint_id,
            sha256=b"h" * 32,
            values={"n_bytes": 2, "file_key": "no/where", "reason_code": "colour-image", "message": "Look at it."},
        )
        return str(item_id)


def a_contact(client, manager, site: str) -> str:
    """The id of a contact of a site."""
    body = {"site": site, "address": "crc@hospital.example"}
    return client.post(f"/api/v1/studies/{STUDY}/reminders/contacts", json=body, headers=manager).json()["id"]


def things(client, installation, manager, actor, site) -> dict[str, str]:
    """What the routes' placeholders stand for at one site."""
    database = installation.database
    rows = client.get("/api/v1/cases", headers=manager).json()["cases"]
    row = next(row for row in rows if row["case_code"].startswith(site) and row["timepoint"] == "preoperative")
    case = client.get(f"/api/v1/cases/{row['case_id']}/preoperative", headers=manager).json()
    series = next(one for one in case["series"] if one["timepoint"] == "preoperative")
    path = f"/dicomweb/studies/{series['study_uid']}/series/{series['series_uid']}/instances"
    instance = client.get(path, headers=manager).json()[0]
    with database.session() as session:
        token_id = session.scalars(select(ApiToken.id).join(Account).where(Account.login == SOMEBODY)).one()
        series_id = session.scalars(select(Series.id).where(Series.series_uid == series["series_uid"])).one()
        assignment_id = session.scalars(select(ReadingAssignment.id).limit(1)).one()
        approval = session.scalars(select(EthicsApproval).join(Site).where(Site.code == site)).first()
        qualification = session.scalars(select(SiteQualification).join(Site).where(Site.code == site)).first()
        submission = next(
            found.number for found in received.submissions(session, actor) if found.subject_number == row["case_code"]
        )
    sender_id = a_sender(client, manager, site)
    letter = f"/api/v1/studies/{STUDY}/sites/{site}/approvals/{approval.id}/letter"
    client.put(letter, content=b"%PDF-1.7", headers=manager | {"If-Match": f'"{approval.version}"'})
    return {
        "subject_id": row["case_id"],
        "case_id": row["case_id"],
        "timepoint": "preoperative",
        "lesion_id": case["lesions"][0]["id"],
        "judged": "ct",
        "step": "ct",
        "label": "L1",
        "number": row["case_code"],
        "subject": row["case_code"],
        "series_id": str(series_id),
        "form": "mdt-decision",
        "study": STUDY,
        "site": site,
        "sender_id": sender_id,
        "delivery_id": an_announcement(client, manager, sender_id, row["case_code"]),
        "approval_id": str(approval.id),
        "qualification_id": str(qualification.id),
        "study_uid": series["study_uid"],
        "series_uid": series["series_uid"],
        "from_series_uid": series["series_uid"],
        "to_series_uid": next(one["series_uid"] for one in case["series"] if one["series_uid"] != series["series_uid"]),
        "sop_uid": instance["00080018"]["Value"][0],
        "sop_instance_uid": instance["00080018"]["Value"][0],
        "frame": "1",
        "frame_list": "1",
        "path": "00280010",
        "submission": str(submission),
        "login": SOMEBODY,
        "reader": f"matrix-{Role.CENTRAL_READER}",
        "assignment_id": str(assignment_id),
        "item_id": a_held_file(installation, row["case_id"]),
        "reading_id": a_reported_read(installation, row["case_code"]),
        "adjudication_id": an_adjudication(installation),
        "query": a_query(client, manager, row["case_code"]),
        "contact_id": a_contact(client, manager, site),
        "grant_id": str(uuid4()),
        "token_id": str(token_id),
        "cut_id": a_cut(installation),
        "file": "manifest.json",
    }


def a_cut(installation) -> str:
    """The id of the one data cut."""
    with installation.database.session() as session:
        found = session.scalars(select(DataCut.id)).first()
    return str(found or cut_builders.a_cut(installation).id)


def named(route: Route, names: dict[str, str]) -> dict[str, str]:
    if route.path.startswith("/submissions"):
        return names | {"number": names["submission"]}
    return names | ({"label": "N1"} if "/new-lesions/" in route.path else {})


def unknown(names: dict[str, str]) -> dict[str, str]:
    """Names that nothing has."""
    return names | {
        "subject_id": str(uuid4()),
        "case_id": str(uuid4()),
        "lesion_id": str(uuid4()),
        "item_id": str(uuid4()),
        "upload_id": str(uuid4()),
        "file_id": "999999",
        "reading_id": str(uuid4()),
        "adjudication_id": str(uuid4()),
        "series_id": str(uuid4()),
        "number": "BE-99-9999",
        "subject": "BE-99-9999",
        "study_uid": "2.25.1",
        "series_uid": "2.25.2",
        "from_series_uid": "2.25.2",
        "to_series_uid": "2.25.4",
        "sop_uid": "2.25.3",
        "submission": "999999",
        "query": "999999",
        "site": "XX-99",
        "sender_id": str(uuid4()),
        "delivery_id": str(uuid4()),
        "approval_id": str(uuid4()),
        "qualification_id": str(uuid4()),
    }


def whole_body(route: Route, names: dict[str, str]) -> dict[str, Any]:
    """A body that gets past the reading of the request, so that the answer is about the thing it names."""
    image = {name: names[name] for name in ("series_uid", "sop_instance_uid")}
    if route.method == "PUT" and "/key-images/" in route.path:
        return {"json": image, "headers": VERSION}
    if route.method == "PUT" and "/new-lesions/" in route.path:
        seen = {"segment": "V", "diameter_mm": "7.0", "sequence": "ct", "position_mm": [0, 0, 0]}
        return {"json": image | seen, "headers": VERSION}
    return next(
        (
            parts
            for (method, ending), parts in BODIES.items()
            if route.method == method and re.search(ending, route.path)
        ),
        {},
    )


def verdict(status: int) -> str:
    known = {401: "not signed in", 403: "forbidden", 404: "not found"}
    return known.get(status, "answered" if status < 500 else f"failed with {status}")


def expected(route: Route, role: Role) -> str:
    if route.actions <= MAY[role]:
        return "answered"
    return "not found" if route.is_page and role.is_blinded else "forbidden"


def test_every_route_declares_its_action_or_is_listed_as_open():
    found = {route.key for route in routes(APP) if not route.actions}
    assert found == PUBLIC | OF_ANY_ROLE
    assert mounts(APP) == MOUNTED


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_who_is_not_signed_in_is_told_so_whatever_is_asked(world, route):
    assert world.ask(route, named(route, world.own), None).status_code == 401


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_role_may_do_exactly_what_the_table_says(world, route):
    names = named(route, world.own)
    found = {role: verdict(world.ask(route, names, role).status_code) for role in Role}
    assert found == {role: expected(route, role) for role in Role}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.names_a_thing], ids=str)
def test_another_sites_thing_is_answered_as_one_that_does_not_exist(world, route):
    may = {role for role in SITE_ROLES if route.actions <= MAY[role]}
    if READING_ROUTES.search(str(route)):
        may &= READERS
    for role in may:
        body = whole_body(route, world.other)
        answers = [world.ask(route, named(route, names), role, **body) for names in (world.other, unknown(world.other))]
        is_search = route.method == "GET" and UID_ROUTES_THAT_SEARCH.match(route.path)
        assert [answer.status_code for answer in answers] == [204 if is_search else 404] * 2, role
        assert answers[0].content == answers[1].content, role


@pytest.mark.parametrize("role", sorted(SITE_ROLES))
def test_a_site_lists_only_its_own(world, role):
    bearer = {"Authorization": f"Bearer {world.tokens[role]}"}
    for path in (
        "/api/v1/subjects",
        "/api/v1/cases",
        "/api/v1/queries",
        "/queries",
        "/dicomweb/studies",
        "/dicomweb/series",
        "/patients",
        "/submissions",
        "/registrations",
        f"/api/v1/studies/{STUDY}/sites",
        f"/api/v1/studies/{STUDY}/registrations",
        f"/api/v1/studies/{STUDY}/accrual",
    ):
        said = world.client.get(path, headers=bearer).text
        assert OWN_SITE in said, path
        assert OTHER_SITE not in said, path


def test_nobody_registers_a_patient_at_another_site(world):
    bearer = {"Authorization": f"Bearer {world.tokens[Role.SITE_COORDINATOR]}"}
    body = {**SUBJECT, "site": OTHER_SITE}
    assert world.client.post("/api/v1/subjects", json=body, headers=bearer).status_code in {403, 404}


@pytest.mark.parametrize("route", [route for route in ROUTES if READING_ROUTES.search(str(route))], ids=str)
def test_only_those_who_read_images_may_record_sign_or_take_back(world, route):
    found = {
        role: verdict(world.ask(route, named(route, world.own), role, **whole_body(route, world.own)).status_code)
        for role in Role
    }
    assert found == {role: "answered" if role in READERS else "forbidden" for role in Role}


@pytest.mark.parametrize("route", sorted(OF_ANY_ROLE), ids=" ".join)
def test_what_is_about_oneself_asks_for_a_session(world, route):
    assert world.client.request(*route).status_code == 401
