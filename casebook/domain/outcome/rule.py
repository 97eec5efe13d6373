"""What became of a lesion: the versioned rule behind the primary endpoint.

Polarity: non-viable (1) is the good outcome, a lesion that was truly gone; viable (0) is living tumour.

Source: study announcement (no residual cells at pathology, or no recurrence at the site within two years). What the
study has not published (windows, day 0, recurrence elsewhere, ultrasound) comes from `OutcomeParameters`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.cdlm import CdlmStatus
from casebook.domain.outcome.dating import known_on
from casebook.domain.outcome.facts import Fate, LesionFacts
from casebook.domain.outcome.follow_up import verdict_of_follow_up
from casebook.domain.outcome.pathology import verdict_of_pathology
from casebook.domain.outcome.truth import Reason, ReferenceStandard, Truth, TruthStatus, not_evaluable, pending
from casebook.domain.study.model import OutcomeParameters
from casebook.domain.texts import Text


class Strategy(StrEnum):
    """Which images must all show a lesion gone for it to count."""

    CT = "ct"
    CT_MRI = "ct+mri"
    CT_MRI_IOUS = "ct+mri+ious"


class OutcomeStatus(StrEnum):
    """What the primary endpoint says of a lesion today."""

    NON_VIABLE = "non-viable"
    VIABLE = "viable"
    NOT_EVALUABLE = "not-evaluable"
    PENDING = "pending"
    NOT_IN_ENDPOINT = "not-in-endpoint"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one lesion on one day, with what it follows from.

    `truth` is what became of the lesion whether or not it counts for the primary endpoint; `strategies` are the sets
    it belongs to, `possible` those it belongs to or would if what is missing were known (the sensitivity bounds).
    """

    status: OutcomeStatus
    reason: Reason
    truth: Truth
    strategies: frozenset[Strategy]
    possible: frozenset[Strategy]
    as_of: date
    rule_version: str
    trace: tuple[Text, ...]

    @property
    def nonviable(self) -> bool | None:
        """True non-viable, False viable, None not (yet) known; of any lesion, cDLM or not."""
        return self.truth.nonviable

    @property
    def reference_standard(self) -> ReferenceStandard | None:
        """What the truth rests on."""
        return self.truth.reference_standard

    @property
    def days_to_go(self) -> int | None:
        """Days to the horizon while the outcome is pending on follow-up."""
        return self.truth.days_to_go

    @property
    def in_bounds(self) -> bool:
        """Belongs to the sensitivity bounds of the primary endpoint: cDLM, or cDLM undetermined."""
        return Strategy.CT_MRI in self.possible

    def in_denominator(self, strategy: Strategy) -> bool:
        """Belongs to the strategy's set and has a known truth."""
        return strategy in self.strategies and self.nonviable is not None

    @property
    def in_ct_mri_denominator(self) -> bool:
        """Counts in N of the primary endpoint."""
        return self.in_denominator(Strategy.CT_MRI)

    @property
    def in_ct_mri_ious_denominator(self) -> bool:
        """Counts in N after intra-operative ultrasound."""
        return self.in_denominator(Strategy.CT_MRI_IOUS)


def derive_outcome(facts: LesionFacts, rule: OutcomeParameters, *, as_of: date) -> Outcome:
    """The outcome of one lesion from what is dated on or before `as_of`; later facts do not count."""
    facts = known_on(facts, as_of)
    truth = truth_of(facts, rule, as_of)
    status, reason = _status(facts, truth)
    strategies = _strategies(facts, rule)
    return Outcome(
        status=status,
        reason=reason,
        truth=truth,
        strategies=strategies,
        possible=_possible(facts),
        as_of=as_of,
        rule_version=rule.version,
        trace=_trace(facts, truth, reason, rule),
    )


FATE_LABELS: Final[Mapping[Fate, Text]] = {
    Fate.RESECTED: Text("resected", "外科的切除"),
    Fate.ABLATED: Text("ablated", "焼灼"),
    Fate.LEFT_IN_PLACE: Text("left in place", "残存（経過観察）"),
    Fate.NOT_FOUND: Text("not found at surgery, left in place", "術中に同定できず残存"),
    Fate.NOT_OPERATED: Text("not operated, left in place", "手術なし・残存"),
}


def truth_of(facts: LesionFacts, rule: OutcomeParameters, as_of: date) -> Truth:
    """Whether the lesion was truly gone, as far as `facts` say on `as_of`."""
    if facts.fate is None:
        return _without_surgery(facts)
    trace = (Text(f"fate: {FATE_LABELS[facts.fate].en}", f"処置：{FATE_LABELS[facts.fate].ja}"),)
    if facts.fate is Fate.RESECTED:
        return verdict_of_pathology(facts.pathology, trace)
    if facts.fate is Fate.ABLATED:
        text = Text("not evaluable · ablated at surgery", "評価不能 · 手術時に焼灼")
        return not_evaluable(Reason("ablated-at-surgery", text), trace)
    return verdict_of_follow_up(facts, rule, as_of, trace)


