"""The patients with images: registered, their images through the whole ingest, their courses by the usual acts."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.actions.baseline_list import lock_list
from casebook.actions.registering import register_first
from casebook.actions.signing_in import signed_in_as
from casebook.actions.site_papers import ApprovalFacts, QualificationFacts, record_approval, record_qualification
from casebook.actions.sites import site_state
from casebook.actions.studies import newest_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import Action, Actor
from casebook.installation import Installation
from casebook.store import registry
from casebook.store.database import Database
from casebook.store.queue import USUAL
from services.command.demo_course import REASON, STUDY, confirm_roles, read_locally, record_course
from services.command.demo_forms import eligibility
from services.command.demonstration.people import LOCAL_READER, MANAGER, PASSWORD
from services.command.demonstration.reading import Told, pass_images, read_by, readers_of
from services.command.ingest import deliver_with_bar, read_rows
from services.ingest.delivery import Order
from services.ingest.scan import count
from services.ingest.worker import run_until_idle

N_CONFIRMED: Final = 2
"""Patients whose series roles a person has looked at; the others show what a proposal looks like."""
READ_CENTRALLY: Final = ("baseline", "preoperative")


def truth_of(folder: Path) -> dict[str, Any]:
    """Return what is where in a sample of images."""
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found


def day_of(text: str) -> date:
    """Return the day of a DICOM date."""
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a DICOM date has no zone


def register_imaged(installation: Installation, actor: Actor, site: str, number: str, registered_on: date) -> None:
    """Register a patient whose number is known from its images, unless it is registered already."""
    with installation.database.transaction(actor=actor.login, reason=REASON) as session:
        if registry.subject_exists(session, STUDY, number):
            return
        _open_site(session, actor, site, registered_on)
        subject = register_first(
            session,
            actor,
            study_code=STUDY,
            site_code=site,
            road="prospective",
            registered_on=registered_on,
            answers=eligibility(registered_on),
            key=installation.settings.key,
            now=datetime.now(UTC),
            reason=REASON,
        )
        assert subject.number == number, "the sample's numbers follow the sites' order"


def images_and_courses(installation: Installation, sample: Path, truth: dict[str, Any]) -> None:
    """Deliver the images of a sample, and record the courses of its patients."""
    for patient in truth["patients"]:
        for timepoint in patient["timepoints"]:
            _deliver(installation, sample, patient, timepoint)
    run_until_idle(installation, queues=[USUAL])
    for patient in truth["patients"]:
        if patient["site"] == LOCAL_READER.site:
            read_locally(installation, patient, reader=LOCAL_READER.login, password=PASSWORD)
        record_course(installation, patient)
    for patient in truth["patients"][:N_CONFIRMED]:
        confirm_roles(installation, patient, manager=MANAGER.login)
    run_until_idle(installation, queues=[USUAL])
    _read_centrally(installation, truth)


def _read_centrally(installation: Installation, truth: dict[str, Any]) -> None:
    """Give the patients of other sites than the local reader's to central readers.

    The last of them is still to be read; of the others both reads are signed, differ, and wait for a decision.
    """
    patients = [patient for patient in truth["patients"] if patient["site"] != LOCAL_READER.site]
    for patient in patients:
        pass_images(installation, patient["subject"], READ_CENTRALLY)
        agree_list(installation.database, patient["subject"])
    for patient in patients[:-1]:
        for place, login in enumerate(readers_of(installation, patient["subject"])):
            read_by(installation, login, Told(patient, differs=place > 0), READ_CENTRALLY)


def agree_list(database: Database, number: str) -> None:
    """Sign the baseline list of a patient in the data manager's name, unless it is signed."""
    now = datetime.now(UTC)
    with database.session() as session:
        who = signed_in_as(session, login=MANAGER.login, now=now)
    with database.transaction(actor=who.actor.login, role=who.actor.role) as session:
        subject = registry.subject_by_number(session, who.actor, Action.LOCK_BASELINE, number=number)
        if subject.baseline_locked_at is not None:
            return
        version = subject.baseline_version
        is_locked = lock_list(session, who, subject_id=subject.id, version=version, password=PASSWORD, now=now)
        assert is_locked, "the demonstration's password is right"


def _open_site(session: Session, actor: Actor, site: str, on: date) -> None:
    """Record the papers that a site needs before its first patient, where they are not there."""
    if site_state(session, actor, study_code=STUDY, site_code=site, on=on).activation.is_active:
        return
    version = newest_definition(session, STUDY)[1].protocol_version
    facts = ApprovalFacts(version, "Ethics committee of the demonstration", f"{site}-1", on, on, None)
    record_approval(session, actor, study_code=STUDY, site_code=site, facts=facts)
    for kind in Qualification:
        shown = QualificationFacts(kind, on, None, "demonstration")
        record_qualification(session, actor, study_code=STUDY, site_code=site, facts=shown)


def _deliver(installation: Installation, sample: Path, patient: dict[str, Any], timepoint: str) -> None:
    folder = sample / patient["site"] / patient["subject"] / timepoint
    lesions = folder / "lesions.csv"
    rows = read_rows(lesions) if timepoint == "baseline" else ()
    order = Order(
        source=folder,
        subject_number=patient["subject"],
        timepoint_code=timepoint,
        road="folder",
        lesion_rows=rows,
        left_out=frozenset({lesions}),
    )
    deliver_with_bar(installation, order, study=STUDY, n_files=count(folder, order.left_out))
