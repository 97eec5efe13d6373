"""The study's forms, filled; and what the rules make of them."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from sqlalchemy.orm import Session

from casebook.actions.access_log import Access, note_access
from casebook.actions.course import gather_course
from casebook.actions.derive import cdlm_json, outcome_json
from casebook.actions.entries import EntryLine, every_entry
from casebook.actions.entries import list_entries as page_of_entries
from casebook.actions.entry_states import ActedOn, EntryKey, act_on_all, act_on_entry, act_on_named
from casebook.actions.form_page import open_form
from casebook.actions.forms import save_entry
from casebook.actions.history import of_field
from casebook.actions.signatures import sign_entry
from casebook.domain.actors import Action
from casebook.domain.errors import Invalid, NotAuthenticated
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.states import EntryAct
from casebook.domain.texts import Text
from casebook.store import forms, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import FormEntry, Signature
from services.api.dependencies import Running, Transaction, doing
from services.api.entry_csv import entry_csv
from services.api.entry_filters import EntriesAsked
from services.api.problems import ProblemResponse, problem, status_of
from services.api.schemas.cases import Label
from services.api.schemas.records import (
    BulkBackIn,
    BulkEntry,
    BulkIn,
    BulkOut,
    EntryChangeOut,
    EntryIn,
    EntryListOut,
    EntrySignatureIn,
    FieldChange,
    History,
    ListedEntry,
)
from services.api.schemas.registry import (
    FormEntries,
    FormEntryIn,
    FormEntryOut,
    FormMessage,
    FormSignature,
    LesionOutcome,
    Outcomes,
)
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/subjects/{subject_id}", tags=["forms"])

bulk = APIRouter(prefix="/api/v1/forms", tags=["forms"])

SeesOutcomes = Annotated[SignedIn, Depends(doing(Action.SEE_OUTCOMES))]
Verifies = Annotated[SignedIn, Depends(doing(Action.VERIFY_FORMS))]
Signs = Annotated[SignedIn, Depends(doing(Action.SIGN_FORMS))]
Locks = Annotated[SignedIn, Depends(doing(Action.LOCK_FORMS))]
IfMatch = Annotated[str | None, Header(alias="If-Match", description='the version that is acted on, as "7"')]
Reason = Annotated[str | None, Header(alias="X-Change-Reason", description="why, percent-encoded")]


@router.get("/forms")
def list_entries(running: Running, session: Transaction, who: SeesOutcomes, subject_id: UUID) -> FormEntries:
    """Return every entry of the subject."""
    subject = registry.subject(session, who.actor, Action.SEE_OUTCOMES, subject_id=subject_id)
    note_access(session, who.actor, Access.FORM, subject.number, subject_id=subject.id, now=running.now())
    codes = {row.id: row.code for row in registry.timepoints(session, subject.id)}
    rows = forms.entries(session, subject.id)
    signed = forms.signatures(session, [row.id for row in rows])
    return FormEntries(entries=[_shown(row, codes, signatures=signed.get(row.id, ())) for row in rows])


@router.put("/forms/{form}")
def save(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.EDIT_FORMS))],
    subject_id: UUID,
    form: str,
    body: FormEntryIn,
    if_match: IfMatch = None,
    reason: Reason = None,
) -> FormEntryOut:
    """Save an entry as complete or as a draft, or say every reason why not.

    A change of what is complete goes with its reason; verification and signatures fall with it.
    """
    saved = save_entry(
        session,
        who.actor,
        subject_id=subject_id,
        form_code=form,
        timepoint_code=body.timepoint,
        ordinal=body.ordinal,
        data=body.data,
        version=version_of(if_match) if if_match else None,
        reason=_said(reason),
        now=running.now(),
        draft=body.draft,
    )
    return _again(session, subject_id, saved.row, saved.warnings)


@router.get("/forms/{form}/history")
def history(
    running: Running,
    session: Transaction,
    who: SeesOutcomes,
    subject_id: UUID,
    form: str,
    timepoint: Annotated[str | None, Query(max_length=50)] = None,
    ordinal: Annotated[int, Query(ge=1, le=50)] = 1,
    field: Annotated[str | None, Query(max_length=200, description="one field, as `lesions.L1.plan`")] = None,
) -> History:
    """Return every change of an entry, or of one of its fields, from the audit trail alone."""
    subject = registry.subject(session, who.actor, Action.SEE_OUTCOMES, subject_id=subject_id)
    opened = open_form(
        session,
        who.actor,
        number=subject.number,
        form_code=form,
        timepoint_code=timepoint,
        ordinal=ordinal,
        now=running.now(),
    )
    note_access(session, who.actor, Access.FORM, f"{subject.number} {form}", subject_id=subject.id, now=running.now())
    changes = of_field(opened.history, field) if field is not None else opened.history
    return History(
        changes=[
            EntryChangeOut(
                actor=change.actor,
                name=change.name,
                role=change.role,
                at=change.at,
                reason=change.reason,
                version=change.version,
                state_before=change.before,
                state_after=change.after,
                fields=[
                    FieldChange(
                        field=item.path,
                        label=_label(item.label),
                        old=item.old,
                        new=item.new,
                        old_words=_label(item.before) if item.before else None,
                        new_words=_label(item.after) if item.after else None,
                    )
                    for item in change.fields
                ],
            )
            for change in changes
        ]
    )


@router.post("/forms/{form}/signature", response_model=FormEntryOut)
def sign(
    running: Running,
    session: Transaction,
    who: Signs,
    subject_id: UUID,
    form: str,
    body: EntrySignatureIn,
    if_match: IfMatch = None,
) -> FormEntryOut | ProblemResponse:
    """Sign a verified entry in one's own name; the password is asked again, and a wrong one counts as a failure."""
    signing = sign_entry(
        session,
        who,
        EntryKey(subject_id, form, body.timepoint, body.ordinal),
        password=body.password,
        meaning=body.meaning,
        version=_version(if_match),
        now=running.now(),
    )
    if signing.row is None:
        error = NotAuthenticated("The password is wrong; nothing was signed.", field="password")
        return problem(status_of(error), error.message, code="wrong-password")
    return _again(session, subject_id, signing.row)


