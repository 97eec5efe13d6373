"""Contrast phases of one examination: when each volume was acquired after the injection, and which phase that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casebook.domain.imaging import SeriesRole
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.series_role_rules import PhaseWindow, RoleRules
from casebook.domain.series_words import Words, found_word

HALF_A_DAY_S = 43_200.0
A_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Volume:
    """One acquisition that may be a phase; `name` is the series' text in normal form."""

    acquired_s: float | None
    contrast_start_s: float | None
    agent: ContrastAgent | None
    name: str


@dataclass(frozen=True, slots=True)
class Injection:
    """When the agent was given; `is_inferred` when no header says so. `start_s` is None when nothing tells."""

    start_s: float | None
    is_inferred: bool
    agent: ContrastAgent | None


@dataclass(frozen=True, slots=True)
class PhaseWords:
    """The words and header codes of all phases, and which role is the one before contrast."""

    words: Mapping[SeriesRole, Words]
    codes: Mapping[str, SeriesRole]
    before: SeriesRole
    windows: tuple[PhaseWindow, ...]

    def named(self, name: str) -> tuple[SeriesRole, str] | None:
        """The phase a name speaks of, with the word that says so."""
        for role, words in self.words.items():
            if (word := found_word(words, name)) is not None:
                return role, word
        return None


def mr_phases(rules: RoleRules) -> PhaseWords:
    """What MR phases are called and when they are."""
    return PhaseWords(rules.mr_phase_words, rules.mr_phase_codes, SeriesRole.EOB_PRE, rules.mr_windows)


def ct_phases(rules: RoleRules) -> PhaseWords:
    """What CT phases are called and when they are."""
    return PhaseWords(rules.ct_phase_words, rules.ct_phase_codes, SeriesRole.CT_PLAIN, rules.ct_windows)


def injection(volumes: Sequence[Volume], phases: PhaseWords, rules: RoleRules) -> Injection:
    """The injection the volumes of one examination speak of, stated or inferred from the first enhanced one."""
    agent = next((volume.agent for volume in volumes if volume.agent is not None), None)
    stated = [volume.contrast_start_s for volume in volumes if volume.contrast_start_s is not None]
    if stated:
        return Injection(min(stated), is_inferred=False, agent=agent)
    timed = sorted(
        (volume for volume in volumes if volume.acquired_s is not None), key=lambda volume: volume.acquired_s or 0.0
    )
    return Injection(_inferred_start_s(timed, phases, rules, agent=agent), is_inferred=True, agent=agent)


def delay_s(acquired_s: float | None, start_s: float | None) -> float | None:
    """Seconds from the injection to the acquisition, across midnight where need be."""
    if acquired_s is None or start_s is None:
        return None
    delay = acquired_s - start_s
    if abs(delay) > HALF_A_DAY_S:
        delay = (delay + HALF_A_DAY_S) % A_DAY_S - HALF_A_DAY_S
    return delay


def phase_at(delay: float, phases: PhaseWords) -> tuple[SeriesRole, bool]:
    """The phase at a delay, and whether the delay lies within its window (else the nearest in proportion)."""
    if delay <= 0:
        return phases.before, True
    for window in phases.windows:
        if window.from_s <= delay <= window.to_s:
            return window.role, True
    return min(phases.windows, key=lambda window: _times_off(delay, window)).role, False


def _times_off(delay: float, window: PhaseWindow) -> float:
    return max(window.from_s / delay, delay / window.to_s)


def _inferred_start_s(
    timed: Sequence[Volume], phases: PhaseWords, rules: RoleRules, *, agent: ContrastAgent | None
) -> float | None:
    """Where the injection must have begun for the phases to be where they are named, or where they usually are."""
    for volume in timed:
        named = phases.named(volume.name)
        nominal = next((_nominal_s(window) for window in phases.windows if named and window.role is named[0]), None)
        if nominal is not None and volume.acquired_s is not None:
            return volume.acquired_s - nominal
    enhanced = _enhanced(timed, phases, rules, agent=agent)
    if len(enhanced) < _FEWEST_TO_TELL_PHASES:
        return None
    first, second, *_ = enhanced
    is_arterial = second - first <= rules.longest_arterial_to_portal_s
    return first - (rules.assumed_arterial_s if is_arterial else rules.assumed_portal_s)


def _enhanced(
    timed: Sequence[Volume], phases: PhaseWords, rules: RoleRules, *, agent: ContrastAgent | None
) -> list[float]:
    """Start times of the enhanced acquisitions: those with an agent, or all where none is stated."""
    candidates = [volume for volume in timed if volume.agent is not None] if agent is not None else list(timed)
    candidates = [volume for volume in candidates if (phases.named(volume.name) or (None,))[0] is not phases.before]
    starts: list[float] = []
    for volume in candidates:
        if volume.acquired_s is not None and (not starts or volume.acquired_s - starts[-1] > rules.same_acquisition_s):
            starts.append(volume.acquired_s)
    if len(candidates) < len(timed):
        return starts
    if _first_is_before(starts):
        return starts[1:]
    return starts if agent is not None else []


def _first_is_before(starts: Sequence[float]) -> bool:
    """Whether the first of three or more is the phase before contrast.

    Enhanced phases follow each other ever more slowly, so a first interval that is not the shorter one is the wait for
    the injection.
    """
    return len(starts) > _FEWEST_TO_COMPARE and starts[1] - starts[0] >= starts[2] - starts[1]


_FEWEST_TO_COMPARE = 2
_FEWEST_TO_TELL_PHASES = 2
"""One enhanced volume without a clock or a name may be any phase."""


def _nominal_s(window: PhaseWindow) -> float:
    """The middle of a window; long windows are dominated by their beginning, so the geometric one."""
    return math.sqrt(window.from_s * window.to_s)
