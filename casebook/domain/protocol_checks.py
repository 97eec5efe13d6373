"""Images against the study's protocol: what is missing, too thick, too late, or not where it should be.

Every limit comes from the study definition with its source; nothing here knows a number of the protocol.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import CheckCode, Finding, Severity, Verdict, verdict
from casebook.domain.protocol_geometry import check_b_values_alike, check_diffusion_slices, check_geometry
from casebook.domain.protocol_limits import check_b_values, check_limits
from casebook.domain.series_facts import SeriesFacts
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.series_roles import RoleProposal, covered_frames
from casebook.domain.study.model import ImagingProtocol, Interval, Necessity, SeriesRequirement
from casebook.domain.texts import Text

__all__ = [
    "AssignedSeries",
    "CheckCode",
    "Finding",
    "Severity",
    "Verdict",
    "check_date",
    "check_interval",
    "check_series",
    "check_timepoint",
    "verdict",
]

NO_STACK: Final = frozenset({SeriesRole.LOCALIZER, SeriesRole.DERIVED, SeriesRole.OTHER})
"""Roles nobody measures in: their geometry is not checked."""
EOB_PHASES: Final = frozenset(
    {
        SeriesRole.EOB_PRE,
        SeriesRole.EOB_ARTERIAL,
        SeriesRole.EOB_PORTAL_VENOUS,
        SeriesRole.EOB_TRANSITIONAL,
        SeriesRole.EOB_HEPATOBILIARY,
    }
)
FEWEST_B_VALUES_FOR_ADC: Final = 2


@dataclass(frozen=True, slots=True)
class AssignedSeries:
    """A series with one of its roles."""

    series: SeriesFacts
    proposal: RoleProposal

    @property
    def role(self) -> SeriesRole:
        """The role it is checked for."""
        return self.proposal.role


def check_series(assigned: AssignedSeries, requirement: SeriesRequirement | None = None) -> tuple[Finding, ...]:
    """What is wrong with the part of a series that has a role; limits are checked where the protocol asks for it."""
    series, proposal = assigned.series, assigned.proposal
    frames = covered_frames(series, proposal)
    findings = list(_check_delivery(series))
    if proposal.role not in NO_STACK:
        if proposal.role is SeriesRole.DWI:
            findings.extend(check_diffusion_slices(frames))
        else:
            findings.extend(check_geometry(frames))
        if requirement is not None:
            findings.extend(check_limits(series, proposal, frames, requirement))
    return tuple(_placed(finding, assigned) for finding in findings)


def check_timepoint(present: Sequence[AssignedSeries], protocol: ImagingProtocol) -> tuple[Finding, ...]:
    """What a timepoint lacks as a whole; `check_series` says what its series lack."""
    return (
        *_check_roles(present, protocol),
        *_check_diffusion(present, protocol),
        *_check_one_study(present),
        *_check_unique(present),
    )


def check_interval(interval: Interval, *, earlier_on: date, later_on: date) -> tuple[Finding, ...]:
    """Whether two dated things lie as close together, and in the order, the study asks for."""
    days = (later_on - earlier_on).days
    if days < 0 and not interval.either_order:
        return (
            Finding(
                code=CheckCode.WRONG_ORDER,
                severity=Severity.DEVIATION,
                message=Text(
                    f"{interval.label.en}: the order of the dates is reversed; check both dates.",
                    f"{interval.label.ja}：日付の順序が逆です。両方の日付を確認してください。",
                ),
                found=f"{days} d",
                expected=f"0-{interval.max_days} d",
                source=interval.source,
            ),
        )
    if abs(days) <= interval.max_days:
        return ()
    return (
        Finding(
            code=CheckCode.INTERVAL_TOO_LONG,
            severity=Severity.DEVIATION,
            message=Text(
                f"{interval.label.en}: {abs(days)} days, at most {interval.max_days} are allowed.",
                f"{interval.label.ja}：{abs(days)} 日（許容は {interval.max_days} 日以内）。",
            ),
            found=f"{abs(days)} d",
            expected=f"≤ {interval.max_days} d",
            source=interval.source,
        ),
    )


def check_date(*, header_on: date, form_on: date) -> tuple[Finding, ...]:
    """Whether the study's date is the one the case report form gives."""
    if header_on == form_on:
        return ()
    return (
        Finding(
            code=CheckCode.DATE_DIFFERS,
            severity=Severity.DEVIATION,
            message=Text(
                "The images and the form give different dates; correct the form or send the right images.",
                "画像と症例報告書の日付が一致しません。症例報告書を訂正するか、正しい画像を送ってください。",
            ),
            found=header_on.isoformat(),
            expected=form_on.isoformat(),
        ),
    )


def _placed(finding: Finding, assigned: AssignedSeries) -> Finding:
    return replace(finding, role=assigned.role, series_uid=assigned.series.series_uid)


