"""Which role a series has in the study: a proposal with its evidence, for a person to confirm.

The order of decision: localiser, ADC and derived images -> CT by agent and delay -> DWI -> T1 dual echo -> T1
dynamic -> T2. The modality counts before everything, and what is measured (b-values, echo times, delays)
before what is written.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from casebook.domain.b_shells import shells
from casebook.domain.imaging import SeriesRole
from casebook.domain.plain_values import from_plain, to_plain
from casebook.domain.series_case import Decision
from casebook.domain.series_decisions import decide
from casebook.domain.series_facts import PlacedFrame, SeriesFacts, SourceText
from casebook.domain.series_parts import Part, parts
from casebook.domain.series_role_rules import DEFAULT_RULES, RoleRules
from casebook.domain.series_study import StudyContext, study_context
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class RoleProposal:
    """One role of a series, or of a part of it.

    `sop_uids` None covers all instances. `frame_numbers` (1-based) narrows a proposal for one multi-frame instance to
    some of its frames. `delay_s` is the time after the injection, `delay_is_inferred` when no header states that.
    """

    series_uid: str
    role: SeriesRole
    confidence: float
    evidence: tuple[Text, ...]
    rule: str
    sop_uids: tuple[str, ...] | None = None
    frame_numbers: tuple[int, ...] | None = None
    b_values_s_per_mm2: tuple[float, ...] = ()
    delay_s: float | None = None
    delay_is_inferred: bool = False

    def to_json(self) -> dict[str, Any]:
        """A compact form for storage."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The same proposal again."""
        return from_plain(cls, plain)


def propose_roles(
    series: SeriesFacts, text: SourceText, *, rules: RoleRules = DEFAULT_RULES
) -> tuple[RoleProposal, ...]:
    """The roles of a series that arrived alone; what needs the rest of the examination gets less confidence."""
    return propose_study_roles([(series, text)], rules=rules)[series.series_uid]


def propose_study_roles(
    series: Sequence[tuple[SeriesFacts, SourceText]], *, rules: RoleRules = DEFAULT_RULES
) -> dict[str, tuple[RoleProposal, ...]]:
    """The roles of all series of one patient at one time, by series UID; every image is in exactly one proposal.

    Series of one study (0020,000D) are judged together: the injection, the phases and echo pairs are found among them.
    """
    by_study: dict[str, list[tuple[SeriesFacts, SourceText]]] = defaultdict(list)
    for facts, text in series:
        by_study[facts.study_uid].append((facts, text))
    proposals: dict[str, tuple[RoleProposal, ...]] = {}
    for together in by_study.values():
        found = {facts.series_uid: parts(facts, rules) for facts, _ in together}
        context = study_context(together, found, rules)
        for facts, _ in together:
            proposals[facts.series_uid] = _proposals(facts, found[facts.series_uid], context, rules)
    return proposals


def covered_frames(series: SeriesFacts, proposal: RoleProposal) -> tuple[PlacedFrame, ...]:
    """The images of a series that a proposal is about."""
    sop_uids = None if proposal.sop_uids is None else frozenset(proposal.sop_uids)
    return tuple(
        frame
        for frame in series.frames()
        if (sop_uids is None or frame.instance.sop_uid in sop_uids)
        and (proposal.frame_numbers is None or frame.number in proposal.frame_numbers)
    )


def _proposals(
    series: SeriesFacts, found: Iterable[Part], context: StudyContext, rules: RoleRules
) -> tuple[RoleProposal, ...]:
    """One proposal per role; parts of a series with the same role (several arterial volumes) belong together."""
    by_role: dict[SeriesRole, list[tuple[Part, Decision]]] = defaultdict(list)
    for part in found:
        decision = decide(part, context, rules)
        by_role[decision.role].append((part, decision))
    return tuple(
        proposal for role, decided in by_role.items() for proposal in _of_one_role(series, role, decided, rules)
    )


def _of_one_role(
    series: SeriesFacts,
    role: SeriesRole,
    decided: Sequence[tuple[Part, Decision]],
    rules: RoleRules,
) -> Iterable[RoleProposal]:
    weakest = min((decision for _, decision in decided), key=lambda decision: decision.confidence)
    delays = [decision.delay_s for _, decision in decided if decision.delay_s is not None]
    frames = [frame for part, _ in decided for frame in part.frames]
    for sop_uids, frame_numbers in _covered(series, frames):
        yield RoleProposal(
            series_uid=series.series_uid,
            role=role,
            confidence=round(weakest.confidence, 2),
            evidence=weakest.evidence,
            rule=rules.version,
            sop_uids=sop_uids,
            frame_numbers=frame_numbers,
            b_values_s_per_mm2=_b_values(role, frames),
            delay_s=min(delays, default=None),
            delay_is_inferred=weakest.delay_is_inferred,
        )


def _covered(
    series: SeriesFacts, frames: Sequence[PlacedFrame]
) -> Iterable[tuple[tuple[str, ...] | None, tuple[int, ...] | None]]:
    """Whole instances together; an instance of which only some frames belong stands alone with their numbers."""
    if len(frames) == series.n_frames:
        return [(None, None)]
    numbers: Mapping[str, list[int]] = defaultdict(list)
    for frame in frames:
        numbers[frame.instance.sop_uid].append(frame.number)
    n_frames = {instance.sop_uid: instance.n_frames for instance in series.instances}
    whole = tuple(uid for uid, some in numbers.items() if len(some) == n_frames[uid])
    narrowed = [((uid,), tuple(sorted(some))) for uid, some in numbers.items() if len(some) < n_frames[uid]]
    return [*([(whole, None)] if whole else []), *narrowed]


def _b_values(role: SeriesRole, frames: Iterable[PlacedFrame]) -> tuple[float, ...]:
    """The nominal b-values of diffusion images; an image without one beside others with one is b 0."""
    if role is not SeriesRole.DWI:
        return ()
    stated = [frame.facts.b_value for frame in frames]
    if not any(stated):
        return ()
    return tuple(sorted(set(shells(0.0 if one is None else one.s_per_mm2 for one in stated).values())))
