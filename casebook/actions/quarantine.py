"""The quarantine desk: what is held and why, a look into it, and the decision that ends it.

Only people who decide on the quarantine look into held files; each look is kept in the access log. What may say who the
patient is stays masked until somebody asks for it with a reason, which is kept too.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.access_log import Access, note_access
from casebook.actions.intake import Delivery, OpenSubmission, Receipt, close_submission, open_submission, receive
from casebook.actions.intake_judgement import ReceiptOutcome, patient_of
from casebook.actions.progress import refresh_progress
from casebook.actions.reconcile import reconcile_later
from casebook.dicom.blanking import Rectangle
from casebook.dicom.examination import Examined, HeaderValue
from casebook.dicom.preparation import NOT_CLEANABLE
from casebook.dicom.release import Release
from casebook.dicom.workshop import Workshop
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.patient_identity import Agreement, PatientIdentity
from casebook.domain.quarantine import (
    STATE_AFTER,
    Decision,
    HeldState,
    QuarantineRefused,
    Reason,
    require_possible,
    require_same_reason,
    require_still_held,
    require_why,
)
from casebook.domain.quarantine_reasons import OTHER_PATIENT, reason_of
from casebook.domain.texts import Text
from casebook.store import images, quarantine, registry
from casebook.store.database import for_reason
from casebook.store.files import FileStore
from casebook.store.quarantine import Held
from casebook.store.tables import QuarantineItem

ROAD: Final = "quarantine"
BATCH_FILES: Final = 64
MOST_AT_ONCE: Final = 500
"""Files of one act: it is one transaction, and is over in less than a minute."""
PIECE_BYTES: Final = 4 * 1024 * 1024
MASK: Final = "•••"
LOST: Final = Text(
    "The file's bytes are not where the quarantine keeps them; tell whoever runs the server.",
    "隔離領域にファイルの実体がありません。システム管理者に連絡してください。",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What looking into files and sending them through preparation again needs."""

    workshop: Workshop
    archive: FileStore
    quarantine: FileStore
    key: bytes


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A held file with its reason in words; `alike` are the undecided ones held for the same at the same timepoint."""

    held: Held
    reason: Reason
    alike: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look into a held file showed. `agreement` compares its patient with the subject's earlier images."""

    held: Held
    shown: Examined
    agreement: Mapping[str, Agreement]
    are_masked: bool


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on held files: `objection` is the reason that was looked at, `target` the number and timepoint."""

    decision: Decision
    objection: str
    reason: str
    blanked: tuple[Rectangle, ...] = ()
    target: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """What came of a decision: how many files it ended, and how many are held for another reason now."""

    n_ended: int
    n_still_held: int
    submissions: tuple[int, ...] = ()


def open_item(session: Session, actor: Actor, *, item_id: UUID) -> HeldFile:
    """Return what is known of a held file without looking into it. Raises NotFound."""
    held = quarantine.item(session, actor, item_id)
    alike = tuple(quarantine.alike(session, held.item, limit=MOST_AT_ONCE))
    return HeldFile(held, reason_of(held.item.reason_code), alike)


def look_into(
    session: Session,
    actor: Actor,
    *,
    item_id: UUID,
    desk: Desk,
    now: datetime,
    frame: int = 1,
    unmasked_because: str | None = None,
) -> Seen:
    """Look into a held file in a child process; the look is logged. Raises NotFound.

    What may say who the patient is comes masked, unless it is asked for with a reason, which is logged.
    """
    held = quarantine.item(session, actor, item_id)
    access, target = Access.HELD_FILE, str(item_id)
    if unmasked_because is not None:
        access, target = Access.HELD_IDENTITY, f"{item_id}: {require_why(unmasked_because)}"
    note_access(session, actor, access, target, subject_id=held.subject.id, now=now)
    shown = _examined(desk, held.item, frame)
    agreement = _agreement(session, held, shown)
    if unmasked_because is not None:
        return Seen(held, shown, agreement, are_masked=False)
    masked = replace(shown, values=tuple(map(_masked, shown.values)), identity=None)
    return Seen(held, masked, agreement, are_masked=True)


def decide(
    session: Session, actor: Actor, *, item_ids: Sequence[UUID], ruling: Ruling, desk: Desk, now: datetime
) -> Ruled:
    """Decide on held files, all or none of them; repeated, it does nothing.

    Raises NotFound, Invalid without a reason or for rectangles that miss the picture, QuarantineRefused where somebody
    decided otherwise meanwhile or the reason for holding does not allow it.
    """
    why = require_why(ruling.reason)
    if not 0 < len(item_ids) <= MOST_AT_ONCE:
        raise Invalid(f"Decide on 1 to {MOST_AT_ONCE} files at once.", field="items")
    rows = quarantine.lock(session, actor, item_ids)
    waiting = [row for row in rows if require_still_held(HeldState(row.state), ruling.decision)]
    for row in waiting:
        require_same_reason(row.reason_code, ruling.objection)
    require_possible(reason_of(ruling.objection), ruling.decision, n_rectangles=len(ruling.blanked))
    with for_reason(session, why):
        if ruling.decision is Decision.REFUSE:
            ruled = _ended(actor, waiting, ruling, now)
        else:
            ruled = _sent_again(session, actor, waiting, ruling, desk, now)
    for timepoint_id in {row.timepoint_id for row in waiting}:
        subject_id = registry.subject_of_timepoint(session, timepoint_id).id
        refresh_progress(session, subject_id)
        reconcile_later(session, subject_id)
    return ruled


def _ended(
    actor: Actor,
    rows: Sequence[QuarantineItem],
    ruling: Ruling,
    now: datetime,
    *,
    went_into: UUID | None = None,
) -> Ruled:
    for row in rows:
        row.state = STATE_AFTER[ruling.decision]
        row.decided_by, row.decided_at, row.decision_reason = actor.login, now, ruling.reason.strip()
        row.went_into = went_into
    return Ruled(len(rows), 0)


def _sent_again(
    session: Session, actor: Actor, rows: Sequence[QuarantineItem], ruling: Ruling, desk: Desk, now: datetime
) -> Ruled:
    """Send files through preparation and judgement again, each timepoint's as one submission."""
    together: dict[tuple[UUID, Release], list[QuarantineItem]] = defaultdict(list)
    for row in rows:
        together[row.timepoint_id, Release(_lifted(row, ruling), _blanked(row, ruling))].append(row)
    n_ended, numbers = 0, []
    for (timepoint_id, release), group in together.items():
        number, code = _target(session, actor, timepoint_id, ruling)
        submission = open_submission(
            session,
            actor,
            subject_number=number,
            timepoint_code=code,
            road=ROAD,
            key=desk.key,
            n_announced=len(group),
            compare_identities=OTHER_PATIENT not in release.lifted,
        )
        receipts = _received(session, submission, group, release, desk)
        n_ended += _note(actor, submission, group, receipts, release, ruling, now)
        close_submission(session, submission, now=now)
        numbers.append(submission.number)
    return Ruled(n_ended, len(rows) - n_ended, tuple(numbers))


