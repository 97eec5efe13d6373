"""The order of decision for one part of a series, and the rules that come before any modality's own."""

from dataclasses import replace
from typing import Final

from casebook.domain import series_evidence as evidence
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_case import Case, Decision, Rule
from casebook.domain.series_facts import Orientation, Vector
from casebook.domain.series_mr_rules import apparent_diffusion, diffusion, dual_echo, t2
from casebook.domain.series_parts import Kind, Part
from casebook.domain.series_phase_rules import ct_phase, dynamic_phase
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.series_study import StudyContext
from casebook.domain.series_words import Topic, found_word
from casebook.domain.vectors import dot, normal_of

DERIVED_MODALITIES: Final = frozenset({"SEG", "SR", "PR", "KO", "RWV", "REG", "DOC", "FID", "M3D"})
IMAGE_MODALITIES: Final = frozenset({"CT", "MR"})
SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
AXIAL_MIN_COSINE: Final = 0.8
"""A CT plane whose normal leans further from the body's axis is a reformat: no gantry tilts by 37 degrees."""
SAME_NORMAL_MIN_COSINE: Final = 0.98
LOCALIZER_MAX_FRAMES: Final = 60
"""Survey scans have few images in each of their planes."""


def decide(part: Part, context: StudyContext, rules: RoleRules) -> Decision:
    """The first rule that applies; body region and processing lower the confidence."""
    case = Case(part, context, rules)
    found = next((decision for rule in RULES if (decision := rule(case)) is not None), None)
    if found is None:
        return Decision(SeriesRole.OTHER, rules.confidence.weak, (evidence.no_rule_applies(),))
    return _qualified(case, found)


def not_an_image(case: Case) -> Decision | None:
    """Objects about images, other modalities, and CT or MR objects without pixels."""
    confidence = case.rules.confidence.certain
    modality = case.part.series.modality
    if modality in DERIVED_MODALITIES:
        return Decision(SeriesRole.DERIVED, confidence, (evidence.modality_is(modality),))
    if modality not in IMAGE_MODALITIES:
        return Decision(SeriesRole.OTHER, confidence, (evidence.modality_is(modality),))
    if case.part.kind is Kind.NO_IMAGE:
        return Decision(SeriesRole.OTHER, confidence, (evidence.no_pixels(),))
    if case.part.series.first.sop_class_uid.startswith(SECONDARY_CAPTURE):
        return Decision(SeriesRole.DERIVED, confidence, (evidence.captured(),))
    return None


def localizer(case: Case) -> Decision | None:
    """Survey images by image type or by name."""
    confidence = case.rules.confidence
    if case.part.kind is Kind.LOCALIZER:
        reason = evidence.image_type_says(case.part.evidence_type or "")
        return Decision(SeriesRole.LOCALIZER, confidence.certain, (reason,))
    if (word := case.word(Topic.LOCALIZER)) is not None:
        return Decision(SeriesRole.LOCALIZER, confidence.strong, (evidence.name_says(word),))
    return None


def _fat_image_word(case: Case) -> str | None:
    """The last word of a Dixon series that names its fat image: nobody reads these."""
    last = case.name.split()[-1:]
    is_fat = case.word(Topic.DIXON) is not None and case.rules.topics[Topic.FAT_IMAGE].alone.issuperset(last)
    return last[0] if is_fat else None


def several_planes(case: Case) -> Decision | None:
    """Survey images by several planes in one small series."""
    n_planes = _n_orientations(case.part)
    if n_planes > 1 and case.part.series.n_frames <= LOCALIZER_MAX_FRAMES:
        return Decision(SeriesRole.LOCALIZER, case.rules.confidence.weak, (evidence.several_orientations(n_planes),))
    return None


def derived(case: Case) -> Decision | None:
    """Images computed from others: by image type, by name, and CT in a plane CT is not acquired in."""
    confidence = case.rules.confidence
    if case.part.kind is Kind.DERIVED:
        reason = evidence.image_type_says(case.part.evidence_type or "")
        return Decision(SeriesRole.DERIVED, confidence.strong, (reason,))
    if (word := case.word(Topic.DERIVED) or _fat_image_word(case)) is not None:
        return Decision(SeriesRole.DERIVED, confidence.likely, (evidence.name_says(word),))
    if case.part.series.modality == "CT" and _is_off_axis(case.part.frames[0].facts.orientation):
        return Decision(SeriesRole.DERIVED, confidence.likely, (evidence.not_axial(),))
    return None


RULES: Final[tuple[Rule, ...]] = (
    not_an_image,
    localizer,
    apparent_diffusion,
    derived,
    several_planes,
    ct_phase,
    diffusion,
    dual_echo,
    dynamic_phase,
    t2,
)
"""The order of decision."""


def _qualified(case: Case, found: Decision) -> Decision:
    confidence = case.rules.confidence
    if found.role in {SeriesRole.OTHER, SeriesRole.DERIVED, SeriesRole.LOCALIZER}:
        return found
    trust, reasons = found.confidence, list(found.evidence)
    region = normal_body_part(case)
    if found_word(case.rules.topics[Topic.OTHER_REGION], region) is not None:
        trust -= confidence.other_region
        reasons.append(evidence.other_region())
    if "SECONDARY" in case.part.frames[0].image_type[1:2] and found.role is not SeriesRole.ADC:
        trust -= confidence.secondary
        reasons.append(evidence.secondary())
    lowest, highest = 0.05, 0.99
    return replace(found, confidence=min(highest, max(lowest, trust)), evidence=tuple(reasons))


def normal_body_part(case: Case) -> str:
    """Everything the header says about the region, in normal form."""
    series = case.part.series
    return f" {series.first.acquisition.body_part or ''} {case.context.regions[series.series_uid]}"


def _is_off_axis(orientation: Orientation | None) -> bool:
    return orientation is not None and abs(normal_of(orientation)[2]) < AXIAL_MIN_COSINE


def _n_orientations(part: Part) -> int:
    normals: list[Vector] = []
    for frame in part.series.frames():
        if frame.facts.orientation is not None:
            normal = normal_of(frame.facts.orientation)
            if all(abs(dot(normal, one)) < SAME_NORMAL_MIN_COSINE for one in normals):
                normals.append(normal)
    return len(normals)
