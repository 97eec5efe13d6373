"""A third person settles a case: both reads side by side without names, a choice for each disputed lesion, a signature.

The adjudicator learns nothing of who read, when, or which read was the first reader's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.adjudication import let_count, reads_of, side_of
from casebook.actions.lesions import PlacedSeries, placed_series
from casebook.actions.read_content import content_sha256
from casebook.actions.signing_in import check_password
from casebook.actions.studies import definition_of
from casebook.domain.central import adjudication as rules
from casebook.domain.central.adjudication import AdjudicationState, Choice, Chosen, Disputed, Settled, Side
from casebook.domain.errors import NotFound, Refused, Stale
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.domain.lesion_location import Location, Mark, locate
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint as PlannedTimepoint
from casebook.domain.texts import Text
from casebook.store import adjudications, assignments, lesions, reads, registry, series_links
from casebook.store.accounts import SignedIn
from casebook.store.adjudications import OwnAdjudication
from casebook.store.tables import AdjudicationChoice, Finding, ReaderLesion, Reading, Timepoint

VOID: Final = Text(
    "One of the two reads has changed; this adjudication is closed. Go back to your list.",
    "片方の読影が変更されたため、この裁定は終了しました。一覧に戻ってください。",
)
DECIDED: Final = Text("The case is decided and signed.", "この症例の裁定は署名済みです。")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an adjudicator's list."""

    item: OwnAdjudication
    timepoint: PlannedTimepoint
    n_disputed: int
    n_chosen: int


@dataclass(frozen=True, slots=True)
class ShownRead:
    """What one of the two reads says."""

    findings: Sequence[Finding]
    new_lesions: Sequence[ReaderLesion]


@dataclass(frozen=True, slots=True)
class OpenedAdjudication:
    """Everything that the adjudicator looks at.

    `lesion_ids` are those of the list by label; `places` says where a disputed new lesion lies on each series.
    """

    item: OwnAdjudication
    definition: StudyDefinition
    lesion_ids: Mapping[str, UUID]
    disputed: Sequence[Disputed]
    choices: Mapping[str, Chosen]
    reads: Mapping[Side, ShownRead]
    places: Mapping[str, Sequence[tuple[PlacedSeries, Location]]]

    @property
    def timepoint(self) -> PlannedTimepoint:
        """The timepoint that is settled."""
        return self.definition.timepoint(self.item.timepoint.code)


def list_adjudications(session: Session, who: SignedIn) -> list[Line]:
    """Return what the actor is to settle, in their own order, and what they settled a short while ago."""
    found = adjudications.own_list(session, who.actor)
    chosen = adjudications.choices(session, [item.row.id for item in found])
    return [
        Line(
            item,
            definition_of(session, item.subject.study_version_id).timepoint(item.timepoint.code),
            len(item.row.disputes),
            len(chosen.get(item.row.id, ())),
        )
        for item in found
    ]


def open_adjudication(session: Session, who: SignedIn, *, adjudication_id: UUID) -> OpenedAdjudication:
    """Return one with both reads. Raises NotFound for what is not on the actor's list."""
    item = _own(session, who, adjudication_id)
    disputed = [Disputed.from_json(plain) for plain in item.row.disputes]
    shown = {side: _shown(session, reading) for side, reading in _sides(session, item).items()}
    return OpenedAdjudication(
        item=item,
        definition=definition_of(session, item.subject.study_version_id),
        lesion_ids=_lesion_ids(session, item),
        disputed=disputed,
        choices=choices_of(adjudications.choices(session, [item.row.id]).get(item.row.id, ())),
        reads=shown,
        places=_places(session, item, disputed, shown),
    )


