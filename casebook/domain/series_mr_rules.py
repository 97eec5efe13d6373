"""MR by physics: apparent diffusion, diffusion weighting, the two echoes of fat and water, T2."""

from typing import Final

from casebook.domain import series_evidence as evidence
from casebook.domain.b_shells import shells
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_case import Case, Decision
from casebook.domain.series_facts import BValueSource
from casebook.domain.series_parts import Kind
from casebook.domain.series_phases import delay_s
from casebook.domain.series_study import is_gradient_echo
from casebook.domain.series_words import Topic
from casebook.domain.texts import Text

TWO_ECHOES: Final = 2
WEIGHTED_B_VALUES_OF_A_MAP: Final = 1
"""A map may carry the b-value it was computed from; images with more b-values are not a map."""


def apparent_diffusion(case: Case) -> Decision | None:
    """ADC by image type, by unit, or by name."""
    if case.part.series.modality != "MR":
        return None
    confidence = case.rules.confidence
    if case.part.kind is Kind.ADC:
        return Decision(SeriesRole.ADC, confidence.certain, (evidence.image_type_says(case.part.evidence_type or ""),))
    pixels = case.part.series.first.pixels
    if pixels is not None and pixels.units in case.rules.adc_units:
        return Decision(SeriesRole.ADC, confidence.certain, (evidence.unit_is(str(pixels.units)),))
    word = case.word(Topic.ADC)
    n_b_values = sum(value > 0 for value in case.part.series.b_values_s_per_mm2)
    if word is None or case.word(Topic.NOT_ADC) is not None or n_b_values > WEIGHTED_B_VALUES_OF_A_MAP:
        return None
    return Decision(SeriesRole.ADC, confidence.strong, (evidence.name_says(word),))


def diffusion(case: Case) -> Decision | None:
    """Diffusion weighting: any b-value above 0, a diffusion image type, or echo-planar images named so."""
    if case.part.series.modality != "MR":
        return None
    confidence = case.rules.confidence
    if case.part.kind is Kind.DIFFUSION:
        stated = _b_value_evidence(case)
        if stated:
            return Decision(SeriesRole.DWI, _trust_in_b_values(case), stated)
        return Decision(
            SeriesRole.DWI,
            confidence.likely,
            (evidence.image_type_says(case.part.evidence_type or "DIFFUSION"),),
        )
    word = case.word(Topic.DIFFUSION)
    is_said = case.acquisition.acquisition_contrast == "DIFFUSION"
    if not is_said and (word is None or not case.acquisition.is_echo_planar):
        return None
    reason = evidence.image_type_says("DIFFUSION") if word is None else evidence.echo_planar_named(word)
    return Decision(SeriesRole.DWI, confidence.likely, (reason,))


def _trust_in_b_values(case: Case) -> float:
    """Elements are believed; what was only read from a name needs a look."""
    sources = {frame.facts.b_value.source for frame in case.part.frames if frame.facts.b_value is not None}
    is_named = sources == {BValueSource.SERIES_NAME}
    return case.rules.confidence.likely if is_named else case.rules.confidence.certain


def _b_value_evidence(case: Case) -> tuple[Text, ...]:
    stated = [frame.facts.b_value for frame in case.part.frames if frame.facts.b_value is not None]
    if not any(b_value.s_per_mm2 for b_value in stated):
        return ()
    nominal = sorted(set(shells(b_value.s_per_mm2 for b_value in stated).values()))
    source = max(b_value.source for b_value in stated if b_value.s_per_mm2)
    n_silent = len(case.part.frames) - len(stated)
    silent = (evidence.b_zero_implied(n_silent),) if n_silent else ()
    return evidence.b_values_are(nominal, source), *silent


def dual_echo(case: Case) -> Decision | None:
    """In and opposed phase: by image type, by two echo times and the field, or by name."""
    part = case.part
    echo_time_ms = part.echo_time_ms
    if not is_gradient_echo(part) or (echo_time_ms is not None and echo_time_ms > case.rules.dual_echo_max_te_ms):
        return None
    found = _by_type(case) or _by_echoes(case) or _by_name(case)
    return _enhanced_by_product(case) if found is not None and _is_after_contrast(case) else found


def _by_type(case: Case) -> Decision | None:
    roles = {Kind.IN_PHASE: SeriesRole.T1_IN_PHASE, Kind.OPPOSED_PHASE: SeriesRole.T1_OPPOSED_PHASE}
    role = roles.get(case.part.kind)
    if role is None:
        return None
    reason = evidence.image_type_says(case.part.evidence_type or "")
    return Decision(role, case.rules.confidence.certain, (reason,))


