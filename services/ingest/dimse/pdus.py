"""The few bytes of the upper layer that are read before there is an association (PS3.8 9.3)."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

ASSOCIATE_RQ: Final = 0x01
P_DATA: Final = 0x04
KINDS: Final = frozenset(range(0x01, 0x08))
HEADER_BYTES: Final = 6
CONTROL_BYTES: Final = 4
"""What a release or an abort carries after its header."""
_HEADER: Final = struct.Struct(">BxL")
_TITLES: Final = struct.Struct(">6x2x2x16s16s")


@dataclass(frozen=True, slots=True)
class Titles:
    """The AE titles of a request for an association, without the blanks around them."""

    called: str
    calling: str


class Rejection(IntEnum):
    """Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 9.3.4), one byte each."""

    CALLING_TITLE = 0x010103
    CALLED_TITLE = 0x010107
    CONGESTED = 0x020301
    LIMIT_EXCEEDED = 0x020302

    def pdu(self) -> bytes:
        """Return the whole PDU."""
        return struct.pack(">BxLx", 0x03, CONTROL_BYTES) + self.value.to_bytes(3, "big")


def header(data: bytes | bytearray) -> tuple[int, int]:
    """Return kind and announced length of the PDU that begins here."""
    kind, n_bytes = _HEADER.unpack_from(data)
    return kind, n_bytes


def titles(request: bytes | bytearray) -> Titles | None:
    """Return the titles of an A-ASSOCIATE-RQ; None where it is too short to hold them."""
    if len(request) < _TITLES.size:
        return None
    called, calling = _TITLES.unpack_from(request)
    return Titles(_title(called), _title(calling))


def _title(raw: bytes) -> str:
    return raw.decode("latin-1").strip(" \0")