def _check_delivery(series: SeriesFacts) -> Iterator[Finding]:
    """What the headers say about completeness, burned-in text and compression."""
    announced = max((one.n_announced for one in series.instances if one.n_announced is not None), default=0)
    if announced > series.n_frames:
        yield Finding(
            code=CheckCode.FEWER_THAN_ANNOUNCED,
            severity=Severity.DEVIATION,
            message=Text(
                f"{series.n_frames} images arrived, the header counts {announced} in the acquisition; "
                "send the missing ones, if they do not belong to another series.",
                f"受信 {series.n_frames} 枚、ヘッダーでは {announced} 枚です。"
                "別シリーズでなければ不足分を送ってください。",
            ),
            found=str(series.n_frames),
            expected=str(announced),
        )
    if any(one.burned_in_annotation == "YES" for one in series.instances):
        yield Finding(
            code=CheckCode.BURNED_IN,
            severity=Severity.REPEAT,
            message=Text(
                "The header says that text is burned into the pixels; send the images without it.",
                "画素に文字が焼き込まれているとの記載があります。文字のない画像を送ってください。",
            ),
        )
    if any(one.pixels is not None and one.pixels.is_lossy for one in series.instances):
        yield Finding(
            code=CheckCode.LOSSY,
            severity=Severity.DEVIATION,
            message=Text(
                "The images were compressed with loss; send the originals if they exist.",
                "非可逆圧縮された画像です。原画像があれば送ってください。",
            ),
        )


def _check_roles(present: Sequence[AssignedSeries], protocol: ImagingProtocol) -> Iterator[Finding]:
    roles = {assigned.role for assigned in present}
    for requirement in protocol.series:
        role = requirement.role
        if requirement.necessity is not Necessity.REQUIRED or role in roles:
            continue
        if role is SeriesRole.ADC and _is_adc_computable(present):
            yield Finding(
                code=CheckCode.ADC_MISSING,
                severity=Severity.NOTE,
                message=Text(
                    "No ADC map arrived; it can be computed from the b-values.",
                    "ADCマップがありません。b値画像から計算できます。",
                ),
                source=requirement.source,
                role=role,
            )
            continue
        yield Finding(
            code=CheckCode.ROLE_MISSING,
            severity=Severity.REPEAT,
            message=Text(
                f"No series of the role “{ROLE_LABELS[role].en}” arrived; "
                "send it, or give it this role if it is here under another.",
                f"「{ROLE_LABELS[role].ja}」のシリーズがありません。送付するか、該当するシリーズにこの役割を付けてください。",
            ),
            expected=str(role),
            source=requirement.source,
            role=role,
        )


def _is_adc_computable(present: Iterable[AssignedSeries]) -> bool:
    return len(_b_values(present)) >= FEWEST_B_VALUES_FOR_ADC


def _b_values(present: Iterable[AssignedSeries]) -> set[float]:
    """The b-values of all diffusion series: scanners write them into one series or into one each."""
    return {
        value
        for assigned in present
        if assigned.role is SeriesRole.DWI
        for value in assigned.proposal.b_values_s_per_mm2
    }


def _check_diffusion(present: Sequence[AssignedSeries], protocol: ImagingProtocol) -> Iterator[Finding]:
    diffusion = [assigned for assigned in present if assigned.role is SeriesRole.DWI]
    requirement = next((one for one in protocol.series if one.role is SeriesRole.DWI), None)
    if not diffusion or requirement is None:
        return
    findings = list(check_b_values(_b_values(diffusion), requirement))
    if len(diffusion) > 1:
        frames = [frame for assigned in diffusion for frame in covered_frames(assigned.series, assigned.proposal)]
        findings.extend(check_b_values_alike(frames))
    for finding in findings:
        yield replace(finding, role=SeriesRole.DWI)


def _check_one_study(present: Iterable[AssignedSeries]) -> Iterator[Finding]:
    studies = {assigned.series.study_uid for assigned in present if assigned.role in EOB_PHASES}
    if len(studies) > 1:
        yield Finding(
            code=CheckCode.PHASES_IN_TWO_STUDIES,
            severity=Severity.DEVIATION,
            message=Text(
                f"The contrast phases come from {len(studies)} examinations; they belong into one.",
                f"造影各相が {len(studies)} 回の検査に分かれています。1回の検査で揃える必要があります。",
            ),
            found=str(len(studies)),
            expected="1",
        )


def _check_unique(present: Iterable[AssignedSeries]) -> Iterator[Finding]:
    """No instance UID twice: within a series, or in two series."""
    series = {assigned.series.series_uid: assigned.series for assigned in present}
    holders: dict[str, list[str]] = defaultdict(list)
    for one in series.values():
        for instance in one.instances:
            holders[instance.sop_uid].append(one.series_uid)
    repeated = Counter({uid: len(found) for uid, found in holders.items() if len(found) > 1})
    if repeated:
        yield Finding(
            code=CheckCode.DUPLICATE_UIDS,
            severity=Severity.REPEAT,
            message=Text(
                f"{len(repeated)} instance UIDs occur more than once; ask the sender to export the images again.",
                f"{len(repeated)} 件のインスタンスUIDが重複しています。画像の再出力を依頼してください。",
            ),
            found=str(len(repeated)),
            expected="0",
        )
