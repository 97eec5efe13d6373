"""The local read of a site by hand: a grid of lesions and sequences, saved as it is filled and signed at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.lesion_values import LARGEST_MM
from casebook.actions.reading_report import store_report
from casebook.actions.reads import Verdict, sign_read
from casebook.actions.site_read import Cell, SiteRead, open_site_read, save_verdicts
from casebook.domain.actors import Action
from casebook.domain.cdlm import SEQUENCE_LABELS
from casebook.domain.errors import Refused, Stale
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.baseline_rows import number_in
from services.api.pages.rendering import Frame, page

router = APIRouter()
PATH: Final = "/patients/{number}/reads/{timepoint}"
MEANING: Final = "I read these images"
NO_NUMBER: Final = Text("expected mm with at most one decimal", "小数1桁までのmmで入力")
NO_DIAMETER: Final = Text("a visible lesion needs its diameter", "描出ありの場合は径が必要")
ONLY_VISIBLE: Final = Text("only a visible lesion has a diameter", "径は描出ありの場合のみ")
NO_REASON: Final = Text("say why it is not evaluable", "評価不能の理由を選択")
ONLY_NOT_EVALUABLE: Final = Text("only where it is not evaluable", "理由は評価不能の場合のみ")
NO_VERDICT: Final = Text("no verdict yet", "未判定")
WRONG_PASSWORD: Final = Text("the password is wrong; nothing was signed", "パスワードが違います。署名されていません")

Reads = Annotated[SignedIn, Depends(opening(Action.RECORD_SITE_READ))]


@dataclass(frozen=True, slots=True)
class TypedCell:
    """One cell as typed, with what is wrong with it."""

    visibility: str = ""
    mm: str = ""
    reason: str = ""
    fault: Text | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells by lesion's label and sequence, and faults of none of them."""

    cells: Mapping[tuple[str, ReadingSequence], TypedCell]
    others: tuple[Text, ...] = ()
    password_fault: Text | None = None
    verdicts: Mapping[Cell, Verdict | None] = field(default_factory=dict)

    @property
    def n_faults(self) -> int:
        """How many cells keep the grid from being saved or signed."""
        return sum(cell.fault is not None for cell in self.cells.values())


