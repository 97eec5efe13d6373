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

from casebook.actions.entry_context import entry_context
from casebook.actions.progress import refresh_progress
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound, Refused, Stale
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.entry import validate_entry
from casebook.domain.forms.states import EntryAct, EntryState, FormStateRefused, after, needs_reason
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import forms, registry
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
        _require_no_errors(session, held, now)
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
) -> list[ActedOn]:
    """Do an act on every entry of subjects that it is possible on, or on those named with the version that was seen.

    Returns what was done and what stood in the way; entries on which the act was done already are left out. Raises
    NotFound for a subject that is not there or not the actor's.
    """
    assert act in IN_BULK
    found: list[ActedOn] = []
    for number in sorted(set(numbers)):
        known = registry.subject_by_number(session, actor, ACTION_OF[act], number=number)
        subject = registry.subject(session, actor, ACTION_OF[act], subject_id=known.id, lock=True)
        found += _all_of_subject(session, subject, act, entry_ids, reason, now)
        refresh_progress(session, subject.id)
    return found


def _all_of_subject(
    session: Session,
    subject: Subject,
    act: EntryAct,
    entry_ids: Mapping[UUID, int] | None,
    reason: str | None,
    now: datetime,
) -> list[ActedOn]:
    definition = definition_of(session, subject.study_version_id)
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    found: list[ActedOn] = []
    for row in forms.entries_for_update(session, subject.id):
        held = HeldEntry(subject, definition, definition.form(row.form_code), row)
        is_meant = row.id in entry_ids if entry_ids is not None else not is_beyond(held.state, act)
        if is_meant:
            seen = entry_ids.get(row.id) if entry_ids is not None else row.version
            hindrance = _done_or_hindered(session, held, act, seen, reason, now)
            code = codes.get(row.timepoint_id) if row.timepoint_id else None
            timepoint = definition.timepoint(code).label if code else None
            found.append(ActedOn(subject.number, held.form, timepoint, row.ordinal, hindrance))
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


def _done_or_hindered(
    session: Session, held: HeldEntry, act: EntryAct, version: int | None, reason: str | None, now: datetime
) -> Text | None:
    if version != held.row.version:
        return CHANGED_MEANWHILE
    try:
        held.require(act)
        if act is EntryAct.VERIFY:
            _require_no_errors(session, held, now)
        change_state(session, held, act, reason=reason, now=now)
    except (FormStateRefused, ErrorsFirst) as refused:
        return refused.said
    return None


def _require_no_errors(session: Session, held: HeldEntry, now: datetime) -> None:
    context = entry_context(session, held.subject, held.definition, row=held.row, now=now)
    if not validate_entry(held.form, held.row.data, context).is_complete:
        raise ErrorsFirst
