"""What a blinded reader must not learn, and the many ways in which bytes can say it."""

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

TEXT_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "iso2022_jp", "shift_jis", "euc_jp")
SHORTEST = 5
"""Bytes; what is shorter turns up in compressed pixels by chance."""


def spellings(secret: str) -> Iterator[bytes]:
    """The secret as bytes may carry it: in the character sets of DICOM, escaped, in base 64 at any alignment."""
    for encoding in TEXT_ENCODINGS:
        try:
            yield secret.encode(encoding)
        except UnicodeEncodeError:
            continue
    yield json.dumps(secret)[1:-1].encode()
    yield html.escape(secret).encode()
    yield quote(secret, safe="").encode()
    for lead in range(3):
        # The first and last signs depend on what stands around it.
        whole = base64.b64encode(b"\0" * lead + secret.encode())
        yield whole[4 if lead else 0 : len(whole) // 4 * 4 - 4]


class Searched:
    """Secrets, ready to be looked for without regard to case."""

    def __init__(self, secrets: Mapping[str, Iterable[str]]) -> None:
        self.by_spelling = {
            spelling.lower(): (kind, secret)
            for kind, said in secrets.items()
            for secret in said
            for spelling in spellings(secret)
            if len(spelling) >= SHORTEST
        }

    def found_in(self, data: bytes) -> set[tuple[str, str]]:
        """Kind and text of each secret that the bytes tell."""
        lowered = data.lower()
        return {told for spelling, told in self.by_spelling.items() if spelling in lowered}
