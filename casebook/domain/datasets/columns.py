"""Variables of datasets, written in one line each.

`how` says in English and Japanese how a value follows from others, and makes its origin derived; `source` says which
form field, header or rule it is.
"""

from typing import Final

from casebook.domain.datasets.model import CodeList, Kind, Origin, Variable
from casebook.domain.texts import Text

LONGEST_TEXT: Final = 200
"""Bytes of the longest text that a SAS transport file of version 5 holds."""
_ISO_DAY: Final = 10
How = tuple[str, str] | None


def text(
    name: str,
    en: str,
    ja: str,
    length: int = LONGEST_TEXT,
    *,
    how: How = None,
    source: str | None = None,
    codes: CodeList | None = None,
    origin: Origin | None = None,
    is_mandatory: bool = False,
) -> Variable:
    """Return a variable of words; `length` in bytes."""
    return Variable(
        name=name,
        label=Text(en, ja),
        kind=Kind.TEXT,
        origin=_origin(origin, how),
        length=length,
        codes=codes,
        derivation=_said(how),
        source=source,
        is_mandatory=is_mandatory,
    )


def assigned(
    name: str,
    en: str,
    ja: str,
    length: int = LONGEST_TEXT,
    *,
    codes: CodeList | None = None,
    is_mandatory: bool = False,
) -> Variable:
    """Return a variable of words that the program gives."""
    return text(name, en, ja, length, origin=Origin.ASSIGNED, codes=codes, is_mandatory=is_mandatory)


def whole(
    name: str,
    en: str,
    ja: str,
    *,
    how: How = None,
    source: str | None = None,
    codes: CodeList | None = None,
    origin: Origin | None = None,
    is_mandatory: bool = False,
) -> Variable:
    """Return a variable of whole numbers."""
    return Variable(
        name=name,
        label=Text(en, ja),
        kind=Kind.INTEGER,
        origin=_origin(origin, how),
        codes=codes,
        derivation=_said(how),
        source=source,
        is_mandatory=is_mandatory,
    )


def decimal(name: str, en: str, ja: str, *, decimals: int = 1, how: How = None, source: str | None = None) -> Variable:
    """Return a variable of numbers with at most `decimals` places."""
    return Variable(
        name=name,
        label=Text(en, ja),
        kind=Kind.DECIMAL,
        origin=_origin(None, how),
        decimals=decimals,
        derivation=_said(how),
        source=source,
    )


def day(name: str, en: str, ja: str, *, how: How = None, source: str | None = None) -> Variable:
    """Return a variable of whole days."""
    return Variable(
        name=name,
        label=Text(en, ja),
        kind=Kind.DATE,
        origin=_origin(None, how),
        derivation=_said(how),
        source=source,
    )


def iso_day(
    name: str, en: str, ja: str, *, how: How = None, source: str | None = None, is_mandatory: bool = False
) -> Variable:
    """Return a variable of days as SDTM writes them: ISO 8601 text."""
    return text(name, en, ja, _ISO_DAY, how=how, source=source, is_mandatory=is_mandatory)


def _origin(given: Origin | None, how: How) -> Origin:
    return given or (Origin.COLLECTED if how is None else Origin.DERIVED)


def _said(how: How) -> Text | None:
    return None if how is None else Text(*how)
