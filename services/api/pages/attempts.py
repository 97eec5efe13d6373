"""Acts that a page asks for: done whole, or not at all and said beside what was sent."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus

from fastapi.datastructures import FormData
from sqlalchemy.orm import Session

from casebook.domain.errors import CasebookError, Invalid, Refused
from casebook.domain.texts import Text
from services.api.problems import status_of


def attempt(session: Session, act: Callable[[], object]) -> CasebookError | None:
    """Do an act; return why it was refused, with nothing of it left behind. Other failures are pages of their own."""
    try:
        with session.begin_nested():
            act()
    except (Invalid, Refused) as error:
        return error
    return None


def status_for(error: CasebookError | None) -> HTTPStatus:
    """Return the status of a page that says what was refused."""
    return HTTPStatus.OK if error is None else status_of(error)


def text(form: FormData, name: str) -> str:
    """Return what was typed, without blanks around it."""
    said = form.get(name)
    return said.strip() if isinstance(said, str) else ""


def secret(form: FormData, name: str) -> str:
    """Return what was typed, exactly."""
    said = form.get(name)
    return said if isinstance(said, str) else ""


def day(form: FormData, name: str) -> date | None:
    """Return a day; None where none was typed. Raises Invalid for what is no day."""
    said = text(form, name)
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise Invalid(
            Text("Give the date as YYYY-MM-DD.", "日付はYYYY-MM-DDの形式で入力してください。"), field=name
        ) from None