def _without_surgery(facts: LesionFacts) -> Truth:
    if facts.died_on or facts.end_of_follow_up:
        text = Text("not evaluable · left before surgery", "評価不能 · 手術前に試験終了")
        return not_evaluable(Reason("left-before-surgery", text), ())
    return pending(Reason("surgery-awaited", Text("pending · surgery", "保留 · 手術待ち")), (), None)


_OF_TRUTH = {
    TruthStatus.NON_VIABLE: OutcomeStatus.NON_VIABLE,
    TruthStatus.VIABLE: OutcomeStatus.VIABLE,
    TruthStatus.NOT_EVALUABLE: OutcomeStatus.NOT_EVALUABLE,
    TruthStatus.PENDING: OutcomeStatus.PENDING,
}


def _left_out(facts: LesionFacts) -> Reason | None:
    """Why the subject counts nowhere: no data may be used any more, or it never should have been in the study."""
    if facts.data_withdrawn_on is not None:
        text = Text("not in the endpoint · all data withdrawn", "評価対象外 · 全データの使用を撤回")
        return Reason("data-withdrawn", text)
    if facts.found_ineligible_on is not None:
        text = Text("not in the endpoint · found ineligible", "評価対象外 · 不適格と判明")
        return Reason("found-ineligible", text)
    return None


def _status(facts: LesionFacts, truth: Truth) -> tuple[OutcomeStatus, Reason]:
    left_out = _left_out(facts)
    if left_out is not None:
        return OutcomeStatus.NOT_IN_ENDPOINT, left_out
    if facts.cdlm.status is CdlmStatus.UNDETERMINED:
        text = Text("bounds only · cDLM undetermined", "感度分析のみ · cDLM未確定")
        return OutcomeStatus.NOT_IN_ENDPOINT, Reason("cdlm-undetermined", text)
    if facts.cdlm.status is CdlmStatus.NO and facts.cdlm.ct_dlm:
        text = Text("CT alone only", "CT単独の集計のみ")
        return OutcomeStatus.NOT_IN_ENDPOINT, Reason("gone-on-ct-only", text)
    if facts.cdlm.status is CdlmStatus.NO:
        text = Text("not in the endpoint · not a cDLM", "評価対象外 · cDLMではない")
        return OutcomeStatus.NOT_IN_ENDPOINT, Reason("not-cdlm", text)
    return _OF_TRUTH[truth.status], truth.reason


def _strategies(facts: LesionFacts, rule: OutcomeParameters) -> frozenset[Strategy]:
    if _left_out(facts) is not None:
        return frozenset()
    found = set()
    if facts.cdlm.ct_dlm:
        found.add(Strategy.CT)
    if facts.cdlm.status is CdlmStatus.YES:
        found.add(Strategy.CT_MRI)
        if not _found_at_surgery(facts) and _gone_on_ultrasound(facts, rule):
            found.add(Strategy.CT_MRI_IOUS)
    return frozenset(found)


def _possible(facts: LesionFacts) -> frozenset[Strategy]:
    if _left_out(facts) is not None:
        return frozenset()
    may_be_cdlm = facts.cdlm.status is not CdlmStatus.NO
    allowed = {
        Strategy.CT: facts.cdlm.ct_dlm is not False,
        Strategy.CT_MRI: may_be_cdlm,
        Strategy.CT_MRI_IOUS: may_be_cdlm and not _found_at_surgery(facts),
    }
    return frozenset(strategy for strategy, is_allowed in allowed.items() if is_allowed)


def _found_at_surgery(facts: LesionFacts) -> bool:
    return bool(facts.found_by_surgeon) or bool(facts.ultrasound and facts.ultrasound.seen)


def _gone_on_ultrasound(facts: LesionFacts, rule: OutcomeParameters) -> bool:
    if facts.fate in {None, Fate.NOT_OPERATED} or facts.ultrasound is None:
        return False
    with_enough = facts.ultrasound.with_contrast or not rule.contrast_ultrasound_required
    return with_enough and facts.ultrasound.seen is False


def _trace(facts: LesionFacts, truth: Truth, reason: Reason, rule: OutcomeParameters) -> tuple[Text, ...]:
    steps = [
        Text(
            f"cDLM: {facts.cdlm.reason.en} (rule cDLM {facts.cdlm.rule_version})",
            f"cDLM：{facts.cdlm.reason.ja}（規則 cDLM {facts.cdlm.rule_version}）",
        ),
        *truth.trace,
    ]
    if facts.fate is not None and facts.cdlm.status is CdlmStatus.YES and _found_at_surgery(facts):
        steps.append(
            Text(
                "found at surgery: stays in CT+MRI, leaves CT+MRI+ultrasound",
                "術中に同定：CT+MRIの集計に残り、CT+MRI+術中超音波の集計から除く",
            )
        )
    steps.append(
        Text(
            f"outcome: {reason.text.en} (rule outcome {rule.version})",
            f"判定：{reason.text.ja}（規則 outcome {rule.version}）",
        )
    )
    return tuple(steps)
