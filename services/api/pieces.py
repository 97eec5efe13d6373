"""A piece of a file on the wire: streamed to disk under a limit, its checksum compared before anything is kept."""

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Header, Request

from casebook.actions.uploads import Piece
from casebook.domain.errors import CasebookError, Invalid, TooLarge
from casebook.domain.texts import Text
from casebook.domain.uploads import MIB, PIECE_BYTES
from casebook.store.upload_files import UploadFiles, refuse

SHA256: Final = re.compile(r"[0-9a-f]{64}")
PIECE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Checksum = Annotated[str, Header(alias="X-Piece-SHA256", description="SHA-256 of the piece, 64 hexadecimal digits")]


class WrongChecksum(Invalid):
    """The bytes that arrived are not those that were sent."""

    code = "wrong-checksum"


def announced_length(request: Request) -> int:
    """Return how long the piece says it is. Raises Invalid without a length, TooLarge beyond what is taken."""
    said = request.headers.get("content-length", "")
    if not (said.isascii() and said.isdecimal()):
        raise Invalid(
            Text("The piece does not say how long it is.", "長さが示されていません。"), field="Content-Length"
        )
    if int(said[:20]) > PIECE_BYTES:
        raise TooLarge(
            Text(
                f"A piece has at most {PIECE_BYTES // MIB} MiB; send the file in several.",
                f"一度に送れるのは {PIECE_BYTES // MIB} MiB までです。分けて送信してください。",
            ),
            field="Content-Length",
        )
    return int(said)


def checked(sha256: str) -> bytes:
    """Return the digest that a header names. Raises Invalid."""
    if not SHA256.fullmatch(sha256.lower()):
        raise Invalid(
            Text("The checksum is not 64 hexadecimal digits.", "チェックサムは16進数64桁で示してください。"),
            field="X-Piece-SHA256",
        )
    return bytes.fromhex(sha256)


@asynccontextmanager
async def drained_when_refused(request: Request) -> AsyncIterator[None]:
    """Read a refused piece to its end: a browser that is still sending would not see the answer otherwise."""
    try:
        yield
    except CasebookError:
        async for _ in request.stream():
            pass
        raise


@asynccontextmanager
async def received(
    request: Request, files: UploadFiles, *, upload_id: UUID, offset: int, n_bytes: int, sha256: bytes
) -> AsyncIterator[Piece]:
    """Give the piece as a file that is removed afterwards. Raises WrongChecksum, Invalid for another length."""
    path = _new_file(files.folder(upload_id))
    try:
        await _stream_into(path, request, n_bytes=n_bytes, sha256=sha256)
        yield Piece(path, offset, n_bytes, sha256)
    finally:
        path.unlink(missing_ok=True)


def _new_file(folder: Path) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(suffix=".piece", dir=folder)
    except OSError as error:
        refuse(error)
    os.close(descriptor)
    return Path(name)


async def _stream_into(path: Path, request: Request, *, n_bytes: int, sha256: bytes) -> None:
    digest, n_received = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            async for chunk in request.stream():
                n_received += len(chunk)
                if n_received > n_bytes:
                    break
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:
        refuse(error)
    if n_received != n_bytes:
        raise Invalid(
            Text("The piece is not as long as it says; send it again.", "長さが一致しません。再送してください。"),
            field="Content-Length",
        )
    if digest.digest() != sha256:
        raise WrongChecksum(
            Text(
                "The piece changed on its way: its checksum is another; send it again.",
                "送信中に内容が変わりました（チェックサム不一致）。再送してください。",
            ),
            field="X-Piece-SHA256",
        )
