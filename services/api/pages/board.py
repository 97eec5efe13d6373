"""The reconciliation board: what differs between forms, protocol and images, and what is done about it."""

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.datastructures import FormData

from casebook.actions.access_log import Access, note_access
from casebook.actions.board import SEES, board_page, chosen_lines, compare_now, figures, lines, timepoint_lines
from casebook.actions.saved_views import forget_view, save_view, views_of
from casebook.actions.settle import Settled, accept_many, ask_sites
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.errors import CasebookError
from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.rules import WORDS as RULE_WORDS
from casebook.domain.reconciliation.standing import BoardState
from casebook.domain.reconciliation.wanted import AGES, SHOWN_LABELS, Shown
from casebook.store import board, patients, registry
from services.api.board_csv import MOST_EXPORTED, board_csv
from services.api.pages import board_decisions
from services.api.pages.attempts import text
from services.api.pages.board_desk import AtDesk, Desk, Posted, Sees, Settles
from services.api.pages.language import language_of

router = APIRouter(prefix="/board")


@router.get("")
def show(desk: AtDesk, _who: Sees) -> Response:
    """Show the board: figures, filters and rows; what waits longest comes first."""
    return _board(desk)


def _board(
    desk: Desk,
    *,
    error: CasebookError | None = None,
    sent: FormData | None = None,
    result: list[Settled] | None = None,
) -> Response:
    studies = sorted({grant.study_code for grant in desk.actor.grants_for(SEES)})
    definitions = [newest_definition(desk.session, code)[1] for code in studies]
    found = board_page(desk.session, desk.actor, desk.asked, key=desk.key, now=desk.now)
    known = set(board.rules(desk.session, desk.actor, SEES)) | ({desk.asked.rule} - {""})
    counted = figures(desk.session, desk.actor)
    oldest_at = counted.counts.oldest_at
    return desk.page(
        "board.html",
        error,
        found=found,
        figures=counted,
        oldest_days=(desk.now - oldest_at).days if oldest_at else None,
        State=BoardState,
        Severity=Severity,
        sites=patients.sites_of(desk.session, desk.actor, SEES),
        timepoints=[one for item in definitions for one in item.timepoints if one.imaging],
        rules=[rule for rule in RULE_WORDS if rule in known],
        shown=SHOWN_LABELS,
        Shown=Shown,
        ages=AGES,
        views=views_of(desk.session, desk.frame.who),
        sent=sent or FormData(),
        result=result,
    )


@router.get("/export.csv")
def export(desk: AtDesk, who: Sees) -> Response:
    """Send the discrepancies that the filters ask for as CSV, with empty columns for decisions."""
    note_access(desk.session, who.actor, Access.FILE, "discrepancies", now=desk.now)
    found = lines(desk.session, who.actor, desk.asked, now=desk.now, limit=MOST_EXPORTED)
    return board_csv(found, language=language_of(desk.request, who.language))


@router.post("/acts")
def act(desk: AtDesk, who: Settles, posted: Posted) -> Response:
    """Do something about the chosen rows: show the words of the queries first, send them, or accept with a reason."""
    seen = _seen(posted)
    wanted = text(posted, "act")
    if wanted == "preview":
        questions = chosen_lines(desk.session, who.actor, seen, now=desk.now)
        if questions:
            return desk.page("board_questions.html", questions=questions)
    result: list[Settled] = []

    def settle() -> None:
        if wanted == "accept":
            done = accept_many(desk.session, who.actor, seen=seen, reason=text(posted, "reason"), now=desk.now)
        else:
            done = ask_sites(desk.session, who.actor, seen=seen, now=desk.now)
        result.extend(done)

    error = desk.attempted(settle)
    if error is None and not any(one.hindrance for one in result):
        return desk.to(done="accepted" if wanted == "accept" else "asked")
    return _board(desk, error=error, sent=posted, result=result)


def _seen(posted: FormData) -> dict[UUID, str]:
    """Return the discrepancies whose boxes were ticked, with the values that were on the page: `<id>@<fingerprint>`."""
    found: dict[UUID, str] = {}
    for said in posted.getlist("row"):
        key, _, fingerprint = said.partition("@") if isinstance(said, str) else ("", "", "")
        try:
            found[UUID(key)] = fingerprint
        except ValueError:
            continue
    return found


@router.post("/views")
def keep_view(desk: AtDesk, who: Sees, posted: Posted) -> Response:
    """Save the filters under a name, or forget a saved view."""
    if text(posted, "act") == "forget":
        forget_view(desk.session, who, name=text(posted, "name"))
        return desk.to(done="forgotten")
    error = desk.attempted(lambda: save_view(desk.session, who, name=text(posted, "name"), filters=desk.asked.query()))
    return desk.to(done="kept") if error is None else _board(desk, error=error, sent=posted)


router.include_router(board_decisions.router)


@router.get("/{number}/{timepoint}")
def compare(desk: AtDesk, who: Sees, number: str, timepoint: str) -> Response:
    """Show everything that was compared at a timepoint, side by side, with what is done about it."""
    subject = registry.subject_by_number(desk.session, who.actor, SEES, number=number)
    comparisons = compare_now(desk.session, subject, timepoint, key=desk.key)
    return desk.page(
        "board_compare.html",
        subject=subject,
        site=registry.site_by_id(desk.session, subject.site_id),
        timepoint=definition_of(desk.session, subject.study_version_id).timepoint(timepoint),
        comparisons=comparisons,
        kept=timepoint_lines(desk.session, who.actor, subject, timepoint, now=desk.now),
    )
