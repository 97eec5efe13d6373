"""A registered patient with images, lesions and readers, for tests of central reading; nothing is committed."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.actions.image_states import check_images
from casebook.actions.studies import load_definition
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.central.image_state import CheckDecision
from casebook.domain.imaging import SeriesRole as Role_
from casebook.domain.series_roles import RoleProposal
from casebook.domain.texts import Text
from casebook.store import images, registry
from casebook.store.tables import (
    Account,
    Finding,
    ImagingStudy,
    Instance,
    Lesion,
    Reader,
    Reading,
    ReadingAssignment,
    RoleGrant,
    Series,
    SeriesRole,
    Study,
    Subject,
)
from tests.registering import a_registration

DREAM = Path(__file__).parents[2] / "studies" / "dream.toml"
STUDY, SITE, OTHER_SITE = "DREAM", "JP-06", "BE-02"
MACHINE = Actor("machine", "machine", tuple(Grant(role, STUDY) for role in (Role.ADMINISTRATOR, Role.DATA_MANAGER)))
MANAGER = Actor("manager", "Manager", (Grant(Role.DATA_MANAGER, STUDY),))
NOW = datetime.now(UTC)
LONG_AGO = date(2020, 1, 1)
REQUIRED = (
    Role_.CT_PORTAL_VENOUS,
    Role_.DWI,
    Role_.ADC,
    Role_.T1_IN_PHASE,
    Role_.T1_OPPOSED_PHASE,
    Role_.T2,
    Role_.EOB_PRE,
    Role_.EOB_ARTERIAL,
    Role_.EOB_PORTAL_VENOUS,
    Role_.EOB_HEPATOBILIARY,
)


def open_study(session: Session) -> Study:
    """Load the study."""
    load_definition(session, MACHINE, text=DREAM.read_text(encoding="utf-8"), now=NOW)
    return registry.study(session, STUDY)


def a_person(
    session: Session,
    login: str,
    role: Role = Role.CENTRAL_READER,
    *,
    home: str | None = None,
    trained_on: date | None = LONG_AGO,
) -> Account:
    """An account with a role of the study; readers with their home site and training."""
    study = registry.study(session, STUDY)
    account = Account(login=login, display_name=login.title(), password_hash="none")
    session.add(account)
    session.flush()
    site_id = registry.site(session, study.id, home).id if home else None
    session.add(
        RoleGrant(
            account_id=account.id,
            study_id=study.id,
            site_id=site_id if role.is_site_role else None,
            role=role,
            valid_from=NOW - timedelta(days=9),
            granted_by="machine",
        )
    )
    if role.is_blinded:
        session.add(
            Reader(
                study_id=study.id,
                account_id=account.id,
                home_site_id=site_id,
                trained_on=trained_on,
                training="reading course" if trained_on else None,
            )
        )
    session.flush()
    return account


def a_case(
    session: Session, *, lesions: Iterable[str] = ("L1", "L2"), locked: bool = True, site: str = SITE
) -> Subject:
    """A registered patient with a baseline list."""
    subject = a_registration(
        session,
        MACHINE,
        site_code=site,
        road="prospective",
        registered_on=NOW.date() - timedelta(days=300),
        key=b"k" * 32,
        now=NOW,
        answers={},
    )
    for label in lesions:
        session.add(Lesion(subject_id=subject.id, label=label, segment="VI", baseline_diameter_mm=Decimal("9.0")))
    if locked:
        subject.baseline_locked_at, subject.baseline_locked_by = NOW, "radiologist"
    session.flush()
    return subject


def some_images(session: Session, subject: Subject, timepoint: str, roles: Iterable[Role_] = REQUIRED) -> UUID:
    """Described series of a timepoint, one image each."""
    timepoint_id = images.ensure_timepoint(session, subject.id, timepoint)
    stem = f"2.25.{subject.id.int}.{len(timepoint)}"
    study = ImagingStudy(timepoint_id=timepoint_id, study_uid=stem)
    session.add(study)
    session.flush()
    for number, role in enumerate(roles, start=1):
        uid = f"{stem}.{number}"
        series = Series(imaging_study_id=study.id, series_uid=uid, modality="MR", n_instances=1, described_at=NOW)
        session.add(series)
        session.flush()
        proposal = RoleProposal(uid, role, 0.95, (Text("measured", "測定"),), "a rule").to_json()
        session.add(SeriesRole(series_id=series.id, role=role, confidence=0.95, rule="a rule", proposal=proposal))
        an_image(session, series.id, f"{uid}.1")
    session.flush()
    return timepoint_id


def an_image(session: Session, series_id: UUID, sop_uid: str) -> None:
    """An archived image of a series; the series is as described as before."""
    digest = hashlib.sha256(sop_uid.encode()).digest()
    session.add(
        Instance(
            series_id=series_id,
            sop_uid=sop_uid,
            sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            n_frames=1,
            file_key=digest.hex(),
            n_bytes=1,
            received_sha256=digest,
            archived_sha256=digest,
            pixel_sha256=digest,
            frame_index=b"",
            dicom_json=b"",
            facts={},
        )
    )
    session.flush()


def one_more_image(session: Session, timepoint_id: UUID) -> None:
    """Another image among those of a timepoint."""
    series = images.series_of_timepoint(session, timepoint_id)[0]
    an_image(session, series.id, f"{series.series_uid}.99")


def an_assignment(
    session: Session, subject: Subject, account: Account, place: str = "first", *, read_round: int = 1
) -> ReadingAssignment:
    """A case given to a reader."""
    row = ReadingAssignment(
        study_id=subject.study_id,
        subject_id=subject.id,
        account_id=account.id,
        place=place,
        round=read_round,
        code=f"{subject.reading_code}-{read_round}",
        order_key="0",
        drawn_at=NOW,
        opens_on=NOW.date(),
    )
    session.add(row)
    session.flush()
    return row


def a_read(
    session: Session,
    subject: Subject,
    timepoint_id: UUID,
    account: Account,
    said: Mapping[str, Iterable[str]],
    *,
    state: str = "signed",
    kind: str = "central",
    read_round: int = 1,
    edition: int = 1,
    images_sha256: str | None = None,
    accepted: bool = False,
    assignment: ReadingAssignment | None = None,
) -> Reading:
    """A read that says of each lesion what is seen on CT, DWI, T1/T2, EOB and, as a fifth word, on all together."""
    reading = Reading(
        timepoint_id=timepoint_id,
        account_id=account.id,
        kind=kind,
        round=read_round,
        edition=edition,
        state=state,
        accepted=accepted,
        signed_at=NOW if state == "signed" else None,
        images_sha256=images_sha256,
        assignment_id=assignment.id if assignment else None,
    )
    session.add(reading)
    session.flush()
    ids = {lesion.label: lesion.id for lesion in session.scalars(select(Lesion).where(Lesion.subject_id == subject.id))}
    for label, words in said.items():
        for sequence, word in zip(("ct", "dwi", "t1t2", "eob", "combined"), words, strict=False):
            session.add(Finding(reading_id=reading.id, lesion_id=ids[label], sequence=sequence, visibility=WORDS[word]))
    session.flush()
    return reading


WORDS = {"v": "visible", "n": "not-visible", "x": "not-evaluable"}


def account_named(session: Session, login: str) -> Account:
    """The account of a login."""
    return session.scalars(select(Account).where(Account.login == login)).one()


def a_ready_case(session: Session, *, site: str = SITE, lesions: Iterable[str] = ("L1", "L2")) -> Subject:
    """A patient whose images of both timepoints passed and whose list is locked; readers are drawn."""
    subject = a_case(session, site=site, lesions=lesions)
    for timepoint in ("baseline", "preoperative"):
        some_images(session, subject, timepoint)
        check_images(
            session,
            MANAGER,
            number=subject.number,
            timepoint=timepoint,
            decision=CheckDecision.PASSED,
            reason="",
            now=NOW,
        )
    return subject