def _by_echoes(case: Case) -> Decision | None:
    part = case.part
    if part.n_echoes == TWO_ECHOES:
        other_ms = next(time for time in part.series.echo_times_ms if time != part.echo_time_ms)
    else:
        partner_ms = case.context.echo_partners.get(part.series.series_uid)
        if partner_ms is None or part.n_echoes > TWO_ECHOES:
            return None
        other_ms = partner_ms
    echo_time_ms = part.echo_time_ms
    if echo_time_ms is None or max(echo_time_ms, other_ms) > case.rules.dual_echo_max_te_ms:
        return None
    role, reason = _by_cycles(case, echo_time_ms) or (None, None)
    confidence = case.rules.confidence.strong
    if role is None or reason is None:
        role = SeriesRole.T1_OPPOSED_PHASE if echo_time_ms < other_ms else SeriesRole.T1_IN_PHASE
        reason = evidence.shorter_of_two_echoes(is_shorter=echo_time_ms < other_ms)
        confidence = case.rules.confidence.weak
    named = _named_phase(case)
    if named is None:
        return Decision(role, confidence, (reason,))
    if named[0] is role:
        return Decision(role, confidence + case.rules.confidence.agreement, (reason, evidence.name_says(named[1])))
    return Decision(role, case.rules.confidence.weak, (reason, evidence.name_contradicts(named[1])))


def _by_cycles(case: Case, echo_time_ms: float) -> tuple[SeriesRole, Text] | None:
    """Fat and water together after whole cycles, opposed after halves; None between, or without a field."""
    field_t = case.acquisition.field_strength_t
    if field_t is None:
        return None
    cycles = echo_time_ms / 1000 * case.rules.fat_water_hz_per_t * field_t
    off = abs(cycles - round(cycles))
    reason = evidence.echo_time_in_cycle(echo_time_ms, field_t, cycles)
    if off <= case.rules.phase_tolerance_cycles:
        return SeriesRole.T1_IN_PHASE, reason
    if off >= 0.5 - case.rules.phase_tolerance_cycles:
        return SeriesRole.T1_OPPOSED_PHASE, reason
    return None


def _by_name(case: Case) -> Decision | None:
    named = _named_phase(case)
    if named is None or case.part.n_echoes > 1:
        return None
    return Decision(named[0], case.rules.confidence.strong, (evidence.name_says(named[1]),))


def _named_phase(case: Case) -> tuple[SeriesRole, str] | None:
    """The phase a name speaks of; a name that speaks of both is that of a pair, not of one."""
    in_word = case.word(Topic.IN_PHASE) or ("IN" if case.name.endswith(" IN ") else None)
    opposed_word = case.word(Topic.OPPOSED_PHASE)
    if (in_word is None) == (opposed_word is None):
        return None
    if in_word is not None:
        return SeriesRole.T1_IN_PHASE, in_word
    return SeriesRole.T1_OPPOSED_PHASE, opposed_word or ""


def _is_after_contrast(case: Case) -> bool:
    injected = case.context.injections["MR"]
    delay = delay_s(case.part.acquired_s, injected.start_s)
    return case.part.series.agent is not None and delay is not None and delay > 0


def _enhanced_by_product(case: Case) -> Decision:
    return Decision(SeriesRole.OTHER, case.rules.confidence.likely, (evidence.enhanced_dixon(),))


def t2(case: Case) -> Decision | None:
    """T2 by echo time; echoes that show fluid only, and inversion that hides it, are something else."""
    word = case.word(Topic.T2)
    echo_time_ms = case.part.echo_time_ms
    if not _may_be_t2(case) or (echo_time_ms is None and word is None):
        return None
    confidence = case.rules.confidence
    named = () if word is None else (evidence.name_says(word),)
    if echo_time_ms is None:
        return Decision(SeriesRole.T2, confidence.weak, named)
    reason = evidence.echo_time_is(echo_time_ms)
    if _shows_fluid_only(case, echo_time_ms) or _hides_fluid(case):
        return Decision(SeriesRole.OTHER, confidence.likely, (reason, evidence.no_rule_applies()))
    return Decision(SeriesRole.T2, confidence.strong + (confidence.agreement if named else 0.0), (reason, *named))


def _may_be_t2(case: Case) -> bool:
    """A spin echo with a long echo time, or with one that is not stated."""
    acquisition = case.acquisition
    echo_time_ms = case.part.echo_time_ms
    return (
        case.part.series.modality == "MR"
        and case.part.kind is Kind.PLAIN
        and not acquisition.is_echo_planar
        and "GR" not in acquisition.scanning_sequence
        and acquisition.pulse_sequence != "GRADIENT"
        and (echo_time_ms is None or echo_time_ms >= case.rules.t2_min_te_ms)
    )


def _shows_fluid_only(case: Case, echo_time_ms: float) -> bool:
    return echo_time_ms > case.rules.t2_max_te_ms or case.word(Topic.CHOLANGIOGRAPHY) is not None


def _hides_fluid(case: Case) -> bool:
    return (case.acquisition.inversion_time_ms or 0.0) >= case.rules.flair_min_ti_ms
