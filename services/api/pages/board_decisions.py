"""Lists of decisions on the board: brought in, shown line by line, and then done."""

from typing import Final

from fastapi import APIRouter, Response
from fastapi.datastructures import FormData
from starlette.datastructures import UploadFile

from casebook.actions.decision_list import Judged, apply_list, judge_list
from casebook.domain.errors import Invalid
from casebook.domain.reconciliation.decision_list import text_of
from casebook.domain.texts import Text
from services.api.board_csv import MAX_LIST_BYTES, TOO_LARGE
from services.api.pages.attempts import text
from services.api.pages.board_desk import AtDesk, Posted, Settles

router = APIRouter(prefix="/decisions")
NO_FILE: Final = Text("Choose the file with the list first.", "一覧のファイルを選択してください。")


@router.get("")
def show(desk: AtDesk, _who: Settles) -> Response:
    """Show where a list is brought in."""
    return desk.page("board_decisions.html", judged=None, listed="", is_done=False)


@router.post("")
def decide(desk: AtDesk, who: Settles, posted: Posted) -> Response:
    """Say what each line of the list would do; do it once that has been seen."""
    is_done = text(posted, "act") == "apply"
    found: list[tuple[str, Judged]] = []

    def read() -> None:
        listed = _listed(posted)
        judged = (
            apply_list(desk.session, who.actor, text=listed, now=desk.now)
            if is_done
            else judge_list(desk.session, who.actor, text=listed)
        )
        found.append((listed, judged))

    error = desk.attempted(read)
    listed, judged = found[0] if found else ("", None)
    return desk.page("board_decisions.html", error, judged=judged, listed=listed, is_done=is_done and error is None)


def _listed(posted: FormData) -> str:
    """Return the list: a file, or the text of one that was shown before. Raises Invalid."""
    sent = posted.get("list")
    if isinstance(sent, UploadFile) and sent.filename:
        content = sent.file.read(MAX_LIST_BYTES + 1)
        if len(content) > MAX_LIST_BYTES:
            raise Invalid(TOO_LARGE, field="list")
        return text_of(content)
    seen = posted.get("seen")
    if isinstance(seen, str) and seen:
        return seen
    raise Invalid(NO_FILE, field="list")
