"""Who the source says the patient is: for the restricted link table, and to search what remains."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from casebook.dicom.deidentification.quiet import quietly
from casebook.dicom.raw_values import tag_of, value_of

GUESSED_CHARACTER_SETS: Final = ("utf-8", "cp932", "euc_jp", "gb18030", "euc_kr", "latin-1")
"""Tried on a name whose bytes are not what (0008,0005) declares; Shift-JIS is the usual one in Japan."""

N_IDENTITIES: Final = 16
"""Remembered: the files of a delivery name few."""
SHORTEST_LATIN_TOKEN: Final = 3
SHORTEST_OTHER_TOKEN: Final = 2
SHORTEST_NUMBER_TOKEN: Final = 4
SHORTEST_LONG_NUMBER: Final = 6
"""An integer of so many digits that equals a number of the patient is that number, not a coincidence."""


_OTHER_PERSONS: Final = (
    "PatientMotherBirthName",
    "ResponsiblePerson",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "NameOfPhysiciansReadingStudy",
    "PhysiciansOfRecord",
    "RequestingPhysician",
)
_PATIENT_TEXTS: Final = ("PatientID", "OtherPatientIDs", "AccessionNumber", "PatientBirthDate")
_PLACES: Final = (
    "PatientAddress",
    "PatientTelephoneNumbers",
    "MedicalRecordLocator",
    "MilitaryRank",
    "InstitutionName",
    "InstitutionAddress",
    "InstitutionalDepartmentName",
    "StationName",
    "DeviceSerialNumber",
    "AdmissionID",
    "IssuerOfPatientID",
)
_PATIENT_NAMES: Final = ("PatientName", "OtherPatientNames", "PatientBirthName")
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """What links an archived object to its source; kept in the restricted link table only.

    `name_variants` holds every reading of the name: each component group, and each character set its bytes
    can be read in when they are not what the file declares.
    """

    patient_id: str
    patient_name: str
    name_variants: tuple[str, ...]
    birth_date: str
    sex: str
    accession_number: str
    study_uid: str
    series_uid: str
    sop_uid: str
    study_date: str
    study_time: str
    other_identifiers: tuple[str, ...]


def source_identity(ds: Dataset) -> SourceIdentity:
    """Who and what a received dataset says it is; never raises for a value it cannot read."""
    with quietly():
        return _source_identity(ds)


def _source_identity(ds: Dataset) -> SourceIdentity:
    variants = tuple(dict.fromkeys(v for word in _PATIENT_NAMES for v in _name_variants(ds, word)))
    return SourceIdentity(
        patient_id=text_of(ds, "PatientID"),
        patient_name=next(iter(_name_variants(ds, "PatientName")), ""),
        name_variants=variants,
        birth_date=text_of(ds, "PatientBirthDate"),
        sex=text_of(ds, "PatientSex"),
        accession_number=text_of(ds, "AccessionNumber"),
        study_uid=text_of(ds, "StudyInstanceUID"),
        series_uid=text_of(ds, "SeriesInstanceUID"),
        sop_uid=text_of(ds, "SOPInstanceUID"),
        study_date=text_of(ds, "StudyDate"),
        study_time=text_of(ds, "StudyTime"),
        other_identifiers=tuple(texts_of(ds, "OtherPatientIDs")),
    )


@dataclass(frozen=True, slots=True)
class Tokens:
    """What tells who someone is, case folded: the patient, and everyone and every place the source names."""

    patient: frozenset[str]
    everyone: frozenset[str]

    def without(self, known: frozenset[str]) -> "Tokens":
        """The tokens that are not among `known`."""
        return _without(self, known)

    def long_numbers(self) -> frozenset[str]:
        """The patient's numbers that no measurement equals by chance."""
        return frozenset(t for t in self.patient if t.isdigit() and len(t) >= SHORTEST_LONG_NUMBER)


@lru_cache(maxsize=N_IDENTITIES)
def _without(tokens: Tokens, known: frozenset[str]) -> Tokens:
    return Tokens(tokens.patient - known, tokens.everyone - known)


def identity_tokens(ds: Dataset) -> Tokens:
    """Names, identifiers, dates of birth and places as words and numbers; unreadable values give none."""
    with quietly():
        patient = _patient_texts(ds)
        others = [v for word in _OTHER_PERSONS for v in _name_variants(ds, word)]
        others += [v for word in _PLACES for v in texts_of(ds, word)]
    return _tokens(tuple(patient), tuple(others))


@lru_cache(maxsize=N_IDENTITIES)
def _tokens(patient: tuple[str, ...], others: tuple[str, ...]) -> Tokens:
    found = tokens_of(patient)
    return Tokens(found, found | tokens_of(others))


def _patient_texts(ds: Dataset) -> list[str]:
    names = [v for word in _PATIENT_NAMES for v in _name_variants(ds, word)]
    return names + [v for word in _PATIENT_TEXTS for v in texts_of(ds, word)]


def tokens_of(texts: Iterable[str]) -> frozenset[str]:
    """The texts themselves and their words, where long enough to mean someone."""
    tokens: set[str] = set()
    for text in texts:
        folded = text.casefold().strip()
        tokens.update(token for token in (folded, *_WORDS.findall(folded)) if _is_long_enough(token))
    return frozenset(tokens)


def holds_token(text: str, tokens: frozenset[str]) -> bool:
    """Whether a token stands in the text as a word of its own, or as the text."""
    folded = text.casefold().strip()
    return bool(tokens) and (folded in tokens or not tokens.isdisjoint(_WORDS.findall(folded)))


def texts_of(ds: Dataset, keyword: str) -> list[str]:
    """An element's values as texts without surrounding blanks; none where it is absent or cannot be read."""
    value = _value(ds, keyword)
    if value is None:
        return []
    values = value if isinstance(value, MultiValue | list) else [value]
    return [text for text in (str(v).strip() for v in values) if text]


def text_of(ds: Dataset, keyword: str) -> str:
    """An element's value as one line of text; empty where it is absent or cannot be read."""
    return "\\".join(texts_of(ds, keyword))


def _is_long_enough(token: str) -> bool:
    if token.isdigit():
        return len(token) >= SHORTEST_NUMBER_TOKEN
    return len(token) >= (SHORTEST_LATIN_TOKEN if token.isascii() else SHORTEST_OTHER_TOKEN)


@cache
def _tag(keyword: str) -> BaseTag:
    return tag_of(tag_for_keyword(keyword) or 0)


def _value(ds: Dataset, keyword: str) -> Any:
    try:
        return value_of(ds, _tag(keyword))
    except Exception:  # noqa: BLE001 - pydicom raises whatever the bytes provoke; an unreadable value is none
        return None


def _name_variants(ds: Dataset, keyword: str) -> list[str]:
    value = _value(ds, keyword)
    if value is None:
        return []
    names = value if isinstance(value, MultiValue | list) else [value]
    variants: dict[str, None] = {}
    for name in names:
        readings = [str(name), *_guessed(name)]
        for reading in readings:
            for group in (reading, *reading.split("=")):
                if group.strip():
                    variants[group.strip()] = None
    return list(variants)


def _guessed(name: Any) -> list[str]:
    raw = name.original_string if isinstance(name, PersonName) else None
    if not isinstance(raw, bytes) or raw.isascii():
        return []
    readings = []
    for character_set in GUESSED_CHARACTER_SETS:
        try:
            readings.append(raw.decode(character_set))
        except UnicodeDecodeError:
            continue
    return readings
