"""A reader with one case, and everything that happens around it: another reader, the site's read, surgery, pathology."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from casebook.actions.queries import ask
from casebook.actions.reading_report import store_report
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.imaging import Judged
from casebook.domain.queries import QueryTarget
from casebook.installation import Installation
from casebook.store.tables import (
    Account,
    Finding,
    ImagingStudy,
    Instance,
    Lesion,
    Query,
    Reading,
    ReadingAssignment,
    Series,
    Site,
    Subject,
    Timepoint,
)

MANAGER = Actor("manager", "M. Sato", (Grant(Role.DATA_MANAGER, "DREAM"),))
CASE, OTHER = "BE-02-0001", "JP-03-0001"
READER, COLLEAGUE = "reader", "reader2"
PLANTED = {
    "another's verdict": "colleague-saw-it-vanish",
    "the site's verdict": "site-saw-it-shrink",
    "surgery": "resected-with-segment-seven",
    "pathology": "no-viable-tumour-found",
    "follow-up": "regrew-in-november",
    "a query": "asked-whether-it-was-resected",
}
FORMS = {"surgery": "surgery", "pathology": "pathology", "follow-up": "follow-up"}


@dataclass(frozen=True)
class Image:
    """One image of a series, and whether its series is open to the reader."""

    study_uid: str
    series_uid: str
    sop_uid: str
    is_open: bool


def plant(installation: Installation, *, edition: int = 7) -> None:
    """Let everybody else act: the colleague and the site sign reads of the case, forms are filled in."""
    now = datetime.now(UTC)
    with installation.database.transaction(actor="manager", reason="a test") as session:
        for subject in session.scalars(select(Subject).where(Subject.number.in_([CASE, OTHER]))):
            for timepoint in session.scalars(select(Timepoint).where(Timepoint.subject_id == subject.id)).all():
                _read(session, installation, subject, timepoint, COLLEAGUE, "another's verdict", edition, now)
                _read(session, installation, subject, timepoint, "radiologist", "the site's verdict", edition, now)
            for form, kind in FORMS.items():
                _fill(session, subject, form, PLANTED[kind], edition)
            ask(session, MANAGER, about=QueryTarget(subject.number), question=PLANTED["a query"], now=now)


def _read(
    session: Session,
    installation: Installation,
    subject: Subject,
    timepoint: Timepoint,
    login: str,
    kind: str,
    edition: int,
    now: datetime,
) -> None:
    account = session.scalars(select(Account).where(Account.login == login)).one()
    given = session.scalars(
        select(ReadingAssignment).where(
            ReadingAssignment.subject_id == subject.id, ReadingAssignment.account_id == account.id
        )
    ).first()
    reading = Reading(
        timepoint_id=timepoint.id,
        account_id=account.id,
        kind="central" if given else "site",
        assignment_id=given.id if given else None,
        edition=edition,
        state="signed",
        version=1,
        signed_at=now,
    )
    session.add(reading)
    session.flush()
    for lesion in session.scalars(select(Lesion).where(Lesion.subject_id == subject.id)):
        session.add(
            Finding(
                reading_id=reading.id,
                lesion_id=lesion.id,
                sequence=Judged.CT,
                visibility="not-visible",
                comment=PLANTED[kind],
            )
        )
    session.flush()
    store_report(session, installation.archive, reading, key=installation.settings.key, now=now)


def _fill(session: Session, subject: Subject, form: str, words: str, ordinal: int) -> None:
    session.execute(
        text(
            "insert into form_entry (subject_id, form_code, ordinal, study_version_id, data, state, version)"
            " values (:subject, :form, :ordinal, :study_version, cast(:data as jsonb), 'complete', 1)"
        ),
        {
            "subject": subject.id,
            "form": form,
            "ordinal": ordinal,
            "study_version": subject.study_version_id,
            "data": json.dumps({"comment": words}),
        },
    )


def secrets(session: Session, truth: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the reader must not learn, by kind."""
    people = session.execute(select(Account.login, Account.display_name).where(Account.login != READER)).all()
    sites = session.execute(select(Site.code, Site.name_en, Site.name_ja)).all()
    subjects = session.scalars(select(Subject)).all()
    own = assignment(session, CASE, READER)
    given = session.scalars(select(ReadingAssignment).where(ReadingAssignment.account_id != own.account_id)).all()
    said = [words for patient in truth["patients"] for words in patient["identity_strings"] + patient["names"]]
    return {
        "site": [word for row in sites for word in row],
        "identity": [word for word in said if len(word) >= 6],
        "subject": [word for row in subjects for word in (row.number, str(row.id))],
        "person": [word for login, name in people for word in (login, name) if word not in COMMON_WORDS],
        "assignment": [word for row in given for word in (str(row.id), row.code) if word != own.code],
        "read": [str(reading_id) for reading_id in session.scalars(select(Reading.id))],
        **{kind: [words] for kind, words in PLANTED.items()},
    }


