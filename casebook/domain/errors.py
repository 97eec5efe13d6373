"""One error tree with stable codes; every edge maps it once (HTTP status, exit code, DICOM status)."""

from typing import ClassVar

from casebook.domain.texts import Text


class CasebookError(Exception):
    """Something a caller can act on.

    `message` says what was found, what was expected and what to do; it never holds a person's data. Pages say `said`,
    in both languages where whoever raised it brought both. `field` names the input it concerns, as a dotted path,
    where there is one; `parts` names several, each with what is to be said of it.
    """

    code: ClassVar[str] = "error"
    parts: tuple[tuple[str, Text], ...] = ()

    def __init__(self, message: str | Text, *, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.said = message if isinstance(message, Text) else Text(message, message)
        self.field = field


class NotAuthenticated(CasebookError):
    """Nobody is signed in, or the session has ended."""

    code = "not-authenticated"


class Forbidden(CasebookError):
    """The thing is visible to the actor, the act on it is not allowed."""

    code = "forbidden"


class PasswordMustChange(Forbidden):
    """The password was handed over by somebody else; nothing else is done before it is changed."""

    code = "password-must-change"


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


class TooLarge(Invalid):
    """The input is larger than is taken."""

    code = "too-large"


class Unavailable(CasebookError):
    """A part this act needs (database, disk, archive) cannot serve now."""

    code = "unavailable"


class StorageFull(Unavailable):
    """There is no room on the disk for what is sent."""

    code = "storage-full"
