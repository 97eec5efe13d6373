"""The running application with a seeded study: who asks, and the names of what really exists."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydicom import dcmread
from sqlalchemy import text
from sqlalchemy.orm import Session

from casebook.actions.accounts import add_account, make_token
from casebook.actions.grants import grant_role
from casebook.domain.actors import MAY, Action, Role
from casebook.store.database import Database
from casebook.store.sessions import KEY_CHARACTERS
from services.api.app import create_app
from services.api.schemas.registry import SubjectIn
from services.api.schemas.reminders import ContactIn
from services.api.schemas.sent import Sent
from services.api.schemas.sites import ApprovalIn, ClosingIn, QualificationIn
from services.command.demo import PASSWORD, ROOT, STUDY
from services.command.machine import operator
from tests.actions.quarantine_builders import burned_in
from tests.api.contract.sandbox import Sandbox, sandbox
from tests.conftest import _installation

POWERFUL = (Role.DATA_MANAGER, Role.ADMINISTRATOR, Role.INVESTIGATOR, Role.CENTRAL_READER, Role.ADJUDICATOR)
SITE, CLOSED_SITE = "BE-02", "JP-01"
LETTER = b"%PDF-1.4\n%%EOF\n"
PIECE = b"a piece"
ASKER, SOMEBODY = f"contract-{Role.DATA_MANAGER}", f"contract-{Role.SITE_COORDINATOR}"
NUMBER = "BE-02-0001"
Names = Mapping[str, Any]

PLACES = """
select s.id subject_id, s.id case_id, s.number, s.number subject, site.code site, study.code study, t.code timepoint,
  (select max(b.number) from submission b where b.timepoint_id = t.id) submission,
  l.id lesion_id, i.study_uid, e.id series_id, e.series_uid, o.sop_uid,
  (select max(q.number) from query q where q.subject_id = s.id) query,
  (select max(h.id::text) from quarantine_item h where h.timepoint_id = t.id) item_id
from subject s join site on site.id = s.site_id join study on study.id = site.study_id
  join timepoint t on t.subject_id = s.id join lesion l on l.subject_id = s.id
  join imaging_study i on i.timepoint_id = t.id join series e on e.imaging_study_id = i.id
  join lateral (select sop_uid from instance where series_id = e.id order by sop_uid limit 1) o on true
where s.number = :number
order by t.code desc, l.label, e.series_uid
"""
ENTRIES = """
select distinct on (e.form_code) e.form_code form, t.code timepoint, e.ordinal, e.data, e.version
from form_entry e join subject s on s.id = e.subject_id left join timepoint t on t.id = e.timepoint_id
where s.number = :number order by e.form_code, e.state = 'complete', t.code
"""
WITHOUT_IMAGES = """
select s.id subject_id, s.number, s.number subject, l.id lesion_id,
  (select max(q.number) from query q where q.subject_id = s.id) query
from subject s join lesion l on l.subject_id = s.id where s.number = :number order by l.label limit 1
"""
PEOPLE = """
select a.login, g.id grant_id, t.id token_id, left(encode(s.token_sha256, 'hex'), :n) "key"
from account a join role_grant g on g.account_id = a.id join api_token t on t.account_id = a.id
  left join login_session s on s.account_id = a.id
where a.login in (:asker, :somebody) order by a.login
"""
PAPERS = """
select a.id approval_id, q.id qualification_id, c.id contact_id from site
  join ethics_approval a on a.site_id = site.id join site_qualification q on q.site_id = site.id
  join site_contact c on c.site_id = site.id
