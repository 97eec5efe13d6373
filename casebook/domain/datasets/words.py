"""Texts as datasets carry them: printable ASCII, in the bytes of a variable."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from casebook.domain.datasets.columns import LONGEST_TEXT

_SPELLED: Final[Mapping[str, str]] = {
    "·": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "≤": "<=",
    "≥": ">=",
    "×": "x",
    "µ": "u",
    "μ": "u",
    "°": " degrees",
    "±": "+/-",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "…": "...",
}
_CUT: Final = " ..."


def upper(code: str) -> str:
    """Return a code of this program as CDISC spells terms: left-in-place is LEFT IN PLACE."""
    return code.replace("-", " ").replace("_", " ").upper()


def ascii_text(said: str, length: int = LONGEST_TEXT) -> str | None:
    """Return words in printable ASCII and at most `length` bytes, a cut marked with dots; None for none.

    SAS transport files of version 5 carry nothing else; a character without a spelling becomes a question mark.
    """
    if not (said.isascii() and said.isprintable()):
        said = _spelled(said)
    found = " ".join(said.split())
    if len(found) > length:
        found = found[: length - len(_CUT)].rstrip() + _CUT
    return found or None


def _spelled(said: str) -> str:
    spelled = "".join(_SPELLED.get(one, one) for one in said)
    plain = unicodedata.normalize("NFKD", spelled)
    return "".join(_printable(one) for one in plain if not unicodedata.combining(one))


def _printable(one: str) -> str:
    if one.isspace():
        return " "
    return one if one.isascii() and one.isprintable() else "?"
