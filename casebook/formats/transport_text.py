r"""Text as a SAS transport file can hold it: printable ASCII, at most 200 bytes a piece, no blank at an end.

What is not printable ASCII is written as the escape that JSON and SAS's `UNICODE(text, 'ESC')` know: `\u80dd`. So are
backslashes and a blank that ends the text, which readers would drop: nothing is lost, and everything stays visible.
A longer text goes on in further pieces, which put together give it back.
"""

import re
from typing import Final

LONGEST: Final = 200
"""Bytes of a text in SAS transport version 5 (TS-140; FDA Study Data Technical Conformance Guide)."""
_ESCAPED: Final = re.compile(r"[^\x20-\x7e]|\\|\x20\Z")
_BLANK_AFTER_BLANK: Final = re.compile(r"(?<=\x20)\x20")
_PIECE: Final = re.compile(r"\\u[0-9a-f]{4}|.")
_UNIT: Final = re.compile(r"((?:\\u[0-9a-f]{4})+)")


def pieces(text: str) -> tuple[str, ...]:
    """Return the text as pieces of ASCII that fit; no piece ends in a blank or within an escape."""
    escaped = _ESCAPED.sub(_escape, text)
    if len(escaped) <= LONGEST:
        return (escaped,)
    found = [""]
    for part in _PIECE.findall(_BLANK_AFTER_BLANK.sub(_escape, escaped)):
        if len(found[-1]) + len(part) > LONGEST:
            kept = found[-1].rstrip(" ")
            found[-1:] = [kept, found[-1][len(kept) :]]
        found[-1] += part
    return tuple(found)


def text_of(escaped: str) -> str:
    """Return the text that `pieces` made this of, its pieces put together again."""
    return _UNIT.sub(_unescape, escaped)


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _unescape(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be")
