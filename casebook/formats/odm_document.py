"""What an ODM 1.3.2 file holds, as plain values: metadata, people and places, clinical data with its audit records.

Source: CDISC Operational Data Model 1.3.2. Names follow its elements; an `oid` names one thing of the file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from casebook.domain.texts import Text


class FileType(StrEnum):
    """How a file stands to time: the state at a moment, or every change that led to it."""

    SNAPSHOT = "Snapshot"
    TRANSACTIONAL = "Transactional"


class DataType(StrEnum):
    """What the values of an item are (ODM 2.14)."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    DATE = "date"
    DATETIME = "datetime"
    PARTIAL_DATE = "partialDate"
    BOOLEAN = "boolean"


class Change(StrEnum):
    """What a change did to an element (TransactionType)."""

    INSERT = "Insert"
    UPDATE = "Update"
    REMOVE = "Remove"
    UPSERT = "Upsert"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement."""

    oid: str
    symbol: Text


@dataclass(frozen=True, slots=True)
class CodeList:
    """Coded values with their wording."""

    oid: str
    name: str
    terms: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Condition:
    """When an item is not collected: in words, and as a formula over item codes."""

    oid: str
    name: str
    said: Text
    formula: str


@dataclass(frozen=True, slots=True)
class Method:
    """How a derived item comes about."""

    oid: str
    name: str
    said: Text


@dataclass(frozen=True, slots=True)
class ItemDef:
    """One question, or one thing that is recorded; `length` and `decimals` bound what its values look like."""

    oid: str
    name: str
    type: DataType
    question: Text
    length: int | None = None
    decimals: int | None = None
    hint: Text | None = None
    unit: Unit | None = None
    codes: CodeList | None = None
    lowest: str | None = None
    highest: str | None = None
    is_mandatory: bool = False
    not_collected: Condition | None = None
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class GroupDef:
    """Items that are recorded together, once in a form or once a lesion."""

    oid: str
    name: str
    label: Text
    repeats: bool
    items: tuple[ItemDef, ...]


@dataclass(frozen=True, slots=True)
class FormDef:
    """A form with its groups of items."""

    oid: str
    name: str
    label: Text
    repeats: bool
    groups: tuple[GroupDef, ...]


@dataclass(frozen=True, slots=True)
class EventDef:
    """A moment of the study's plan with its forms; `is_common` is what belongs to the subject at any time."""

    oid: str
    name: str
    label: Text
    is_common: bool
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metadata:
    """One version of the study's definition. `other_codes` are lists that no item names: those of flags."""

    oid: str
    name: str
    label: Text
    effective_on: date
    events: tuple[EventDef, ...]
    forms: tuple[FormDef, ...]
    other_codes: tuple[CodeList, ...]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody or something that acted, by login only."""

    oid: str
    login: str
    type: str
    location: str


@dataclass(frozen=True, slots=True)
class Location:
    """A site or a data centre."""

    oid: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class SignatureDef:
    """What a signature means, and why it binds."""

    oid: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did it, where and when, why, and which entry of the audit trail says so."""

    user: str
    location: str
    at: datetime
    reason: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds; `id` is one of its own, `manifest` the digest of exactly what was signed."""

    id: str
    user: str
    location: str
    meaning: str
    at: datetime
    manifest: str | None


@dataclass(frozen=True, slots=True)
class Flag:
    """A coded remark: a value of one list, of the kind that the list of kinds names."""

    value: str
    codes: str
    kind: str


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation: words, said by the site or not, and flags."""

    said: str | None = None
    by_site: bool = False
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A value as text; None says that the item is known to have none."""

    oid: str
    value: str | None
    audit: Audit | None = None
    notes: tuple[Note, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one group; `key` is given exactly where the group repeats."""

    oid: str
    key: str | None
    items: tuple[Item, ...]
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One filled form; `key` is given exactly where the form repeats."""

    oid: str
    key: str | None
    groups: tuple[Group, ...]
    audit: Audit | None = None
    signed: Signed | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """The forms of one moment of a subject's course."""

    oid: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What there is of a subject; in a file of changes, what one change brought."""

    key: str
    site: str
    events: tuple[Event, ...]
    audit: Audit | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Clinical:
    """The subjects whose data were recorded under one version of the definition."""

    metadata: str
    subjects: Iterable[Subject]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file. `version` is the program's; `said` is what a person reads first."""

    type: FileType
    oid: str
    made_at: datetime
    said: str
    version: str
    study: str
    study_name: str
    study_description: str
    protocol_name: str
    metadata: tuple[Metadata, ...]
    users: tuple[User, ...]
    locations: tuple[Location, ...]
    signatures: tuple[SignatureDef, ...]
    clinical: Iterable[Clinical]