@router.get(PATH)
def show(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: Reads,
    number: str,
    timepoint: str,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show the person's own read of a timepoint; 404 for patients of other sites."""
    opened = open_site_read(session, who, number=number, timepoint_code=timepoint)
    return _shown(request, frame, opened, stored_grid(opened), done=done)


@router.post(PATH)
def save(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Reads,
    posted: Annotated[FormData, Depends(sent_form)],
    number: str,
    timepoint: str,
) -> Response:
    """Save the grid, and sign it where that is asked; or show it again with what is wrong beside each cell."""
    opened = open_site_read(session, who, number=number, timepoint_code=timepoint)
    signs = posted.get("act") == "sign"
    grid, status = typed_grid(opened, posted, must_be_whole=signs), HTTPStatus.UNPROCESSABLE_ENTITY
    if not grid.n_faults:
        try:
            fault = _kept(session, who, opened, grid, posted, running, signs=signs)
        except Stale as error:
            grid, status = Grid(grid.cells, (error.said,)), HTTPStatus.PRECONDITION_FAILED
        except Refused as error:
            grid = Grid(grid.cells, (error.said,))
        else:
            if fault is None:
                done = "signed" if signs else "saved"
                return RedirectResponse(f"/patients/{number}/reads/{timepoint}?done={done}", HTTPStatus.SEE_OTHER)
            grid = Grid(grid.cells, password_fault=fault)
    session.expire_all()
    opened = open_site_read(session, who, number=number, timepoint_code=timepoint)
    return _shown(request, frame, opened, grid, status=status)


def _kept(
    session: Transaction,
    who: SignedIn,
    opened: SiteRead,
    grid: Grid,
    posted: FormData,
    running: Running,
    *,
    signs: bool,
) -> Text | None:
    """Save, and sign where asked; returns what is wrong with the password. What is saved stays saved."""
    now = running.now()
    with session.begin_nested():
        version = save_verdicts(
            session, who, opened, verdicts=grid.verdicts, version=number_in(posted, "version"), now=now
        )
    if not signs:
        return None
    signed = sign_read(
        session,
        who,
        case_id=opened.subject.id,
        timepoint_code=opened.timepoint.code,
        password=str(posted.get("password", "")),
        meaning=MEANING,
        version=version,
        now=now,
    )
    if signed is None:
        return WRONG_PASSWORD
    store_report(session, running.archive, signed, key=running.settings.key, now=now)
    return None


def stored_grid(opened: SiteRead) -> Grid:
    """Return the read as it is saved."""
    cells = {}
    for lesion in opened.lesions:
        for sequence in opened.definition.charter.sequences:
            row = opened.findings.get((lesion.id, sequence))
            cells[lesion.label, sequence] = (
                TypedCell(row.visibility, _text(row.diameter_mm), row.not_evaluable_reason or "")
                if row
                else TypedCell()
            )
    return Grid(cells)


def typed_grid(opened: SiteRead, posted: FormData, *, must_be_whole: bool) -> Grid:
    """Read the cells; a whole grid has a verdict in each, and the charter's diameters and reasons."""
    cells: dict[tuple[str, ReadingSequence], TypedCell] = {}
    verdicts: dict[Cell, Verdict | None] = {}
    for lesion in opened.lesions:
        for sequence in opened.definition.charter.sequences:
            seen, mm, why = (_said(posted, f"{lesion.label}.{sequence}.{part}") for part in ("seen", "mm", "why"))
            cell, verdict = _judged(opened, TypedCell(seen, mm, why), must_be_whole=must_be_whole)
            cells[lesion.label, sequence] = cell
            verdicts[lesion.id, sequence] = verdict
    return Grid(cells, verdicts=verdicts)


def _judged(opened: SiteRead, cell: TypedCell, *, must_be_whole: bool) -> tuple[TypedCell, Verdict | None]:
    seen = next((item for item in Visibility if item == cell.visibility), None)
    diameter_mm = _mm(cell.mm)
    fault = _fault(opened, cell, seen, diameter_mm, must_be_whole=must_be_whole)
    if fault is not None:
        return TypedCell(cell.visibility, cell.mm, cell.reason, fault), None
    if seen is None:
        return cell, None
    return cell, Verdict(seen, diameter_mm=diameter_mm, not_evaluable_reason=cell.reason or None)


def _fault(
    opened: SiteRead, cell: TypedCell, seen: Visibility | None, diameter_mm: Decimal | None, *, must_be_whole: bool
) -> Text | None:
    is_visible, is_unclear = seen is Visibility.VISIBLE, seen is Visibility.NOT_EVALUABLE
    needs_diameter = is_visible and opened.definition.charter.diameter_required_when_visible
    known = {item.code for item in opened.definition.charter.not_evaluable_reasons}
    checks = (
        (cell.mm and diameter_mm is None, NO_NUMBER),
        (cell.mm and not is_visible, ONLY_VISIBLE),
        (cell.reason and (not is_unclear or cell.reason not in known), ONLY_NOT_EVALUABLE),
        (must_be_whole and seen is None, NO_VERDICT),
        (must_be_whole and needs_diameter and diameter_mm is None, NO_DIAMETER),
        (must_be_whole and is_unclear and not cell.reason, NO_REASON),
    )
    return next((text for is_wrong, text in checks if is_wrong), None)


def _mm(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    is_whole = found.is_finite() and 0 < found <= LARGEST_MM and found == round(found, 1)
    return found if is_whole else None


def _said(posted: FormData, name: str) -> str:
    said = posted.get(name)
    return said.strip()[:50] if isinstance(said, str) else ""


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _shown(
    request: Request,
    frame: Frame,
    opened: SiteRead,
    grid: Grid,
    *,
    done: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    return page(
        request,
        "site_read.html",
        frame,
        status=status,
        opened=opened,
        subject=opened.subject,
        grid=grid,
        done=done,
        sequences={sequence: SEQUENCE_LABELS[sequence] for sequence in opened.definition.charter.sequences},
        visibilities=tuple(Visibility),
        meaning=MEANING,
    )
