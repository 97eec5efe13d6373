"""Every saved form entry as a list, and what is done on many of them at once: looked at first, then done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from sqlalchemy.orm import Session

from casebook.actions.access_log import Access, note_access
from casebook.actions.entries import MOST_AT_ONCE, every_entry, list_entries, versions_of
from casebook.actions.entry_states import ACTION_OF, BACK_IN_BULK, IN_BULK, ActedOn, act_on_named
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import CasebookError, Invalid
from casebook.domain.forms.states import EntryAct
from casebook.domain.forms.waiting import ACT_LABELS, ACTS, LABELS, Waits
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from casebook.store.entries import Mark
from services.api.dependencies import Running, Transaction, sent_form
from services.api.entry_csv import entry_csv
from services.api.entry_filters import AGES, EntriesAsked, EntryFilters, Shown
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.form_list import form_path
from services.api.pages.language import language_of
from services.api.pages.rendering import Frame
from services.api.pages.rendering import page as html
from services.api.state import Service

router = APIRouter(prefix="/entries")
Sees = Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))]
Posted = Annotated[FormData, Depends(sent_form)]
CHOOSE_ENTRIES: Final = Text("Choose the entries first.", "先に対象の様式を選択してください。")
CHOOSE_ACT: Final = Text("Choose what is to be done.", "操作を選択してください。")
EVERY: Final = "every"


@dataclass(frozen=True, slots=True)
class Batch:
    """An act on chosen entries: `done` could be done or was, `hindered` say why not."""

    act: EntryAct
    versions: Mapping[UUID, int]
    done: tuple[ActedOn, ...]
    hindered: tuple[ActedOn, ...]


@router.get("")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Sees,
    asked: EntriesAsked,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List the saved entries, those saved longest ago first."""
    return _shown(request, running, session, frame, who, asked, page)


@router.get("/export.csv")
def export(request: Request, running: Running, session: Transaction, who: Sees, asked: EntriesAsked) -> Response:
    """Send every entry that the filters ask for as CSV, in the language of the page."""
    now = running.now()
    note_access(session, who.actor, Access.FILE, "entries", now=now)
    found = every_entry(session, who.actor, asked.wanted(session, who.actor, now), now=now)
    return entry_csv(found, language=language_of(request, who.language))


@router.post("/check")
def check(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Sees,
    posted: Posted,
    asked: EntriesAsked,
) -> Response:
    """Show on how many of the chosen entries an act can be done, and why not on the others; nothing is done yet."""
    found: list[Batch] = []

    def look() -> None:
        act = _act(who.actor, posted)
        found.append(_batch(session, who.actor, act, _chosen(session, running, who.actor, posted, asked), running))

    error = attempt(session, look)
    if error is not None:
        return _shown(request, running, session, frame, who, asked, 1, error=error)
    return _confirming(request, frame, asked, found[0])


@router.post("/act")
def act(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Sees,
    posted: Posted,
    asked: EntriesAsked,
) -> Response:
    """Do an act on the entries that were looked at; those on which it is not possible any more say why."""
    chosen, found = _ticked(posted), list[Batch]()

    def every() -> None:
        said = _act(who.actor, posted)
        found.append(_batch(session, who.actor, said, chosen, running, reason=text(posted, "reason"), dry=False))

    error = attempt(session, every)
    if error is not None and error.field == "change_reason":
        looked_at = _batch(session, who.actor, _act(who.actor, posted), chosen, running)
        return _confirming(request, frame, asked, looked_at, error=error)
    return _shown(
        request, running, session, frame, who, asked, 1, error=error, result=found[0] if error is None else None
    )


def acts_for(actor: Actor, shown: Shown) -> list[EntryAct]:
    """Return what the actor may do on many of the entries that are shown, the way on before the way back."""
    classes = shown.waits or frozenset(Waits)
    possible = [one for waits in Waits if waits in classes for one in ACTS[waits]]
    ordered = [*(one for one in IN_BULK if one in possible), *(one for one in BACK_IN_BULK if one in possible)]
    return [one for one in ordered if actor.may(ACTION_OF[one])]


