"""A series cut where its images stop being of one kind: by what they show, by echo time, by time of the phase."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from casebook.domain.series_facts import PlacedFrame, SeriesFacts
from casebook.domain.series_role_rules import RoleRules

POSITION_STEP_MM = 0.1
"""Positions closer than this are one slice position."""


class Kind(StrEnum):
    """What the image type and the diffusion elements alone say of a frame."""

    NO_IMAGE = "no-image"
    LOCALIZER = "localizer"
    ADC = "adc"
    DERIVED = "derived"
    DIFFUSION = "diffusion"
    IN_PHASE = "in-phase"
    OPPOSED_PHASE = "opposed-phase"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Part:
    """Frames of one series that get one role; `evidence_type` is the image type value that decided the kind."""

    series: SeriesFacts
    kind: Kind
    frames: tuple[PlacedFrame, ...]
    evidence_type: str | None = None
    n_echoes: int = 1
    n_phases: int = 1

    @property
    def echo_time_ms(self) -> float | None:
        """The first frame's echo time."""
        return self.frames[0].facts.echo_time_ms

    @property
    def acquired_s(self) -> float | None:
        """When the first of its frames was acquired."""
        return min((time for frame in self.frames if (time := acquired_s(frame)) is not None), default=None)


def parts(series: SeriesFacts, rules: RoleRules) -> tuple[Part, ...]:
    """The series cut into parts; every frame is in exactly one."""
    by_kind: dict[tuple[Kind, str | None], list[PlacedFrame]] = defaultdict(list)
    is_diffusion = any(value > 0 for value in series.b_values_s_per_mm2)
    for frame in series.frames():
        by_kind[_kind(frame, rules, is_diffusion=is_diffusion)].append(frame)
    found: list[Part] = []
    for (kind, evidence_type), frames in by_kind.items():
        whole = Part(series=series, kind=kind, frames=tuple(frames), evidence_type=evidence_type)
        found.extend([whole] if kind in _UNDIVIDED else _by_echo_and_time(whole))
    return tuple(found)


def acquired_s(frame: PlacedFrame) -> float | None:
    """A frame's time; GE writes the start of a whole dynamic and adds the phase's delay as trigger time."""
    started = frame.facts.acquired_s
    return None if started is None else started + (frame.facts.trigger_time_ms or 0.0) / 1000


_UNDIVIDED = frozenset({Kind.DIFFUSION, Kind.LOCALIZER, Kind.ADC, Kind.NO_IMAGE})
"""Kinds that are one part however often a slice is repeated."""


def _kind(frame: PlacedFrame, rules: RoleRules, *, is_diffusion: bool) -> tuple[Kind, str | None]:
    if frame.instance.pixels is None:
        return Kind.NO_IMAGE, None
    types = frame.image_type
    for kind, names in (
        (Kind.LOCALIZER, rules.localizer_types),
        (Kind.ADC, rules.adc_types),
        (Kind.DERIVED, rules.derived_types),
        (Kind.DIFFUSION, rules.diffusion_types),
        (Kind.IN_PHASE, rules.in_phase_types),
        (Kind.OPPOSED_PHASE, rules.opposed_phase_types),
    ):
        for name in types[2:]:
            if name in names:
                return kind, name
    if is_diffusion or frame.facts.directionality in {"DIRECTIONAL", "BMATRIX", "ISOTROPIC"}:
        return Kind.DIFFUSION, None
    return Kind.PLAIN, None


def _by_echo_and_time(whole: Part) -> list[Part]:
    echoes = _grouped(whole.frames, [frame.facts.echo_time_ms for frame in whole.frames])
    found: list[Part] = []
    for echo in echoes:
        phases = _phases(echo)
        found.extend(
            Part(
                series=whole.series,
                kind=whole.kind,
                frames=tuple(phase),
                evidence_type=whole.evidence_type,
                n_echoes=len(echoes),
                n_phases=len(phases),
            )
            for phase in phases
        )
    return found


def _grouped(frames: Sequence[PlacedFrame], keys: Sequence[float | None]) -> list[list[PlacedFrame]]:
    groups: dict[float | None, list[PlacedFrame]] = defaultdict(list)
    for frame, key in zip(frames, keys, strict=True):
        groups[key].append(frame)
    return [groups[key] for key in sorted(groups, key=lambda one: -1.0 if one is None else one)]


def _phases(frames: Sequence[PlacedFrame]) -> list[list[PlacedFrame]]:
    """Frames by phase: as the temporal position says, else a new one wherever a slice position comes again."""
    positions = [frame.facts.temporal_position for frame in frames]
    if None not in positions and len(set(positions)) > 1:
        return _grouped(frames, positions)
    if not _repeats(frames):
        return [list(frames)]
    numbers = [frame.instance.acquisition_number for frame in frames]
    by_number = _grouped(frames, numbers)
    if len(by_number) > 1 and not any(_repeats(group) for group in by_number):
        return by_number
    return _split_at_repeats(sorted(frames, key=_order))


def _order(frame: PlacedFrame) -> tuple[float, int, int]:
    return acquired_s(frame) or 0.0, frame.instance.instance_number or 0, frame.number


def _split_at_repeats(frames: Iterable[PlacedFrame]) -> list[list[PlacedFrame]]:
    n_seen: dict[tuple[int, ...] | None, int] = defaultdict(int)
    phases: dict[int, list[PlacedFrame]] = defaultdict(list)
    for frame in frames:
        key = _slice_key(frame)
        phases[n_seen[key]].append(frame)
        n_seen[key] += 1
    return list(phases.values())


def _repeats(frames: Sequence[PlacedFrame]) -> bool:
    keys = [key for frame in frames if (key := _slice_key(frame)) is not None]
    return len(set(keys)) < len(keys)


def _slice_key(frame: PlacedFrame) -> tuple[int, ...] | None:
    position = frame.facts.position_mm
    return None if position is None else tuple(round(value / POSITION_STEP_MM) for value in position)
