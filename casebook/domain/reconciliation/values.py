"""What is compared: one field, the value that was expected and the one that was found, and how far apart they are."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity
from casebook.domain.texts import Text


class BoardModality(StrEnum):
    """The parts of a timepoint's images that the board has a row for; ALL is what cannot be told apart."""

    CT = "ct"
    MRI = "mri"
    DWI = "dwi"
    EOB = "eob-mri"
    ALL = "all"


MODALITY_LABELS: Final[Mapping[BoardModality, Text]] = {
    BoardModality.CT: Text("CT", "CT"),
    BoardModality.MRI: Text("MRI", "MRI"),
    BoardModality.DWI: Text("DWI", "拡散強調MRI"),
    BoardModality.EOB: Text("EOB-MRI", "EOB-MRI"),
    BoardModality.ALL: Text("all images", "画像全体"),
}
MODALITY_OF_ROLE: Final[Mapping[SeriesRole, BoardModality]] = {
    SeriesRole.CT_PLAIN: BoardModality.CT,
    SeriesRole.CT_ARTERIAL: BoardModality.CT,
    SeriesRole.CT_PORTAL_VENOUS: BoardModality.CT,
    SeriesRole.CT_DELAYED: BoardModality.CT,
    SeriesRole.T1_IN_PHASE: BoardModality.MRI,
    SeriesRole.T1_OPPOSED_PHASE: BoardModality.MRI,
    SeriesRole.T2: BoardModality.MRI,
    SeriesRole.DWI: BoardModality.DWI,
    SeriesRole.ADC: BoardModality.DWI,
    SeriesRole.EOB_PRE: BoardModality.EOB,
    SeriesRole.EOB_ARTERIAL: BoardModality.EOB,
    SeriesRole.EOB_PORTAL_VENOUS: BoardModality.EOB,
    SeriesRole.EOB_TRANSITIONAL: BoardModality.EOB,
    SeriesRole.EOB_HEPATOBILIARY: BoardModality.EOB,
}
"""Roles that are read; localizers and derived images belong to no row of their own."""


class Origin(StrEnum):
    """Who says a value."""

    PROTOCOL = "protocol"
    FORM = "form"
    IMAGES = "images"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Said:
    """A value with its unit, in words, and who says it."""

    origin: Origin
    value: Text

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"origin": self.origin.value, "en": self.value.en, "ja": self.value.ja}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The same value again."""
        return cls(Origin(stored["origin"]), Text(stored["en"], stored["ja"]))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that was compared; `severity` is None where both sides agree.

    `about` is a key that stays the same as long as the same thing is compared; `what` names it for people.
    """

    rule: str
    about: str
    what: Text
    modality: BoardModality
    expected: Said
    found: Said
    severity: Severity | None = None

    @property
    def agrees(self) -> bool:
        """Nothing is to be done about it."""
        return self.severity is None

    @property
    def key(self) -> tuple[str, str]:
        """What it is within a timepoint."""
        return self.rule, self.about

    @property
    def fingerprint(self) -> str:
        """Changes with either value, and with nothing else."""
        values = [self.rule, self.about, self.expected.to_json(), self.found.to_json()]
        return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def same(words: str) -> Text:
    """A value that is written alike in both languages: a number with its unit, a date."""
    return Text(words, words)


NONE: Final = Text("none", "なし")
NOT_STATED: Final = Text("not stated", "記載なし")
