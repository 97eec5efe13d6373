"""The vocabulary of the study's images: series roles, reading sequences, visibility."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class SeriesRole(StrEnum):
    """What a series (or a part of one: one phase, one b-value) is for in the study."""

    CT_PLAIN = "ct-plain"
    CT_ARTERIAL = "ct-arterial"
    CT_PORTAL_VENOUS = "ct-portal-venous"
    CT_DELAYED = "ct-delayed"
    T1_IN_PHASE = "t1-in-phase"
    T1_OPPOSED_PHASE = "t1-opposed-phase"
    T2 = "t2"
    DWI = "dwi"
    ADC = "adc"
    EOB_PRE = "eob-pre"
    EOB_ARTERIAL = "eob-arterial"
    EOB_PORTAL_VENOUS = "eob-portal-venous"
    EOB_TRANSITIONAL = "eob-transitional"
    EOB_HEPATOBILIARY = "eob-hepatobiliary"
    LOCALIZER = "localizer"
    DERIVED = "derived"
    OTHER = "other"


class ReadingSequence(StrEnum):
    """A sequence of images; a lesion is judged visible or not on each."""

    CT = "ct"
    DWI = "dwi"
    T1T2 = "t1t2"
    EOB = "eob"


class Judged(StrEnum):
    """What one verdict of a read is about: one sequence, or all of them together."""

    CT = "ct"
    DWI = "dwi"
    T1T2 = "t1t2"
    EOB = "eob"
    COMBINED = "combined"


class Visibility(StrEnum):
    """What a reader says of one lesion on one reading sequence."""

    VISIBLE = "visible"
    NOT_VISIBLE = "not-visible"
    NOT_EVALUABLE = "not-evaluable"


class LocationBasis(StrEnum):
    """Why a lesion is expected where a pane shows it."""

    MARKED = "marked"
    SAME_FRAME = "same-frame-of-reference"
    BREATHING = "breathing-corrected"
    REGISTERED = "registered-automatically"
    LANDMARKS = "registered-by-landmarks"
    NOT_KNOWN = "not-known"


SEQUENCE_OF_ROLE: Final[Mapping[SeriesRole, ReadingSequence]] = {
    SeriesRole.CT_PLAIN: ReadingSequence.CT,
    SeriesRole.CT_ARTERIAL: ReadingSequence.CT,
    SeriesRole.CT_PORTAL_VENOUS: ReadingSequence.CT,
    SeriesRole.CT_DELAYED: ReadingSequence.CT,
    SeriesRole.T1_IN_PHASE: ReadingSequence.T1T2,
    SeriesRole.T1_OPPOSED_PHASE: ReadingSequence.T1T2,
    SeriesRole.T2: ReadingSequence.T1T2,
    SeriesRole.DWI: ReadingSequence.DWI,
    SeriesRole.ADC: ReadingSequence.DWI,
    SeriesRole.EOB_PRE: ReadingSequence.EOB,
    SeriesRole.EOB_ARTERIAL: ReadingSequence.EOB,
    SeriesRole.EOB_PORTAL_VENOUS: ReadingSequence.EOB,
    SeriesRole.EOB_TRANSITIONAL: ReadingSequence.EOB,
    SeriesRole.EOB_HEPATOBILIARY: ReadingSequence.EOB,
}

SEGMENTS: Final = ("I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII")
"""Couinaud segments, with IV divided as the Brisbane terminology does."""
