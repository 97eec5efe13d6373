"""Builders: an installation with two registered patients of one site and one of another, and files held for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from casebook.actions import quarantine
from casebook.actions.intake import Delivery, Receipt, close_submission, open_submission, receive
from casebook.actions.quarantine import Desk, Ruled, Ruling
from casebook.actions.studies import load_definition
from casebook.dicom.workshop import Workshop
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.quarantine import Decision
from casebook.store.files import open_store
from casebook.store.tables import QuarantineItem
from services.command.machine import operator
from tests.dicom.file_builders import an_image, part_10
from tests.registering import STUDY, a_registration

DREAM = Path(__file__).parents[2] / "studies" / "dream.toml"
SITE, OTHER_SITE = "JP-06", "BE-02"
HERE, NEIGHBOUR, ELSEWHERE = f"{SITE}-0001", f"{SITE}-0002", f"{OTHER_SITE}-0001"
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
MANAGER = Actor("manager", "Manager", (Grant(Role.DATA_MANAGER, STUDY),))
KEY = b"k" * 32
PIXELS = np.arange(100, 124, dtype="<u2").reshape(4, 6)
UID = "1.2.826.0.1.3680043.8.498"


def an_mr(number: int = 1, **elements: object) -> bytes:
    """An MR image of its own instance, with a birth date, as a file."""
    meta = {name: elements.pop(name) for name in ("sop_instance",) if name in elements}
    found = {
        "SOPInstanceUID": f"{UID}.3.{number}",
        "PatientBirthDate": "19580102",
        "PixelData": PIXELS.tobytes(),
    } | elements
    return part_10(an_image(**found), **meta)


def burned_in(number: int = 1, **elements: object) -> bytes:
    """The same with text burned in."""
    return an_mr(number, BurnedInAnnotation="YES", **elements)


@dataclass
class Hospital:
    """A session in which the study is open, with files of one's own, and acts on them; an act that fails leaves nothing."""

    session: Session
    workshop: Workshop
    folder: Path
    receipts: Sequence[Receipt] = ()
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        archive, held = (open_store(self.folder / name) for name in ("archive", "quarantine"))
        self.desk = Desk(self.workshop, archive, held, KEY)

    def send(self, *contents: bytes, number: str = HERE, timepoint: str = "baseline") -> list[str | None]:
        """Deliver files; returns the reasons for which they were held, None for those archived."""
        staging = self.desk.archive.staging_dir()
        paths = [staging / f"sent-{place}" for place in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        submission = open_submission(
            self.session, MANAGER, subject_number=number, timepoint_code=timepoint, road="folder", key=KEY
        )
        results = self.workshop.prepare(paths, staging_dir=staging, plan=submission.plan)
        self.receipts = receive(
            self.session,
            submission,
            [Delivery(path.name, result) for path, result in zip(paths, results, strict=True)],
            archive=self.desk.archive,
            quarantine=self.desk.quarantine,
        )
        close_submission(self.session, submission, now=NOW)
        return [receipt.code for receipt in self.receipts]

    def held(self, **state: object) -> list[QuarantineItem]:
        return list(self.session.query(QuarantineItem).filter_by(**state).order_by(QuarantineItem.id))

    def decide(self, decision: Decision, items: Sequence[UUID] | None = None, **ruling: object) -> Ruled:
        ids = [row.id for row in self.held()] if items is None else items
        said = {"reason": "looked at"} | ruling
        said.setdefault("objection", self.held(id=ids[0])[0].reason_code)
        with self.session.begin_nested():
            return quarantine.decide(
                self.session, MANAGER, item_ids=ids, ruling=Ruling(decision, **said), desk=self.desk, now=NOW
            )


def open_hospital(session: Session) -> None:
    """Load the study and register two patients of one site and one of another."""
    actor = operator(STUDY)
    load_definition(session, actor, text=DREAM.read_text(encoding="utf-8"), now=NOW)
    for site in (SITE, SITE, OTHER_SITE):
        a_registration(session, actor, site_code=site, registered_on=date(2026, 5, 10), key=KEY)
