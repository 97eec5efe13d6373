"""What the series of one examination tell about each other: names, the injection, pairs of echoes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from casebook.domain.series_facts import SeriesFacts, SourceText
from casebook.domain.series_parts import Kind, Part
from casebook.domain.series_phases import Injection, PhaseWords, Volume, ct_phases, injection, mr_phases
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.series_words import Topic, found_word, normal_form


@dataclass(frozen=True, slots=True)
class StudyContext:
    """`names` and `regions` are texts in normal form by series UID; `injections` by modality."""

    names: Mapping[str, str]
    regions: Mapping[str, str]
    injections: Mapping[str, Injection]
    phases: Mapping[str, PhaseWords]
    echo_partners: Mapping[str, float]


def study_context(
    together: Sequence[tuple[SeriesFacts, SourceText]], found: Mapping[str, Sequence[Part]], rules: RoleRules
) -> StudyContext:
    """Gather what a decision about one part needs to know of the others."""
    names = {facts.series_uid: normal_form(_name(text)) for facts, text in together}
    all_parts = [part for some in found.values() for part in some]
    phases = {"CT": ct_phases(rules), "MR": mr_phases(rules)}
    return StudyContext(
        names=names,
        regions={facts.series_uid: normal_form(f"{_name(text)} {text.study_description}") for facts, text in together},
        injections={
            modality: injection(_volumes(all_parts, modality, names, rules), phases[modality], rules)
            for modality in phases
        },
        phases=phases,
        echo_partners=_echo_partners([part for part in all_parts if is_gradient_echo(part)], rules),
    )


def is_gradient_echo(part: Part) -> bool:
    """A spoiled or balanced gradient echo without diffusion, or MR that does not say what it is."""
    acquisition = part.series.first.acquisition
    sequence = acquisition.scanning_sequence
    return (
        part.series.modality == "MR"
        and part.kind in {Kind.PLAIN, Kind.IN_PHASE, Kind.OPPOSED_PHASE}
        and not acquisition.is_echo_planar
        and ("GR" in sequence or not sequence)
        and "SE" not in sequence
        and acquisition.pulse_sequence in {None, "GRADIENT"}
    )


def is_dynamic_volume(part: Part, name: str, rules: RoleRules) -> bool:
    """The sequence of dynamic liver studies: spoiled 3D gradient echo with very short TR and TE."""
    acquisition = part.series.first.acquisition
    tr_ms, te_ms = acquisition.repetition_time_ms, part.echo_time_ms
    if part.kind is not Kind.PLAIN or not is_gradient_echo(part) or part.n_echoes > 1:
        return False
    if "SS" in acquisition.sequence_variant and "SP" not in acquisition.sequence_variant:
        return False
    is_fast = (tr_ms is None or tr_ms < rules.dynamic_max_tr_ms) and (te_ms is None or te_ms < rules.dynamic_max_te_ms)
    is_named = found_word(rules.topics[Topic.VOLUME_GRADIENT_ECHO], name) is not None
    is_volume = acquisition.acquisition_type == "3D" or (acquisition.acquisition_type is None and is_named)
    return is_fast and is_volume and (tr_ms is not None or is_named)


def _name(text: SourceText) -> str:
    return text.series_description or text.protocol_name or text.sequence_name


def _volumes(parts: Iterable[Part], modality: str, names: Mapping[str, str], rules: RoleRules) -> list[Volume]:
    """The acquisitions that can be phases; other series of the modality still tell when the injection was."""
    volumes = []
    for part in parts:
        series = part.series
        name = names[series.series_uid]
        is_phase = part.kind is Kind.PLAIN if modality == "CT" else is_dynamic_volume(part, name, rules)
        says_something = is_phase or series.contrast_start_s is not None or series.agent is not None
        if series.modality == modality and says_something:
            volumes.append(
                Volume(
                    acquired_s=part.acquired_s if is_phase else None,
                    contrast_start_s=series.contrast_start_s,
                    agent=series.agent,
                    name=name if part.n_phases == 1 else "",
                )
            )
    return volumes


def _echo_partners(candidates: Sequence[Part], rules: RoleRules) -> dict[str, float]:
    """For each series with one echo the echo time of the series that was acquired with it, if there is one."""
    partners: dict[str, float] = {}
    for one in candidates:
        for other in candidates:
            if _is_echo_pair(one, other, rules) and other.echo_time_ms is not None:
                partners[one.series.series_uid] = other.echo_time_ms
    return partners


def _is_echo_pair(one: Part, other: Part, rules: RoleRules) -> bool:
    if one.series.series_uid == other.series.series_uid or one.n_echoes + other.n_echoes > len({"one", "other"}):
        return False
    times_ms = (one.echo_time_ms, other.echo_time_ms)
    starts_s = (one.acquired_s, other.acquired_s)
    if None in times_ms or None in starts_s or times_ms[0] == times_ms[1]:
        return False
    first, second = one.series.first.acquisition, other.series.first.acquisition
    return (
        max(time for time in times_ms if time is not None) <= rules.dual_echo_max_te_ms
        and abs((starts_s[0] or 0.0) - (starts_s[1] or 0.0)) <= rules.dual_echo_max_gap_s
        and first.repetition_time_ms == second.repetition_time_ms
        and first.flip_angle_deg == second.flip_angle_deg
        and len(one.frames) == len(other.frames)
    )