def _act(actor: Actor, posted: FormData) -> EntryAct:
    said = text(posted, "act")
    if said not in {one.value for one in (*IN_BULK, *BACK_IN_BULK)}:
        raise Invalid(CHOOSE_ACT, field="act")
    actor.require(ACTION_OF[EntryAct(said)])
    return EntryAct(said)


def _chosen(
    session: Session, running: Service, actor: Actor, posted: FormData, asked: EntryFilters
) -> Mapping[UUID, int]:
    """Return the entries that were ticked, or all of the filters, with the versions that stand."""
    if text(posted, "which") == EVERY:
        found = versions_of(session, actor, asked.wanted(session, actor, running.now()))
    else:
        found = _ticked(posted)
    if not found:
        raise Invalid(CHOOSE_ENTRIES, field="entry")
    return found


def _ticked(posted: FormData) -> dict[UUID, int]:
    """Return the entries named, with the version that was on the page: `<id>@<version>`."""
    found: dict[UUID, int] = {}
    for said in posted.getlist("entry")[:MOST_AT_ONCE]:
        name, _, version = said.partition("@") if isinstance(said, str) else ("", "", "")
        try:
            found[UUID(name)] = int(version)
        except ValueError:
            continue
    return found


def _batch(
    session: Session,
    actor: Actor,
    act: EntryAct,
    versions: Mapping[UUID, int],
    running: Service,
    *,
    reason: str | None = None,
    dry: bool = True,
) -> Batch:
    found = act_on_named(session, actor, act, versions=versions, reason=reason, now=running.now(), dry=dry)
    return Batch(
        act,
        versions,
        tuple(one for one in found if one.hindrance is None),
        tuple(one for one in found if one.hindrance is not None),
    )


def _confirming(
    request: Request, frame: Frame, asked: EntryFilters, batch: Batch, *, error: CasebookError | None = None
) -> Response:
    return html(
        request,
        "entries_check.html",
        frame,
        status=status_for(error),
        batch=batch,
        asked=asked,
        act_labels=ACT_LABELS,
        needs_reason=batch.act in BACK_IN_BULK,
        why=_why(batch.hindered),
        error=error,
        form_path=form_path,
    )


def _why(hindered: Sequence[ActedOn]) -> list[tuple[Text, list[ActedOn]]]:
    """Group what stands in the way by its words, the most frequent first."""
    found: dict[Text, list[ActedOn]] = {}
    for one in hindered:
        if one.hindrance is not None:
            found.setdefault(one.hindrance, []).append(one)
    return sorted(found.items(), key=lambda item: -len(item[1]))


def _shown(
    request: Request,
    running: Service,
    session: Session,
    frame: Frame,
    who: SignedIn,
    asked: EntryFilters,
    at: int,
    *,
    error: CasebookError | None = None,
    result: Batch | None = None,
) -> Response:
    now = running.now()
    listed = list_entries(session, who.actor, asked.wanted(session, who.actor, now), now=now, page=at)
    studies = sorted({grant.study_code for grant in who.actor.grants_for(Action.SEE_OUTCOMES)})
    return html(
        request,
        "entries.html",
        frame,
        status=status_for(error),
        listed=listed,
        asked=asked,
        Shown=Shown,
        shown_labels=LABELS,
        counts=_counts(listed.n_by_waits),
        forms=[one for code in studies for one in newest_definition(session, code)[1].forms],
        ages=AGES,
        Mark=Mark,
        acts=acts_for(who.actor, asked.state),
        act_labels=ACT_LABELS,
        most_at_once=MOST_AT_ONCE,
        error=error,
        result=result,
        why=_why(result.hindered) if result else [],
        form_path=form_path,
    )


def _counts(n_by_waits: Mapping[Waits, int]) -> dict[Shown, int]:
    """Return how many entries each choice would show."""
    found = {Shown(waits.value): n for waits, n in n_by_waits.items()}
    total = sum(n_by_waits.values())
    return found | {Shown.OPEN: total - n_by_waits.get(Waits.NOTHING, 0), Shown.ALL: total}
