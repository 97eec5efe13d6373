"""The answer to an object that was stored, by far the commonest message: written without pynetdicom's data sets."""

import struct
from typing import Any, Final

from pynetdicom.dimse_primitives import C_STORE

STORE_RESPONSE: Final = 0x8001
NO_DATA_SET: Final = 0x0101
_HEADER: Final = struct.Struct("<HHL")


def stored_response(message: Any) -> bytes | None:
    """Return the command set (PS3.7 9.3.1.2) of a C-STORE response of success; None for any other message."""
    is_answer = isinstance(message, C_STORE) and message.MessageIDBeingRespondedTo is not None
    if not is_answer or message.Status != 0:
        return None
    if message.ErrorComment is not None or message.OffendingElement is not None:
        return None
    elements = b"".join(
        (
            _element(0x0002, _uid(message.AffectedSOPClassUID)),
            _element(0x0100, STORE_RESPONSE.to_bytes(2, "little")),
            _element(0x0120, message.MessageIDBeingRespondedTo.to_bytes(2, "little")),
            _element(0x0800, NO_DATA_SET.to_bytes(2, "little")),
            _element(0x0900, bytes(2)),
            _element(0x1000, _uid(message.AffectedSOPInstanceUID)),
        )
    )
    return _element(0x0000, len(elements).to_bytes(4, "little")) + elements


def _element(number: int, value: bytes) -> bytes:
    return _HEADER.pack(0, number, len(value)) + value


def _uid(uid: object) -> bytes:
    text = str(uid)
    return (text + "\0" * (len(text) % 2)).encode("iso8859-1")
