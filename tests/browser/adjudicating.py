"""Two readers have signed a case of six lesions and differ on one; the adjudicator at the desk."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from casebook.actions.cases import OpenCase, open_case
from casebook.actions.reads import Verdict, lock_step, save_findings, sign_read
from casebook.actions.signing_in import signed_in_as
from casebook.domain.imaging import SEQUENCE_OF_ROLE, Judged, SeriesRole, Visibility
from casebook.domain.lesion_location import Location, SeriesPlanes
from casebook.domain.study.reading import ReadingStep
from casebook.installation import Installation
from casebook.store import assignments, lesions
from casebook.store.accounts import SignedIn
from casebook.store.tables import Lesion, Subject
from services.command.demonstration.people import ADJUDICATOR, PASSWORD
from services.command.demonstration.reading import readers_of
from tests.browser.central import CASE
from tests.browser.workspace import Workspace

GONE = ("L2", "L3", "L6")
"""What both readers no longer see before surgery, but for one lesion that the second still sees on EOB."""
DISPUTED = "L3"
DIAMETER_MM = Decimal("7.0")
REST_MM = Decimal("4.0")
IN_LIVER_MM = 100.0
"""From the corner of an image, along its rows and its columns."""


def read_twice(installation: Installation) -> str:
    """Let both readers of the case read and sign both timepoints; returns the code that blinded people know it by."""
    first, second = readers_of(installation, CASE)[:2]
    read_all(installation, first, disputed_is_seen=False)
    read_all(installation, second, disputed_is_seen=True)
    with installation.database.session() as session:
        return session.scalars(select(Subject.reading_code).where(Subject.number == CASE)).one()


def read_all(installation: Installation, login: str, *, disputed_is_seen: bool) -> None:
    for timepoint in ("baseline", "preoperative"):
        with installation.database.transaction(actor=login, reason="a test") as session:
            who = signed_in_as(session, login=login, now=datetime.now(UTC))
            assignment, subject = next(
                item for item in assignments.own_list(session, who.actor) if item[1].number == CASE
            )
            case: dict[str, Any] = {"case_id": assignment.id, "timepoint_code": timepoint}
            known = lesions.to_read(session, subject.id, centrally=True)
            _read(session, who, case, known, installation, disputed_is_seen=disputed_is_seen)


def _read(session, who: SignedIn, case: dict[str, Any], known, installation, *, disputed_is_seen: bool) -> None:
    now, version = datetime.now(UTC), 0
    key = installation.settings.key
    steps = open_case(session, who, **case, key=key).definition.charter.steps
    for step in steps:
        opened = open_case(session, who, **case, key=key)
        verdicts = {
            (lesion.id, step.judged): _verdict(opened, lesion, step, _diameter(case, lesion, step, disputed_is_seen))
            for lesion in known
        }
        version = save_findings(session, who, **case, verdicts=verdicts, version=version, now=now).version
        if step is not steps[-1]:
            version = lock_step(session, who, **case, step=step.code, version=version, now=now).version
    assert sign_read(session, who, **case, password=PASSWORD, meaning="I read these", version=version, now=now)


def _diameter(case: dict[str, Any], lesion: Lesion, step: ReadingStep, disputed_is_seen: bool) -> Decimal | None:
    if case["timepoint_code"] == "baseline" or lesion.label not in GONE:
        return DIAMETER_MM
    is_shown = lesion.label == DISPUTED and disputed_is_seen and step.judged in {Judged.EOB, Judged.COMBINED}
    return REST_MM if is_shown else None


def _verdict(opened: OpenCase, lesion: Lesion, step: ReadingStep, diameter_mm: Decimal | None) -> Verdict:
    where = _where(opened, lesion, step)
    seen = Visibility.VISIBLE if diameter_mm else Visibility.NOT_VISIBLE
    return Verdict(seen, diameter_mm, confidence=4, judged_on=_judged_on(*where, diameter_mm) if where else None)


def _where(opened: OpenCase, lesion: Lesion, step: ReadingStep) -> tuple[SeriesPlanes, Location] | None:
    of_step = {
        item.row.series_uid
        for item in opened.series
        if item.timepoint == opened.timepoint.code
        and any(SEQUENCE_OF_ROLE.get(SeriesRole(role.role)) is step.sequences[0] for role in item.roles)
    }
    found = [
        (item.planes, _placed(item.planes, where))
        for item, where in opened.locations[lesion.id]
        if where.series_uid in of_step and item.planes
    ]
    return found[0] if found else None


def _placed(planes: SeriesPlanes, where: Location) -> Location:
    """Where it is expected, or, where nothing says so, a place in the liver on the middle image."""
    if where.plane is not None:
        return where
    middle = planes.planes[len(planes.planes) // 2]
    along, down = planes.orientation[:3], planes.orientation[3:]
    x, y, z = (p + IN_LIVER_MM * (a + d) for p, a, d in zip(middle.position_mm, along, down, strict=True))
    return Location(where.series_uid, where.basis, (x, y, z), middle, 0.0)


def _judged_on(planes: SeriesPlanes, where: Location, diameter_mm: Decimal | None) -> dict[str, Any]:
    """The image nearest to the lesion, the place on it, and a length along its rows."""
    assert where.plane is not None
    assert where.position_mm is not None
    away, half = where.distance_mm or 0.0, float(diameter_mm or 0) / 2
    on_plane = [p - away * n for p, n in zip(where.position_mm, planes.normal(), strict=True)]
    ends = [[p + by * r for p, r in zip(on_plane, planes.orientation[:3], strict=True)] for by in (-half, half)]
    return {
        "series_uid": where.series_uid,
        "sop_instance_uid": where.plane.sop_uid,
        "frame": where.plane.frame,
        "position_mm": on_plane,
        "position_by": "expected",
    } | ({"measurement_mm": ends} if diameter_mm else {})


class Bench(Workspace):
    """The page of an adjudicator; nothing here takes a mouse."""

    def sign_in_to_settle(self, language: str = "en") -> None:
        self.sign_in(ADJUDICATOR.login)
        self.page.add_init_script(
            f"localStorage.getItem('casebook.language') ?? localStorage.setItem('casebook.language', '{language}')"
        )
        self.page.goto("/viewer/")

    def open_listed(self, code: str) -> None:
        """Open a case of the list from the keyboard."""
        self.page.get_by_role("link", name=f"Settle case {code}").focus()
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/viewer/adjudication/*")
        self.wait_until_hung()

    def sides(self) -> dict[str, Any]:
        """Return the adjudication as the server tells it."""
        adjudication_id = self.page.url.rstrip("/").split("/")[-1]
        return self.page.request.get(f"/api/v1/adjudications/{adjudication_id}").json()
