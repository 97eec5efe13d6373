"""Filters of a list that a person keeps under a name; they are theirs alone and no study data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from casebook.domain.errors import Invalid, NotFound
from casebook.domain.reconciliation.wanted import Wanted
from casebook.domain.texts import Text
from casebook.store import board
from casebook.store.accounts import SignedIn

PAGE: Final = "board"
MAX_NAME: Final = 60
MOST_VIEWS: Final = 30
NAME_IT: Final = Text(
    f"Give the view a name of at most {MAX_NAME} characters.", f"ビューの名前を{MAX_NAME}字以内で入力してください。"
)
TOO_MANY: Final = Text(f"Keep {MOST_VIEWS} views at most.", f"保存できるビューは{MOST_VIEWS}件までです。")


@dataclass(frozen=True, slots=True)
class View:
    """A name with the filters it stands for, as an address spells them."""

    name: str
    filters: str


def views_of(session: Session, who: SignedIn) -> Sequence[View]:
    """Return one's own views of the board, by name."""
    return [View(row.name, row.filters) for row in board.views(session, who.account_id, PAGE)]


def save_view(session: Session, who: SignedIn, *, name: str, filters: str) -> View:
    """Keep filters under a name, in the place of a view of the same name. Raises Invalid."""
    said = " ".join(name.split())
    if not 0 < len(said) <= MAX_NAME:
        raise Invalid(NAME_IT, field="name")
    known = {view.name for view in views_of(session, who)}
    if said not in known and len(known) >= MOST_VIEWS:
        raise Invalid(TOO_MANY, field="name")
    view = View(said, Wanted.of_query(filters).query())
    board.keep_view(session, who.account_id, PAGE, name=view.name, filters=view.filters)
    return view


def forget_view(session: Session, who: SignedIn, *, name: str) -> None:
    """Forget a view. Raises NotFound."""
    if not board.drop_view(session, who.account_id, PAGE, name=name):
        raise NotFound(Text("There is no such view.", "このビューはありません。"), field="name")
