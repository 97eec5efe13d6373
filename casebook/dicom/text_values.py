"""Decodes text values by their Specific Character Set, ASCII by the short road (PS3.5 6.1.2)."""

import warnings
from functools import lru_cache
from typing import Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

_ESCAPE: Final = b"\x1b"


class Decoder:
    """Turns the bytes of a text value into text; undecodable bytes become replacement characters."""

    __slots__ = ("_encodings",)

    def __init__(self, encodings: tuple[str, ...]) -> None:
        self._encodings = encodings

    def __call__(self, value: bytes, *, in_name: bool = False) -> str:
        """The text of `value`; delimiters that reset the character set differ in person names."""
        if value.isascii() and _ESCAPE not in value:
            return value.decode("ascii")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return decode_bytes(value, self._encodings, PN_DELIMS if in_name else TEXT_VR_DELIMS)


@lru_cache(maxsize=64)
def decoder_for(specific_character_set: bytes) -> Decoder:
    """The decoder for the value of (0008,0005); unknown names fall back to the default repertoire."""
    names = [name.strip(" \0") for name in specific_character_set.decode("latin-1").split("\\")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Decoder(tuple(convert_encodings(names)))


ASCII: Final = decoder_for(b"")
