"""Why a file is refused: a closed list of reasons, and the error that carries one."""

from enum import StrEnum
from typing import Any

from casebook.domain.errors import Invalid


class RefusalCode(StrEnum):
    """Stable reasons a received file goes to quarantine instead of the archive."""

    EMPTY = "empty-file"
    NOT_DICOM = "not-dicom"
    DIRECTORY = "dicomdir"
    TOO_LARGE = "file-too-large"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    TOO_DEEP = "nested-too-deep"
    TOO_MANY_ELEMENTS = "too-many-elements"
    VALUE_TOO_LONG = "value-too-long"
    INFLATES_TOO_FAR = "inflates-too-far"
    UNKNOWN_TRANSFER_SYNTAX = "unknown-transfer-syntax"
    UID_MISSING = "uid-missing"
    UID_INVALID = "uid-invalid"
    UID_MISMATCH = "uid-mismatch"
    PIXELS_MISSING = "pixels-missing"
    PIXELS_INCONSISTENT = "pixels-inconsistent"
    PIXELS_TOO_MANY = "pixels-too-many"
    CODESTREAM_MISMATCH = "codestream-mismatch"


class RefusedFile(Invalid):
    """A file that must not be archived.

    `code` is the reason; `message` says what was found and what to do, without any value that could identify
    a person.
    """

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code: RefusalCode = code  # type: ignore[misc]  # each refusal has its own code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message)