def _lifted(row: QuarantineItem, ruling: Ruling) -> frozenset[str]:
    """What a person let pass; for another patient's timepoint the identity is compared anew."""
    if ruling.decision is Decision.RELEASE:
        return frozenset({*row.lifted, ruling.objection})
    return frozenset(row.lifted) - {OTHER_PATIENT}


def _blanked(row: QuarantineItem, ruling: Ruling) -> tuple[Rectangle, ...]:
    """What is blanked: also what was marked when an earlier objection was lifted."""
    return tuple(dict.fromkeys([*(Rectangle(*sides) for sides in row.blanked), *ruling.blanked]))


def _target(session: Session, actor: Actor, timepoint_id: UUID, ruling: Ruling) -> tuple[str, str]:
    """The subject's number and the timepoint that the files are for."""
    subject = registry.subject_of_timepoint(session, timepoint_id)
    here = (subject.number, registry.timepoint_code(session, timepoint_id))
    if ruling.decision is Decision.RELEASE:
        return here
    if ruling.target is None or ruling.target == here:
        raise Invalid(
            Text(
                "Say which patient and timepoint the files belong to, other than these.",
                "移動先として、現在とは別の患者番号または時点を指定してください。",
            ),
            field="target",
        )
    to = registry.subject_by_number(session, actor, Action.DECIDE_QUARANTINE, number=ruling.target[0])
    if to.site_id != subject.site_id:
        raise QuarantineRefused(
            Text(
                "Files are moved within one site only; that patient belongs to another.",
                "移動できるのは同じ施設の患者の間だけです。指定した患者は別の施設に属します。",
            ),
            field="target",
        )
    return ruling.target


