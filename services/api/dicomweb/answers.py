"""What the answers have in common: addresses, validators, caching, compression (RFC 9110, 9111)."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from services.api.state import Service

PREFIX: Final = "/dicomweb"
REVALIDATE: Final = "private, no-cache"
"""Labels and lists change; a client keeps the answer and asks whether it still holds."""
UNCHANGING: Final = "private, max-age=31536000, immutable"
"""The pixels of an archived object never change; shared caches must not keep them."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
SMALLEST_GZIP_BYTES: Final = 1024
QUICK_COMPRESSION: Final = 1


def base_url(request: Request, running: Service) -> str:
    """The DICOMweb root as clients reach it, without a final slash."""
    public = running.settings.public_url
    root = str(public) if public is not None else _root_of(request)
    return root.rstrip("/") + PREFIX


def _root_of(request: Request) -> str:
    """The address the client used; dicomweb-client leaves the port out of its Host header, which matters locally."""
    root, server = request.base_url, request.scope.get("server")
    if root.port is None and root.hostname in LOOPBACK and server and server[1]:
        root = root.replace(port=server[1])
    return str(root)


def takes_gzip(request: Request) -> bool:
    """Whether the client says that it can unpack gzip."""
    for coding in request.headers.get("accept-encoding", "").split(","):
        name, _, rest = coding.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", rest)
    return False


def etag_of(*parts: bytes | str) -> str:
    """A strong validator over everything that decides the bytes of an answer."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return f'"{digest.hexdigest()[:32]}"'


def is_unchanged(request: Request, etag: str) -> bool:
    """Whether the client already holds the answer with this validator."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in known.split(","))


def unchanged(etag: str, cache_control: str) -> Response:
    """304."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators(etag, cache_control))


def validators(etag: str, cache_control: str) -> dict[str, str]:
    """The headers by which a client keeps an answer; it depends on who asks and for which form."""
    return {"ETag": etag, "Cache-Control": cache_control, "Vary": "Accept, Accept-Encoding, Cookie, Authorization"}


def json_answer(
    request: Request, body: bytes, media_type: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON body, gzipped where that pays and the client can."""
    said = dict(headers or {})
    if len(body) >= SMALLEST_GZIP_BYTES and takes_gzip(request):
        said["Content-Encoding"] = "gzip"
        body = gzip.compress(body, QUICK_COMPRESSION)
    return Response(body, media_type=media_type, headers=said)
