"""Confirmed disappearing liver metastasis (cDLM): the rule that turns accepted reads into a status.

A lesion is a cDLM when it is gone on every required sequence of CT and MRI before surgery. One sequence that shows
it is enough for “no”; without one, every sequence that is missing or not evaluable leaves it undetermined.
Source: study announcement; required sequences and version come from the study definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.study.model import CdlmParameters
from casebook.domain.texts import Text, joined


class CdlmStatus(StrEnum):
    """Whether a lesion has disappeared on all required sequences."""

    YES = "yes"
    NO = "no"
    UNDETERMINED = "undetermined"


class Blocking(StrEnum):
    """Why one sequence keeps a lesion from being a cDLM."""

    VISIBLE = "visible"
    NOT_EVALUABLE = "not-evaluable"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Block:
    """One cell that keeps a lesion from being a cDLM."""

    sequence: ReadingSequence
    what: Blocking


@dataclass(frozen=True, slots=True)
class Cdlm:
    """The status of one lesion with what it follows from.

    `blocked_by` holds the sequences that show the lesion (status no) or those that say nothing (undetermined).
    `absent` is the DLM per sequence: True gone, False visible, None not known.
    """

    status: CdlmStatus
    blocked_by: tuple[Block, ...]
    absent: Mapping[ReadingSequence, bool | None]
    reason: Text
    rule_version: str

    @property
    def ct_dlm(self) -> bool | None:
        """Gone on CT, whatever MRI says; None where CT does not tell."""
        return self.absent.get(ReadingSequence.CT)


SEQUENCE_LABELS: Final[Mapping[ReadingSequence, Text]] = {
    ReadingSequence.CT: Text("CT", "CT"),
    ReadingSequence.DWI: Text("DWI", "DWI"),
    ReadingSequence.T1T2: Text("T1/T2", "T1/T2"),
    ReadingSequence.EOB: Text("EOB", "EOB"),
}
_BLOCKING: Final[Mapping[Visibility | None, Blocking]] = {
    Visibility.VISIBLE: Blocking.VISIBLE,
    Visibility.NOT_EVALUABLE: Blocking.NOT_EVALUABLE,
    None: Blocking.MISSING,
}
_ABSENT: Final[Mapping[Visibility | None, bool | None]] = {
    Visibility.NOT_VISIBLE: True,
    Visibility.VISIBLE: False,
    Visibility.NOT_EVALUABLE: None,
    None: None,
}


def derive_cdlm(visibilities: Mapping[ReadingSequence, Visibility | None], rule: CdlmParameters) -> Cdlm:
    """The cDLM status of one lesion from its accepted visibility per sequence (absent or None: not read)."""
    found = {sequence: visibilities.get(sequence) for sequence in ReadingSequence}
    blocks = tuple(
        Block(sequence, _BLOCKING[found[sequence]])
        for sequence in rule.required_sequences
        if found[sequence] is not Visibility.NOT_VISIBLE
    )
    shown = tuple(block for block in blocks if block.what is Blocking.VISIBLE)
    status = CdlmStatus.NO if shown else CdlmStatus.UNDETERMINED if blocks else CdlmStatus.YES
    deciding = shown or blocks
    return Cdlm(
        status=status,
        blocked_by=deciding,
        absent={sequence: _ABSENT[visibility] for sequence, visibility in found.items()},
        reason=_reason(status, deciding),
        rule_version=rule.version,
    )


def _reason(status: CdlmStatus, blocks: tuple[Block, ...]) -> Text:
    names = joined([SEQUENCE_LABELS[block.sequence] for block in blocks])
    if status is CdlmStatus.NO:
        return Text(f"no · {names.en} visible", f"いいえ · {names.ja} 描出あり")
    if status is CdlmStatus.UNDETERMINED:
        return Text(f"undetermined · {names.en}", f"未確定 · {names.ja}")
    return Text("yes", "はい")
