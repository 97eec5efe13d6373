"""A series taken apart into what could each be one volume: by role, b-value, echo, phase, direction and repeat."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from casebook.domain.b_shells import shells
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_facts import PlacedFrame, SeriesFacts, Vector
from casebook.domain.series_parts import Kind, Part, parts
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.slice_stack import SAME_POSITION_MM, slice_stacks
from casebook.domain.vectors import dot


@dataclass(frozen=True, slots=True)
class RolePart:
    """A role that holds of a series, or of these instances and frames (1-based) of it."""

    role: SeriesRole
    sop_uids: frozenset[str] | None = None
    frame_numbers: frozenset[int] | None = None

    def covers(self, frame: PlacedFrame) -> bool:
        """Whether the role is said of the frame."""
        return (self.sop_uids is None or frame.instance.sop_uid in self.sop_uids) and (
            self.frame_numbers is None or frame.number in self.frame_numbers
        )


@dataclass(frozen=True, slots=True)
class SeriesVolume:
    """Frames of one series that show each position at most once.

    `echo_time_ms`, `phase` and `repeat` (1-based) are set where the series has several.
    """

    role: SeriesRole
    frames: tuple[PlacedFrame, ...]
    b_value_s_per_mm2: int | None = None
    echo_time_ms: float | None = None
    phase: int | None = None
    repeat: int | None = None

    @property
    def name(self) -> str:
        """What tells it from the other volumes of its series: `dwi_b800_r2`."""
        said = (("b", self.b_value_s_per_mm2), ("te", self.echo_time_ms), ("p", self.phase), ("r", self.repeat))
        return "_".join([self.role.value, *(f"{letter}{value:g}" for letter, value in said if value is not None)])


def series_volumes(series: SeriesFacts, roles: Sequence[RolePart], *, rules: RoleRules) -> tuple[SeriesVolume, ...]:
    """The series taken apart by the rules of its study; every frame is in exactly one volume.

    A frame without a role has the role `other`.
    """
    n_phases: dict[tuple[Kind, str | None, float | None], int] = defaultdict(int)
    found: list[SeriesVolume] = []
    for part in parts(series, rules):
        sort = (part.kind, part.evidence_type, part.echo_time_ms)
        n_phases[sort] += 1
        phase = n_phases[sort] if part.n_phases > 1 else None
        echo_time_ms = part.echo_time_ms if part.n_echoes > 1 else None
        for role, frames in _by_role(part.frames, roles):
            whole = SeriesVolume(role, frames, echo_time_ms=echo_time_ms, phase=phase)
            found += _taken_apart(whole, part)
    return tuple(_numbered(found))


def _by_role(
    frames: Iterable[PlacedFrame], roles: Sequence[RolePart]
) -> Iterator[tuple[SeriesRole, tuple[PlacedFrame, ...]]]:
    grouped: dict[SeriesRole, list[PlacedFrame]] = defaultdict(list)
    for frame in frames:
        role = next((one.role for one in roles if one.covers(frame)), SeriesRole.OTHER)
        grouped[role].append(frame)
    for role, some in grouped.items():
        yield role, tuple(some)


def _taken_apart(whole: SeriesVolume, part: Part) -> Iterator[SeriesVolume]:
    for by_b in _by_b_value(whole) if part.kind is Kind.DIFFUSION else [whole]:
        for frames in _once_each(by_b.frames):
            yield replace(by_b, frames=frames)


def _by_b_value(whole: SeriesVolume) -> Iterator[SeriesVolume]:
    """By nominal b-value; a frame without one beside others that have one is b 0."""
    stated = [frame.facts.b_value for frame in whole.frames]
    if not any(stated):
        yield whole
        return
    values = [0.0 if one is None else one.s_per_mm2 for one in stated]
    nominal = shells(values)
    grouped: dict[int, list[PlacedFrame]] = defaultdict(list)
    for frame, value in zip(whole.frames, values, strict=True):
        grouped[round(nominal[value])].append(frame)
    for b_value, frames in sorted(grouped.items()):
        yield replace(whole, frames=tuple(frames), b_value_s_per_mm2=b_value)


def _once_each(frames: tuple[PlacedFrame, ...]) -> Iterator[tuple[PlacedFrame, ...]]:
    """By orientation and gradient, then the first image of each position, the second, and so on."""
    stacks = slice_stacks(frames)
    placed = {id(frame) for stack in stacks for frame in stack.frames}
    for stack in stacks:
        for along in _by_gradient(stack.frames):
            yield from _by_occurrence(along, stack.normal)
    unplaced = tuple(frame for frame in frames if id(frame) not in placed)
    if unplaced:
        yield unplaced


def _by_gradient(frames: Sequence[PlacedFrame]) -> list[list[PlacedFrame]]:
    grouped: dict[Vector | None, list[PlacedFrame]] = defaultdict(list)
    for frame in frames:
        gradient = frame.facts.gradient
        grouped[gradient and (round(gradient[0], 2), round(gradient[1], 2), round(gradient[2], 2))].append(frame)
    return list(grouped.values())


def _by_occurrence(ordered: Sequence[PlacedFrame], normal: Vector) -> Iterator[tuple[PlacedFrame, ...]]:
    rounds: dict[int, list[PlacedFrame]] = defaultdict(list)
    last_mm, n_here = float("-inf"), 0
    for frame in ordered:
        assert frame.facts.position_mm is not None
        at_mm = dot(frame.facts.position_mm, normal)
        if at_mm - last_mm < SAME_POSITION_MM:
            n_here += 1
        else:
            last_mm, n_here = at_mm, 0
        rounds[n_here].append(frame)
    for frames in rounds.values():
        yield tuple(frames)


def _numbered(found: Sequence[SeriesVolume]) -> Iterator[SeriesVolume]:
    """Number the volumes that nothing else tells from each other."""
    names = [volume.name for volume in found]
    n_seen: dict[str, int] = defaultdict(int)
    for volume, name in zip(found, names, strict=True):
        n_seen[name] += 1
        yield replace(volume, repeat=n_seen[name]) if names.count(name) > 1 else volume
