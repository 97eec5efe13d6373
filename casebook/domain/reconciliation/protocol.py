"""What the protocol's checks found on the images, as lines of the board: one for each rule and modality."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import CheckCode, Severity
from casebook.domain.reconciliation.facts import ArrivedSeries, ProtocolFinding, TimepointFacts
from casebook.domain.reconciliation.values import (
    MODALITY_OF_ROLE,
    NONE,
    NOT_STATED,
    BoardModality,
    Comparison,
    Origin,
    Said,
    same,
)
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.study.model import Necessity
from casebook.domain.texts import Text, joined

COMPARED_ANEW: Final = frozenset({CheckCode.INTERVAL_TOO_LONG, CheckCode.WRONG_ORDER, CheckCode.DATE_DIFFERS})
"""Checks of days: the board makes them with the real days, forms and course at hand."""
_MODALITY_OF_CODE: Final = {
    CheckCode.TOO_FEW_B_VALUES: BoardModality.DWI,
    CheckCode.LOW_B_MISSING: BoardModality.DWI,
    CheckCode.HIGH_B_MISSING: BoardModality.DWI,
    CheckCode.B_VALUES_NOT_ALIKE: BoardModality.DWI,
    CheckCode.PHASES_IN_TWO_STUDIES: BoardModality.EOB,
}
"""Checks that are about no single series."""
_ORDER: Final = tuple(Severity)


def compare_roles(facts: TimepointFacts) -> Iterator[Comparison]:
    """The series that the protocol requires of each modality against those that arrived."""
    missing = {
        SeriesRole(one.expected)
        for one in facts.findings
        if one.code is CheckCode.ROLE_MISSING and one.severity is not Severity.NOTE
    }
    arrived = {role for one in facts.series for role in one.roles}
    required: dict[BoardModality, list[SeriesRole]] = defaultdict(list)
    for item in facts.protocol.series:
        if item.necessity is Necessity.REQUIRED:
            required[MODALITY_OF_ROLE[item.role]].append(item.role)
    for modality, roles in required.items():
        lacking = [role for role in roles if role in missing]
        here = [role for role in roles if role in arrived and role not in missing]
        yield Comparison(
            rule=CheckCode.ROLE_MISSING,
            about=f"roles.{modality}",
            what=joined([ROLE_LABELS[role] for role in lacking]) if lacking else Text("Series", "シリーズ"),
            modality=modality,
            expected=Said(Origin.PROTOCOL, joined([ROLE_LABELS[role] for role in roles])),
            found=Said(Origin.IMAGES, joined([ROLE_LABELS[role] for role in here]) if here else NONE),
            severity=Severity.REPEAT if lacking else None,
        )


def compare_protocol(facts: TimepointFacts) -> Iterator[Comparison]:
    """The other findings that ask for something; equal ones of several series make one line."""
    series = {one.key: one for one in facts.series}
    grouped: dict[tuple[CheckCode, BoardModality], list[ProtocolFinding]] = defaultdict(list)
    for one in facts.findings:
        if one.severity is Severity.NOTE or one.code in COMPARED_ANEW or one.code is CheckCode.ROLE_MISSING:
            continue
        grouped[one.code, _modality_of(one, series)].append(one)
    for (code, modality), findings in grouped.items():
        yield _line(code, modality, findings, series)


def _modality_of(finding: ProtocolFinding, series: Mapping[str, ArrivedSeries]) -> BoardModality:
    one = series.get(finding.series or "")
    if one is not None:
        found = sorted(one.modalities, key=list(BoardModality).index)
        return found[-1] if found else BoardModality.CT if one.modality == "CT" else BoardModality.MRI
    return _MODALITY_OF_CODE.get(finding.code, BoardModality.ALL)


def _line(
    code: CheckCode,
    modality: BoardModality,
    findings: Sequence[ProtocolFinding],
    series: Mapping[str, ArrivedSeries],
) -> Comparison:
    labels = dict.fromkeys(series[one.series].label for one in findings if one.series and one.series in series)
    return Comparison(
        rule=code,
        about=f"images.{modality}",
        what=joined(list(labels)) if labels else Text("All series", "全シリーズ"),
        modality=modality,
        expected=Said(Origin.PROTOCOL, _values(one.expected for one in findings)),
        found=Said(Origin.IMAGES, _values(one.found for one in findings)),
        severity=max((one.severity for one in findings), key=_ORDER.index),
    )


def _values(values: Iterator[str]) -> Text:
    said = sorted({value for value in values if value})
    return same(", ".join(said)) if said else NOT_STATED
