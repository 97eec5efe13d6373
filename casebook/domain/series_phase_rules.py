"""Contrast phases: CT and dynamic T1 volumes by the time after the injection, then by name."""

from typing import Final

from casebook.domain import series_evidence as evidence
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_case import Case, Decision
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.series_phases import Injection, PhaseWords, delay_s, phase_at
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
    found = Decision(
        found.role,
        found.confidence,
        (evidence.volume_gradient_echo(), *found.evidence),
        found.delay_s,
        found.delay_is_inferred,
    )
    return _with_the_right_agent(case, found)


def _with_the_right_agent(case: Case, found: Decision) -> Decision:
    agent = case.context.injections["MR"].agent
    if found.role is not SeriesRole.EOB_HEPATOBILIARY or agent is None or agent in HEPATOBILIARY_AGENTS:
        return found
    return Decision(found.role, case.rules.confidence.guess, found.evidence, found.delay_s, found.delay_is_inferred)


def _by_phase(case: Case) -> Decision | None:
    """The phase by clock, checked against the name; by name alone where there is no clock; else None."""
    series = case.part.series
    injected = case.context.injections[series.modality]
    phases = case.context.phases[series.modality]
    named = phases.named(case.name) if case.part.n_phases == 1 else None
    agent = () if injected.agent is None else (evidence.agent_is(injected.agent),)
    delay = delay_s(case.part.acquired_s, injected.start_s)
    if delay is None or (injected.is_inferred and _is_outside_the_inference(case, injected)):
        return _by_name_or_silence(case, injected, phases, agent)
    return _by_clock(case, injected, delay, named, agent)


def _is_outside_the_inference(case: Case, injected: Injection) -> bool:
    """An inferred injection says nothing of a series whose own header knows of no agent while others' do."""
    return injected.agent is not None and case.part.series.agent is None


def _by_clock(
    case: Case,
    injected: Injection,
    delay: float,
    named: tuple[SeriesRole, str] | None,
    agent: tuple[Text, ...],
) -> Decision:
    confidence = case.rules.confidence
    role, is_inside = phase_at(delay, case.context.phases[case.part.series.modality])
    if injected.is_inferred:
        trust = confidence.weak if is_inside else confidence.guess
    else:
        trust = confidence.strong if is_inside else confidence.weak
    reasons = [evidence.delay_is(delay, is_inferred=injected.is_inferred, is_inside=is_inside), *agent]
    if named is not None:
        role, trust, reason = _checked_by_name(
            case, role, trust, named, is_measured=is_inside and not injected.is_inferred
        )
        reasons.append(reason)
    return Decision(role, trust, tuple(reasons), delay, injected.is_inferred)


def _checked_by_name(
    case: Case, role: SeriesRole, trust: float, named: tuple[SeriesRole, str], *, is_measured: bool
) -> tuple[SeriesRole, float, Text]:
    """Agreement adds; against a measured delay the name loses, against an inferred one it wins."""
    confidence = case.rules.confidence
    if named[0] is role:
        return role, max(trust, confidence.likely) + confidence.agreement, evidence.name_says(named[1])
    if is_measured:
        return role, confidence.weak, evidence.name_contradicts(named[1])
    return named[0], confidence.likely, evidence.name_says(named[1])


def _by_name_or_silence(
    case: Case, injected: Injection, phases: PhaseWords, agent: tuple[Text, ...]
) -> Decision | None:
    confidence = case.rules.confidence
    named = phases.named(case.name)
    if named is not None:
        return Decision(named[0], confidence.likely, (evidence.name_says(named[1]), *agent))
    if injected.agent is not None and case.part.series.agent is None:
        return Decision(phases.before, confidence.weak, (evidence.no_agent_stated(), *agent))
    return None
