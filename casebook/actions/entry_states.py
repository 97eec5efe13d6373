"""The acts on form entries: verify, freeze, lock and their ways back, one entry or many, by the state machine.

An act names the version it was decided on, and each act makes the next version: of two people who act on the same
version exactly one does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.entry_context import Surroundings, surroundings
from casebook.actions.progress import refresh_progress, refresh_progress_of
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound, Refused, Stale
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.entry import validate_entry
from casebook.domain.forms.states import EntryAct, EntryState, FormStateRefused, after, needs_reason
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import entries, forms, registry
from casebook.store.database import set_reason
from casebook.store.tables import FormEntry, Subject

ACTION_OF: Final[Mapping[EntryAct, Action]] = {
    EntryAct.SAVE_DRAFT: Action.EDIT_FORMS,
    EntryAct.COMPLETE: Action.EDIT_FORMS,
    EntryAct.VERIFY: Action.VERIFY_FORMS,
    EntryAct.WITHDRAW_VERIFICATION: Action.VERIFY_FORMS,
    EntryAct.SIGN: Action.SIGN_FORMS,
    EntryAct.FREEZE: Action.LOCK_FORMS,
    EntryAct.UNFREEZE: Action.LOCK_FORMS,
    EntryAct.LOCK: Action.LOCK_FORMS,
    EntryAct.UNLOCK: Action.LOCK_FORMS,
}
IN_BULK: Final = (EntryAct.VERIFY, EntryAct.FREEZE, EntryAct.LOCK)
"""What can be done on all entries of a subject that are ready for it."""
BACK_IN_BULK: Final = (EntryAct.WITHDRAW_VERIFICATION, EntryAct.UNFREEZE, EntryAct.UNLOCK)
"""What can be done on several entries where each is named, with one reason for all."""
ERRORS_FIRST: Final = Text(
    "The form has errors; they have to be put right before it is verified.",
    "この様式にはエラーがあります。確認の前に訂正が必要です。",
)
CHANGED_MEANWHILE: Final = Text(
    "Somebody changed the form in the meantime; look at it again.", "この間に変更されました。もう一度確認してください。"
)
REASON_NEEDED: Final = Text(
    "Say why; the reason is kept in the audit trail.", "理由を入力してください。監査証跡に残ります。"
)


class ReasonNeeded(Refused):
    """An act that only goes with a reason."""

    code = "reason-needed"

    def __init__(self) -> None:
        super().__init__(REASON_NEEDED, field="change_reason")


class ErrorsFirst(Refused):
    """An entry that other entries have made wrong since it was saved."""

    code = "form-errors-first"

    def __init__(self) -> None:
        super().__init__(ERRORS_FIRST)


@dataclass(frozen=True, slots=True)
class EntryKey:
    """Which entry of which form of which subject."""

    subject_id: UUID
    form: str
    timepoint: str | None = None
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry locked for the transaction, with what an act on it is judged by."""

    subject: Subject
    definition: StudyDefinition
    form: FormDefinition
    row: FormEntry

    @property
    def state(self) -> EntryState:
        """Where the entry stands."""
        return EntryState(self.row.state)

    def require(self, act: EntryAct) -> EntryState:
        """Return the state that the act leads to. Raises FormStateRefused."""
        return after(self.state, act, needs_signature=self.form.needs_signature)


@dataclass(frozen=True, slots=True)
class ActedOn:
    """One entry of an act in bulk; `hindrance` says why nothing was done, None where it was."""

    number: str
    form: FormDefinition
    timepoint: Text | None
    ordinal: int
    hindrance: Text | None
    entry_id: UUID
    timepoint_code: str | None


def act_on_entry(
    session: Session,
    actor: Actor,
    key: EntryKey,
    act: EntryAct,
    *,
    version: int | None,
    reason: str | None,
    now: datetime,
) -> FormEntry:
    """Do one act that brings no answers and no signature.

    Raises NotFound, Stale for an older version, FormStateRefused, ReasonNeeded, ErrorsFirst.
    """
    held = entry_for(session, actor, key, act, version=version)
    held.require(act)
    if act is EntryAct.VERIFY:
        _require_no_errors(held, surroundings(session, held.subject, held.definition), now)
    row = change_state(session, held, act, reason=reason, now=now)
    refresh_progress(session, held.subject.id)
    return row


def entry_for(session: Session, actor: Actor, key: EntryKey, act: EntryAct, *, version: int | None) -> HeldEntry:
    """Lock the subject and its entry for an act. Raises NotFound, Refused without a version, Stale for an older one."""
    subject = registry.subject(session, actor, ACTION_OF[act], subject_id=key.subject_id, lock=True)
    definition = definition_of(session, subject.study_version_id)
    form = definition.form(key.form)
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    row = next(
        (
            row
            for row in forms.entries_for_update(session, subject.id)
            if (row.form_code, row.ordinal) == (key.form, key.ordinal)
            and (codes.get(row.timepoint_id) if row.timepoint_id else None) == key.timepoint
        ),
        None,
    )
    if row is None:
        raise NotFound("There is no such entry of this form.", field="form")
    require_version(row, version)
    return HeldEntry(subject, definition, form, row)


def require_version(row: FormEntry, version: int | None) -> None:
    """Raise Refused where no version is named, Stale where another one is stored."""
    if version is None:
        raise Refused("The form is filled already; name the version you change with If-Match.", field="If-Match")
    if version != row.version:
        raise Stale(f"The form was changed by somebody else (version {row.version}, yours is {version}); reload it.")


