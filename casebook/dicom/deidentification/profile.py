"""The profile as a lookup: one data file, read once."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pydicom.datadict import dictionary_VR, tag_for_keyword

OTHER_FAMILY: Final = "other"
"""The family of a SOP class the profile does not name; only the common elements stay."""


class Treatment(StrEnum):
    """How an element that may stay is handled; an element without a treatment is removed."""

    NUMBER = "number"
    POINTER = "pointer"
    TERM = "term"
    TERMS_IN_PLACE = "terms-in-place"
    TEXT = "text"
    UID = "uid"
    WELL_KNOWN_UID = "well-known-uid"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    SEQUENCE = "sequence"
    BULK = "bulk"
    AGE = "age"
    SEX = "sex"
    TIMEZONE = "timezone"
    KEYED_ID = "keyed-id"
    MANUFACTURER = "manufacturer"
    AGENT = "agent"
    ACCESSION = "accession"
    EMPTY = "empty"
    DEVICE = "device"


_TREATMENT_OF_VR: Final[Mapping[str, Treatment]] = {
    **dict.fromkeys(("DS", "IS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"), Treatment.NUMBER),
    **dict.fromkeys(("US or SS", "US or OW", "US or SS or OW"), Treatment.NUMBER),
    **dict.fromkeys(("SH", "LO", "UC"), Treatment.TEXT),
    "CS": Treatment.TERM,
    "AT": Treatment.POINTER,
    "UI": Treatment.UID,
    "DA": Treatment.DATE,
    "TM": Treatment.TIME,
    "DT": Treatment.DATETIME,
    "SQ": Treatment.SEQUENCE,
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of Table E.1-1: the basic profile's action and the option columns that say something."""

    keyword: str
    basic: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrivateRule:
    """A safe private element, found by its creator; numbers outside the range are not what it says they are."""

    creator: str
    group: int
    element: int
    vr: str
    name: str
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: value, coding scheme, meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the engine knows, by tag."""

    name: str
    standard: str
    table: Mapping[str, TableRow]
    rules: Mapping[str, Mapping[int, Treatment]]
    family_of_class: Mapping[str, str]
    private: Mapping[tuple[int, str], Mapping[int, PrivateRule]]
    words: frozenset[str]
    manufacturers: Mapping[str, str]
    agents: Mapping[str, str]
    no_agent: frozenset[str]
    captures: tuple[str, ...]
    codes: Mapping[tuple[str, str], str]
    empty: frozenset[int]
    options: tuple[Code, ...]
    device_option: Code

    def family(self, sop_class_uid: str) -> str:
        """The name of the list of rules that applies to a SOP class."""
        return self.family_of_class.get(sop_class_uid, OTHER_FAMILY)


@cache
def profile() -> Profile:
    """The profile of this version, read on first use."""
    return parse(files(__package__).joinpath("profile.toml").read_text(encoding="utf-8"))


def parse(text: str) -> Profile:
    """A profile from its file's text; an unknown keyword or treatment is a KeyError."""
    data = tomllib.loads(text)
    return Profile(
        name=data["edition"]["name"],
        standard=data["edition"]["standard"],
        table={tag: _row(line) for tag, line in data["table"].items()},
        rules=_rules(data),
        family_of_class=data["sop_classes"],
        private=_private(data["private"]),
        words=frozenset(word for words in data["words"].values() for word in words.split()),
        manufacturers=data["manufacturers"],
        agents=data["agents"],
        no_agent=frozenset(data["no_agent"]["words"]),
        captures=tuple(data["captures"]["image_type"]),
        codes={(s, value): m for s, scheme in data["codes"].items() for value, m in scheme.items()},
        empty=frozenset(_tags(data["empty"]["keywords"])),
        options=tuple(_code(option) for option in data["options"]),
        device_option=_code(data["device_option"]),
    )


def _row(line: str) -> TableRow:
    keyword, basic, *options = line.split()
    pairs = (option.partition("=")[::2] for option in options)
    return TableRow(keyword, basic, dict(pairs))


def _code(entry: Mapping[str, str]) -> Code:
    return Code(entry["code"], "DCM", entry["meaning"])


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return int(tag)


def _tags(keywords: str) -> Iterable[int]:
    return (_tag(keyword) for keyword in keywords.split())


def _rules(data: Mapping[str, Any]) -> dict[str, dict[int, Treatment]]:
    lists = {name: tuple(_tags(entry["keywords"])) for name, entry in data["keep"].items()}
    special = {_tag(keyword): Treatment(treatment) for keyword, treatment in data["treat"].items()}
    always = dict.fromkeys(_tags(data["empty"]["keywords"]), Treatment.EMPTY)
    always |= dict.fromkeys(_tags(data["keep_device"]["keywords"]), Treatment.DEVICE)
    families = {OTHER_FAMILY: ["common"], **data["families"]}
    return {
        family: {tag: special.get(tag) or _of_vr(tag) for name in names for tag in lists[name]} | always
        for family, names in families.items()
    }


def _of_vr(tag: int) -> Treatment:
    return _TREATMENT_OF_VR[dictionary_VR(tag)]


def _private(entries: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], dict[int, PrivateRule]]:
    rules: dict[tuple[int, str], dict[int, PrivateRule]] = {}
    for entry in entries:
        rule = PrivateRule(**{"lowest": 0, "highest": 0, **entry})
        rules.setdefault((rule.group, rule.creator), {})[rule.element] = rule
    return rules
