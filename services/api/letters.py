"""Letters of ethics committees on the wire: read under a limit, handed out as files that nothing opens by itself."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Query, Request, Response

from casebook.actions.site_papers import LETTER_TYPES, MAX_LETTER_BYTES, Letter, StoredLetter
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text

MAX_FORM_BYTES: Final = MAX_LETTER_BYTES + 64 * 1024
"""A letter with the fields of its form."""
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
LETTER_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": dict.fromkeys(LETTER_TYPES.values(), _BINARY)}
}
LETTER_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    int(HTTPStatus.OK): {"content": dict.fromkeys(LETTER_TYPES.values(), _BINARY)}
}
TOO_LONG: Final = Text(
    f"The letter has more than {MAX_LETTER_BYTES // 1024**2} MB.",
    f"書類が {MAX_LETTER_BYTES // 1024**2} MB を超えています。",
)


async def sent_letter(
    request: Request,
    name: Annotated[str, Query(max_length=300, description="the file's name")] = "letter",
) -> Letter:
    """Read a letter that is the whole body. Raises Invalid for one that is too long."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_LETTER_BYTES:
            raise Invalid(TOO_LONG, field="letter")
    return Letter(name, bytes(content))


def require_short(request: Request) -> None:
    """Raise Invalid for a form whose file is longer than any letter, or that does not say how long it is."""
    announced = request.headers.get("content-length", "")
    if not (announced.isascii() and announced.isdecimal()) or int(announced[:20]) > MAX_FORM_BYTES:
        raise Invalid(TOO_LONG, field="letter")


def handed_out(letter: StoredLetter) -> Response:
    """Return the letter as a download under its name."""
    plain = "".join(sign if sign.isascii() and sign not in '"\\%' else "_" for sign in letter.name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(letter.name, safe='')}"
    return Response(letter.content, media_type=letter.media_type, headers={"Content-Disposition": disposition})
