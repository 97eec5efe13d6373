"""Contrast phases: CT and dynamic T1 volumes by the time after the injection, then by name."""

from dataclasses import dataclass, replace
from typing import Final

from casebook.domain import series_evidence as evidence
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_case import Case, Decision
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.series_phases import Injection, delay_s, phase_at
from casebook.domain.series_study import is_dynamic_volume
from casebook.domain.texts import Text

HEPATOBILIARY_AGENTS: Final = frozenset(
    {ContrastAgent.GADOXETATE, ContrastAgent.GADOBENATE, ContrastAgent.UNRECOGNISED}
)
"""Agents that can show a hepatobiliary phase; an unnamed agent is not held against one."""


def ct_phase(case: Case) -> Decision | None:
    """CT by agent and delay. Silence about contrast makes a plain CT likely, not certain."""
    if case.part.series.modality != "CT":
        return None
    found = _by_phase(case)
    if found is not None:
        return found
    confidence = case.rules.confidence
    if case.part.series.agent is not None:
        return Decision(
            SeriesRole.CT_PORTAL_VENOUS,
            confidence.guess,
            (evidence.agent_is(case.part.series.agent), evidence.phase_not_told()),
        )
    return Decision(SeriesRole.CT_PLAIN, confidence.weak, (evidence.no_agent_stated(),))


def dynamic_phase(case: Case) -> Decision | None:
    """Fast 3D T1 gradient echo: a phase of the dynamic study, where there is one."""
    if not is_dynamic_volume(case.part, case.name, case.rules):
        return None
    found = _by_phase(case)
    if found is None:
        return Decision(
            SeriesRole.OTHER,
            case.rules.confidence.guess,
            (evidence.volume_gradient_echo(), evidence.no_agent_stated(), evidence.phase_not_told()),
        )
    found = replace(found, evidence=(evidence.volume_gradient_echo(), *found.evidence))
    return _with_the_right_agent(case, found)


def _with_the_right_agent(case: Case, found: Decision) -> Decision:
    agent = case.context.injections["MR"].agent
    if found.role is not SeriesRole.EOB_HEPATOBILIARY or agent is None or agent in HEPATOBILIARY_AGENTS:
        return found
    return replace(found, confidence=case.rules.confidence.guess)


@dataclass(frozen=True, slots=True)
class _Stated:
    """The phase a code or a name speaks of, with what to say where the clock agrees, and where it does not."""

    role: SeriesRole
    agrees: Text
    contradicts: Text


def _stated(case: Case) -> _Stated | None:
    """What the header says in words: its code first, then the name, unless the name is that of several phases."""
    phases = case.context.phases[case.part.series.modality]
    code = case.part.frames[0].instance.contrast.phase
    if code is not None and code in phases.codes:
        return _Stated(phases.codes[code], evidence.phase_code_says(code), evidence.name_contradicts(code))
    named = phases.named(case.name) if case.part.n_phases == 1 else None
    if named is None:
        return None
    role, word = named
    return _Stated(role, evidence.name_says(word), evidence.name_contradicts(word))


def _by_phase(case: Case) -> Decision | None:
    """The phase by clock, checked against what is stated; by the statement alone where there is no clock; else None."""
    series = case.part.series
    injected = case.context.injections[series.modality]
    agent = () if injected.agent is None else (evidence.agent_is(injected.agent),)
    delay = delay_s(case.part.acquired_s, injected.start_s)
    if delay is None or (injected.is_inferred and _is_outside_the_inference(case, injected)):
        return _by_statement_or_silence(case, injected, agent)
    return _by_clock(case, injected, delay, agent)


def _is_outside_the_inference(case: Case, injected: Injection) -> bool:
    """An inferred injection says nothing of a series whose own header knows of no agent while others' do."""
    return injected.agent is not None and case.part.series.agent is None


def _by_clock(case: Case, injected: Injection, delay: float, agent: tuple[Text, ...]) -> Decision:
    confidence = case.rules.confidence
    role, is_inside = phase_at(delay, case.context.phases[case.part.series.modality])
    if injected.is_inferred:
        trust = confidence.weak if is_inside else confidence.guess
    else:
        trust = confidence.strong if is_inside else confidence.weak
    reason = evidence.delay_is(delay, is_inferred=injected.is_inferred, is_inside=is_inside)
    found = Decision(role, trust, (reason, *agent), delay, injected.is_inferred)
    stated = _stated(case)
    if stated is None:
        return found
    return _checked(case, found, stated, is_measured=is_inside and not injected.is_inferred)


def _checked(case: Case, found: Decision, stated: _Stated, *, is_measured: bool) -> Decision:
    """Agreement adds; against a measured delay a statement loses, against an inferred one it wins."""
    confidence = case.rules.confidence
    agreed = (*found.evidence, stated.agrees)
    if stated.role is found.role:
        return replace(
            found, confidence=max(found.confidence, confidence.likely) + confidence.agreement, evidence=agreed
        )
    if is_measured:
        return replace(found, confidence=confidence.weak, evidence=(*found.evidence, stated.contradicts))
    return replace(found, role=stated.role, confidence=confidence.likely, evidence=agreed)


def _by_statement_or_silence(case: Case, injected: Injection, agent: tuple[Text, ...]) -> Decision | None:
    confidence = case.rules.confidence
    stated = _stated(case)
    if stated is not None:
        return Decision(stated.role, confidence.likely, (stated.agrees, *agent))
    if injected.agent is not None and case.part.series.agent is None:
        before = case.context.phases[case.part.series.modality].before
        return Decision(before, confidence.weak, (evidence.no_agent_stated(), *agent))
    return None