def _acting(act: EntryAct, summary: str, allowed: type) -> None:
    """Add the route of one act that brings neither answers nor a signature."""

    def route(
        running: Running,
        session: Transaction,
        who: allowed,  # type: ignore[valid-type]  # the annotated dependency of this act
        subject_id: UUID,
        form: str,
        body: EntryIn,
        if_match: IfMatch = None,
        reason: Reason = None,
    ) -> FormEntryOut:
        row = act_on_entry(
            session,
            who.actor,  # type: ignore[attr-defined]  # SignedIn, as the dependency says
            EntryKey(subject_id, form, body.timepoint, body.ordinal),
            act,
            version=_version(if_match),
            reason=_said(reason),
            now=running.now(),
        )
        return _again(session, subject_id, row)

    name = act.value.replace("-", "_")
    router.add_api_route(f"/forms/{{form}}/{act}", route, methods=["POST"], name=name, description=summary)


def _acting_on_all(act: EntryAct, summary: str, allowed: type) -> None:
    """Add the route of one act in bulk."""

    def route(
        running: Running,
        session: Transaction,
        who: allowed,  # type: ignore[valid-type]  # the annotated dependency of this act
        body: BulkIn,
    ) -> BulkOut:
        actor, now = who.actor, running.now()  # type: ignore[attr-defined]  # SignedIn, as the dependency says
        if body.subjects:
            numbers, named = body.subjects, body.versions
            return _bulk_out(
                act_on_all(session, actor, act, numbers=numbers, entry_ids=named, now=now, dry=body.dry_run)
            )
        if not body.versions:
            raise Invalid("Name the patients, or the entries with their versions.", field="subjects")
        return _bulk_out(act_on_named(session, actor, act, versions=body.versions, now=now, dry=body.dry_run))

    bulk.add_api_route(f"/{act}", route, methods=["POST"], name=f"{act}_all", description=summary)


def _acting_back_on_named(act: EntryAct, summary: str, allowed: type) -> None:
    """Add the route of one step back in bulk."""

    def route(
        running: Running,
        session: Transaction,
        who: allowed,  # type: ignore[valid-type]  # the annotated dependency of this act
        body: BulkBackIn,
    ) -> BulkOut:
        return _bulk_out(
            act_on_named(
                session,
                who.actor,  # type: ignore[attr-defined]  # SignedIn, as the dependency says
                act,
                versions=body.versions,
                reason=body.reason,
                now=running.now(),
                dry=body.dry_run,
            )
        )

    bulk.add_api_route(f"/{act}", route, methods=["POST"], name=f"{act}_named".replace("-", "_"), description=summary)