def choose(
    session: Session, who: SignedIn, *, adjudication_id: UUID, label: str, chosen: Chosen, version: int
) -> OpenedAdjudication:
    """Save what is chosen for one disputed lesion, in place of an earlier choice.

    Raises NotFound for a lesion that is not disputed, Stale, Refused once it is decided, and what `check_choice` does.
    """
    item = _own(session, who, adjudication_id)
    _lock(session, item, version)
    definition = definition_of(session, item.subject.study_version_id)
    disputed = next((found for found in map(Disputed.from_json, item.row.disputes) if found.label == label), None)
    if disputed is None:
        raise NotFound("The reads do not differ on such a lesion.", field="label")
    charter = definition.charter
    rules.check_choice(disputed, chosen, sequences=charter.sequences, may_give_third=charter.adjudicator_may_give_third)
    values = {"choice": chosen.choice, "third": chosen.to_json(), "comment": (chosen.comment or "").strip() or None}
    adjudications.put_choice(session, adjudication_id=item.row.id, label=label, values=values)
    item.row.version += 1
    session.flush()
    return open_adjudication(session, who, adjudication_id=adjudication_id)


def decide(
    session: Session,
    who: SignedIn,
    *,
    adjudication_id: UUID,
    password: str,
    meaning: str,
    version: int,
    now: datetime,
) -> OpenedAdjudication | None:
    """Make the read that counts from the choices, signed with the password given again; None when that is wrong.

    Raises Refused while a disputed lesion has no choice and once it is decided, Stale for an older version.
    """
    item = _own(session, who, adjudication_id)
    _lock(session, item, version)
    opened = open_adjudication(session, who, adjudication_id=adjudication_id)
    sides = _sides(session, item)
    said = reads_of(session, item.subject, list(sides.values()))
    settled = rules.settle(
        said[sides[Side.LEFT].id],
        said[sides[Side.RIGHT].id],
        opened.disputed,
        opened.choices,
        agreed=side_of(item.row, first=True),
    )
    if not check_password(session, account_id=who.account_id, password=password, now=now):
        return None
    result = _result(session, item, settled, sides)
    _sign(session, result, item.timepoint, meaning=meaning, now=now)
    _close(session, item, result, opened.definition, now=now)
    let_count(session, item.subject, item.timepoint, result, now=now)
    return open_adjudication(session, who, adjudication_id=adjudication_id)


def result_of(session: Session, opened: OpenedAdjudication) -> Reading:
    """Return the read that a decided adjudication made."""
    reading_id = opened.item.row.result_reading_id
    assert reading_id is not None, "a decided adjudication has a result"
    return session.get_one(Reading, reading_id)


def choices_of(rows: Iterable[AdjudicationChoice]) -> dict[str, Chosen]:
    """Return saved choices as the rules know them, by label."""
    return {
        row.label: Chosen(
            Choice(row.choice),
            {ReadingSequence(sequence): Visibility(seen) for sequence, seen in row.third.items()}
            if row.third
            else None,
            row.comment,
        )
        for row in rows
    }


def _own(session: Session, who: SignedIn, adjudication_id: UUID) -> OwnAdjudication:
    found = adjudications.own(session, who.actor, adjudication_id)
    if found is None:
        raise NotFound("There is no such adjudication.", field="adjudication")
    return found


def _lock(session: Session, item: OwnAdjudication, version: int) -> None:
    """Keep others from deciding or voiding it. Raises Refused where that has happened, Stale for an older version."""
    adjudications.hold(session, item.timepoint.id)
    row = adjudications.locked(session, item.row.id)
    if row.state != AdjudicationState.OPEN:
        raise Refused(VOID if row.state == AdjudicationState.VOID else DECIDED)
    if row.version != version:
        raise Stale(
            f"It was changed in another window (version {row.version}, yours is {version}); reload the adjudication."
        )


def _sides(session: Session, item: OwnAdjudication) -> dict[Side, Reading]:
    first, second = (session.get_one(Reading, key) for key in (item.row.first_reading_id, item.row.second_reading_id))
    found = {side_of(item.row, first=True): first, side_of(item.row, first=False): second}
    return {side: found[side] for side in Side}


def _lesion_ids(session: Session, item: OwnAdjudication) -> dict[str, UUID]:
    return {lesion.label: lesion.id for lesion in lesions.to_read(session, item.subject.id, centrally=True)}


