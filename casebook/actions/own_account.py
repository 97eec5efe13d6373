"""What everybody does with their own account, whatever their role."""

from sqlalchemy.orm import Session

from casebook.actions.accounts import valid_language
from casebook.actions.signing_in import digest
from casebook.domain.errors import NotFound
from casebook.domain.texts import Text
from casebook.store import accounts, sessions
from casebook.store.accounts import SignedIn


def choose_language(session: Session, who: SignedIn, *, language: str) -> None:
    """Keep the language of one's pages. Raises Invalid."""
    accounts.locked(session, who.account_id).language = valid_language(language)


def end_own_session(session: Session, who: SignedIn, *, key: str) -> None:
    """End one of one's sessions. Raises NotFound."""
    if not sessions.end_named(session, who.account_id, key):
        raise NotFound(Text("There is no such session.", "このセッションはありません。"), field="key")


def end_own_sessions(session: Session, who: SignedIn, *, kept_token: str | None) -> None:
    """End all one's sessions but the one that asks."""
    sessions.end_all_but(session, who.account_id, digest(kept_token) if kept_token else None)
