"""The metastases of a patient: how many, where, how large, what chemotherapy makes of them, and which live on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

from casebook.domain.imaging import ReadingSequence, Visibility
from services.command.demonstration.acts import Cell, ListedLesion
from services.command.demonstration.chance import drawn, happens, millimetres
from services.command.demonstration.stories import GONE, UNDETERMINED, VISIBLE, Story, Turn

MOST_LESIONS: Final = 25
COUNT_LOG: Final = (1.25, 0.8)
"""Mean and spread of the logarithm of the number of lesions: half of the patients have three or fewer."""
DIAMETER_LOG: Final = (2.75, 0.55)
"""The same of the diameter in mm: half of the lesions are smaller than 16 mm."""
DIAMETERS_MM: Final = (5.0, 110.0)
SMALLEST_SEEN_MM: Final = 3.0
FEWEST_IN_A_TURN: Final = 3
"""Lesions beside those that disappear where some split, merge or turn out to be none."""
SMALL_MM: Final = 9.0
"""Below this some sequences lose a lesion."""
SHRINKS_TO: Final = (0.35, 0.95)
SPREAD_BETWEEN_SEQUENCES: Final = 0.06
NOT_ON_CT_BELOW_MM: Final = 7.0
SEGMENTS: Final = {
    "I": 3.0, "II": 8.0, "III": 10.0, "IVa": 8.0, "IVb": 7.0, "V": 13.0, "VI": 15.0, "VII": 17.0, "VIII": 19.0,
}  # fmt: skip
"""About as large as the segments are."""
SMALL_PATTERNS: Final = {
    VISIBLE: 50.0, "NVVV": 20.0, "NVNV": 7.0, "NNVV": 5.0, "NNNV": 6.0, "NVNN": 3.0, "VXVV": 5.0, "NXVV": 3.0,
}  # fmt: skip
LARGE_PATTERNS: Final = {VISIBLE: 96.0, "VXVV": 2.5, "VVVX": 1.5}
ALIVE_SHARE: Final = {GONE: 0.28, VISIBLE: 0.9}
"""How many hold living tumour. Invented, and on purpose not as many as the study found."""
ALIVE_OTHERWISE: Final = 0.65
ALIVE_UNDETERMINED: Final = 0.45
READER_DIFFERS: Final = 0.03
CONFIDENCE: Final = {2: 4.0, 3: 16.0, 4: 45.0, 5: 35.0}
NOT_EVALUABLE: Final[Mapping[ReadingSequence, Mapping[str, float]]] = {
    ReadingSequence.CT: {"artefact": 3, "phase-wrong": 2, "not-acquired": 1},
    ReadingSequence.DWI: {"motion": 5, "artefact": 3, "low-quality": 1},
    ReadingSequence.T1T2: {"motion": 3, "low-quality": 2, "not-covered": 1},
    ReadingSequence.EOB: {"phase-wrong": 3, "motion": 2, "site-altered": 1},
}
LETTERS: Final = {"V": Visibility.VISIBLE, "N": Visibility.NOT_VISIBLE, "X": Visibility.NOT_EVALUABLE}


@dataclass(frozen=True, slots=True)
class Metastasis:
    """One lesion: diameters in mm, what the sequences show of it before surgery, and whether it holds living tumour."""

    label: str
    segment: str
    baseline_mm: Decimal
    on_sequences_mm: Mapping[ReadingSequence, Decimal]
    preoperative_mm: Decimal
    pattern: str
    is_alive: bool

    @property
    def is_gone(self) -> bool:
        """Gone on all sequences."""
        return self.pattern == GONE

    @property
    def is_seen(self) -> bool:
        """Seen on some sequence."""
        return "V" in self.pattern

    @property
    def listed(self) -> ListedLesion:
        """The lesion as the baseline list has it."""
        return ListedLesion(self.label, self.segment, self.baseline_mm, self.on_sequences_mm)


def place_metastases(random: Random, story: Story) -> tuple[Metastasis, ...]:
    """Return the baseline lesions, the largest first."""
    n_shown = story.n_gone + (story.pattern is not None)
    n = min(MOST_LESIONS, max(1, round(random.lognormvariate(*COUNT_LOG))))
    n = n_shown if story.is_watched else max(n, n_shown + (FEWEST_IN_A_TURN if story.turn is not Turn.NONE else 1))
    low, high = DIAMETERS_MM
    diameters = sorted((min(high, max(low, random.lognormvariate(*DIAMETER_LOG))) for _ in range(n)), reverse=True)
    shrinks_to = random.uniform(*SHRINKS_TO)
    patterns = _patterns(random, story, [diameter * shrinks_to for diameter in diameters])
    return tuple(
        metastasis(random, f"L{place}", diameter, shrinks_to, pattern)
        for place, (diameter, pattern) in enumerate(zip(diameters, patterns, strict=True), start=1)
    )


def metastasis(random: Random, label: str, diameter_mm: float, shrinks_to: float, pattern: str) -> Metastasis:
    """Return one lesion of that size and pattern."""
    share = ALIVE_SHARE.get(pattern, ALIVE_UNDETERMINED if pattern in UNDETERMINED else ALIVE_OTHERWISE)
    return Metastasis(
        label=label,
        segment=drawn(random, SEGMENTS),
        baseline_mm=millimetres(diameter_mm),
        on_sequences_mm={
            sequence: millimetres(diameter_mm * random.gauss(1.0, SPREAD_BETWEEN_SEQUENCES))
            for sequence in ReadingSequence
            if sequence is not ReadingSequence.CT or diameter_mm > NOT_ON_CT_BELOW_MM
        },
        preoperative_mm=millimetres(max(SMALLEST_SEEN_MM, diameter_mm * shrinks_to)),
        pattern=pattern,
        is_alive=happens(random, share),
    )


def _patterns(random: Random, story: Story, preoperative_mm: Sequence[float]) -> list[str]:
    """Return each lesion's pattern; the smallest disappear first."""
    wanted = [GONE] * story.n_gone + ([story.pattern] if story.pattern else [])
    others = [
        drawn(random, SMALL_PATTERNS if diameter_mm < SMALL_MM else LARGE_PATTERNS)
        for diameter_mm in preoperative_mm[: len(preoperative_mm) - len(wanted)]
    ]
    return [*others, *reversed(wanted)]


def read_cells(random: Random, lesions: Sequence[Metastasis], *, differs: bool) -> tuple[Cell, ...]:
    """Return a reader's verdicts; a reader who `differs` sees some cells otherwise."""
    return tuple(
        _cell(random, lesion, sequence, letter, differs=differs)
        for lesion in lesions
        for sequence, letter in zip(ReadingSequence, lesion.pattern, strict=True)
    )


def _cell(random: Random, lesion: Metastasis, sequence: ReadingSequence, letter: str, *, differs: bool) -> Cell:
    if differs and lesion.preoperative_mm < SMALL_MM and happens(random, READER_DIFFERS * 2):
        letter = {"V": "N", "N": "V", "X": "N"}[letter]
    visibility = LETTERS[letter]
    if visibility is Visibility.NOT_EVALUABLE:
        return Cell(lesion.label, sequence, visibility, not_evaluable_reason=drawn(random, NOT_EVALUABLE[sequence]))
    diameter_mm = float(lesion.preoperative_mm) * random.gauss(1.0, SPREAD_BETWEEN_SEQUENCES)
    return Cell(
        lesion.label,
        sequence,
        visibility,
        diameter_mm=millimetres(max(SMALLEST_SEEN_MM, diameter_mm)) if visibility is Visibility.VISIBLE else None,
        confidence=drawn(random, CONFIDENCE),
    )
