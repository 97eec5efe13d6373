"""Whether slices are where a volume needs them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from casebook.domain.b_shells import shells
from casebook.domain.protocol_findings import CheckCode, Finding, Severity
from casebook.domain.series_facts import PlacedFrame
from casebook.domain.slice_stack import SAME_POSITION_MM, SliceStack, slice_stacks
from casebook.domain.texts import Text

LARGEST_TILT_DEG: Final = 0.5
"""Below it, a tilt is rounding of the positions."""


def check_geometry(frames: Sequence[PlacedFrame]) -> Iterator[Finding]:
    """One stack of parallel, evenly spaced, complete slices of one matrix."""
    stacks = slice_stacks(frames)
    n_placed = sum(len(stack.frames) for stack in stacks)
    if n_placed < len(frames):
        yield Finding(
            code=CheckCode.NOT_PLACED,
            severity=Severity.NOT_EVALUABLE if n_placed == 0 else Severity.REPEAT,
            message=Text(
                f"{len(frames) - n_placed} images do not say where in the patient they are.",
                f"{len(frames) - n_placed} 枚の画像に患者座標の位置情報がありません。",
            ),
            found=f"{n_placed}/{len(frames)}",
        )
    if len(stacks) > 1:
        yield Finding(
            code=CheckCode.MIXED_ORIENTATION,
            severity=Severity.DEVIATION,
            message=Text(
                f"The series mixes {len(stacks)} orientations; it cannot be shown as one volume.",
                f"{len(stacks)} 方向の断面が混在し、1つのボリュームとして表示できません。",
            ),
            found=str(len(stacks)),
            expected="1",
        )
    for stack in stacks[:1]:
        yield from _check_stack(stack)
    yield from _check_matrix(frames)


def check_diffusion_slices(frames: Sequence[PlacedFrame]) -> Iterator[Finding]:
    """The checks of a volume for the b-value with most slices, and the same slices for every b-value."""
    yield from check_geometry(max(_by_b_value(frames).values(), key=len))
    yield from check_b_values_alike(frames)


def check_b_values_alike(frames: Sequence[PlacedFrame]) -> Iterator[Finding]:
    """The same slice positions for every b-value, in one series or in several."""
    by_b = _by_b_value(frames)
    sets = {b_value: _positions(some) for b_value, some in by_b.items()}
    reference = max(sets.values(), key=len, default=())
    different = [b_value for b_value, positions in sets.items() if not _is_same(positions, reference)]
    if different:
        shown = ", ".join(f"b {value:.0f}" for value in sorted(different))
        yield Finding(
            code=CheckCode.B_VALUES_NOT_ALIKE,
            severity=Severity.REPEAT,
            message=Text(
                f"{shown} does not have the same slices as the other b-values; send the missing images.",
                f"{shown} のスライスが他のb値と一致しません。不足している画像を送ってください。",
            ),
            found=", ".join(f"b {value:.0f}: {len(sets[value])}" for value in sorted(sets)),
            expected=str(len(reference)),
        )


def _by_b_value(frames: Iterable[PlacedFrame]) -> dict[float, list[PlacedFrame]]:
    frames = list(frames)
    given = [frame.facts.b_value.s_per_mm2 if frame.facts.b_value else 0.0 for frame in frames]
    nominal = shells(given)
    by_b: dict[float, list[PlacedFrame]] = defaultdict(list)
    for frame, value in zip(frames, given, strict=True):
        by_b[nominal[value]].append(frame)
    return by_b


def _positions(frames: Sequence[PlacedFrame]) -> tuple[float, ...]:
    stacks = slice_stacks(frames)
    return stacks[0].distances_mm if stacks else ()


def _is_same(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= SAME_POSITION_MM for a, b in zip(one, other, strict=True))


def _check_stack(stack: SliceStack) -> Iterator[Finding]:
    if stack.missing_mm:
        yield Finding(
            code=CheckCode.MISSING_SLICES,
            severity=Severity.REPEAT,
            message=Text(
                f"{stack.n_missing} slices are missing inside the volume; send them.",
                f"ボリュームの途中で {stack.n_missing} 枚のスライスが欠けています。送付してください。",
            ),
            found=str(stack.n_positions),
            expected=str(stack.n_positions + stack.n_missing),
        )
    elif not stack.is_uniform:
        steps = [later - earlier for earlier, later in pairwise(stack.distances_mm)]
        yield Finding(
            code=CheckCode.UNEVEN_SPACING,
            severity=Severity.DEVIATION,
            message=Text(
                "The slices are not evenly spaced; distances across slices are not reliable.",
                "スライス間隔が一定ではなく、スライス方向の距離は信頼できません。",
            ),
            found=f"{min(steps):.2f}-{max(steps):.2f} mm",
            expected=f"{stack.spacing_mm:.2f} mm",
        )
    if stack.repeated_mm:
        yield Finding(
            code=CheckCode.REPEATED_SLICES,
            severity=Severity.DEVIATION,
            message=Text(
                f"{len(stack.repeated_mm)} slice positions hold more images than the others.",
                f"{len(stack.repeated_mm)} か所のスライス位置に重複した画像があります。",
            ),
            found=str(len(stack.repeated_mm)),
            expected="0",
        )
    if stack.tilt_deg > LARGEST_TILT_DEG:
        yield Finding(
            code=CheckCode.GANTRY_TILT,
            severity=Severity.NOTE,
            message=Text(
                f"The slices are sheared by {stack.tilt_deg:.1f}° (tilted gantry).",
                f"スライスが {stack.tilt_deg:.1f}° ずれています（ガントリ傾斜）。",
            ),
            found=f"{stack.tilt_deg:.1f}°",
            expected="0°",
        )


def _check_matrix(frames: Iterable[PlacedFrame]) -> Iterator[Finding]:
    sizes = {
        (frame.instance.pixels.columns, frame.instance.pixels.rows, frame.facts.pixel_spacing_mm)
        for frame in frames
        if frame.instance.pixels is not None
    }
    if len(sizes) > 1:
        yield Finding(
            code=CheckCode.MIXED_MATRIX,
            severity=Severity.DEVIATION,
            message=Text(
                "Images of different matrix or pixel size are mixed; they cannot be shown as one volume.",
                "マトリクスまたは画素サイズの異なる画像が混在しています。",
            ),
            found=", ".join(sorted({f"{columns} x {rows}" for columns, rows, _ in sizes})),
            expected="1",
        )