def _shown(session: Session, reading: Reading) -> ShownRead:
    parts = reads.parts(session, reading.id)
    return ShownRead(parts.findings, parts.new_lesions)


def _places(
    session: Session, item: OwnAdjudication, disputed: Sequence[Disputed], shown: Mapping[Side, ShownRead]
) -> dict[str, list[tuple[PlacedSeries, Location]]]:
    """Return where the new lesions that only one read has lie on each series, as links between frames say."""
    opened = assignments.opened(session, item.assignment.id)
    timepoints = [row for row in registry.timepoints(session, item.subject.id) if row.id in opened]
    placed = [one for one in placed_series(session, timepoints) if one.planes is not None]
    known = series_links.known_links(session, item.subject.id)
    frames = {one.series.series_uid: one.series.frame_of_reference_uid for one in placed}
    found = {}
    for dispute in disputed:
        marks = [
            Mark(uid, frames.get(uid) or "", (x, y, z))
            for row in (shown[dispute.only_in].new_lesions if dispute.only_in else ())
            if row.label == dispute.new_label
            for uid, (x, y, z) in [(row.judged_on["series_uid"], row.judged_on["position_mm"])]
        ]
        if marks:
            found[dispute.label] = [(one, locate(marks, known, one.planes)) for one in placed if one.planes]
    return found


def _result(session: Session, item: OwnAdjudication, settled: Settled, sides: Mapping[Side, Reading]) -> Reading:
    """Write the adjudicated read: everything that the chosen read says of each lesion, third verdicts by sequence."""
    result = adjudications.begin_result(session, timepoint_id=item.timepoint.id, assignment=item.assignment)
    id_of = _lesion_ids(session, item)
    for side, source in sides.items():
        taken = [id_of[label] for label, one in settled.lesions.items() if one.side is side]
        adjudications.copy_findings(session, source_id=source.id, target_id=result.id, lesion_ids=taken)
    known = _by_cell(session, sides[side_of(item.row, first=True)], sides[side_of(item.row, first=False)])
    for label, one in settled.lesions.items():
        for sequence, seen in (one.third or {}).items():
            values = known.get((id_of[label], sequence, seen), {"visibility": seen})
            reads.put_finding(
                session, reading_id=result.id, lesion_id=id_of[label], sequence=Judged(sequence), values=values
            )
    for n, (side, label) in enumerate(settled.new, start=1):
        adjudications.copy_new_lesion(
            session, source_id=sides[side].id, label=label, target_id=result.id, as_label=f"N{n}"
        )
    session.flush()
    return result


def _by_cell(session: Session, *sources: Reading) -> dict[tuple[UUID, str, str], dict[str, Any]]:
    """Return verdicts with their measurements by what they say; where reads say the same, the first one's."""
    found: dict[tuple[UUID, str, str], dict[str, Any]] = {}
    kept = [column.name for column in Finding.__table__.columns]
    for source in sources:
        for row in reads.findings(session, [source.id]):
            values = {name: getattr(row, name) for name in kept}
            for name in ("id", "reading_id", "lesion_id", "sequence"):
                del values[name]
            found.setdefault((row.lesion_id, row.sequence, row.visibility), values)
    return found


def _sign(session: Session, result: Reading, timepoint: Timepoint, *, meaning: str, now: datetime) -> None:
    result.state, result.signed_at, result.signature_meaning = "signed", now, meaning
    result.saved_at = now
    result.content_sha256 = content_sha256(session, result)
    result.images_sha256 = assignments.images_digests(session, [timepoint.id]).get(timepoint.id)
    session.flush()


def _close(
    session: Session, item: OwnAdjudication, result: Reading, definition: StudyDefinition, *, now: datetime
) -> None:
    """Keep who decided and when; the case leaves the adjudicator's list when a read would leave its reader's."""
    row = item.row
    row.state, row.result_reading_id, row.decided_at = AdjudicationState.DECIDED, result.id, now
    row.assignment_id = item.assignment.id
    row.version += 1
    item.assignment.closes_on = now.date() + timedelta(days=definition.charter.reopen_days)
    session.flush()