@bulk.get("")
def list_all(
    running: Running,
    session: Transaction,
    who: SeesOutcomes,
    asked: EntriesAsked,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> EntryListOut:
    """Return saved entries, those saved longest ago first; without a state those that are not locked."""
    now = running.now()
    found = page_of_entries(session, who.actor, asked.wanted(session, who.actor, now), now=now, page=page)
    return EntryListOut(
        entries=[_listed(line) for line in found.lines],
        n_total=found.n_total,
        page=found.page,
        n_pages=found.n_pages,
        n_by_state=dict(found.n_by_waits),
    )


@bulk.get("/export.csv", response_class=Response)
def export(
    running: Running,
    session: Transaction,
    who: SeesOutcomes,
    asked: EntriesAsked,
    language: Annotated[str, Query(pattern="^(en|ja)$", description="of headings and labels")] = "en",
) -> Response:
    """Send every entry that the filters ask for as CSV."""
    now = running.now()
    note_access(session, who.actor, Access.FILE, "entries", now=now)
    return entry_csv(every_entry(session, who.actor, asked.wanted(session, who.actor, now), now=now), language=language)


_acting(EntryAct.VERIFY, "Say that an entry agrees with its source.", Verifies)
_acting(EntryAct.WITHDRAW_VERIFICATION, "Take a verification back, with a reason; a signature falls.", Verifies)
_acting(EntryAct.FREEZE, "Close an entry to changes.", Locks)
_acting(EntryAct.UNFREEZE, "Open a frozen entry again, with a reason.", Locks)
_acting(EntryAct.LOCK, "Close a frozen entry for good.", Locks)
_acting(EntryAct.UNLOCK, "Take a lock off, with a reason; the entry is frozen then.", Locks)
_acting_on_all(EntryAct.VERIFY, "Verify every entry of subjects that is complete.", Verifies)
_acting_on_all(EntryAct.FREEZE, "Freeze every entry of subjects that is ready for it.", Locks)
_acting_on_all(EntryAct.LOCK, "Lock every frozen entry of subjects.", Locks)
_acting_back_on_named(
    EntryAct.WITHDRAW_VERIFICATION, "Take the verification of entries back; signatures fall.", Verifies
)
_acting_back_on_named(EntryAct.UNFREEZE, "Open frozen entries again.", Locks)
_acting_back_on_named(EntryAct.UNLOCK, "Take the lock off entries; they are frozen then.", Locks)


@router.get("/outcomes")
def outcomes(running: Running, session: Transaction, who: SeesOutcomes, subject_id: UUID) -> Outcomes:
    """Return what the rules say of each lesion today, with their reasons and traces."""
    subject = registry.subject(session, who.actor, Action.SEE_OUTCOMES, subject_id=subject_id)
    today = running.now().date()
    course = gather_course(session, subject)
    return Outcomes(
        lesions=[
            LesionOutcome(
                lesion_id=lesion.id,
                label=lesion.label,
                cdlm=cdlm_json(course.cdlm(lesion)),
                outcome=outcome_json(course.outcome(lesion, today)),
            )
            for lesion in course.lesions
        ]
    )


def _version(if_match: str | None) -> int | None:
    return version_of(if_match) if if_match else None


def _said(reason: str | None) -> str | None:
    return unquote(reason) if reason else None


def _label(text: Text) -> Label:
    return Label(en=text.en, ja=text.ja)


def _bulk_out(found: Sequence[ActedOn]) -> BulkOut:
    return BulkOut(
        done=[_acted_on(one) for one in found if one.hindrance is None],
        hindered=[_acted_on(one) for one in found if one.hindrance is not None],
    )


def _listed(line: EntryLine) -> ListedEntry:
    row = line.row
    return ListedEntry(
        id=row.entry_id,
        subject=row.number,
        site=row.site_code,
        form=row.form_code,
        timepoint=row.timepoint,
        ordinal=row.ordinal,
        state=row.state,
        version=row.version,
        saved_at=row.saved_at,
        saved_by=line.saved_by,
        age_days=line.age_days,
        n_open_queries=line.n_queries,
    )


def _acted_on(one: ActedOn) -> BulkEntry:
    return BulkEntry(
        id=one.entry_id,
        subject=one.number,
        form=one.form.code,
        timepoint=_label(one.timepoint) if one.timepoint else None,
        ordinal=one.ordinal,
        hindrance=_label(one.hindrance) if one.hindrance else None,
    )


def _again(session: Session, subject_id: UUID, row: FormEntry, warnings: tuple[Fault, ...] = ()) -> FormEntryOut:
    codes = {one.id: one.code for one in registry.timepoints(session, subject_id)}
    return _shown(row, codes, warnings, forms.signatures(session, [row.id]).get(row.id, ()))


def _shown(
    row: FormEntry,
    codes: dict[UUID, str],
    warnings: tuple[Fault, ...] = (),
    signatures: Sequence[Signature] = (),
) -> FormEntryOut:
    return FormEntryOut(
        id=row.id,
        form=row.form_code,
        timepoint=codes.get(row.timepoint_id) if row.timepoint_id else None,
        ordinal=row.ordinal,
        data=row.data,
        state=row.state,
        version=row.version,
        saved_at=row.saved_at,
        warnings=[FormMessage(field=fault.field, message=_label(fault.message)) for fault in warnings],
        signatures=[FormSignature.model_validate(one, from_attributes=True) for one in signatures],
    )