COMMON_WORDS = frozenset(
    {
        "reader",
        "manager",
        "admin",
        "monitor",
        "coordinator",
        "investigator",
        "radiologist",
        "adjudicator",
        "statistician",
        "machine",
        "operator",
    }
)
"""Logins of the demonstration that are words of the pages too; their holders' names are searched for."""


def assignment(session: Session, number: str, login: str) -> ReadingAssignment:
    """Return what a reader was given of a subject."""
    return session.scalars(
        select(ReadingAssignment)
        .join(Subject, Subject.id == ReadingAssignment.subject_id)
        .join(Account, Account.id == ReadingAssignment.account_id)
        .where(Subject.number == number, Account.login == login)
    ).one()


def an_image_of_each_series(session: Session, number: str, open_series: frozenset[str]) -> Iterator[Image]:
    """Yield one image of every series of a subject."""
    rows = session.execute(
        select(ImagingStudy.study_uid, Series.series_uid, Instance.sop_uid)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(Instance, Instance.series_id == Series.id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(Subject.number == number)
        .order_by(Series.id, Instance.sop_uid)
    )
    for study_uid, series_uid, sop_uid in {row.series_uid: row for row in rows}.values():
        yield Image(study_uid, series_uid, sop_uid, series_uid in open_series)


def names_of(session: Session, number: str, login: str | None) -> dict[str, str]:
    """What the placeholders of the routes stand for at a subject, as known to whoever it was given to, or to all."""
    subject = session.scalars(select(Subject).where(Subject.number == number)).one()
    lesion = session.scalars(select(Lesion).where(Lesion.subject_id == subject.id).order_by(Lesion.label)).first()
    timepoint = session.scalars(
        select(Timepoint).where(Timepoint.subject_id == subject.id, Timepoint.code == "baseline")
    ).one()
    reading = session.scalars(select(Reading.id).where(Reading.timepoint_id == timepoint.id)).first()
    series = session.scalars(
        select(Series.id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .where(ImagingStudy.timepoint_id == timepoint.id)
    ).first()
    case = assignment(session, number, login).id if login else subject.id
    query = session.scalars(select(Query.number).where(Query.subject_id == subject.id)).first()
    assert lesion is not None
    return NOBODYS | {
        "case_id": str(case),
        "subject_id": str(subject.id),
        "assignment_id": str(case),
        "reader": COLLEAGUE,
        "lesion_id": str(lesion.id),
        "series_id": str(series),
        "reading_id": str(reading),
        "query": str(query or NOBODYS["query"]),
        "number": subject.number,
        "site": subject.number[:5],
        "login": COLLEAGUE,
    }


NOBODYS = {
    "case_id": str(uuid4()),
    "subject_id": str(uuid4()),
    "assignment_id": str(uuid4()),
    "adjudication_id": str(UUID(int=7)),
    "reading_id": str(uuid4()),
    "lesion_id": str(uuid4()),
    "series_id": str(uuid4()),
    "approval_id": str(uuid4()),
    "qualification_id": str(uuid4()),
    "query": "999999",
    "submission": "999999",
    "contact_id": str(uuid4()),
    "cut_id": str(uuid4()),
    "file": "manifest.json",
    "item_id": str(uuid4()),
    "upload_id": str(uuid4()),
    "file_id": "1",
    "sender_id": str(uuid4()),
    "delivery_id": str(uuid4()),
    "name": "accrual",
    "reader": "nobody",
    "login": "nobody",
    "number": "XX-99-9999",
    "site": "XX-99",
    "study": "DREAM",
    "timepoint": "baseline",
    "form": "pathology",
    "label": "L1",
    "study_uid": "2.25.1",
    "series_uid": "2.25.2",
    "sop_uid": "2.25.3",
    "frame_list": "1",
    "path": "00280010",
}
"""Names that nothing has."""
