"""A case that two readers have signed, and people who may settle it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.actions import adjudication
from casebook.actions.signing_in import signed_in_as
from casebook.actions.studies import definition_of
from casebook.domain.actors import Role
from casebook.store import assignments, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import (
    Account,
    Adjudication,
    ReaderLesion,
    Reading,
    ReadingAssignment,
    Series,
    Subject,
    TimepointCheck,
)
from services.command.demonstration.people import QUICK
from tests.actions import central_builders as build

PASSWORD = "a password of a test"
GONE, SEEN, BLIND = "nnnnn", "nnnvv", "xnnnn"
AGREED: Mapping[str, str] = {"L1": GONE, "L2": SEEN}
LATER = build.NOW + timedelta(minutes=5)


@dataclass
class Case:
    """A subject with images that passed, its readers in order of their places, and their reads' editions."""

    session: Session
    subject: Subject
    timepoints: dict[str, object]
    readers: list[tuple[Account, ReadingAssignment]]
    adjudicators: list[Account] = field(default_factory=list)

    def sign(
        self, place: int, said: Mapping[str, str], *, timepoint: str = "preoperative", edition: int = 1
    ) -> Reading:
        """Sign a read in one place, and let what follows happen."""
        account, assignment = self.readers[place]
        reading = build.a_read(
            self.session,
            self.subject,
            self.timepoints[timepoint],
            account,
            said,
            edition=edition,
            assignment=assignment,
        )
        self.settle(timepoint)
        return reading

    def settle(self, timepoint: str = "preoperative", *, now=build.NOW) -> None:
        row = registry.timepoint(self.session, self.subject.id, timepoint)
        definition = definition_of(self.session, self.subject.study_version_id)
        adjudication.settle(self.session, self.subject, row, definition, now=now)

    def differ(self) -> Adjudication:
        """Let the two readers differ on L2, and return what is opened."""
        self.sign(0, {"L1": GONE, "L2": GONE})
        self.sign(1, {"L1": GONE, "L2": SEEN})
        return self.adjudication()

    def adjudication(self) -> Adjudication:
        (row,) = self.adjudications("open", "decided")
        return row

    def adjudications(self, *states: str) -> list[Adjudication]:
        rows = self.session.scalars(select(Adjudication).where(Adjudication.timepoint_id.in_(self.timepoints.values())))
        return [row for row in rows if row.state in states]

    def counting(self, timepoint: str = "preoperative") -> list[Reading]:
        """The reads of a timepoint that count."""
        return list(
            self.session.scalars(
                select(Reading).where(Reading.timepoint_id == self.timepoints[timepoint], Reading.accepted)
            )
        )

    def adjudicator(self, number: int = 0) -> SignedIn:
        return signed_in_as(self.session, login=self.adjudicators[number].login, now=build.NOW)

    def assignment(self) -> ReadingAssignment:
        given = assignments.of_subject(self.session, self.subject.id)
        return next(row for row in given if row.place == "adjudicator")


def a_case(session: Session, *, n_adjudicators: int = 1) -> Case:
    """A case whose two readers have begun nothing yet."""
    subject = build.a_case(session)
    timepoints = {code: build.some_images(session, subject, code) for code in ("baseline", "preoperative")}
    for timepoint_id, digest in assignments.images_digests(session, list(timepoints.values())).items():
        passed = {"decision": "passed", "images_sha256": digest, "decided_by": "manager", "decided_at": build.NOW}
        session.add(TimepointCheck(timepoint_id=timepoint_id, **passed))
    people = [build.a_person(session, login) for login in ("one", "two")]
    readers = [
        (person, build.an_assignment(session, subject, person, place))
        for person, place in zip(people, ("first", "second"), strict=True)
    ]
    case = Case(session, subject, timepoints, readers)
    for number in range(n_adjudicators):
        an_adjudicator(case, f"third-{number}")
    session.flush()
    return case


def an_adjudicator(case: Case, login: str, **known) -> Account:
    account = build.a_person(case.session, login, Role.ADJUDICATOR, **known)
    account.password_hash = QUICK.hash(PASSWORD)
    case.adjudicators.append(account)
    case.session.flush()
    return account


def a_new_lesion(case: Case, reading: Reading, label: str, at: tuple[float, float, float]) -> ReaderLesion:
    """A lesion of a read that the list does not have, on the last of the timepoint's series."""
    series = case.session.scalars(select(Series).order_by(Series.id.desc())).first()
    series.frame_of_reference_uid = "2.25.77"
    row = ReaderLesion(
        reading_id=reading.id,
        label=label,
        segment="IVa",
        diameter_mm=Decimal("6.0"),
        sequence="eob",
        judged_on={"series_uid": series.series_uid, "sop_instance_uid": "2.25.1", "frame": 1, "position_mm": list(at)},
    )
    case.session.add(row)
    case.session.flush()
    return row