def _received(
    session: Session, submission: OpenSubmission, rows: Sequence[QuarantineItem], release: Release, desk: Desk
) -> list[Receipt]:
    receipts: list[Receipt] = []
    with _on_disk(desk, rows) as paths:
        results = desk.workshop.prepare(paths, staging_dir=paths[0].parent, plan=submission.plan, release=release)
        prepared = (Delivery(f"quarantine/{row.id}", result) for row, result in zip(rows, results, strict=True))
        while deliveries := list(islice(prepared, BATCH_FILES)):
            receipts += receive(session, submission, deliveries, archive=desk.archive, quarantine=desk.quarantine)
    return receipts


def _note(
    actor: Actor,
    submission: OpenSubmission,
    rows: Sequence[QuarantineItem],
    receipts: Sequence[Receipt],
    release: Release,
    ruling: Ruling,
    now: datetime,
) -> int:
    """Note on each file what came of it; returns how many are not held here any more."""
    n_ended = 0
    for row, receipt in zip(rows, receipts, strict=True):
        if ruling.blanked and receipt.code == NOT_CLEANABLE:
            raise Invalid(receipt.message or "", field="blank")
        if ruling.decision is Decision.MOVE or receipt.outcome is not ReceiptOutcome.QUARANTINED:
            n_ended += _ended(actor, [row], ruling, now, went_into=submission.id).n_ended
        else:
            row.lifted = sorted(release.lifted)
            row.blanked = [list(astuple(rectangle)) for rectangle in release.blanked]
            row.reason_code, row.message = receipt.code or row.reason_code, receipt.message or row.message
    return n_ended


@contextmanager
def _on_disk(desk: Desk, rows: Sequence[QuarantineItem]) -> Iterator[list[Path]]:
    """Within, the files lie in a folder of their own, for the child processes; the kept bytes are not touched."""
    with tempfile.TemporaryDirectory(prefix="held-", dir=desk.archive.staging_dir()) as folder:
        paths = [Path(folder) / str(row.id) for row in rows]
        for row, path in zip(rows, paths, strict=True):
            with path.open("wb") as file:
                for offset in range(0, row.n_bytes, PIECE_BYTES):
                    length = min(PIECE_BYTES, row.n_bytes - offset)
                    file.write(desk.quarantine.read(row.file_key, [(offset, length)]))
        yield paths


def _examined(desk: Desk, row: QuarantineItem, frame: int) -> Examined:
    try:
        with _on_disk(desk, [row]) as (path,):
            return desk.workshop.examine(path, frame=frame)
    except NotFound:
        return Examined(no_picture=LOST, refusal=LOST.en)


def _agreement(session: Session, held: Held, shown: Examined) -> Mapping[str, Agreement]:
    """Compare with whom the subject's images name; empty where either is not known."""
    known = images.identities(session, held.subject.id)
    if not known or shown.identity is None:
        return {}
    return PatientIdentity.from_json(known[0].identity).compared_with(patient_of(shown.identity))


def _masked(value: HeaderValue) -> HeaderValue:
    return replace(value, text=MASK) if value.is_identity else value