where site.code = :site and a.revoked_on is null and q.revoked_on is null order by a.letter_key limit 1
"""
NOBODYS = "01a00000-0000-7000-8000-000000000000"
CONSTANT = {
    "x-change-reason": "a%20slip",
    "X-Change-Reason": "a%20slip",
    "sequence": "ct",
    "judged": "ct",
    "role": "dwi",
    "label": "N1",
    "frame": 1,
    "sop_instance_uid": "2.25.1",
    "from_series_uid": "2.25.2",
    "to_series_uid": "2.25.3",
    "adjudication_id": NOBODYS,
    "cut_id": NOBODYS,
    "file": "manifest.json",
    "with": NOBODYS,
    "assignment_id": NOBODYS,
    "reading_id": NOBODYS,
    "reader": f"contract-{Role.CENTRAL_READER}",
    "frame_list": "1",
    "path": "00280010",
}
N_PLACES = 3
ACTS = ("verify", "signature", "freeze", "lock")
"""What is done to an entry, in order; not every form asks for a signature."""
SIGNING = {"password": PASSWORD, "meaning": "These answers are complete"}


@dataclass(frozen=True)
class World:
    """The application, tokens of every role, sets of names that belong together, and what else may be asked for."""

    app: FastAPI
    database: Sandbox
    tokens: Mapping[Role, str]
    places: tuple[Names, ...]

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """The application without its start and end, which the fixture sees to."""
        assert scope["type"] == "http"
        await self.app(scope, receive, send)

    def bearer(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}


def asking(actions: frozenset[Action]) -> tuple[Role, ...]:
    """Who asks: those of the powerful who may, or else whoever may; the last one may not, where there is one."""
    may = [role for role in (*POWERFUL, *Role) if actions <= MAY[role]]
    powerful = [role for role in POWERFUL if role in may]
    may_not = [role for role in POWERFUL if role not in may]
    return (*(powerful or may[:1]), *may_not[:1])


@contextmanager
def running(database: Database, data_dir: Path) -> Iterator[World]:
    """Build the world on a copy of the sample study."""
    tokens = _tokens(database)
    with TestClient(create_app(_installation(database, data_dir))) as client:
        client.headers.update({"Authorization": f"Bearer {tokens[Role.DATA_MANAGER]}", "If-Match": '"0"'})
        without_images = _more_subjects(client)
        _papers(client)
        upload = _an_upload(client)
        _queries(client, without_images)
        _a_held_file(client)
        _states_of_entries(client, {"Authorization": f"Bearer {tokens[Role.INVESTIGATOR]}"})
        assert client.post("/api/v1/session", json={"login": ASKER, "password": PASSWORD}).status_code == 204
    with database.session() as session:
        places = tuple(place | upload for place in _places(session, without_images))
    with sandbox(database) as boxed:
        app = create_app(_installation(boxed, data_dir))
        yield World(app, boxed, tokens, places)
        app.state.service.workshop.close()


def _more_subjects(client: TestClient) -> tuple[str, ...]:
    """Register patients without images or reads: one with an open list of lesions, one whose list is agreed."""
    numbers = []
    for _ in range(2):
        body = an_example(SubjectIn) | {"site": SITE}
        answer = client.post("/api/v1/subjects", json=body, headers={"X-Change-Reason": "set up"})
        assert answer.status_code == 201, answer.text
        numbers.append(answer.json()["number"])
        path = f"/api/v1/subjects/{answer.json()['id']}"
        for label in ("L1", "L2"):
            body = {"label": label, "segment": "V", "diameter_mm": "12.5"}
            assert client.post(f"{path}/lesions", json=body).status_code == 201
    version = client.get(f"{path}/lesions").headers["etag"]
    answer = client.post(f"{path}/baseline-list/lock", json={"password": PASSWORD}, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
    return tuple(numbers)


def _papers(client: TestClient) -> None:
    """Keep a letter with an approval, record what the site has shown, and close another site."""
    path, reason = f"/api/v1/studies/{STUDY}/sites", {"X-Change-Reason": "set up"}
    approval = client.post(f"{path}/{SITE}/approvals", json=an_example(ApprovalIn))
    assert approval.status_code == 201, approval.text
    letter = f"{path}/{SITE}/approvals/{approval.json()['id']}/letter"
    assert client.put(letter, content=LETTER, headers={"If-Match": '"1"'}).status_code == 200
    assert client.post(f"{path}/{SITE}/qualifications", json=an_example(QualificationIn)).status_code == 201
    contact = an_example(ContactIn) | {"site": SITE}
    assert client.post(f"/api/v1/studies/{STUDY}/reminders/contacts", json=contact).status_code == 201
    assert client.post(f"{path}/{CLOSED_SITE}/close", json=an_example(ClosingIn), headers=reason).status_code == 200


def _queries(client: TestClient, others: tuple[str, ...]) -> None:
    """Ask about the patient with images, keep a question about another until it is sent, and close one."""
    for number, more in zip((NUMBER, *others), ({}, {"review": True}, {}), strict=True):
        body = {"questions": [{"subject": number, "question": "Which day is right?"}]}
        answer = client.post("/api/v1/queries", json=body | more)
        assert answer.status_code == 201, answer.text
    asked = f"/api/v1/queries/{answer.json()['queries'][0]['number']}"
    version = {"If-Match": f'"{answer.json()["queries"][0]["version"]}"'}
    assert client.post(f"{asked}/close", json={"said": "answered by telephone"}, headers=version).status_code == 200


def _a_held_file(client: TestClient) -> None:
    """Store an image that says it shows a name."""
    where = {"subject": NUMBER, "timepoint": "baseline"}
    sent = {"content": burned_in(), "headers": {"Content-Type": "application/dicom"}}
    assert client.post("/dicomweb/studies", params=where, **sent).status_code in {202, 409}


def _an_upload(client: TestClient) -> Names:
    """Begin an upload of one file, of which nothing is sent."""
    upload = client.post("/api/v1/uploads", json={"subject": NUMBER, "timepoint": "baseline"}).json()["id"]
    body = {"files": [{"name": "sent.dcm", "n_bytes": len(PIECE)}]}
    file = client.post(f"/api/v1/uploads/{upload}/files", json=body).json()["files"][0]["id"]
    return {"upload_id": upload, "file_id": file, "offset": 0, "X-Piece-SHA256": sha256(PIECE).hexdigest()}


def an_example(body: type[Sent]) -> dict[str, Any]:
    """What the description shows of a body."""
    found: dict[str, Any] = body.model_config["json_schema_extra"]["examples"][0]
    return found


def _states_of_entries(client: TestClient, investigator: dict[str, str]) -> None:
    """Take entries of the sample from state to state, so that each act finds one that it can be done to."""
    subjects = client.get("/api/v1/subjects").json()["subjects"]
    path = f"/api/v1/subjects/{next(one['id'] for one in subjects if one['number'] == NUMBER)}/forms"
    forms = sorted({entry["form"] for entry in client.get(path).json()["entries"]})
    for form, acts in zip(forms[1:], chain((ACTS, ACTS[:3]), repeat(ACTS[:1])), strict=False):
        for act in acts:
            entry = next(one for one in client.get(path).json()["entries"] if one["form"] == form)
            body = {"timepoint": entry["timepoint"], "ordinal": entry["ordinal"]}
            headers = {"If-Match": f'"{entry["version"]}"', "X-Change-Reason": "set up"}
            if act == "signature":
                body, headers = body | SIGNING, headers | investigator
            answer = client.post(f"{path}/{entry['form']}/{act}", json=body, headers=headers)
            assert answer.status_code == 200 or act == "signature", answer.text


def _places(session: Session, without_images: tuple[str, ...]) -> tuple[Names, ...]:
    """Sets of names that belong together: the lesion and the series are the subject's, the answers the form's."""
    imaged = _rows(session, PLACES, number=NUMBER)
    imaged = [place | _sent_object(place) for place in imaged[:: max(1, len(imaged) // N_PLACES)]]
    imaged = [place | _rows(session, PAPERS, site=SITE)[0] for place in imaged]
    filled = [imaged[0] | entry for entry in _rows(session, ENTRIES, number=NUMBER)]
    others = [imaged[0] | _rows(session, WITHOUT_IMAGES, number=number)[0] for number in without_images]
    people = _rows(session, PEOPLE, n=KEY_CHARACTERS, asker=ASKER, somebody=SOMEBODY)
    places = (*imaged, *others, imaged[0] | {"site": CLOSED_SITE}, *filled)
    return tuple(CONSTANT | place | people[n % len(people)] for n, place in enumerate(places))


def _sent_object(place: Names) -> Names:
    """A file of the sample that the place's images were made from, to be stored again."""
    folder = ROOT / "sample_dicom" / "small" / place["site"] / place["number"] / place["timepoint"]
    path = min(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".csv")
    files = {"application/dicom": path.read_bytes(), "application/pdf": LETTER, "application/octet-stream": PIECE}
    return {"files_by_type": files, "study_uid_of_object": str(dcmread(path).StudyInstanceUID)}


def _rows(session: Session, query: str, **named: Any) -> list[Names]:
    rows = session.execute(text(query), named).mappings()
    return [{name: str(value) if isinstance(value, UUID) else value for name, value in row.items()} for row in rows]


def _tokens(database: Database) -> dict[Role, str]:
    actor, now = operator(STUDY), datetime.now(UTC)
    tokens = {}
    with database.transaction(actor="test", reason="contract") as session:
        for role in Role:
            login = f"contract-{role}"
            add_account(session, actor, login=login, display_name=login, password=PASSWORD)
            site = SITE if role.is_site_role else None
            grant_role(session, actor, login=login, role=role, study_code=STUDY, site_code=site, now=now)
            session.flush()
            tokens[role] = make_token(session, actor, login=login, label="contract", days=1, now=now)
    return tokens
