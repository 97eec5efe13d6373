"""One error tree with stable codes; every edge maps it once (HTTP status, exit code, DICOM status)."""

from typing import ClassVar


class CasebookError(Exception):
    """Something a caller can act on.

    `message` says what was found, what was expected and what to do; it never holds a person's data.
    `field` names the input it concerns, as a dotted path, where there is one.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAuthenticated(CasebookError):
    """Nobody is signed in, or the session has ended."""

    code = "not-authenticated"


class Forbidden(CasebookError):
    """The thing is visible to the actor, the act on it is not allowed."""

    code = "forbidden"


class NotFound(CasebookError):
    """The thing does not exist, or the actor may not know that it does."""

    code = "not-found"


class Refused(CasebookError):
    """The act is not possible in the present state (order of steps, locks, duplicates)."""

    code = "refused"


class Stale(CasebookError):
    """The caller changed an older version than the stored one."""

    code = "stale"


class Invalid(CasebookError):
    """The input is malformed or breaks a rule of its form."""

    code = "invalid"


class Unavailable(CasebookError):
    """A part this act needs (database, disk, archive) cannot serve now."""

    code = "unavailable"
