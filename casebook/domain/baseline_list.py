"""What the baseline lesion list needs before it can be agreed, and what a signature of it is bound to."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from casebook.domain.errors import Refused
from casebook.domain.imaging import SEGMENTS, ReadingSequence
from casebook.domain.texts import Text, joined

AGREED: Final = "baseline lesion list agreed"
"""The meaning of the signature that locks the list."""


@dataclass(frozen=True, slots=True)
class ListedBaseline:
    """One lesion of the list: segment, longest diameter (mm) at baseline, and longest diameter per sequence (mm)."""

    label: str
    segment: str
    diameter_mm: Decimal | None = None
    diameters_mm: Mapping[ReadingSequence, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a lesion lacks before the list can be locked."""

    label: str
    what: Text


class ListNotComplete(Refused):
    """The list cannot be locked yet; `gaps` says what is missing, lesion by lesion."""

    code = "baseline-list-not-complete"

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self.gaps = tuple(gaps)
        said = joined(
            [Text(f"{gap.label} {gap.what.en}", f"{gap.label}{gap.what.ja}") for gap in gaps], en="; ", ja="、"
        )
        text = Text(
            f"The list cannot be locked yet: {said.en}. Enter what is missing.",
            f"リストはまだ固定できません（{said.ja}）。不足している項目を入力してください。",
        )
        super().__init__(text, field="lesions")


def gaps_of(listed: Sequence[ListedBaseline], sequences: Sequence[ReadingSequence]) -> tuple[Gap, ...]:
    """Return what is missing: a segment, and a baseline diameter or one on each of the reading sequences."""
    found: list[Gap] = []
    for lesion in listed:
        if lesion.segment not in SEGMENTS:
            found.append(Gap(lesion.label, Text("has no segment", "の区域が未入力")))
        missing = [sequence for sequence in sequences if sequence not in lesion.diameters_mm]
        if lesion.diameter_mm is None and missing:
            found.append(Gap(lesion.label, _no_diameter(missing, is_all=len(missing) == len(sequences))))
    return tuple(found)


def _no_diameter(missing: Sequence[ReadingSequence], *, is_all: bool) -> Text:
    if is_all:
        return Text("has no diameter", "の径が未入力")
    names = ", ".join(sequence.upper() for sequence in missing)
    return Text(
        f"has no baseline diameter, and none on {names}", f"のベースライン径が未入力で、{names}の径もありません"
    )


def digest_of(listed: Sequence[ListedBaseline]) -> str:
    """Return the SHA-256 of the list in a canonical form; any change of a listed value changes it."""
    rows = [
        [
            lesion.label,
            lesion.segment,
            None if lesion.diameter_mm is None else f"{lesion.diameter_mm:.1f}",
            sorted([sequence.value, f"{diameter_mm:.1f}"] for sequence, diameter_mm in lesion.diameters_mm.items()),
        ]
        for lesion in sorted(listed, key=lambda lesion: lesion.label)
    ]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
