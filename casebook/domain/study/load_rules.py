"""Reading charter and rule parameters of a definition."""

from collections import Counter

from casebook.domain.imaging import ReadingSequence
from casebook.domain.study.load_forms import coded
from casebook.domain.study.model import (
    Anchor,
    CdlmParameters,
    EndpointParameters,
    IntervalMethod,
    OutcomeParameters,
    ReadingCharter,
    ReadingStep,
    Rules,
)
from casebook.domain.study.section import Section

VERSION = r"[0-9]+(\.[0-9]+)*"


def charter(top: Section) -> ReadingCharter:
    """The `[reading]` table."""
    with top.section("reading") as item:
        return ReadingCharter(
            n_readers=item.integer("readers", minimum=1, maximum=2),
            steps=_steps(item),
            not_evaluable_reasons=coded(item, "not_evaluable_reasons"),
            confidence=coded(item, "confidence"),
            signals=coded(item, "signals"),
            reopen_days=item.integer("reopen_days", minimum=0),
            repeat_share=item.number("repeat_share", minimum=0, maximum=1),
            repeat_after_days=item.integer("repeat_after_days", minimum=0),
            adjudicator_may_give_third=item.flag("adjudicator_may_give_third"),
            diameter_required_when_visible=item.flag("diameter_required_when_visible"),
            mark_required_when_not_visible=item.flag("mark_required_when_not_visible"),
            source=item.text("source"),
        )


def _steps(item: Section) -> tuple[ReadingStep, ...]:
    steps = tuple(_step(step) for step in item.sections("steps"))
    judged = Counter(step.judged for step in steps if step.sequences)
    for what, n in judged.items():
        if n > 1:
            item.note("steps", f"{n} steps judge “{what}”; each verdict has one step")
    return steps


def _step(item: Section) -> ReadingStep:
    with item:
        return ReadingStep(
            code=item.text("code"),
            label=item.label("label"),
            sequences=item.choices("sequences", ReadingSequence),
        )


def rules(top: Section) -> Rules:
    """The `[rules]` tables."""
    with top.section("rules") as item:
        return Rules(cdlm=_cdlm(item), outcome=_outcome(item), endpoint=_endpoint(item))


def _cdlm(rules: Section) -> CdlmParameters:
    with rules.section("cdlm") as item:
        return CdlmParameters(
            version=item.text("version", pattern=VERSION),
            required_sequences=item.choices("required_sequences", ReadingSequence),
            timepoint=item.text("timepoint"),
            source=item.text("source"),
        )


def _outcome(rules: Section) -> OutcomeParameters:
    with rules.section("outcome") as item:
        return OutcomeParameters(
            version=item.text("version", pattern=VERSION),
            horizon_days=item.integer("horizon_days", minimum=1),
            early_window_days=item.integer("early_window_days", minimum=0),
            late_window_days=item.integer("late_window_days", minimum=0),
            followed_from=item.choice("followed_from", Anchor),
            followed_from_otherwise=item.choice("followed_from_otherwise", Anchor),
            recurrence_elsewhere_counts=item.flag("recurrence_elsewhere_counts"),
            contrast_ultrasound_required=item.flag("contrast_ultrasound_required"),
            source=item.text("source"),
            defaults=_defaults(item),
        )


def _endpoint(rules: Section) -> EndpointParameters:
    with rules.section("endpoint") as item:
        return EndpointParameters(
            label=item.label("label"),
            polarity=item.label("polarity"),
            threshold=item.number("threshold", minimum=0, maximum=1),
            interval_method=item.choice("interval_method", IntervalMethod),
            interval_level=item.number("interval_level", minimum=0.5, maximum=0.9999),
            n_bootstrap=item.integer("n_bootstrap", minimum=10_000),
            bootstrap_seed=item.integer("bootstrap_seed", minimum=0),
            feedback_min_subjects=item.integer("feedback_min_subjects", minimum=0),
            source=item.text("source"),
            defaults=_defaults(item),
        )


def _defaults(item: Section) -> tuple[str, ...]:
    """The fields of this table that the study has not published."""
    names = item.texts("defaults", default=())
    for n, name in enumerate(names):
        if name not in item:
            item.faults.note((*item.path, "defaults", n), f"“{name}” is not a field of this table")
    return names