def change_state(session: Session, held: HeldEntry, act: EntryAct, *, reason: str | None, now: datetime) -> FormEntry:
    """Apply an act that is possible; a step back to complete lets signatures fall. Raises ReasonNeeded.

    The subject's standing is the caller's to make anew, once for all of its acts.
    """
    row, said = held.row, (reason or "").strip()
    if needs_reason(held.state, act) and not said:
        raise ReasonNeeded
    if said:
        set_reason(session, said)
    row.state = held.require(act)
    row.version += 1
    if act is EntryAct.WITHDRAW_VERIFICATION:
        forms.invalidate_signatures(session, row.id, now=now, because=said)
    session.flush()
    return row


def act_on_all(
    session: Session,
    actor: Actor,
    act: EntryAct,
    *,
    numbers: Sequence[str],
    entry_ids: Mapping[UUID, int] | None = None,
    reason: str | None = None,
    now: datetime,
    dry: bool = False,
) -> list[ActedOn]:
    """Do an act on every entry of subjects that it is possible on, or on those named with the version that was seen.

    Returns what was done and what stood in the way; entries on which the act was done already are left out. With `dry`
    nothing is done: what is returned is what would be. Raises NotFound for a subject that is not there or not the
    actor's, ReasonNeeded.
    """
    assert act in IN_BULK or (act in BACK_IN_BULK and entry_ids is not None)
    bulk = _Bulk(act, entry_ids, reason, now, dry)
    found: list[ActedOn] = []
    changed: list[UUID] = []
    for number in sorted(set(numbers)):
        subject = registry.subject_by_number(session, actor, ACTION_OF[act], number=number)
        if not dry:
            subject = registry.subject(session, actor, ACTION_OF[act], subject_id=subject.id, lock=True)
            changed.append(subject.id)
        found += _all_of_subject(session, subject, bulk)
    refresh_progress_of(session, changed)
    return found


def act_on_named(
    session: Session,
    actor: Actor,
    act: EntryAct,
    *,
    versions: Mapping[UUID, int],
    reason: str | None = None,
    now: datetime,
    dry: bool = False,
) -> list[ActedOn]:
    """Do an act on entries of any subjects, each named with the version that was seen; as `act_on_all` otherwise.

    Raises NotFound where one of them is not there or not the actor's.
    """
    numbers = entries.numbers_of(session, actor, ACTION_OF[act], versions)
    if numbers.keys() != versions.keys():
        raise NotFound("One of these entries is not there.", field="versions")
    if act in BACK_IN_BULK and not dry and not (reason or "").strip():
        raise ReasonNeeded
    return act_on_all(
        session,
        actor,
        act,
        numbers=list(numbers.values()),
        entry_ids=versions,
        reason=reason,
        now=now,
        dry=dry,
    )


@dataclass(frozen=True, slots=True)
class _Bulk:
    """An act on several entries; `entry_ids` are None where all that are ready are meant."""

    act: EntryAct
    entry_ids: Mapping[UUID, int] | None
    reason: str | None
    now: datetime
    dry: bool

    def is_for(self, row: FormEntry) -> bool:
        """Whether the entry is one of those meant."""
        if self.entry_ids is not None:
            return row.id in self.entry_ids
        return not is_beyond(EntryState(row.state), self.act)

    def version_of(self, row: FormEntry) -> int | None:
        """Return the version that was seen."""
        return row.version if self.entry_ids is None else self.entry_ids.get(row.id)


def _all_of_subject(session: Session, subject: Subject, bulk: _Bulk) -> list[ActedOn]:
    definition = definition_of(session, subject.study_version_id)
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    rows = forms.entries(session, subject.id) if bulk.dry else forms.entries_for_update(session, subject.id)
    around = surroundings(session, subject, definition) if bulk.act is EntryAct.VERIFY else None
    found: list[ActedOn] = []
    for row in rows:
        if bulk.is_for(row):
            held = HeldEntry(subject, definition, definition.form(row.form_code), row)
            code = codes.get(row.timepoint_id) if row.timepoint_id else None
            found.append(
                ActedOn(
                    number=subject.number,
                    form=held.form,
                    timepoint=definition.timepoint(code).label if code else None,
                    ordinal=row.ordinal,
                    hindrance=_done_or_hindered(session, held, bulk, around),
                    entry_id=row.id,
                    timepoint_code=code,
                )
            )
    return found


def is_beyond(state: EntryState, act: EntryAct) -> bool:
    """Whether an entry has been through the act already."""
    order = list(EntryState)
    return order.index(state) >= order.index(
        {
            EntryAct.VERIFY: EntryState.VERIFIED,
            EntryAct.FREEZE: EntryState.FROZEN,
            EntryAct.LOCK: EntryState.LOCKED,
        }[act]
    )


def _done_or_hindered(session: Session, held: HeldEntry, bulk: _Bulk, around: Surroundings | None) -> Text | None:
    if bulk.version_of(held.row) != held.row.version:
        return CHANGED_MEANWHILE
    try:
        held.require(bulk.act)
        if around is not None:
            _require_no_errors(held, around, bulk.now)
        if not bulk.dry:
            change_state(session, held, bulk.act, reason=bulk.reason, now=bulk.now)
    except (FormStateRefused, ErrorsFirst) as refused:
        return refused.said
    return None


def _require_no_errors(held: HeldEntry, around: Surroundings, now: datetime) -> None:
    if not validate_entry(held.form, held.row.data, around.context(held.row, now=now)).is_complete:
        raise ErrorsFirst
