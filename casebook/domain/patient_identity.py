"""Whether two sets of images can be of one person, as far as their headers say."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Agreement(StrEnum):
    """Whether two headers say the same of one thing; nothing of what they say."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_STATED = "not-stated"


@dataclass(frozen=True, slots=True)
class PatientIdentity:
    """Who the images name. Empty texts mean that the header is silent."""

    patient_id: str
    name_variants: tuple[str, ...]
    birth_date: str
    sex: str

    @property
    def is_empty(self) -> bool:
        """The header names nobody."""
        return not (self.patient_id or self.name_variants or self.birth_date)

    def is_compatible_with(self, other: "PatientIdentity") -> bool:
        """Whether nothing speaks against one person.

        Two birth dates must be equal. Equal numbers are enough beyond that; where numbers differ (two hospitals
        number one patient differently) some form of the name and the birth date must agree.
        """
        if self.birth_date and other.birth_date and self.birth_date != other.birth_date:
            return False
        mine, theirs = _plain(self.patient_id), _plain(other.patient_id)
        if not mine or not theirs:
            return self._shares_name(other) or not (self.name_variants and other.name_variants)
        return mine == theirs or (bool(self.birth_date and other.birth_date) and self._shares_name(other))

    def compared_with(self, other: "PatientIdentity") -> Mapping[str, Agreement]:
        """Tell for number, name, birth date and sex whether they agree."""
        return {
            "patient-number": _agreement(_plain(self.patient_id), _plain(other.patient_id)),
            "patient-name": self._agreement_of_names(other),
            "birth-date": _agreement(self.birth_date, other.birth_date),
            "sex": _agreement(self.sex, other.sex),
        }

    def _agreement_of_names(self, other: "PatientIdentity") -> Agreement:
        if not (self.name_variants and other.name_variants):
            return Agreement.NOT_STATED
        return Agreement.SAME if self._shares_name(other) else Agreement.DIFFERS

    def _shares_name(self, other: "PatientIdentity") -> bool:
        return not {_plain(name) for name in self.name_variants}.isdisjoint(
            _plain(name) for name in other.name_variants
        )

    def to_json(self) -> dict[str, Any]:
        """Return a form for the restricted schema."""
        return {
            "patient_id": self.patient_id,
            "name_variants": list(self.name_variants),
            "birth_date": self.birth_date,
            "sex": self.sex,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Return the same identity again."""
        return cls(plain["patient_id"], tuple(plain["name_variants"]), plain["birth_date"], plain["sex"])


def _agreement(mine: str, theirs: str) -> Agreement:
    if not (mine and theirs):
        return Agreement.NOT_STATED
    return Agreement.SAME if mine == theirs else Agreement.DIFFERS


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
