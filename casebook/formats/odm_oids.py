"""How things of an ODM file are named.

OIDs are made of the definition's own codes, so that they stay what they are from version to version:
`F.surgery`, `IG.surgery.lesions`, `I.surgery.lesions.fate`, `CL.surgery.lesions.fate`.
"""

from typing import Final

from casebook.domain.texts import Text
from casebook.formats.odm_document import Unit

COMMON: Final = "SE.common"
"""The event of what belongs to the subject at no timepoint of its own."""


def study_oid(code: str) -> str:
    """Return the study's OID."""
    return f"S.{code}"


def metadata_oid(version: str) -> str:
    """Return the OID of a version of the definition."""
    return f"MDV.{version}"


def event_oid(timepoint: str | None) -> str:
    """Return the OID of a timepoint's event; of the common one for None."""
    return COMMON if timepoint is None else f"SE.{timepoint}"


def form_oid(form: str) -> str:
    """Return a form's OID."""
    return f"F.{form}"


def group_oid(path: str) -> str:
    """Return the OID of a form's group: `surgery`, `surgery.lesions`, `surgery.segments_resected`."""
    return f"IG.{path}"


def item_oid(path: str) -> str:
    """Return an item's OID: `surgery.operated_on`, `surgery.lesions.fate`."""
    return f"I.{path}"


def code_list_oid(path: str) -> str:
    """Return the OID of an item's code list."""
    return f"CL.{path}"


def user_oid(login: str) -> str:
    """Return a user's OID."""
    return f"U.{login}"


def location_oid(code: str) -> str:
    """Return the OID of a site or data centre."""
    return f"L.{code}"


def unit(symbol: Text) -> Unit:
    """Return a unit by its symbol, mm and the like."""
    plain = symbol.en.replace("%", "percent").replace("²", "2")
    name = "".join(character if character.isascii() and character.isalnum() else "-" for character in plain)
    return Unit(f"MU.{name}", symbol)
