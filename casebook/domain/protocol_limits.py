"""The numbers of the protocol, as the study definition gives them, against what was acquired."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from casebook.domain.contrast_agents import contrast_agent
from casebook.domain.protocol_findings import CheckCode, Finding, Severity
from casebook.domain.series_facts import PlacedFrame, SeriesFacts
from casebook.domain.series_roles import RoleProposal
from casebook.domain.slice_stack import SliceStack, slice_stacks
from casebook.domain.study.model import Limit, LimitKind, SeriesRequirement
from casebook.domain.texts import Text

ROUNDING_MM: Final = Decimal("0.05")
"""Headers round lengths; a slice of 5.04 mm keeps a limit of 5 mm."""


def check_limits(
    series: SeriesFacts,
    proposal: RoleProposal,
    frames: Sequence[PlacedFrame],
    requirement: SeriesRequirement,
) -> Iterator[Finding]:
    """Slices, field, delay and agent against the limits of a role; a limit that is not set is not checked."""
    stack = next(iter(slice_stacks(frames)), None)
    if stack is not None:
        yield from _check_slices(stack, requirement)
    yield from _check_field(series, requirement)
    yield from _check_delay(proposal, requirement)
    yield from _check_agent(series, requirement)


def _check_slices(stack: SliceStack, requirement: SeriesRequirement) -> Iterator[Finding]:
    thickness_mm, gap_mm = stack.thickness_mm, stack.gap_mm
    limit = requirement.limit(LimitKind.MAX_SLICE_THICKNESS_MM)
    if limit is not None and thickness_mm is not None and Decimal(str(thickness_mm)) > limit.value + ROUNDING_MM:
        yield _over(
            CheckCode.SLICES_TOO_THICK,
            limit,
            f"{thickness_mm:g} mm",
            Text(
                f"Slices are {thickness_mm:g} mm thick, at most {limit.value} mm are allowed.",
                f"スライス厚 {thickness_mm:g} mm（許容は {limit.value} mm 以下）。",
            ),
            unit="mm",
        )
    limit = requirement.limit(LimitKind.MAX_GAP_MM)
    if limit is not None and gap_mm is not None and Decimal(str(gap_mm)) > limit.value + ROUNDING_MM:
        yield _over(
            CheckCode.GAP_TOO_LARGE,
            limit,
            f"{gap_mm:.1f} mm",
            Text(
                f"{gap_mm:.1f} mm lie between slices, at most {limit.value} mm are allowed.",
                f"スライス間ギャップ {gap_mm:.1f} mm（許容は {limit.value} mm 以下）。",
            ),
            unit="mm",
        )
    limit = requirement.limit(LimitKind.MIN_COVERAGE_MM)
    if limit is not None and Decimal(str(stack.coverage_mm)) < limit.value:
        yield _under(
            CheckCode.COVERAGE_TOO_SMALL,
            limit,
            f"{stack.coverage_mm:.0f} mm",
            Text(
                f"The slices cover {stack.coverage_mm:.0f} mm, at least {limit.value} mm are needed for the organ.",
                f"撮像範囲 {stack.coverage_mm:.0f} mm（臓器全体には {limit.value} mm 以上が必要）。",
            ),
            unit="mm",
        )


def _check_field(series: SeriesFacts, requirement: SeriesRequirement) -> Iterator[Finding]:
    limit = requirement.limit(LimitKind.MIN_FIELD_STRENGTH_T)
    field_t = series.first.acquisition.field_strength_t
    if limit is not None and field_t is not None and Decimal(str(round(field_t, 1))) < limit.value:
        yield _under(
            CheckCode.FIELD_TOO_LOW,
            limit,
            f"{field_t:g} T",
            Text(
                f"Acquired at {field_t:g} T, at least {limit.value} T are asked for.",
                f"静磁場強度 {field_t:g} T（{limit.value} T 以上が必要）。",
            ),
            unit="T",
        )


def check_b_values(b_values_s_per_mm2: Iterable[float], requirement: SeriesRequirement) -> Iterator[Finding]:
    """How many b-values a timepoint has in all its diffusion series, and whether a low and a high one are there."""
    b_values = sorted({Decimal(round(value)) for value in b_values_s_per_mm2})
    shown = ", ".join(str(value) for value in b_values) or "-"
    limit = requirement.limit(LimitKind.MIN_B_VALUES)
    if limit is not None and len(b_values) < limit.value:
        yield _under(
            CheckCode.TOO_FEW_B_VALUES,
            limit,
            shown,
            Text(
                f"{len(b_values)} b-values were acquired, at least {limit.value} are asked for.",
                f"b値は {len(b_values)} 種類（{limit.value} 種類以上が必要）。",
            ),
        )
    limit = requirement.limit(LimitKind.MAX_LOW_B_S_PER_MM2)
    if limit is not None and not any(value <= limit.value for value in b_values):
        yield _over(
            CheckCode.LOW_B_MISSING,
            limit,
            shown,
            Text(
                f"No low b-value (at most {limit.value} s/mm²) was acquired.",
                f"低いb値（{limit.value} s/mm² 以下）がありません。",
            ),
            unit="s/mm²",
        )
    yield from _check_high_b(b_values, shown, requirement)


def _check_high_b(b_values: Sequence[Decimal], shown: str, requirement: SeriesRequirement) -> Iterator[Finding]:
    lowest = requirement.limit(LimitKind.MIN_HIGH_B_S_PER_MM2)
    highest = requirement.limit(LimitKind.MAX_HIGH_B_S_PER_MM2)
    if lowest is None or any(
        lowest.value <= value and (highest is None or value <= highest.value) for value in b_values
    ):
        return
    wanted = f"≥ {lowest.value}" if highest is None else f"{lowest.value}-{highest.value}"
    yield Finding(
        code=CheckCode.HIGH_B_MISSING,
        severity=Severity.DEVIATION,
        message=Text(f"No high b-value ({wanted} s/mm²) was acquired.", f"高いb値（{wanted} s/mm²）がありません。"),
        found=shown,
        expected=f"{wanted} s/mm²",
        source=lowest.source,
    )


def _check_delay(proposal: RoleProposal, requirement: SeriesRequirement) -> Iterator[Finding]:
    earliest = requirement.limit(LimitKind.MIN_DELAY_S)
    latest = requirement.limit(LimitKind.MAX_DELAY_S)
    if earliest is None and latest is None:
        return
    delay_s = proposal.delay_s
    if delay_s is None:
        yield Finding(
            code=CheckCode.DELAY_UNKNOWN,
            severity=Severity.NOTE,
            message=Text(
                "The time after contrast is not known; enter the time of injection.",
                "造影剤注入からの時間が不明です。注入時刻を入力してください。",
            ),
        )
        return
    if proposal.delay_is_inferred:
        yield Finding(
            code=CheckCode.DELAY_INFERRED,
            severity=Severity.NOTE,
            message=Text(
                "The time after contrast is inferred from the other phases; enter the time of injection.",
                "造影剤注入からの時間は他の相からの推定です。注入時刻を入力してください。",
            ),
            found=f"{delay_s:.0f} s",
        )
    severity = Severity.NOTE if proposal.delay_is_inferred else Severity.DEVIATION
    yield from _outside(delay_s, earliest, latest, severity)


def _outside(delay_s: float, earliest: Limit | None, latest: Limit | None, severity: Severity) -> Iterator[Finding]:
    delay = Decimal(str(round(delay_s, 1)))
    if earliest is not None and delay < earliest.value:
        yield Finding(
            code=CheckCode.TOO_EARLY,
            severity=severity,
            message=Text(
                f"Acquired {delay_s:.0f} s after contrast, not before {earliest.value} s is asked for.",
                f"造影後 {delay_s:.0f} 秒（{earliest.value} 秒以降が必要）。",
            ),
            found=f"{delay_s:.0f} s",
            expected=f"≥ {earliest.value} s",
            source=earliest.source,
        )
    if latest is not None and delay > latest.value:
        yield Finding(
            code=CheckCode.TOO_LATE,
            severity=severity,
            message=Text(
                f"Acquired {delay_s:.0f} s after contrast, at most {latest.value} s are asked for.",
                f"造影後 {delay_s:.0f} 秒（{latest.value} 秒以内が必要）。",
            ),
            found=f"{delay_s:.0f} s",
            expected=f"≤ {latest.value} s",
            source=latest.source,
        )


def _check_agent(series: SeriesFacts, requirement: SeriesRequirement) -> Iterator[Finding]:
    """The agent's class against the classes of the names the protocol lists."""
    if not requirement.agents:
        return
    wanted = {contrast_agent(name) for name in requirement.agents}
    if series.agent is None:
        yield Finding(
            code=CheckCode.AGENT_NOT_STATED,
            severity=Severity.NOTE,
            message=Text(
                "The header does not name the contrast agent; confirm it on the form.",
                "ヘッダーに造影剤の記載がありません。症例報告書で確認してください。",
            ),
            expected=", ".join(requirement.agents),
            source=requirement.source,
        )
    elif series.agent not in wanted:
        yield Finding(
            code=CheckCode.OTHER_AGENT,
            severity=Severity.DEVIATION,
            message=Text(
                "The header names another contrast agent than the protocol asks for.",
                "ヘッダーの造影剤が実施計画書の指定と異なります。",
            ),
            found=str(series.agent),
            expected=", ".join(requirement.agents),
            source=requirement.source,
        )


def _over(code: CheckCode, limit: Limit, found: str, message: Text, *, unit: str = "") -> Finding:
    return Finding(
        code=code,
        severity=Severity.DEVIATION,
        message=message,
        found=found,
        expected=f"≤ {limit.value} {unit}".strip(),
        source=limit.source,
    )


def _under(code: CheckCode, limit: Limit, found: str, message: Text, *, unit: str = "") -> Finding:
    return Finding(
        code=code,
        severity=Severity.DEVIATION,
        message=message,
        found=found,
        expected=f"≥ {limit.value} {unit}".strip(),
        source=limit.source,
    )
