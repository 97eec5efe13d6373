"""Who a row is about: study, subject and site, alike in every dataset."""

from collections.abc import Mapping
from typing import Final

from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.countries import three_letters
from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.model import Origin, Value, Variable

STUDYID: Final = assigned("STUDYID", "Study Identifier", "試験識別子", 20, is_mandatory=True)
USUBJID: Final = text(
    "USUBJID",
    "Unique Subject Identifier",
    "被験者識別子（全試験で一意）",
    40,
    origin=Origin.ASSIGNED,
    source="study code and subject number",
    is_mandatory=True,
)
SUBJID: Final = text(
    "SUBJID",
    "Subject Identifier for the Study",
    "症例番号",
    20,
    origin=Origin.ASSIGNED,
    source="number given at the first registration",
    is_mandatory=True,
)
SITEID: Final = assigned("SITEID", "Study Site Identifier", "施設識別子", 20, is_mandatory=True)
COUNTRY: Final = text(
    "COUNTRY", "Country", "国（ISO 3166-1 alpha-3）", 3, origin=Origin.ASSIGNED, source="country of the site"
)
SUBJECT: Final[tuple[Variable, ...]] = (STUDYID, USUBJID, SUBJID, SITEID)


def usubjid(subject: SubjectMaterial) -> str:
    """Return the subject's identifier, unique over studies: DREAM-JP-03-0001."""
    return f"{subject.definition.code}-{subject.number}"


def who(subject: SubjectMaterial) -> dict[str, Value]:
    """Return what identifies the subject of a row."""
    return {
        "STUDYID": subject.definition.code,
        "USUBJID": usubjid(subject),
        "SUBJID": subject.number,
        "SITEID": subject.site.code,
    }


def country(subject: SubjectMaterial) -> str:
    """Return the site's country by three letters."""
    return three_letters(subject.site.country)


def flag(value: bool | None) -> str | None:  # noqa: FBT001 - a flag of a dataset
    """Return Y, N, or nothing where it is not known."""
    return None if value is None else "Y" if value else "N"


def only_yes(value: bool | None) -> str | None:  # noqa: FBT001 - a flag of a dataset
    """Return Y, or nothing: the flags of ADaM that mark a row."""
    return "Y" if value else None


Record = Mapping[str, Value]
